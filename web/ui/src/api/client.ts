// Asks the server. Every failure, of the network or of the server, comes out as
// an ApiError whose two texts can be shown to a person.
import type { Catalogue, Dictionary, FeaturePage, IdentifyAnswer, Info, LayerDetails, TileReport } from './types'
import type { StyleDocument } from '../map/styleDocument'

export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly requestId = '',
  ) {
    super(`${code}: ${en}`)
    this.name = 'ApiError'
  }
}

/** Turns whatever was thrown into something to show. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new ApiError('no-answer', `服务器没有应答（${reason}）。请检查网络后重试。`, `The server did not answer (${reason}). Check the network and try again.`)
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, { signal, credentials: 'same-origin', headers: { Accept: 'application/json' } })
  if (response.ok) return (await response.json()) as T
  throw await problemOf(response)
}

/** Reads application/problem+json; a body of another kind still names the status. */
export async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => ({}))
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (key: string) => (typeof problem[key] === 'string' ? problem[key] : '')
  const plain = `${response.status} ${response.statusText}`.trim()
  return new ApiError(
    text('code') || `http-${response.status}`,
    text('detail') || text('title') || `服务器拒绝了请求：${plain}`,
    text('detail_en') || text('title') || `The server refused the request: ${plain}`,
    text('request_id'),
  )
}

async function tile(address: string, signal: AbortSignal): Promise<{ bytes: Uint8Array; truncated: boolean }> {
  const response = await fetch(address, { signal, credentials: 'same-origin', cache: 'force-cache' })
  if (!response.ok) throw await problemOf(response)
  return { bytes: new Uint8Array(await response.arrayBuffer()), truncated: response.headers.has('X-Tile-Truncated') }
}

export const api = {
  info: () => get<Info>('/api/v1/info'),
  catalogue: () => get<Catalogue>('/api/v1/layers'),
  layer: (id: string) => get<LayerDetails>(`/api/v1/layers/${encodeURIComponent(id)}`),
  dictionary: (id: string) => get<Dictionary>(`/api/v1/dictionaries/${encodeURIComponent(id)}`),
  style: () => get<StyleDocument>('/api/v1/style.json'),
  features: (id: string, limit: number) => get<FeaturePage>(`/api/v1/layers/${encodeURIComponent(id)}/features?limit=${limit}`),
  page: (link: string) => get<FeaturePage>(sameOrigin(link)),
  /** Sizes of the archived tiles of some layers. */
  tileReport: (ids: string[]) => get<TileReport>(`/tiles/${ids.map(encodeURIComponent).join(',')}/report.json`),
  /** The address of a layer's tiles, with {z}, {x} and {y}. */
  tileTemplate: async (id: string) => {
    const { tiles } = await get<{ tiles: [string] }>(`/tiles/${encodeURIComponent(id)}.json`)
    // Not through URL: it would escape the braces.
    return tiles[0].replace(/^https?:\/\/[^/]*/, '')
  },
  /** A tile as the map has it, from the browser's cache where that has it; the empty one has no bytes. */
  tile,
  identify: (lon: number, lat: number, layers: string[], toleranceMetres: number, signal?: AbortSignal) =>
    get<IdentifyAnswer>(
      `/api/v1/identify?${new URLSearchParams({ lon: lon.toFixed(8), lat: lat.toFixed(8), layers: layers.join(','), tolerance: toleranceMetres.toFixed(2) })}`,
      signal,
    ),
}

/** Keeps the path of a link and drops its host: no request leaves the origin. */
export function sameOrigin(link: string): string {
  const url = new URL(link, 'http://origin.invalid')
  return url.pathname + url.search
}

/** The address of the page after this one, or "" on the last. */
export function nextLink(page: FeaturePage): string {
  return page.next ?? page.links?.find((l) => l.rel === 'next')?.href ?? ''
}
