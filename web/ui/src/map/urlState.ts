// What is on the map, as it stands in the page's address:
// ?layers=dltb,river:60 shows two layers, the second at 60 % opacity.
// The camera is beside it in the hash, #map=zoom/lat/lon, kept by MapLibre.

export interface ShownLayer {
  id: string
  /** 0 to 1. */
  opacity: number
}

const part = /^([a-z][a-z0-9_]{0,47})(?::(\d{1,3}))?$/

/**
 * Reads the layers parameter. undefined means that the address says nothing,
 * so the usual layers apply; "" means that none is shown. Parts that are not
 * understood are left out.
 */
export function readLayers(text: string | null | undefined): ShownLayer[] | undefined {
  if (text === null || text === undefined) return undefined
  const shown: ShownLayer[] = []
  for (const piece of text.split(',')) {
    const found = part.exec(piece.trim())
    if (!found?.[1] || shown.some((s) => s.id === found[1])) continue
    shown.push({ id: found[1], opacity: Math.min(100, Number(found[2] ?? 100)) / 100 })
  }
  return shown
}

/** Writes the layers parameter; opacity is rounded to a percent. */
export function writeLayers(shown: readonly ShownLayer[]): string {
  return shown.map((s) => (Math.round(s.opacity * 100) === 100 ? s.id : `${s.id}:${Math.round(s.opacity * 100)}`)).join(',')
}
