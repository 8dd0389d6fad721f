// What the cell panel asks of the server.
import { api } from '../api/client'
import type { SearchResult, WithinAnswer } from '../api/types'
import type { LonLat } from '../map/coordinates'
import type { Cell, Named, Summary } from './types'

const cells = '/api/v1/grid/cells'

export const server = {
  cell: (code: string, signal: AbortSignal) => api.get<Cell>(`${cells}/${encodeURIComponent(code)}`, signal),
  summary: (code: string, signal: AbortSignal) => api.get<Summary>(`${cells}/${encodeURIComponent(code)}/summary`, signal),
  /** The finest cell at a place. */
  at: async ({ lon, lat }: LonLat, signal: AbortSignal) => (await api.get<{ cell: Named }>(`/api/v1/grid/locate?lon=${lon.toFixed(8)}&lat=${lat.toFixed(8)}`, signal)).cell,
  /** The BeiDou grid code of a place, of a cell of about a metre; "" outside the grid. */
  beidou: async ({ lon, lat }: LonLat, signal: AbortSignal) =>
    (await api.get<{ beidou: string }>(`/api/v1/grid/locate?lon=${lon.toFixed(8)}&lat=${lat.toFixed(8)}`, signal).catch(() => ({ beidou: '' }))).beidou,
  /** Cells and divisions by name or code. */
  search: async (text: string, signal: AbortSignal): Promise<SearchResult[]> =>
    (await api.get<{ results: SearchResult[] }>(`/api/v1/search?${new URLSearchParams({ q: text, kinds: 'grid,division', limit: '8' })}`, signal)).results,
  dangers: (geometry: Cell['geometry'], layers: readonly string[], signal: AbortSignal): Promise<WithinAnswer> => api.withinShape(geometry, layers, 50, signal),
  warnings: async ({ lon, lat }: LonLat, signal: AbortSignal) =>
    (await api.get<{ warnings: { id: number; headline: string; colour: string }[] }>(`/api/v1/warnings?lon=${lon.toFixed(8)}&lat=${lat.toFixed(8)}`, signal)).warnings,
}
