// What the grid answers with, as /openapi.json describes it.
import type { Duty } from '../incidents/types'

export interface Named {
  code: string
  name: string
  layer: string
  tier: string
  tier_en: string
}

export interface LayerCount {
  layer: string
  name: string
  name_en: string
  theme: string
  version: number
  count: number
  area_m2?: number
  length_m?: number
}

export interface Summary {
  cell: Named
  chain: Named[]
  children: number
  population: number | null
  households: number | null
  duty: Duty[]
  measured: boolean
  layers: LayerCount[]
  incidents?: { count: number; open: number; by_state: Record<string, number> }
}

export interface Description extends Named {
  chain: Named[]
  children: Named[]
  neighbours: { code: string; name: string; shared_m: number }[]
  kind?: string
  beidou?: string
  area_m2: number
  population: number | null
  households: number | null
  responsible?: string
}

export interface Cell {
  geometry: GeoJSON.Polygon | GeoJSON.MultiPolygon
  properties: Description
}
