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
  /** Pinyin of name and department, in full and by initials. */
  pinyin?: string[]
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
  required?: boolean
  dictionary?: string
  /** Vector tiles carry it, so that the map can filter by it. */
  in_tiles?: boolean
  /** It says something of people, whose right to see it is asked. */
  personal?: string
}

/** A version of a layer: what was delivered, and when everybody saw it. */
export interface Version {
  number: number
  state: string
  feature_count: number
  imported_at: string
  published_at: string | null
}

export interface LayerDetails extends Layer {
  fields: Field[]
  key: string[]
  versions: Version[]
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
  /** The largest file that may be imported, bytes. */
  max_import_bytes: number
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

/** A row of an attribute table. */
export interface TableRow {
  id: number
  properties: Record<string, unknown>
  bbox: Bounds | null
  geometry?: Geometry | null
}

export interface TablePage {
  rows: TableRow[]
  total: number
  version: number
}

export interface TableStatistics {
  field: string
  version: number
  count: number
  empty: number
  distinct: number
  min: string | null
  max: string | null
  sum?: number
  mean?: number
  values: { value: string; count: number }[]
}

export interface SearchResult {
  kind: 'coordinate' | 'division' | 'place' | 'feature' | 'grid' | 'person' | 'parcel'
  layer?: string
  id?: number
  code?: string
  label: string
  where: string
  lon: number
  lat: number
  bbox: Bounds
}

export interface SearchAnswer {
  results: SearchResult[]
}

export interface Converted {
  from: string
  to: string
  /** x is the longitude or easting, y the latitude or northing. */
  points: { x: number; y: number; text: string }[]
}

/** What a division has of a layer's features with one value of a field. */
export interface Tally {
  division: string
  name: string
  value: string | null
  count: number
  area_m2?: number
  length_m?: number
}

export interface Summary {
  layer: string
  by: string
  level: string
  version: number
  rows: Tally[]
}

export interface WithinAnswer {
  shape_m2?: number
  results: { layer: string; name: string; name_en: string; total: number; features: { fid: number; geometry: Geometry; properties: Record<string, unknown> }[] }[]
}

/** An import as a job. */
export interface Import {
  id: number
  layer: string
  filename: string
  size: number
  received: number
  by: string
  state: 'uploading' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  stage: string
  rows: number
  total: number
  version: number | null
  problem: { code: string; detail: string; detail_en: string } | null
  created_at: string
  ended_at: string | null
}
