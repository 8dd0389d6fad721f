// What the panel and the banner ask of the server.
import { api } from '../api/client'
import { saveAs } from '../live/saveAs'
import type { Register, Warning, WarningState, WholeWarning } from './types'

const warnings = '/api/v1/warnings'

export const server = {
  register: () => api.get<Register>(`${warnings}/kinds`),
  list: async (state: WarningState | 'all', signal?: AbortSignal) => (await api.get<{ warnings: Warning[] }>(`${warnings}?state=${state}&limit=200`, signal)).warnings,
  whole: (id: number, signal?: AbortSignal) => api.get<WholeWarning>(`${warnings}/${id}`, signal),
  publish: (body: object) => api.post<Warning>(warnings, body),
  update: (id: number, body: object) => api.patch<Warning>(`${warnings}/${id}`, body),
  cancel: (id: number, reason: string) => api.post<Warning>(`${warnings}/${id}/cancel`, { reason }),
  /** Takes a CAP 1.2 message, which publishes, updates or cancels a warning. */
  take: (message: Blob) => api.postText<Warning>(warnings, message, 'application/cap+xml'),
  async save(id: number): Promise<void> {
    const { blob, name } = await api.download(`${warnings}/${id}.cap`)
    saveAs(name || `warning-${id}.cap.xml`, blob)
  },
  /** Codes and names of a layer of divisions, by code; none where it is not published. */
  async divisions(layer: string): Promise<{ code: string; name: string }[]> {
    const { rows } = await api.table({ layer, where: [] }, { sort: 'code', offset: 0, limit: 200 })
    return rows.map((r) => ({ code: String(r.properties.code ?? ''), name: String(r.properties.name ?? '') }))
  },
}
