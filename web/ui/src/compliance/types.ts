// What the API says of compliance checks. Areas are on the CGCS2000 ellipsoid,
// geometries EPSG:4490, longitude first; shares are parts of the red line, 0 to 1.
import type { Geometry } from 'geojson'

export type Verdict = 'compliant' | 'notice' | 'unchecked' | 'restricted' | 'prohibited'

export interface Named {
  name: string
  name_en: string
}

export interface Size {
  m2: number
  mu: number
  hectares: number
}

export interface Rule extends Named {
  id: string
  layer: string
  relation: 'overlaps' | 'within' | 'near'
  /** Metres, of near. */
  distance_m?: number
  basis: string
  advice: string
  advice_en: string
}

export interface RuleSet extends Named {
  id: string
  version: string
  source: string
  rules: Rule[]
}

export interface Piece {
  fid: number
  properties: Record<string, unknown> | null
  geometry: Geometry | null
  area?: Size
  share?: number
  length_m?: number
  distance_m?: number
}

export interface Finding extends Rule {
  layer_name: string
  layer_name_en: string
  version?: number
  finding: Verdict
  finding_name: string
  finding_name_en: string
  count: number
  area?: Size
  share: number
  length_m?: number
  overlapping_m2?: number
  within_tolerance?: boolean
  not_checked?: string
  not_checked_en?: string
  pieces: Piece[]
  outside?: Geometry
}

export interface LandTotal extends Named {
  area: Size
  share: number
}

export interface LandClass {
  code: string
  name: string
  group: string
  features: number
  area: Size
  share: number
}

export interface Land {
  version: number
  classes: LandClass[]
  groups: LandTotal[]
  uncovered: Size
  overlapping_m2?: number
  sum_m2: number
}

export interface Answer {
  id: string
  asked_at: string
  asked_by: string
  name: string
  rule_set: Named & { id: string; version: string; source: string }
  layers: (Named & { layer: string; version: number; edited: number })[]
  synthetic: boolean
  input: {
    format: string
    file?: string
    crs: string
    crs_name: string
    parts: number
    holes: number
    vertices: number
    notes: { note: string; note_en: string }[]
    stated?: { m2: number; measured_m2: number; difference_m2: number; share: number }
  }
  question_hash: string
  answer_hash: string
  area: Size
  redline: Geometry
  verdict: Verdict
  verdict_name: string
  verdict_name_en: string
  findings: Finding[]
  land_classes: Land | null
  repeated?: { at: string; answer_hash: string; same: boolean }
}

/** A check in the list of one's own. */
export interface Entry {
  /** Later checks have higher numbers. */
  n: number
  id: string
  asked_at: string
  name: string
  rule_set: string
  area_m2: number
  verdict: Verdict
}
