// Hands what the server gave to the user: as a file, or to the printer.

export function save({ blob, name }: { blob: Blob; name: string }, otherwise: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name || otherwise
  link.click()
  // The browser has taken the blob by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

/**
 * Prints a page without leaving this one: in a frame that nothing can run in.
 * The frame goes once the printer has it.
 */
export async function print(page: Blob): Promise<void> {
  const frame = document.createElement('iframe')
  frame.title = 'print'
  frame.setAttribute('aria-hidden', 'true')
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0'
  frame.setAttribute('sandbox', 'allow-same-origin allow-modals')
  frame.srcdoc = await page.text()
  const loaded = new Promise((done) => frame.addEventListener('load', done, { once: true }))
  document.body.append(frame)
  await loaded
  const shown = frame.contentWindow
  if (!shown) return
  shown.addEventListener('afterprint', () => frame.remove(), { once: true })
  shown.focus()
  shown.print()
}
