// What /api/v1/warnings answers with, as /openapi.json describes it. Shapes are
// CGCS2000 degrees, longitude first.

export type WarningState = 'active' | 'upcoming' | 'ended' | 'cancelled'

export interface Kind {
  id: string
  code?: string
  name: string
  name_en: string
}

export interface Colour {
  id: string
  rank: number
  name: string
  name_en: string
}

export interface Register {
  kinds: Kind[]
  colours: Colour[]
}

export interface Warning {
  seq: number
  id: number
  revision: number
  action: 'publish' | 'update' | 'cancel'
  at: string
  by: string
  reason?: string
  state: WarningState
  kind: string
  colour: string
  headline: string
  text: string
  advice: string
  issuer: string
  valid_from: string
  valid_to: string
  divisions: string[] | null
  area_text: string
  kind_name: string
  kind_name_en: string
  kind_code?: string
  colour_name: string
  /** As it was given. */
  polygon?: GeoJSON.Polygon | GeoJSON.MultiPolygon
  /** Of divisions and polygon together. */
  area?: GeoJSON.MultiPolygon
}

export interface WholeWarning extends Warning {
  revisions: Warning[]
}

/** What the form says; times are those of Beijing, as an input has them. */
export interface Wish {
  kind: string
  colour: string
  headline: string
  text: string
  advice: string
  issuer: string
  from: string
  to: string
  divisions: string[]
  /** More codes, separated by anything else. */
  codes: string
  reason: string
}
