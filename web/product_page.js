// The buttons of a product's page copy an address.
for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copy)
    field.select()
    let done = false
    try {
      await navigator.clipboard.writeText(field.value)
      done = true
    } catch {
      done = document.execCommand('copy') // where the page has no secure origin
    }
    const words = button.textContent
    button.textContent = done ? '已复制 / Copied' : '请按 Ctrl+C / Press Ctrl+C'
    setTimeout(() => { button.textContent = words }, 2000)
  })
}
