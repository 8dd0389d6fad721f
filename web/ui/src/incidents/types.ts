// What /api/v1/incidents answers with, as /openapi.json describes it. Positions
// are CGCS2000 degrees, longitude first.

export interface Transition {
  from: string
  to: string
  name: string
  name_en: string
  right: string
  /** A reason must be given. */
  why: boolean
}

export interface Incident {
  id: number
  client_id: string
  kind: string
  kind_name: string
  source: string
  text: string
  position: [number, number]
  given: { lon: number; lat: number; crs: string }
  accuracy_m: number | null
  cell: string
  cell_name: string
  chain: string[]
  beidou: string
  reported_at: string
  received_at: string
  reporter: string
  state: string
  state_name: string
  version: number
  department: string
  role: string
  synthetic: boolean
}

export interface Step {
  seq: number
  incident: number
  version: number
  from: string | null
  to: string
  at: string
  by: string
  why: string
  department: string
  role: string
}

export interface Danger {
  layer: string
  kind: string
  name: string
  level: string
  distance_m: number
}

export interface Duty {
  role: string
  title: string
  cell: string
  name: string
  phone?: string
  masked: boolean
}

export interface Photo {
  id: number
  width: number
  height: number
  bytes: number
  added_at: string
  added_by: string
}

export interface Whole extends Incident {
  risks: Danger[] | null
  duplicates: { id: number; state: string; reported_at: string; distance_m: number }[]
  photos: Photo[]
  history: Step[]
  next: Transition[]
  duty: Duty[]
}

export interface Tally {
  count: number
  open: number
  by_state: Record<string, number>
  by_kind: Record<string, number>
}

export interface News extends Step {
  kind: string
  cell: string
  position: [number, number]
}

export interface HeatCell {
  code: string
  count: number
  open: number
  name?: string
  lon: number
  lat: number
}

/** What chooses incidents; "" and [] are anything. Dates are days in Beijing. */
export interface Filters {
  states: string[]
  kind: string
  source: string
  cell: string
  from: string
  to: string
  text: string
}
