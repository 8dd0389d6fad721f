// What the phone page exchanges with the server, as /openapi.json describes it.

export type LonLat = readonly [number, number]

/** A member of a chain of cells. */
export interface NamedCell {
  code: string
  name: string
  layer: string
  tier: string
  tier_en: string
}

export interface Duty {
  role: string
  title: string
  cell: string
  name: string
  phone?: string
  masked: boolean
}

export interface Level {
  rank: number // 1 is the lowest of four
  name: string
  name_en: string
}

/** Shape of GeoJSON as packs have it. */
export type Shape =
  | { type: 'Point'; coordinates: LonLat }
  | { type: 'MultiPoint' | 'LineString'; coordinates: LonLat[] }
  | { type: 'MultiLineString' | 'Polygon'; coordinates: LonLat[][] }
  | { type: 'MultiPolygon'; coordinates: LonLat[][][] }

export interface Sketch {
  layer: string
  kind: string
  name: string
  name_en: string
  title?: string
  level?: Level
  word?: string
  settled?: boolean
  capacity?: number
  geometry: Shape
}

export interface PackedCell extends NamedCell {
  parent?: string
  duty: Duty[]
  shape?: LonLat[][][]
}

export interface Entry {
  code: string
  name: string
  name_en?: string
}

export interface PackedWarning {
  id: number
  headline: string
  colour: string
  colour_name: string
  kind_name: string
  instruction?: string
  area?: Shape
  expires?: string
}

/** What a phone keeps of a town for the time without signal. */
export interface Pack {
  cell: NamedCell
  bounds: [number, number, number, number]
  cells: PackedCell[]
  risks: Sketch[]
  shelters: Sketch[]
  active_warnings: PackedWarning[]
  kinds: { entries: Entry[] | null }
  states: { entries: Entry[] | null }
  versions: Record<string, number>
}

/** A danger or a shelter at a distance. */
export interface Near {
  name: string
  name_en: string
  title: string
  level?: Level
  distance: number // metres; 0 inside
  at: LonLat
  capacity?: number
}

/** The answer that is shown before anything is typed. */
export interface Where {
  at: LonLat
  cell?: NamedCell // nothing outside the city
  chain: NamedCell[]
  duty: Duty[]
  dangers: Near[]
  shelters: Near[]
  warnings: { headline: string; colour: string; instruction: string }[]
  offline: boolean
  outside?: { name: string; distance: number }
}

/** An incident of /api/v1/incidents, as far as the page shows it. */
export interface Incident {
  id: number
  client_id: string
  kind_name: string
  text: string
  cell_name: string
  reported_at: string
  state: string
  state_name: string
  department: string
}

export interface Session {
  token: string
  expires_at: string
  name: string
  role: string
  cell: string
}
