// What is on the map, as it stands in the page's address:
// ?layers=dltb@2,river:60 shows two layers, the first in its version 2, the
// second at 60 % opacity; &filter={"dltb":[["dlbm","=","0101"]]} shows part of
// one, and &order=own means that the layers are drawn in the order they are
// listed in. &terrain=1.5 stands the map up, &hillshade=off takes the shading of
// the ground away. The camera is in the hash, #map=zoom/lat/lon, kept by MapLibre.
import { readConditions, type Condition } from '../catalogue/conditions'

export interface ShownLayer {
  id: string
  /** 0 to 1. */
  opacity: number
  /** undefined is the published version; 0 is none, where the layer was not there at the time that is looked at. */
  version?: number
  /** What the map leaves of it. */
  where?: readonly Condition[]
}

/** How the ground is shown: its shading, and how much higher than it is; 0 is a flat map. */
export interface GroundState {
  hillshade: boolean
  exaggeration: number
}

/** Exaggerations that can be chosen: from the heights as they are to three times as high. */
export const leastExaggeration = 1
export const mostExaggeration = 3

/** Reads ?terrain=1.5&hillshade=off; what is not understood is a flat, shaded map. */
export function readGround(terrain: string | null | undefined, hillshade: string | null | undefined): GroundState {
  const given = /^\d(\.\d{1,2})?$/.test(terrain ?? '') ? Number(terrain) : 0
  return { hillshade: hillshade !== 'off', exaggeration: given === 0 ? 0 : Math.min(mostExaggeration, Math.max(leastExaggeration, given)) }
}

/** Writes the parameters terrain and hillshade; undefined is left out. */
export function writeGround({ hillshade, exaggeration }: GroundState): { terrain?: string; hillshade?: string } {
  return { terrain: exaggeration > 0 ? String(Number(exaggeration.toFixed(2))) : undefined, hillshade: hillshade ? undefined : 'off' }
}

const part = /^([a-z][a-z0-9_]{0,47})(?:@(\d{1,6}))?(?::(\d{1,3}))?$/

/** The most characters of filters that an address may hold. */
const filterLimit = 8000

/**
 * Reads the layers parameter. undefined means that the address says nothing,
 * so the usual layers apply; "" means that none is shown. Parts that are not
 * understood are left out.
 */
export function readLayers(text: string | null | undefined, filters?: string | null): ShownLayer[] | undefined {
  if (text === null || text === undefined) return undefined
  const conditions = readFilters(filters)
  const shown: ShownLayer[] = []
  for (const piece of text.split(',')) {
    const [, id, version, percent] = part.exec(piece.trim()) ?? []
    if (!id || shown.some((s) => s.id === id)) continue
    const layer: ShownLayer = { id, opacity: Math.min(100, Number(percent ?? 100)) / 100 }
    if (version !== undefined) layer.version = Number(version)
    const where = readConditions(conditions[id])
    if (where.length > 0) layer.where = where
    shown.push(layer)
  }
  return shown
}

function readFilters(text: string | null | undefined): Record<string, unknown> {
  if (!text || text.length > filterLimit) return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** Writes the layers parameter; opacity is rounded to a percent. */
export function writeLayers(shown: readonly ShownLayer[]): string {
  return shown.map(({ id, opacity, version }) => `${id}${version === undefined ? '' : `@${version}`}${Math.round(opacity * 100) === 100 ? '' : `:${Math.round(opacity * 100)}`}`).join(',')
}

/** Writes the filter parameter, or undefined without any filter. */
export function writeFilters(shown: readonly ShownLayer[]): string | undefined {
  const filtered = shown.filter((s) => s.where && s.where.length > 0)
  return filtered.length === 0 ? undefined : JSON.stringify(Object.fromEntries(filtered.map((s) => [s.id, s.where])))
}

/** The layer's name as the server takes it, with the version where one is chosen. */
export function versionedName({ id, version }: ShownLayer): string {
  return version === undefined ? id : `${id}@${version}`
}
