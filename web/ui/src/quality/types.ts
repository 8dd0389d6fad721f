// What /api/v1/quality answers with, as /openapi.json describes it.

export interface Defects {
  a: number
  b: number
  c: number
  d: number
}

export interface Finding {
  rule: string
  level: 'error' | 'warning' | 'note' | 'off'
  dimension: string
  title: string
  title_en: string
  count: number
  refuses: boolean
  fixed: boolean
  skipped: boolean
}

export interface Version {
  version: number
  state: 'draft' | 'checked' | 'published' | 'retired'
  feature_count: number
  read: number
  imported_at: string
  published_at: string | null
  measured: boolean
  points: number | null
  grade?: 'excellent' | 'good' | 'passed' | 'failed'
  defects: Defects
  score: number | null
  completeness: number | null
  validity: number | null
  consistency: number | null
  timeliness: number | null
  trust: number | null
  findings?: Finding[]
}

export interface Card {
  layer: string
  name: string
  name_en: string
  theme: string
  department: string
  published_version: number | null
  freshness: { cycle: string; data_date: string | null; delivered_at: string | null; due_at: string | null; overdue: boolean; days_late: number }
  versions: Version[]
}

export interface Department {
  name: string
  layers: number
  measured: number
  points: number | null
  defects: Defects
  overdue: number
}

export interface Board {
  at: string
  layers: Card[]
  departments: Department[]
}
