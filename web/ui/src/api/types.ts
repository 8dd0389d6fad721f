// What the server's API answers with. Longitudes and latitudes are degrees,
// CGCS2000, longitude first; bounds are west, south, east, north.
import type { Geometry } from 'geojson'

export type GeometryKind = 'point' | 'line' | 'polygon'
export type Bounds = [number, number, number, number]

export interface Theme {
  id: string
  name: string
  name_en: string
}

export interface Layer {
  id: string
  theme: string
  name: string
  name_en: string
  geometry: GeometryKind
  min_zoom: number
  max_zoom: number
  sensitivity: 'public' | 'internal' | 'sensitive'
  department: string
  source: string
  cycle?: string
  label_field: string
  /** null: nothing has been published yet, so there is nothing to show. */
  published_version: number | null
  published_at: string | null
  feature_count: number
  bounds: Bounds | null
  synthetic: boolean
  tilejson: string
}

export interface Catalogue {
  themes: Theme[]
  layers: Layer[]
  synthetic: boolean
}

export interface Field {
  name: string
  label: string
  label_en: string
  type: 'text' | 'integer' | 'real' | 'decimal' | 'date' | 'time' | 'boolean'
  scale?: number
  unit?: string
  dictionary?: string
}

export interface LayerDetails extends Layer {
  fields: Field[]
  key: string[]
}

export interface DictionaryEntry {
  code: string
  name: string
  name_en?: string
  colour?: string
}

export interface Dictionary {
  id: string
  name: string
  name_en: string
  entries: DictionaryEntry[]
}

/** Ellipsoidal: square metres of a polygon, metres of a line. */
export interface Measure {
  area_m2?: number
  length_m?: number
}

export interface MapFeature {
  type: 'Feature'
  id: string | number
  geometry: Geometry | null
  properties: Record<string, unknown>
  measure?: Measure
}

export interface FeaturePage {
  type: 'FeatureCollection'
  features: MapFeature[]
  /** The address of the next page: a link, or a list of links as OGC API has it. */
  next?: string
  links?: { rel: string; href: string }[]
}

export interface IdentifyAnswer {
  lon: number
  lat: number
  results: { layer: string; name: string; features: MapFeature[] }[]
}

export interface Info {
  name: string
  name_en: string
  version: string
  map_approval_number: string
  synthetic: boolean
}

/** What an archive's tiles of one zoom hold; bytes of all tiles are compressed, those of the largest are not. */
export interface ZoomReport {
  zoom: number
  tiles: number
  bytes: number
  largest_tile: number
  most_features: number
  features: number
  merged: number
  clustered: number
  dropped: number
}

export interface LayerTileReport {
  layer: string
  version: number
  /** The archive's file name; null while tiles are made when they are asked for. */
  archive: string | null
  bytes: number
  zooms: ZoomReport[]
}

export interface TileReport {
  layers: LayerTileReport[]
}
