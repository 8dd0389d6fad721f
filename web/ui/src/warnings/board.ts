// What the warnings panel decides: the looks of the four colours, what the form
// sends, and whether an area is in view.
import type { Bounds } from '../api/types'
import type { LonLat } from '../map/coordinates'
import type { Overlay } from '../panels/mapAccess'
import type { Warning, Wish } from './types'

/** Each colour has a shape and a pattern of its own, and its name beside them. */
export const looks: Record<string, { colour: string; shape: string; pattern: string }> = {
  blue: { colour: '#1d5fbf', shape: 'circle', pattern: 'dots:#1d5fbf:12:4' },
  yellow: { colour: '#b58900', shape: 'triangle', pattern: 'hatch:45:#b58900:12:2.4' },
  orange: { colour: '#d35400', shape: 'diamond', pattern: 'hatch:135:#d35400:8:2.4' },
  red: { colour: '#b3151b', shape: 'square', pattern: 'cross:#b3151b:12:2.4' },
}
const plain = { colour: '#4b5563', shape: 'circle', pattern: 'dots:#4b5563:12:4' }
export const lookOf = (colour: string) => looks[colour] ?? plain
export const iconOf = (colour: string): string => `icon:${lookOf(colour).shape}:${lookOf(colour).colour}:22`

const rank = ['blue', 'yellow', 'orange', 'red']

/** The gravest first, of one colour the newest. */
export function sorted<T extends Warning>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => rank.indexOf(b.colour) - rank.indexOf(a.colour) || b.id - a.id)
}

export const source = 'panel:warnings'
export const fillLayer = `${source}:fill`

/** Areas in colour and pattern with their headlines; the picked one has a stronger edge. */
export function overlayOf(warnings: readonly Warning[], picked: number | undefined): Overlay | undefined {
  // The gravest is drawn last, above the others.
  const features = sorted(warnings)
    .reverse()
    .flatMap((w): GeoJSON.Feature[] => (w.area ? [{ type: 'Feature', geometry: w.area, properties: { id: w.id, headline: w.headline, colour: lookOf(w.colour).colour, pattern: lookOf(w.colour).pattern, rank: rank.indexOf(w.colour), picked: w.id === picked } }] : []))
  if (features.length === 0) return undefined
  const layers: unknown[] = [
    { id: fillLayer, type: 'fill', source, paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': ['case', ['get', 'picked'], 0.3, 0.16] } },
    { id: `${source}:pattern`, type: 'fill', source, paint: { 'fill-pattern': ['get', 'pattern'], 'fill-opacity': 0.8 } },
    { id: `${source}:casing`, type: 'line', source, layout: { 'line-join': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': ['case', ['get', 'picked'], 7, 4.5] } },
    { id: `${source}:line`, type: 'line', source, layout: { 'line-join': 'round' }, paint: { 'line-color': ['get', 'colour'], 'line-width': ['case', ['get', 'picked'], 4.5, 2.5] } },
    { id: `${source}:name`, type: 'symbol', source, layout: { 'text-field': ['get', 'headline'], 'text-font': ['Yunfu Sans'], 'text-size': 14, 'text-max-width': 12, 'symbol-sort-key': ['-', 0, ['get', 'rank']] }, paint: { 'text-color': '#1f2933', 'text-halo-color': '#ffffff', 'text-halo-width': 2 } },
  ]
  return { sources: { [source]: { type: 'geojson', data: { type: 'FeatureCollection', features } } }, layers: layers as Overlay['layers'] }
}

/** Whether an area and a rectangle have a place in common. */
export function inView(area: GeoJSON.MultiPolygon | undefined, [west, south, east, north]: Bounds): boolean {
  if (!area) return false
  const corners: [number, number][] = [[west, south], [east, south], [east, north], [west, north]]
  return area.coordinates.some((polygon) => {
    const ring = polygon[0] ?? []
    return ring.some(([x = NaN, y = NaN], i) => {
      if (x >= west && x <= east && y >= south && y <= north) return true
      const [nx = NaN, ny = NaN] = ring[i + 1] ?? [x, y]
      return crosses(x, y, nx, ny, corners)
    }) || contains(ring, [west, south])
  })
}

/** Whether a segment crosses an edge of the rectangle. */
function crosses(x1: number, y1: number, x2: number, y2: number, corners: [number, number][]): boolean {
  return corners.some(([ax, ay], i) => {
    const [bx, by] = corners[(i + 1) % corners.length] ?? [ax, ay]
    const side = (px: number, py: number, qx: number, qy: number, rx: number, ry: number) => Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px))
    return side(x1, y1, x2, y2, ax, ay) !== side(x1, y1, x2, y2, bx, by) && side(ax, ay, bx, by, x1, y1) !== side(ax, ay, bx, by, x2, y2)
  })
}

function contains(ring: GeoJSON.Position[], [x, y]: [number, number]): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi = 0, yi = 0] = ring[i] ?? []
    const [xj = 0, yj = 0] = ring[j] ?? []
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

/** An input's time, in Beijing, as RFC 3339. */
export const instantOf = (input: string): string => `${input.length === 16 ? `${input}:00` : input}+08:00`

/** A moment as an input has it, in Beijing. */
export function inputOf(moment: Date | string): string {
  const at = new Date(new Date(moment).getTime() + 8 * 3600_000)
  return at.toISOString().slice(0, 16)
}

export type Lack = 'headline' | 'text' | 'issuer' | 'times' | 'area'

/** What the form still lacks, if anything; the server has the last word. */
export function lackOf(wish: Wish, hasArea: boolean): Lack | undefined {
  if (wish.headline.trim() === '') return 'headline'
  if (wish.text.trim() === '') return 'text'
  if (wish.issuer.trim() === '') return 'issuer'
  if (!wish.from || !wish.to || wish.from >= wish.to) return 'times'
  if (!hasArea && divisionsOf(wish).length === 0) return 'area'
  return undefined
}

/** The codes that were ticked or typed. */
export function divisionsOf(wish: Wish): string[] {
  return [...new Set([...wish.divisions, ...(wish.codes.match(/\d{4,12}/g) ?? [])])]
}

/** The body of a request. A drawn ring is closed here. */
export function bodyOf(wish: Wish, drawn: readonly LonLat[]): Record<string, unknown> {
  const ring = drawn.map(({ lon, lat }) => [lon, lat])
  const [first] = ring
  return {
    kind: wish.kind,
    colour: wish.colour,
    headline: wish.headline.trim(),
    text: wish.text.trim(),
    advice: wish.advice.trim(),
    issuer: wish.issuer.trim(),
    valid_from: instantOf(wish.from),
    valid_to: instantOf(wish.to),
    divisions: divisionsOf(wish),
    ...(ring.length >= 3 && first ? { polygon: { type: 'Polygon', coordinates: [[...ring, first]] } } : {}),
  }
}

export function emptyWish(now: Date): Wish {
  return { kind: 'rainstorm', colour: 'blue', headline: '', text: '', advice: '', issuer: '', from: inputOf(now), to: inputOf(new Date(now.getTime() + 24 * 3600_000)), divisions: [], codes: '', reason: '' }
}

/** The form of a warning that is to be changed; codes that no box stands for are typed. */
export function wishOf(w: Warning, known: ReadonlySet<string>): Wish {
  const divisions = w.divisions ?? []
  return {
    kind: w.kind, colour: w.colour, headline: w.headline, text: w.text, advice: w.advice, issuer: w.issuer, from: inputOf(w.valid_from), to: inputOf(w.valid_to),
    divisions: divisions.filter((c) => known.has(c)), codes: divisions.filter((c) => !known.has(c)).join(' '), reason: '',
  }
}
