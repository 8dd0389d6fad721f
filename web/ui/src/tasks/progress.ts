// How far an import has come, and whether to look again.
import type { Import } from '../api/types'

const ended = new Set<Import['state']>(['done', 'failed', 'cancelled'])

export function isActive({ state }: Import): boolean {
  return !ended.has(state)
}

/** The share that is done, 0 to 1, or undefined where it is not known. */
export function shareOf({ state, size, received, rows, total }: Import): number | undefined {
  if (state === 'done') return 1
  if (state === 'uploading') return size > 0 ? Math.min(1, received / size) : undefined
  return state === 'running' && total > 0 ? Math.min(1, rows / total) : undefined
}

/** Milliseconds to wait before asking again: often while something goes on, seldom else. */
export function patience(imports: readonly Import[]): number {
  return imports.some(isActive) ? 2000 : 30_000
}
