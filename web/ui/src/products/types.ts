// Products as the server tells of them.
import type { Bounds } from '../api/types'

export type ProductState = 'draft' | 'checked' | 'approved' | 'published' | 'retired'
export type Secrecy = 'public' | 'internal' | 'sensitive'
export type Share = 'unconditional' | 'conditional' | 'none'

export interface ProductLayer {
  id: string
  title?: string
  filter?: unknown[]
  opacity?: number
  style?: object
}

export interface Content {
  title: string
  title_en: string
  theme: string
  department: string
  text: string
  text_en?: string
  source: string
  /** A day, a month or a year. */
  data_date: string
  /** The lowest first. */
  layers: ProductLayer[]
  palette?: string
  extent: Bounds | null
  /** Denominators; 0 or none is no limit. */
  scales: { finest?: number; coarsest?: number }
  update: { rule: 'follow' | 'fixed' | 'date'; versions?: Record<string, number>; date?: string }
  secrecy: Secrecy
  share: Share
  conditions?: string
  approval_number?: string
  tags: string[]
}

export interface ProductVersion {
  version: number
  content: Content
  cause: 'content' | 'layers' | 'publication'
  shows: Record<string, number>
  from: string | null
  until: string | null
  made_at: string
  made_by: string
  why: string
}

export interface Product extends ProductVersion {
  id: string
  state: ProductState
  state_name: string
  revision: number
  synthetic: boolean
  created_at: string
  created_by: string
  changed_at: string
  changed_by: string
}

export interface Step {
  seq: number
  version: number
  from: ProductState | null
  to: ProductState
  at: string
  by: string
  why: string
}

export interface Transition {
  from: ProductState
  to: ProductState
  name: string
  name_en: string
  right: string
  /** A reason must be given. */
  why: boolean
}

export interface WholeProduct extends Product {
  history: Step[]
  /** Steps that whoever asks may take. */
  next: Transition[]
}

export interface Indicator {
  count: number
  target: number
  by_theme: { theme: string; name: string; name_en: string; count: number }[]
}

export interface ProductStatistics {
  from: string
  to: string
  calls: number
  users: number
  systems: number
  days: { day: string; calls: number }[]
  services: { service: string; calls: number }[]
}
