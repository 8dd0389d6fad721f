// What the server says of imports, versions and their reports. Positions are
// degrees, CGCS2000.
import type { Geometry } from 'geojson'
import type { Bounds, Import, MapFeature, Version } from '../api/types'

export type Level = 'error' | 'warning' | 'note'

/** What a person may say about a file; all of it can be left out. */
export interface Options {
  source_layer?: string
  crs?: string
  encoding?: string
  columns?: string
  keep_extra?: boolean
  override_crs?: boolean
  swap_axes?: boolean
  publish?: boolean
  accept_errors?: boolean
  dry_run?: boolean
  map?: Record<string, string>
  skip?: string[]
}

export interface Problem {
  code: string
  detail: string
  detail_en: string
}

/** One layer of a delivery. */
export interface Part {
  layer: string
  file?: string
  source_layer?: string
  state: Import['state']
  version: number | null
  read: number
  accepted: number
  rejected: number
  withheld?: boolean
  published: boolean
  problem: Problem | null
}

export interface Job extends Import {
  kind: 'file' | 'delivery' | 'retry'
  of_version?: number
  part?: number
  parts?: Part[]
  options: Options
  stages: { stage: string; at: string }[]
  bytes: number
  attempt: number
  cancelling: boolean
  report?: Report | { deliveries: (Report | null)[] }
  sequence: number
  started_at: string | null
}

export interface Place {
  lon: number
  lat: number
}

export interface Example {
  row?: number
  rows?: number[]
  field?: string
  value?: string
  message: string
  message_en: string
  place?: Place
}

export interface RuleResult {
  rule: { id: string; check: string; level: Level; field?: string }
  dimension: string
  title: string
  title_en: string
  count: number
  refuses: boolean
  fixed?: boolean
  skipped?: string
  skipped_en?: string
  examples: Example[]
}

export interface Quality {
  publishable: boolean
  completeness: number | null
  validity: number | null
  consistency: number | null
  timeliness: number | null
  trust: number | null
  errors: number
  warnings: number
  notes: number
  area_m2: number | null
  score: number
  rules: RuleResult[]
}

export interface FieldMatch {
  field: string
  label: string
  source: string
  by: string
}

export interface Report {
  file: string
  format: string
  source_layer: string
  layer: string
  sha256: string
  crs: string
  crs_name: string
  crs_source: string
  encoding: { name: string; why: string; why_en: string }
  fields: FieldMatch[]
  source_fields?: string[] | null
  dropped_fields: string[]
  missing_fields: string[]
  notes: { note: string; note_en: string }[]
  read: number
  accepted: number
  repaired: number
  rejected: number
  reject_reasons: { reason: string; reason_en: string; rows: number }[]
  repair_reasons: { reason: string; reason_en: string; rows: number }[]
  quality?: Quality
  withheld?: boolean
  dry_run: boolean
  seconds: number
}

/** A version with what is known of its delivery. */
export interface FullVersion extends Version {
  layer: string
  bounds: Bounds | null
  source_file: string
  source_crs: string
  imported_by: string
  content_hash: string
  report?: Report
}

export type RowState = 'open' | 'corrected' | 'discarded' | 'accepted'

/** A row that the version did not take. */
export interface HeldRow {
  row: number
  rule: string
  field?: string
  value?: string
  reason: string
  reason_en: string
  attributes: Record<string, unknown>
  state: RowState
  accepted_in?: number
  shape: Geometry | null
}

export interface Quarantine {
  crs: string
  fields: FieldMatch[]
  counts: Partial<Record<RowState, number>>
  rows: HeldRow[]
  /** Ask on after this row; 0 is the end. */
  next: number
}

export interface Difference {
  layer: string
  version: number
  base: number
  added: number
  removed: number
  changed: number
  changed_geometry: number
  changed_fields: number
  unchanged: number
  fields: Record<string, number> | null
}

export interface DifferencePage {
  features: MapFeature[]
  links?: { rel: string; href: string }[]
}

/** A quality rule, told before there is a delivery. */
export interface RuleTold {
  id: string
  check: string
  level: Level
  title: string
  title_en: string
  refuses: boolean
  skippable: boolean
}
