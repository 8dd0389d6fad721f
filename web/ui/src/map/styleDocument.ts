// Turns the server's style document, which draws every published layer, into
// the style of what is shown now. It is a function of state: the map is given
// the result and works out the difference itself.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { filterOf } from '../catalogue/conditions'
import type { Field, MapFeature } from '../api/types'
import type { Overlay } from '../panels/mapAccess'
import type { FontFaces } from './fontFaces'
import { versionedName, type GroundState, type ShownLayer } from './urlState'

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

/** The source of heights that the server puts under the map where it has an elevation model. */
export const groundSource = 'onemap:ground'
/** The same heights for the mesh: one source for both would shade coarsely. */
export const terrainSource = 'onemap:terrain'

export function hasGround(document: StyleDocument): boolean {
  return groundSource in document.sources
}

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
  /** How the ground is shown; without it as it comes, flat and shaded. */
  ground?: GroundState
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
  const ground = state.ground ?? { hillshade: true, exaggeration: 0 }
  const raised = ground.exaggeration > 0 && hasGround(document)
  for (const [id, source] of Object.entries(document.sources)) {
    if (id === groundSource && source.type === 'raster-dem' && source.url) {
      const absolute = { ...source, url: new URL(source.url, state.origin).href }
      if (ground.hillshade) sources[id] = absolute
      if (raised) sources[terrainSource] = absolute
    }
    const one = shown.get(id)
    if (!one) continue
    sources[id] = 'url' in source && source.url ? { ...source, url: new URL(source.url.replace(`/tiles/${id}.json`, `/tiles/${versionedName(one)}.json`), state.origin).href } : source
  }
  sources[selectionSource] = { type: 'geojson', data: { type: 'FeatureCollection', features: state.selected.flatMap(asGeoJson) } }
  const layers = document.layers.flatMap((layer) => {
    const id = layerOf(layer)
    if (layer.type === 'hillshade') return ground.hillshade ? [layer] : []
    if (id === '') return [layer]
    const one = shown.get(id)
    return one ? [filtered(faded(raised ? stoodUp(layer) : layer, one.opacity), one, state.fields?.get(id) ?? [])] : []
  })
  if (state.ownOrder) sortByOwnOrder(layers, state.shown)
  const overlays = state.overlays ?? []
  for (const overlay of overlays) Object.assign(sources, overlay.sources)
  const drawn = overlays.flatMap((o) => o.layers)
  const solid = raised ? { terrain: { source: terrainSource, exaggeration: ground.exaggeration }, sky } : {}
  return { ...document, ...solid, 'font-faces': state.fonts, sources, layers: [...layers, ...selectionLayers, ...drawn] } as StyleSpecification
}

const sky: StyleSpecification['sky'] = { 'sky-color': '#8fbfe8', 'horizon-color': '#e8f1f7', 'fog-color': '#eef2f3', 'sky-horizon-blend': 0.6, 'horizon-fog-blend': 0.7, 'fog-ground-blend': 0.85 }

/** Layers whose areas are bodies, and how high they are in metres: as measured, else three for each floor. */
const bodies: Record<string, ExpressionSpecification> = {
  building: ['case', ['>', ['to-number', ['get', 'height_m'], 0], 0], ['to-number', ['get', 'height_m'], 0], ['*', 3, ['max', 1, ['to-number', ['get', 'floors_up'], 1]]]],
}

/** Returns the style layer as a body where it is the area of one. */
export function stoodUp(layer: LayerSpecification): LayerSpecification {
  const height = bodies[layerOf(layer)]
  if (!height || layer.type !== 'fill') return layer
  const { 'fill-color': colour } = layer.paint ?? {}
  if (colour === undefined) return layer
  return { ...layer, type: 'fill-extrusion', layout: {}, paint: { 'fill-extrusion-color': colour, 'fill-extrusion-height': height, 'fill-extrusion-opacity': 0.92 } } as LayerSpecification
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
  'fill-extrusion': ['fill-extrusion-opacity'],
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
