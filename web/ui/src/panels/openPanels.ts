// Which panels are open, as it stands in the address: ?open=table:dltb,measure
// is the attribute table of dltb under the map and the measuring tool beside it.
import type { PanelEntry, PanelPlace } from './registry'

export interface OpenPanel {
  entry: PanelEntry
  /** What the panel is about, as a layer's id; "" is nothing. At most 400 characters. */
  argument: string
}

const argumentLimit = 400

/** Reads the open parameter. Unknown panels are left out; of two of one place the later one stays. */
export function readOpen(text: string, find: (id: string) => PanelEntry | undefined): OpenPanel[] {
  const byPlace = new Map<PanelPlace, OpenPanel>()
  for (const piece of text.split(',')) {
    const colon = piece.indexOf(':')
    const entry = find(colon < 0 ? piece : piece.slice(0, colon))
    if (!entry) continue
    byPlace.delete(entry.place)
    byPlace.set(entry.place, { entry, argument: colon < 0 ? '' : decoded(piece.slice(colon + 1)).slice(0, argumentLimit) })
  }
  return [...byPlace.values()]
}

/** Writes the open parameter; "" is none. */
export function writeOpen(open: readonly OpenPanel[]): string {
  return open.map(({ entry, argument }) => (argument === '' ? entry.id : `${entry.id}:${encoded(argument)}`)).join(',')
}

/** Opens a panel: it takes the place of the one that stood there. */
export function withPanel(open: readonly OpenPanel[], entry: PanelEntry, argument = ''): OpenPanel[] {
  return [...open.filter((o) => o.entry.place !== entry.place), { entry, argument }]
}

export function withoutPanel(open: readonly OpenPanel[], id: string): OpenPanel[] {
  return open.filter((o) => o.entry.id !== id)
}

// The router encodes the whole; only our own separators need more.
function encoded(argument: string): string {
  return argument.replace(/[%,]/g, encodeURIComponent)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
