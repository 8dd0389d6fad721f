// The five steps of the first visit, and whether it is one.

export interface Step {
  /** Key of the words of the step. */
  id: string
  /** What is shown: the first of these that is in sight. Without one the words stand in the middle. */
  at: string
}

export const steps: readonly Step[] = [
  { id: 'layers', at: 'aside.catalogue' },
  { id: 'search', at: '[role=banner] [role=search], header.bar [role=combobox]' },
  { id: 'ask', at: 'section.map .canvas' },
  { id: 'tools', at: '[role=toolbar]' },
  { id: 'modules', at: 'header.bar nav' },
]

const kept = 'onemap.tour'

/** Somebody who has seen or skipped the tour is not asked again on this computer. */
export function seen(): boolean {
  try {
    return localStorage.getItem(kept) !== null
  } catch {
    return true // it could not be remembered either
  }
}

export function remember(): void {
  try {
    localStorage.setItem(kept, 'seen')
  } catch {
    // The browser keeps nothing; then seen() holds it back.
  }
}

/** The tour begins by itself on the bare map alone: who follows a link wants what it leads to. */
export function begins(path: string, search: string, hash: string): boolean {
  return path === '/' && search === '' && hash === '' && !seen()
}

/** The address that begins it again. */
export const tourQuery = 'tour'

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** Where a card of a size stands beside what it explains: right, left, below or inside, wholly in the window. In CSS pixels. */
export function beside(target: Box, card: { width: number; height: number }, window: { width: number; height: number }, gap = 14): { left: number; top: number } {
  const within = (value: number, size: number, all: number) => Math.max(gap, Math.min(value, all - size - gap))
  const top = within(target.top, card.height, window.height)
  if (target.left + target.width + gap + card.width + gap <= window.width) return { left: target.left + target.width + gap, top }
  if (target.left - gap - card.width >= gap) return { left: target.left - gap - card.width, top }
  const left = within(target.left, card.width, window.width)
  const below = target.top + target.height + gap
  if (below + card.height + gap <= window.height) return { left, top: below }
  return { left: within(target.left + (target.width - card.width) / 2, card.width, window.width), top: within(target.top + (target.height - card.height) / 2, card.height, window.height) }
}
