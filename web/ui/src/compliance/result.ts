// What an answer says, as rows to read and shapes to draw. A piece has one key in
// both, so that the row leads to the map and the map to the row.
import type { Geometry } from 'geojson'
import type { Overlay } from '../panels/mapAccess'
import type { Answer, Finding, Piece, Size, Verdict } from './types'

/**
 * What became of a layer, in one word: 占用, 未占用, 超出范围, 在范围内, 需核实.
 * It says what lies there; the verdict beside it says what the rule makes of that.
 */
export type Outcome = 'taken' | 'clear' | 'outside' | 'inside' | 'verify'

export function outcomeOf(f: Finding): Outcome {
  if (f.finding === 'unchecked' || f.within_tolerance) return 'verify'
  if (f.finding === 'compliant') return f.relation === 'within' ? 'inside' : 'clear'
  if (f.relation === 'near') return 'verify'
  return f.relation === 'within' ? 'outside' : 'taken'
}

/** Something of a finding that has a place. */
export interface PieceRow {
  key: string
  fid: number
  /** Of what lies outside there is no feature. */
  outside: boolean
  title: string
  size?: Size
  share?: number
  lengthM?: number
  distanceM?: number
  geometry: Geometry | null
}

export function piecesOf(f: Finding, labelField = ''): PieceRow[] {
  const rows: PieceRow[] = f.outside ? [{ key: `${f.id}:outside`, fid: 0, outside: true, title: '', size: f.area, share: f.share, geometry: f.outside }] : []
  // Of within, the pieces lie where they should: only what lies outside is objected to.
  if (f.relation === 'within') return rows
  return f.pieces.map((p, i) => ({ key: `${f.id}:${i}`, fid: p.fid, outside: false, title: titleOf(p, labelField), size: p.area, share: p.share, lengthM: p.length_m || undefined, distanceM: p.distance_m, geometry: p.geometry }))
}

function titleOf(p: Piece, labelField: string): string {
  const label = p.properties?.[labelField]
  return typeof label === 'string' && label !== '' ? label : `#${p.fid}`
}

/** Differences of areas up to this, m², come from rounding. */
const seam = 0.01

export interface SumCheck {
  sumM2: number
  /** Sum less measured. */
  differenceM2: number
  agrees: boolean
  /** m² that features of land cover twice, which the sum counts twice. */
  overlappingM2: number
}

/** Whether the land classes and what none covers make up the red line; undefined without land classes. */
export function sumCheck(a: Answer): SumCheck | undefined {
  const land = a.land_classes
  if (!land) return undefined
  const overlappingM2 = land.overlapping_m2 ?? 0
  const differenceM2 = land.sum_m2 - a.area.m2
  return { sumM2: land.sum_m2, differenceM2, overlappingM2, agrees: Math.abs(differenceM2 - overlappingM2) <= Math.max(seam, a.area.m2 * 1e-9) }
}

/** How far a stated area is from the measured one before a person should look: 1 ‰. */
export const statedTolerance = 0.001

export function statedAgrees(share: number): boolean {
  return Math.abs(share) <= statedTolerance
}

export function areaTexts(size: Size): { m2: string; mu: string; ha: string } {
  return { m2: fixed(size.m2, 2), mu: fixed(size.mu, 3), ha: fixed(size.hectares, 4) }
}

export function fixed(n: number, digits: number): string {
  return n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** A share in percent; what is there but rounds to nothing is told so. */
export function shareText(share: number): string {
  return share > 0 && share < 0.00005 ? '< 0.01 %' : `${fixed(share * 100, 2)} %`
}

/** A moment in the browser's time zone, 2026-11-30 21:17:07. */
export function momentText(rfc3339: string): string {
  const at = new Date(rfc3339)
  if (Number.isNaN(at.getTime())) return rfc3339
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

/** Space around what is zoomed to, pixels: at the right of a wide map the panel stands over it. */
export function roomFor(mapWidth: number): { top: number; bottom: number; left: number; right: number } {
  return { top: 60, bottom: 60, left: 60, right: mapWidth > 800 ? 560 : 60 }
}

/** Colours of verdicts on the map; those of texts are in theme.css. */
const colours: Record<Verdict, string> = { prohibited: '#b3261e', restricted: '#c25e00', notice: '#0b57d0', unchecked: '#4b5563', compliant: '#1e7d32' }
const source = 'panel:compliance'
export const pieceLayers = [`${source}:fill`, `${source}:line`, `${source}:point`] as const

/** The red line and the pieces; the picked one stands out. */
export function overlayOf(a: Answer, picked: string): Overlay {
  const features: GeoJSON.Feature[] = a.findings.flatMap((f) =>
    piecesOf(f).flatMap(({ key, geometry }) => (geometry ? [{ type: 'Feature' as const, geometry, properties: { key, colour: colours[f.finding], picked: key === picked } }] : [])),
  )
  features.sort((x, y) => Number(x.properties?.picked) - Number(y.properties?.picked))
  const red: GeoJSON.Feature = { type: 'Feature', geometry: a.redline, properties: {} }
  const collection = (list: GeoJSON.Feature[]) => ({ type: 'geojson' as const, tolerance: 0, data: { type: 'FeatureCollection' as const, features: list } })
  const [fill, line, point] = pieceLayers
  return {
    sources: { [source]: collection(features), [`${source}:redline`]: collection([red]) },
    layers: [
      { id: fill, type: 'fill', source, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ['get', 'colour'], 'fill-opacity': ['case', ['get', 'picked'], 0.6, 0.3] } },
      { id: line, type: 'line', source, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': ['get', 'colour'], 'line-width': ['case', ['get', 'picked'], 4, 1.6] } },
      { id: point, type: 'circle', source, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': ['get', 'colour'], 'circle-radius': ['case', ['get', 'picked'], 9, 6], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
      { id: `${source}:casing`, type: 'line', source: `${source}:redline`, paint: { 'line-color': '#ffffff', 'line-width': 5 } },
      { id: `${source}:redline`, type: 'line', source: `${source}:redline`, paint: { 'line-color': '#d5001c', 'line-width': 2.6 } },
    ],
  }
}
