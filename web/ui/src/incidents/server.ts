// What the board asks of the server.
import { api } from '../api/client'
import type { Dictionary } from '../api/types'
import { saveAs } from '../live/saveAs'
import { queryOf } from './board'
import type { Filters, HeatCell, Incident, Tally, Whole } from './types'

const incidents = '/api/v1/incidents'

/** How many incidents a page has, and how many the map and the list hold at most. */
export const pageLength = 1000
export const most = 4000

export const server = {
  /** The incidents that the filters ask for, newest first, at most as many as the board holds. */
  async list(filters: Filters, signal: AbortSignal): Promise<Incident[]> {
    const all: Incident[] = []
    for (let before = 0; all.length < most; ) {
      const { incidents: page } = await api.get<{ incidents: Incident[] }>(`${incidents}?${queryOf(filters, { limit: String(pageLength), ...(before > 0 ? { before: String(before) } : {}) })}`, signal)
      all.push(...page)
      before = page.at(-1)?.id ?? 0
      if (page.length < pageLength) break
    }
    return all
  },
  /** The incident of that number, if the filters ask for it. */
  async one(id: number, filters: Filters, signal: AbortSignal): Promise<Incident | undefined> {
    const { incidents: page } = await api.get<{ incidents: Incident[] }>(`${incidents}?${queryOf(filters, { limit: '1', before: String(id + 1) })}`, signal)
    return page[0]?.id === id ? page[0] : undefined
  },
  counts: (filters: Filters, signal: AbortSignal) => api.get<Tally>(`${incidents}/counts?${queryOf({ ...filters, states: [] })}`, signal),
  heat: (filters: Filters, level: string, signal: AbortSignal) => api.get<{ count: number; cells: HeatCell[] }>(`${incidents}/heat?${queryOf(filters, { level })}`, signal),
  whole: (id: number, signal: AbortSignal) => api.get<Whole>(`${incidents}/${id}`, signal),
  move: (id: number, step: { to: string; version: number; why?: string; department?: string; role?: string }) => api.post<Whole>(`${incidents}/${id}/transitions`, step),
  photo: async (id: number, photo: number, whole: boolean) => URL.createObjectURL((await api.download(`${incidents}/${id}/photos/${photo}?size=${whole ? 'whole' : 'thumbnail'}`)).blob),
  async save(filters: Filters, format: string): Promise<void> {
    const { blob, name } = await api.download(`${incidents}/export?${queryOf(filters, { format })}`)
    saveAs(name || `incidents.${format}`, blob)
  },
  kinds: () => api.dictionary('incident_kind') as Promise<Dictionary>,
  states: () => api.dictionary('incident_state') as Promise<Dictionary>,
  sources: () => api.dictionary('incident_source') as Promise<Dictionary>,
  /** Codes and names of the towns, by code. */
  async towns(): Promise<{ code: string; name: string }[]> {
    const { rows } = await api.table({ layer: 'division_town', where: [] }, { sort: 'code', offset: 0, limit: 200 })
    return rows.map((r) => ({ code: String(r.properties.code ?? ''), name: String(r.properties.name ?? '') }))
  },
}
