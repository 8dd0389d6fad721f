// Turns the server's style document, which draws every published layer, into
// the style of what is shown now. It is a function of state: the map is given
// the result and works out the difference itself.
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { filterOf } from '../catalogue/conditions'
import type { Field, MapFeature } from '../api/types'
import type { Overlay } from '../panels/mapAccess'
import type { FontFaces } from './fontFaces'
import { versionedName, type ShownLayer } from './urlState'

/** One line of a legend: what features with these properties are called; a list is any of its values. */
export interface LegendLine {
  label: string
  label_en: string
  properties: Record<string, unknown>
}

export interface StyleLayerMetadata {
  'onemap:layer': string
  'onemap:legend'?: LegendLine[]
}

export type StyleDocument = StyleSpecification & {
  metadata?: { 'onemap:default_visible'?: string[] }
}

/** Name of the source that holds the features picked by the last click. */
export const selectionSource = 'onemap:selection'

/** The layer of the catalogue that a style layer draws, or "" for the background. */
export function layerOf(styleLayer: LayerSpecification): string {
  return (styleLayer.metadata as StyleLayerMetadata | undefined)?.['onemap:layer'] ?? ''
}

/** The layers shown when the address names none. */
export function defaultLayers(document: StyleDocument): ShownLayer[] {
  return (document.metadata?.['onemap:default_visible'] ?? []).map((id) => ({ id, opacity: 1 }))
}

/** Where each layer of the catalogue begins in the style: the lower, the further down it is drawn. */
export function layerRanks(document: StyleDocument): Map<string, number> {
  const ranks = new Map<string, number>()
  document.layers.forEach((layer, i) => {
    const id = layerOf(layer)
    if (id !== '' && !ranks.has(id)) ranks.set(id, i)
  })
  return ranks
}

/** A style in which a product's layers look as the product has them, above all others. */
export function withProduct(document: StyleDocument, product: StyleDocument): StyleDocument {
  const ids = layerRanks(product)
  const background = product.layers.filter((l) => layerOf(l) === '')
  const others = document.layers.filter((l) => layerOf(l) !== '' && !ids.has(layerOf(l)))
  return { ...document, sources: { ...document.sources, ...product.sources }, layers: [...background, ...others, ...product.layers.filter((l) => layerOf(l) !== '')] }
}

export interface StyleState {
  /** From the bottom to the top, which counts only with ownOrder. */
  shown: readonly ShownLayer[]
  /** Draws the layers in the order of shown instead of the style's. */
  ownOrder?: boolean
  /** Fields of layers that are filtered; one that is missing is not filtered yet. */
  fields?: ReadonlyMap<string, readonly Field[]>
  /** Features to highlight; their geometry comes from the server, whole. */
  selected: readonly MapFeature[]
  /** What panels draw, above everything else. */
  overlays?: readonly Overlay[]
  fonts: FontFaces
  /** The page's origin: a style's addresses must be absolute. */
  origin: string
}

/** Builds the style of the shown layers. Sources of hidden ones are left out, so nothing of them is fetched. */
export function composeStyle(document: StyleDocument, state: StyleState): StyleSpecification {
  const shown = new Map(state.shown.filter((s) => s.version !== 0).map((s) => [s.id, s]))
  const sources: StyleSpecification['sources'] = {}
  for (const [id, source] of Object.entries(document.sources)) {
    const one = shown.get(id)
    if (!one) continue
    sources[id] = 'url' in source && source.url ? { ...source, url: new URL(source.url.replace(`/tiles/${id}.json`, `/tiles/${versionedName(one)}.json`), state.origin).href } : source
  }
  sources[selectionSource] = { type: 'geojson', data: { type: 'FeatureCollection', features: state.selected.flatMap(asGeoJson) } }
  const layers = document.layers.flatMap((layer) => {
    const id = layerOf(layer)
    if (id === '') return [layer]
    const one = shown.get(id)
    return one ? [filtered(faded(layer, one.opacity), one, state.fields?.get(id) ?? [])] : []
  })
  if (state.ownOrder) sortByOwnOrder(layers, state.shown)
  const overlays = state.overlays ?? []
  for (const overlay of overlays) Object.assign(sources, overlay.sources)
  const drawn = overlays.flatMap((o) => o.layers)
  return { ...document, 'font-faces': state.fonts, sources, layers: [...layers, ...selectionLayers, ...drawn] } as StyleSpecification
}

/** How the ids begin of what a tool adds straight to the map. */
export const toolPrefix = 'tool:'

/** Carries what tools have added to the map over a change of its style. */
export function keepingTools(previous: StyleSpecification | undefined, next: StyleSpecification): StyleSpecification {
  const known = new Set(next.layers.map((l) => l.id))
  const layers = previous?.layers.filter((l) => l.id.startsWith(toolPrefix) && !known.has(l.id)) ?? []
  if (!previous || layers.length === 0) return next
  const sources = Object.fromEntries(Object.entries(previous.sources).filter(([id]) => id.startsWith(toolPrefix)))
  return { ...next, sources: { ...next.sources, ...sources }, layers: [...next.layers, ...layers] }
}

/** Names stay above everything, whatever the order of the layers they belong to. */
function sortByOwnOrder(layers: LayerSpecification[], shown: readonly ShownLayer[]): void {
  const places = new Map(shown.map((s, i) => [s.id, i]))
  const place = (l: LayerSpecification) => (layerOf(l) === '' ? -1 : l.type === 'symbol' ? shown.length : (places.get(layerOf(l)) ?? 0))
  layers.sort((a, b) => place(a) - place(b))
}

/** Returns the style layer with the conditions of its layer. */
function filtered(layer: LayerSpecification, { where }: ShownLayer, fields: readonly Field[]): LayerSpecification {
  const conditions = where ? filterOf(where, fields) : undefined
  if (!conditions || layer.type === 'background') return layer
  const own = 'filter' in layer ? layer.filter : undefined
  return { ...layer, filter: own ? (['all', own, conditions] as unknown as typeof own) : conditions } as LayerSpecification
}

function asGeoJson(feature: MapFeature): GeoJSON.Feature[] {
  return feature.geometry ? [{ type: 'Feature', geometry: feature.geometry, properties: {} }] : []
}

const opacityOf: Partial<Record<LayerSpecification['type'], string[]>> = {
  fill: ['fill-layer-opacity'],
  line: ['line-opacity'],
  circle: ['circle-opacity', 'circle-stroke-opacity'],
  symbol: ['icon-opacity', 'text-opacity'],
}

/** Returns the style layer, visible and at that share of its own opacity. */
export function faded(layer: LayerSpecification, opacity: number): LayerSpecification {
  const layout = { ...(layer.layout as Record<string, unknown> | undefined), visibility: 'visible' }
  if (opacity === 1) return { ...layer, layout } as LayerSpecification
  const paint: Record<string, unknown> = { ...(layer.paint as Record<string, unknown> | undefined) }
  for (const property of opacityOf[layer.type] ?? []) paint[property] = Number(paint[property] ?? 1) * opacity
  return { ...layer, layout, paint } as LayerSpecification
}

const highlight = '#e6007a'

const selectionLayers: LayerSpecification[] = [
  { id: 'onemap:selection:fill', type: 'fill', source: selectionSource, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': highlight, 'fill-opacity': 0.12 } },
  { id: 'onemap:selection:casing', type: 'line', source: selectionSource, layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': '#ffffff', 'line-width': 5.5 } },
  { id: 'onemap:selection:line', type: 'line', source: selectionSource, layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': highlight, 'line-width': 3 } },
  {
    id: 'onemap:selection:point',
    type: 'circle',
    source: selectionSource,
    filter: ['==', ['geometry-type'], 'Point'],
    paint: { 'circle-radius': 12, 'circle-color': 'rgba(255,255,255,0)', 'circle-stroke-color': highlight, 'circle-stroke-width': 3 },
  },
]
