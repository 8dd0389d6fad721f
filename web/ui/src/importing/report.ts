// What a quality report says, put into the order in which people look at it, and
// drawn on the map.
import type { Feature, Geometry } from 'geojson'
import type { ExpressionSpecification } from 'maplibre-gl'
import type { Bounds } from '../api/types'
import { boundsOf } from '../map/bounds'
import type { Overlay } from '../panels/mapAccess'
import type { Difference, Example, HeldRow, Level, Report, RuleResult } from './types'

export const levels: readonly Level[] = ['error', 'warning', 'note']

/** The rules that found something, the worst level first, then the most frequent. */
export function foundOf(report: Report): RuleResult[] {
  const rules = report.quality?.rules ?? []
  return rules.filter((r) => r.count > 0).sort((a, b) => levels.indexOf(a.rule.level) - levels.indexOf(b.rule.level) || b.count - a.count)
}

/** The rules that were not checked, with the reason. */
export function skippedOf(report: Report): RuleResult[] {
  return (report.quality?.rules ?? []).filter((r) => r.skipped)
}

/** The rules that were checked and found nothing. */
export function cleanOf(report: Report): RuleResult[] {
  return (report.quality?.rules ?? []).filter((r) => r.count === 0 && !r.skipped)
}

export function countOf(report: Report, level: Level): number {
  return foundOf(report).reduce((sum, r) => sum + (r.rule.level === level ? r.count : 0), 0)
}

/** Ids of layers and sources of the overlay. */
export const ids = { source: 'panel:import', picked: 'panel:import:picked', points: 'panel:import:points', fresh: 'panel:import:new', old: 'panel:import:old', difference: 'panel:import:difference' } as const

const colours: Record<Level, string> = { error: '#b3261e', warning: '#b06000', note: '#0b57d0' }

/** One fault of the report. key is the rule and the number of the example. */
export interface Mark {
  key: string
  level: Level
  example: Example
}

/** The faults that have a place. */
export function marksOf(report: Report): Mark[] {
  return foundOf(report).flatMap((r) => r.examples.flatMap((example, i) => (example.place ? [{ key: `${r.rule.id}:${i}`, level: r.rule.level, example }] : [])))
}

/** What of the preview is shown. */
export interface Shown {
  fresh: boolean
  old: boolean
  difference: boolean
}

export interface Drawn {
  origin: string
  layer: string
  /** The version that is looked at; 0 is none. */
  version: number
  /** The published one; 0 is none, or the same. */
  published: number
  difference: Difference | undefined
  shown: Shown
  marks: readonly Mark[]
  picked: string
  /** The feature, or row in quarantine, that is at fault. */
  shape: Geometry | undefined
}

const blue = '#0b57d0'
const grey = '#5b6470'

/** Colours of what came, changed and went, of the map and of its legend. */
export const kinds = { added: '#e60026', changed: '#f07000', removed: '#7a0019' } as const

function tiled(id: string, source: string, layer: string, colour: string, strength: number): Overlay['layers'] {
  const of = { source, 'source-layer': layer }
  return [
    { id, type: 'fill', ...of, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': strength } },
    { id: `${id}:line`, type: 'line', ...of, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 1.4 } },
    { id: `${id}:point`, type: 'circle', ...of, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': colour, 'circle-radius': 5, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1 } },
  ]
}

function differing(origin: string, d: Difference): Overlay {
  const colour: ExpressionSpecification = ['match', ['get', 'kind'], 'added', kinds.added, 'removed', kinds.removed, kinds.changed]
  const of = { source: ids.difference, 'source-layer': 'difference' }
  return {
    sources: { [ids.difference]: { type: 'vector', tiles: [`${origin}/api/v1/layers/${d.layer}/versions/${d.version}/difference/{z}/{x}/{y}.mvt`], minzoom: 0, maxzoom: 16 } },
    layers: [
      { id: ids.difference, type: 'fill', ...of, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.35 } },
      { id: `${ids.difference}:line`, type: 'line', ...of, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 2.4 } },
      { id: `${ids.difference}:point`, type: 'circle', ...of, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': colour, 'circle-radius': 6, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.5 } },
    ],
  }
}

/** The overlay: old in grey, new in blue, differences in red, and every fault where it is. */
export function overlayOf(d: Drawn): Overlay {
  const sources: Overlay['sources'] = {}
  const layers: Overlay['layers'] = []
  const add = (more: Overlay) => {
    Object.assign(sources, more.sources)
    layers.push(...more.layers)
  }
  if (d.shown.old && d.published > 0) {
    add({ sources: { [ids.old]: { type: 'vector', url: `${d.origin}/tiles/${d.layer}@${d.published}.json` } }, layers: tiled(ids.old, ids.old, d.layer, grey, 0.25) })
  }
  if (d.shown.fresh && d.version > 0) {
    add({ sources: { [ids.fresh]: { type: 'vector', url: `${d.origin}/tiles/${d.layer}@${d.version}.json` } }, layers: tiled(ids.fresh, ids.fresh, d.layer, blue, 0.2) })
  }
  if (d.shown.difference && d.difference) add(differing(d.origin, d.difference))
  const collection = (features: Feature[]) => ({ type: 'geojson' as const, tolerance: 0, data: { type: 'FeatureCollection' as const, features } })
  const points = d.marks.map<Feature>(({ key, level, example }) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [example.place?.lon ?? 0, example.place?.lat ?? 0] },
    properties: { key, colour: colours[level], picked: key === d.picked },
  }))
  points.sort((a, b) => Number(a.properties?.picked) - Number(b.properties?.picked))
  add({
    sources: { [ids.picked]: collection(d.shape ? [{ type: 'Feature', geometry: d.shape, properties: {} }] : []), [ids.points]: collection(points) },
    layers: [
      { id: ids.picked, type: 'fill', source: ids.picked, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': '#ffd400', 'fill-opacity': 0.45 } },
      { id: `${ids.picked}:line`, type: 'line', source: ids.picked, paint: { 'line-color': '#b3261e', 'line-width': 3 } },
      { id: `${ids.picked}:point`, type: 'circle', source: ids.picked, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-color': '#ffd400', 'circle-radius': 9, 'circle-stroke-color': '#b3261e', 'circle-stroke-width': 3 } },
      { id: ids.points, type: 'circle', source: ids.points, paint: { 'circle-color': ['get', 'colour'], 'circle-radius': ['case', ['get', 'picked'], 9, 5], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
    ],
  })
  return { sources, layers }
}

/** Where to look for a fault: its shape, else some hundred metres round its place. */
export function boundsFor(shape: Geometry | undefined, example: Example | undefined): Bounds | undefined {
  const bounds = shape && boundsOf(shape)
  if (bounds && (bounds[2] > bounds[0] || bounds[3] > bounds[1])) return bounds
  const at = example?.place ?? (bounds && { lon: bounds[0], lat: bounds[1] })
  const reach = 0.002
  return at && [at.lon - reach, at.lat - reach, at.lon + reach, at.lat + reach]
}

/** Whether what is of a row says nothing of where it is: the row itself knows. */
export function shapeOfHeld(rows: readonly HeldRow[], row: number | undefined): Geometry | undefined {
  return rows.find((r) => r.row === row)?.shape ?? undefined
}

/** A CSV of all examples, for those who work them off in a table. The mark at its beginning tells Excel that it is UTF-8. */
export function csvOf(report: Report, head: readonly string[], words: { level: (l: Level) => string; title: (r: RuleResult) => string; message: (e: Example) => string }): string {
  const cell = (value: string | number | undefined) => {
    const text = String(value ?? '')
    // What begins like a formula would be run by a spreadsheet.
    const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
  }
  const lines = foundOf(report).flatMap((r) =>
    (r.examples.length > 0 ? r.examples : [{ message: '', message_en: '' } as Example]).map((e) =>
      [words.level(r.rule.level), r.rule.id, words.title(r), r.count, e.row, e.field, e.value, words.message(e), e.place?.lon, e.place?.lat].map(cell).join(','),
    ),
  )
  return `\ufeff${[head.map(cell).join(','), ...lines].join('\r\n')}\r\n`
}
