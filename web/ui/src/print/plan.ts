// Where the maps of a sheet's pages lie, as the server plans them: the frame on
// the map is drawn of it.
import type { Overlay } from '../panels/mapAccess'
import type { Bounds } from '../api/types'

export interface SheetPage {
  title: string
  index: boolean
  scale: number
  crs: string
  paper_mm: [number, number]
  /** Left, top, right and bottom on the paper. */
  frame_mm: [number, number, number, number]
  extent_m: Bounds
  ring: [number, number][]
}

export interface SheetPlan {
  title: string
  pages: SheetPage[]
}

type Ring = readonly (readonly [number, number])[]

/** The frames on the ground; the index of a series has none of its own. */
export function framesOf(plan: SheetPlan): Ring[] {
  return plan.pages.filter((p) => !p.index).map((p) => p.ring)
}

export function moved(rings: readonly Ring[], lon: number, lat: number): Ring[] {
  return rings.map((ring) => ring.map(([x, y]) => [x + lon, y + lat] as const))
}

export function boundsOfRings(rings: readonly Ring[]): Bounds | undefined {
  const all = rings.flat()
  if (all.length === 0) return undefined
  const [lons, lats] = [all.map((p) => p[0]), all.map((p) => p[1])]
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)]
}

const source = 'panel:print'
export const frameLayer = `${source}:fill`
const colour = '#9f1239'

/** The frames as the map draws them. */
export function frameOverlay(rings: readonly Ring[]): Overlay {
  const features = rings.map((ring) => ({ type: 'Feature' as const, properties: {}, geometry: { type: 'Polygon' as const, coordinates: [ring.map(([x, y]) => [x, y])] } }))
  return {
    sources: { [source]: { type: 'geojson', data: { type: 'FeatureCollection', features } } },
    layers: [
      { id: frameLayer, type: 'fill', source, paint: { 'fill-color': colour, 'fill-opacity': 0.06 } },
      { id: `${source}:casing`, type: 'line', source, layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 5 } },
      { id: `${source}:line`, type: 'line', source, layout: { 'line-join': 'round' }, paint: { 'line-color': colour, 'line-width': 2.5 } },
    ],
  }
}
