// Which shown layers have another content than the map has drawn: after a
// publication, a rollback or an edit by somebody else, and once the archive of a
// version replaces its live tiles.
import type { Layer } from '../api/types'

/** The most layers that one tile set may name. */
const setSize = 16

/** The layers in sets of which each can be asked for at once, in an order of their own. */
export function setsOf(ids: readonly string[]): string[][] {
  const sorted = [...ids].sort()
  return Array.from({ length: Math.ceil(sorted.length / setSize) }, (_, i) => sorted.slice(i * setSize, (i + 1) * setSize))
}

/** The layers whose tiles have another address now than the map asks. A layer that the map has not yet asked for is as it should be. */
export function outdated(drawn: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  return [...now].filter(([id, address]) => drawn.has(id) && drawn.get(id) !== address).map(([id]) => id)
}

/** The layers that show another version, or an edited one: worth telling, unlike tiles that were only built anew. */
export function republished(before: readonly Layer[], after: readonly Layer[]): Layer[] {
  const old = new Map(before.map((l) => [l.id, l]))
  return after.filter((l) => {
    const was = old.get(l.id)
    return was !== undefined && (was.published_version !== l.published_version || was.published_at !== l.published_at || was.feature_count !== l.feature_count)
  })
}
