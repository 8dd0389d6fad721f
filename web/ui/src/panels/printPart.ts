// Prints a part of the page alone, over as many sheets as it needs: a copy of it
// stands in the page's place while the browser prints.
import './printPart.css'

export function printPart(part: HTMLElement): void {
  const copy = part.cloneNode(true) as HTMLElement
  copy.classList.add('printed-part')
  // A copied canvas is empty.
  const drawn = part.querySelectorAll('canvas')
  copy.querySelectorAll('canvas').forEach((to, i) => {
    const from = drawn[i]
    if (from && from.width > 0) to.getContext('2d')?.drawImage(from, 0, 0)
  })
  document.body.append(copy)
  document.body.classList.add('prints-part')
  window.print()
  document.body.classList.remove('prints-part')
  copy.remove()
}
