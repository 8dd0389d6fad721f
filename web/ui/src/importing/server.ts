// What the panel asks of the server.
import { api } from '../api/client'
import type { LayerDetails, MapFeature } from '../api/types'
import type { Difference, DifferencePage, FullVersion, HeldRow, Job, Options, Quarantine, RuleTold } from './types'

const imports = '/api/v1/imports'
const of = (layer: string) => `/api/v1/layers/${encodeURIComponent(layer)}`
const version = (layer: string, number: number) => `${of(layer)}/versions/${number}`

/** How many rows in quarantine, and differences, a page has. */
export const pageLength = 50

export interface Ask {
  /** "" lets the server recognise it. */
  layer: string
  filename: string
  size: number
  options: Options
  key: string
}

export const server = {
  create: ({ layer, filename, size, options, key }: Ask, signal: AbortSignal) => api.post<Job>(imports, { ...(layer && { layer }), filename, size, options, idempotency_key: key }, signal),
  job: (id: number, signal?: AbortSignal) => api.get<Job>(`${imports}/${id}`, signal),
  jobs: async (layer: string, before: number, signal?: AbortSignal) =>
    (await api.get<{ imports: Job[] }>(`${imports}?limit=20${layer && `&layer=${encodeURIComponent(layer)}`}${before > 0 ? `&before=${before}` : ''}`, signal)).imports,
  cancel: (id: number) => api.remove<Job>(`${imports}/${id}`),
  content: (id: number) => `${imports}/${id}/content`,
  events: (id: number) => `${imports}/${id}/events`,

  details: (layer: string, signal?: AbortSignal) => api.get<LayerDetails>(of(layer), signal),
  rules: async (layer: string, signal?: AbortSignal) => (await api.get<{ rules: RuleTold[] }>(`${of(layer)}/rules`, signal)).rules,
  version: (layer: string, number: number, signal?: AbortSignal) => api.get<FullVersion>(version(layer, number), signal),
  feature: (layer: string, number: number, row: number, signal?: AbortSignal) => api.get<MapFeature>(`/api/v1/layers/${encodeURIComponent(`${layer}@${number}`)}/features/${row}`, signal),

  quarantine: (layer: string, number: number, after: number, signal?: AbortSignal) => api.get<Quarantine>(`${version(layer, number)}/quarantine?limit=${pageLength}${after > 0 ? `&after=${after}` : ''}`, signal),
  correct: (layer: string, number: number, row: number, change: { attributes?: Record<string, unknown>; state?: HeldRow['state'] }) => api.patch<HeldRow>(`${version(layer, number)}/quarantine/${row}`, change),
  correctFile: (layer: string, number: number, file: Blob) => api.patch<{ corrected: number }>(`${version(layer, number)}/quarantine`, file),
  retry: (layer: string, number: number, publish: boolean, key: string) => api.post<Job>(`${version(layer, number)}/quarantine/retry${publish ? '?publish=true' : ''}`, { idempotency_key: key }),

  difference: (layer: string, number: number, signal?: AbortSignal) => api.get<Difference>(`${version(layer, number)}/difference`, signal),
  compare: (layer: string, number: number, signal?: AbortSignal) => api.post<Difference>(`${version(layer, number)}/difference`, {}, signal),
  differing: (layer: string, number: number, kind: string, signal?: AbortSignal) => api.get<DifferencePage>(`${version(layer, number)}/difference/features?limit=${pageLength}${kind && `&kind=${kind}`}`, signal),

  publish: (layer: string, number: number, acceptErrors: boolean) => api.post<FullVersion>(`${version(layer, number)}/publish${acceptErrors ? '?accept_errors=true' : ''}`, {}),
  rollback: (layer: string) => api.post<FullVersion>(`${of(layer)}/rollback`, {}),

  /** A file of a version's report: saved, or opened for the printer. */
  report: (layer: string, number: number, form: 'html' | 'xlsx') => api.download(`${version(layer, number)}/report.${form}`),
}
