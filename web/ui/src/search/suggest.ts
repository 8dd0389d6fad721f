// What the search box suggests: layers and positions that the page knows by
// itself, and what the server finds.
import type { Layer, SearchResult } from '../api/types'
import { isPublished, matches } from '../catalogue/tree'
import { parsePosition, type Typed } from '../coordinates/parse'

export type Suggestion = { kind: 'layer'; key: string; layer: Layer } | { kind: 'position'; key: string; typed: Typed } | { kind: 'found'; key: string; found: SearchResult }

const mostLayers = 4

/** What can be said before the server has answered. */
export function localSuggestions(text: string, layers: readonly Layer[]): Suggestion[] {
  const tidy = text.trim()
  if (tidy === '') return []
  const typed = parsePosition(tidy)
  const position: Suggestion[] = typed ? [{ kind: 'position', key: 'position', typed }] : []
  return [...position, ...layers.filter((l) => isPublished(l) && matches(l, tidy)).slice(0, mostLayers).map<Suggestion>((layer) => ({ kind: 'layer', key: `layer:${layer.id}`, layer }))]
}

/** Adds what the server has found; the same position is not listed twice. */
export function withFound(local: readonly Suggestion[], found: readonly SearchResult[]): Suggestion[] {
  const positioned = local.some((s) => s.kind === 'position')
  const rest = found.filter((f) => !(positioned && f.kind === 'coordinate'))
  return [...local, ...rest.map<Suggestion>((f, i) => ({ kind: 'found', key: `found:${f.layer ?? ''}:${f.id ?? i}`, found: f }))]
}

/** The row that an arrow key leads to, round the ends; -1 is the box itself. */
export function nextRow(current: number, key: string, count: number): number {
  if (count === 0) return -1
  if (key === 'ArrowDown') return current >= count - 1 ? 0 : current + 1
  if (key === 'ArrowUp') return current <= 0 ? count - 1 : current - 1
  return current
}
