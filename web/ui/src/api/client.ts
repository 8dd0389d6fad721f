// Asks the server. Every failure, of the network or of the server, comes out as
// an ApiError whose two texts can be shown to a person.
import type { Condition } from '../catalogue/conditions'
import type { Bounds, Catalogue, Converted, Dictionary, FeaturePage, IdentifyAnswer, Import, Info, LayerDetails, MapFeature, SearchAnswer, Summary, TablePage, TableStatistics, TileReport, WithinAnswer } from './types'
import type { StyleDocument } from '../map/styleDocument'
import { browserPlaces, kept } from '../session/token'

export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly requestId = '',
    /** The member of the request that it is about, or "". */
    readonly field = '',
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

/** The token of whoever is signed in; "" of nobody. */
export function bearer(): string {
  return kept(browserPlaces(), Date.now())?.token ?? ''
}

let refused: (error: ApiError) => void = () => undefined

/** Who is told that the server no longer knows the token: there is one, the session. */
export function onRefusedToken(tell: (error: ApiError) => void): void {
  refused = tell
}

/**
 * Asks with the token of the session, and throws an ApiError unless the answer is
 * good. A token that has ended is given up, and what anybody may read is asked
 * once more as nobody, so that the map stays.
 */
async function ask(path: string, init: RequestInit = {}, token = bearer()): Promise<Response> {
  const headers = new Headers(init.headers)
  if (token) headers.set('Authorization', `Bearer ${token}`)
  const response = await fetch(path, { ...init, headers, credentials: 'same-origin' })
  if (response.ok) return response
  const problem = await problemOf(response)
  if (token && token === bearer() && problem.code === 'unknown-token') {
    refused(problem)
    if (!init.method && !bearer()) return ask(path, init, '')
  }
  throw problem
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, { signal, headers: { Accept: 'application/json' } })).json()) as T
}

const post = <T>(path: string, body: FormData | object, signal?: AbortSignal) => send<T>('POST', path, body, signal)
const put = <T>(path: string, body: object, signal?: AbortSignal) => send<T>('PUT', path, body, signal)

const patch = <T>(path: string, body: Blob | object, signal?: AbortSignal) => send<T>('PATCH', path, body, signal)

async function remove<T = void>(path: string): Promise<T> {
  const response = await ask(path, { method: 'DELETE', headers: { Accept: 'application/json' } })
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function send<T>(method: string, path: string, body: FormData | Blob | object, signal?: AbortSignal): Promise<T> {
  const plain = !(body instanceof FormData || body instanceof Blob)
  const response = await ask(path, { method, signal, body: plain ? JSON.stringify(body) : body, headers: { Accept: 'application/json', ...(plain && { 'Content-Type': 'application/json' }) } })
  return (await response.json()) as T
}

/** Sends a text of another kind than JSON, as a CAP message. */
async function postText<T>(path: string, text: string | Blob, type: string): Promise<T> {
  return (await (await ask(path, { method: 'POST', body: text, headers: { Accept: 'application/json', 'Content-Type': type } })).json()) as T
}

/** A file for the computer: a link could not carry the token. */
async function download(path: string): Promise<{ blob: Blob; name: string }> {
  const response = await ask(path)
  const [, name = ''] = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '') ?? []
  return { blob: await response.blob(), name }
}

/** A picture that the server draws of what the body says. */
async function picture(path: string, body: object, signal?: AbortSignal): Promise<Blob> {
  return (await ask(path, { method: 'POST', signal, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })).blob()
}

/** Exchanges the one-time code of a link for a token. Whoever was signed in before plays no part. */
async function exchange(code: string): Promise<{ token: string; name: string; expires_at: string }> {
  const init = { method: 'POST', body: JSON.stringify({ code }), headers: { Accept: 'application/json', 'Content-Type': 'application/json' } }
  return (await (await ask('/api/v1/sessions', init, '')).json()) as { token: string; name: string; expires_at: string }
}

/** Whose token it is; "" where it may not ask that. A token that nobody knows is refused. */
async function whoIs(token: string): Promise<string> {
  try {
    const response = await ask('/api/v1/sessions/current', { headers: { Accept: 'application/json' } }, token)
    return ((await response.json()) as { name: string }).name
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 'forbidden') return ''
    throw thrown
  }
}

/** Ends the session of a token. One that the server no longer knows has ended already. */
async function signOut(token: string): Promise<void> {
  try {
    await ask('/api/v1/sessions/current', { method: 'DELETE' }, token)
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.code === 'unknown-token') return
    throw new ApiError('not-signed-out', '已在本机退出，但服务器没有收到：登录在到期前仍有效。如果这台电脑是公用的，请联网后再登录并退出一次。', 'Signed out here, but the server was not reached: the session stays valid until it ends. On a shared computer, sign in and out once more when the network is back.')
  }
}

/** Which rows of a layer's table; layer may name a version, as dltb@2. */
export interface TableQuestion {
  layer: string
  where: readonly Condition[]
  bbox?: Bounds
}

function tableQuery({ where, bbox }: TableQuestion, more: Record<string, string>): string {
  const query = new URLSearchParams(more)
  if (where.length > 0) query.set('where', JSON.stringify(where))
  if (bbox) query.set('bbox', bbox.map((n) => n.toFixed(7)).join(','))
  return query.toString()
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
    text('field'),
  )
}

async function tile(address: string, signal: AbortSignal): Promise<{ bytes: Uint8Array; truncated: boolean }> {
  const response = await ask(address, { signal, cache: 'force-cache' })
  return { bytes: new Uint8Array(await response.arrayBuffer()), truncated: response.headers.has('X-Tile-Truncated') }
}

export const api = {
  get,
  post,
  put,
  patch,
  remove,
  postText,
  download,
  picture,
  whoIs,
  exchange,
  signOut,
  info: () => get<Info>('/api/v1/info'),
  catalogue: () => get<Catalogue>('/api/v1/layers'),
  layer: (id: string) => get<LayerDetails>(`/api/v1/layers/${encodeURIComponent(id)}`),
  dictionary: (id: string) => get<Dictionary>(`/api/v1/dictionaries/${encodeURIComponent(id)}`),
  style: () => get<StyleDocument>('/api/v1/style.json'),
  /** The style of a product's layers, with its filters; version "" is the newest. */
  productStyle: (id: string, version: string) => get<StyleDocument>(`/services/${encodeURIComponent(id)}/style.json${version ? `?version=${version}` : ''}`),
  features: (id: string, limit: number) => get<FeaturePage>(`/api/v1/layers/${encodeURIComponent(id)}/features?limit=${limit}`),
  page: (link: string) => get<FeaturePage>(sameOrigin(link)),
  /** Sizes of the archived tiles of some layers. */
  tileReport: (ids: string[]) => get<TileReport>(`/tiles/${ids.map(encodeURIComponent).join(',')}/report.json`),
  /** The address of the tiles of layers, with {z}, {x} and {y}; it changes when what they show does. */
  tileTemplate: async (...ids: string[]) => {
    const { tiles } = await get<{ tiles: [string] }>(`/tiles/${ids.map(encodeURIComponent).join(',')}.json`)
    return pathOf(tiles[0])
  },
  /** A tile as the map has it, from the browser's cache where that has it; the empty one has no bytes. */
  tile,
  /** Rows of the attribute table; sort is a field, with "-" in front the largest first, or "". */
  table: (question: TableQuestion, page: { sort: string; offset: number; limit: number; shapes?: boolean }, signal?: AbortSignal) =>
    get<TablePage>(
      `/api/v1/layers/${encodeURIComponent(question.layer)}/table?${tableQuery(question, {
        ...(page.sort ? { sort: page.sort } : {}),
        ...(page.shapes ? { shapes: 'true' } : {}),
        offset: String(page.offset),
        limit: String(page.limit),
      })}`,
      signal,
    ),
  tableStatistics: (question: TableQuestion, field: string, signal?: AbortSignal) =>
    get<TableStatistics>(`/api/v1/layers/${encodeURIComponent(question.layer)}/table/statistics?${tableQuery(question, { field })}`, signal),
  feature: (layer: string, id: number | string, signal?: AbortSignal) => get<MapFeature>(`/api/v1/layers/${encodeURIComponent(layer)}/features/${id}`, signal),
  search: (text: string, near: { lon: number; lat: number } | undefined, limit: number, signal?: AbortSignal) =>
    get<SearchAnswer>(`/api/v1/search?${new URLSearchParams({ q: text, limit: String(limit), ...(near ? { lon: near.lon.toFixed(6), lat: near.lat.toFixed(6) } : {}) })}`, signal),
  /** Converts positions between coordinate systems; a text is read as the server reads it. */
  convert: (from: string, to: string, form: string, points: readonly (string | [number, number])[], signal?: AbortSignal) =>
    post<Converted>('/api/v1/coordinates/convert', { from, to, form, points }, signal),
  summarize: (layer: string, by: string, level: string, signal?: AbortSignal) => get<Summary>(`/api/v1/summarize?${new URLSearchParams({ layer, level, ...(by ? { by } : {}) })}`, signal),
  /** What lies in a shape, layer by layer. */
  withinShape: (geometry: unknown, layers: readonly string[], limit: number, signal?: AbortSignal) => post<WithinAnswer>('/api/v1/within', { geometry, layers: layers.join(','), limit }, signal),
  buffer: (geometry: unknown, metres: number, signal?: AbortSignal) => post<{ geometry: GeoJSON.MultiPolygon; area_m2: number }>('/api/v1/buffer', { geometry, metres }, signal),
  /** Imports, the newest first: those of the token alone, or all. */
  imports: (limit: number, mine: boolean, signal?: AbortSignal) => get<{ imports: Import[] }>(`/api/v1/imports?limit=${limit}${mine ? '&mine=true' : ''}`, signal),
  saveLink: (state: string) => post<{ id: string }>('/api/v1/links', { state }),
  link: (id: string) => get<{ state: string }>(`/api/v1/links/${encodeURIComponent(id)}`),
  identify: (lon: number, lat: number, layers: string[], toleranceMetres: number, signal?: AbortSignal) =>
    get<IdentifyAnswer>(
      `/api/v1/identify?${new URLSearchParams({ lon: lon.toFixed(8), lat: lat.toFixed(8), layers: layers.join(','), tolerance: toleranceMetres.toFixed(2) })}`,
      signal,
    ),
}

/** A tile address without its host. Not through URL: it would escape the braces. */
export const pathOf = (address: string) => address.replace(/^https?:\/\/[^/]*/, '')

/** Keeps the path of a link and drops its host: no request leaves the origin. */
export function sameOrigin(link: string): string {
  const url = new URL(link, 'http://origin.invalid')
  return url.pathname + url.search
}

/** The address of the page after this one, or "" on the last. */
export function nextLink(page: FeaturePage): string {
  return page.next ?? page.links?.find((l) => l.rel === 'next')?.href ?? ''
}
