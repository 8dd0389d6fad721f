// The browser's own print: one picture of the server's on a page of exactly the
// paper's size, and nothing else of the page.
export async function printPicture(picture: Blob, [width, height]: readonly [number, number], description: string): Promise<void> {
  const address = URL.createObjectURL(picture)
  const holder = document.createElement('div')
  holder.id = 'print-page'
  const image = document.createElement('img')
  image.alt = description
  image.src = address
  holder.append(image)
  const style = document.createElement('style')
  style.textContent = `
@page { size: ${width}mm ${height}mm; margin: 0 }
@media screen { #print-page { display: none } }
@media print {
  html, body { width: ${width}mm; height: auto; margin: 0; padding: 0 }
  body > :not(#print-page) { display: none !important }
  #print-page img { display: block; width: ${width}mm; height: calc(${height}mm - 0.2mm); break-inside: avoid }
}`
  document.head.append(style)
  document.body.append(holder)
  await image.decode()
  const done = new Promise<void>((resolve) => window.addEventListener('afterprint', () => resolve(), { once: true }))
  window.print()
  await done
  holder.remove()
  style.remove()
  URL.revokeObjectURL(address)
}
