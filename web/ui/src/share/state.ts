// The whole state of the viewer as a text: the address says what is shown and
// how, which panels are open and where the map looks; beside it goes what is
// drawn. Bookmarks keep it, links carry it.
import { readDrawings, type Drawing } from '../drawing/drawings'

export interface ViewerState {
  /** The query of the address, "?layers=…"; never with a link or a host. */
  query: string
  /** The hash of the address, "#map=zoom/lat/lon". */
  hash: string
  drawings: readonly Drawing[]
}

/** Parts of an address that say how the page was reached and not what it shows. */
const passing = ['link', 'e2e']

export function stateOf(search: string, hash: string, drawings: readonly Drawing[]): ViewerState {
  const query = new URLSearchParams(search)
  for (const name of passing) query.delete(name)
  const text = query.toString()
  return { query: text ? `?${text}` : '', hash, drawings }
}

export function writeState({ query, hash, drawings }: ViewerState): string {
  return JSON.stringify({ v: 1, query, hash, ...(drawings.length > 0 ? { drawings } : {}) })
}

/** Reads a state; undefined is a text that is none. It may come from anybody, so that nothing of it is taken unread. */
export function readState(text: string): ViewerState | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const { query, hash, drawings } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  if (typeof query !== 'string' || typeof hash !== 'string' || (query !== '' && !query.startsWith('?')) || (hash !== '' && !hash.startsWith('#'))) return undefined
  return stateOf(query.slice(0, 12_000), hash.slice(0, 200), readDrawings(drawings))
}

/** The longest state that the server takes. */
export const longestState = 16_384

/** A bookmark: a state under a name. */
export interface Bookmark {
  name: string
  at: string
  state: string
}

export const mostBookmarks = 100

/** Reads bookmarks from what was kept or from a file; what is none is left out. */
export function readBookmarks(value: unknown): Bookmark[] {
  if (!Array.isArray(value)) return []
  return (value as unknown[]).slice(0, mostBookmarks).flatMap((one) => {
    const { name, at, state } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>
    return typeof name === 'string' && typeof state === 'string' && readState(state) ? [{ name: name.slice(0, 100), at: typeof at === 'string' ? at.slice(0, 40) : '', state }] : []
  })
}

/** Adds a bookmark, the newest first; one of the same name is replaced, and the oldest makes room. */
export function withBookmark(all: readonly Bookmark[], one: Bookmark): Bookmark[] {
  return [one, ...all.filter((b) => b.name !== one.name)].slice(0, mostBookmarks)
}
