// Asks the server on the phone's behalf, with the token of its session.
import { problemOf } from '../api/client'
import { HttpError, type ReportBody, type Server } from './outbox'
import type { Duty, Incident, Level, LonLat, NamedCell, Near, Pack, Session, Where } from './types'

/** Long enough for a slow network, short enough to go on with what is known. */
const patience = 20_000

export interface PhoneServer extends Server {
  signIn(code: string): Promise<Session>
  signOut(): Promise<void>
  where(at: LonLat, accuracy: number | undefined): Promise<Where>
  pack(code: string, etag: string): Promise<{ pack: Pack; etag: string } | undefined>
  town(cell: string): Promise<string>
  mine(): Promise<Incident[]>
}

interface Placed {
  cell: NamedCell
  chain: NamedCell[]
  duty: Duty[]
}

interface RiskPlace {
  name: string
  name_en: string
  title: string
  distance_m: number
  nearest: [number, number]
  level_now?: Level | null
  settled?: boolean
  capacity?: number | null
}

interface Risk {
  risks: RiskPlace[]
  shelters: RiskPlace[]
  active_warnings: { headline: string; colour: string; instruction?: string }[]
}

/** token is asked before every request. */
export function phoneServer(token: () => string): PhoneServer {
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), init.body instanceof Blob ? 6 * patience : patience)
    const headers = new Headers(init.headers)
    if (token()) headers.set('Authorization', `Bearer ${token()}`)
    try {
      const response = await fetch(path, { ...init, headers, credentials: 'same-origin', signal: stop.signal })
      if (response.ok || response.status === 304) return response
      throw new HttpError(response.status, await problemOf(response))
    } finally {
      clearTimeout(timer)
    }
  }
  const json = async <T>(path: string, init?: RequestInit): Promise<T> => (await (await ask(path, init)).json()) as T
  const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } })

  return {
    signIn: (code) => json<Session>('/api/v1/sessions', post({ code })),
    signOut: async () => void (await ask('/api/v1/sessions/current', { method: 'DELETE' })),
    report: async (body: ReportBody) => (await json<Incident>('/api/v1/incidents', post(body))).id,
    photo: async (incident, blob) => void (await ask(`/api/v1/incidents/${incident}/photos`, { method: 'POST', body: blob, headers: { 'Content-Type': blob.type || 'image/jpeg' } })),
    mine: async () => (await json<{ incidents: Incident[] }>('/api/v1/incidents?limit=50')).incidents,
    town: async (cell) => townOf(await json<{ properties: NamedCell & { chain: NamedCell[] } }>(`/api/v1/grid/cells/${encodeURIComponent(cell)}`).then(({ properties }) => [properties, ...properties.chain])),
    async pack(code, etag) {
      const response = await ask(`/api/v1/grid/cells/${encodeURIComponent(code)}/pack`, { headers: etag ? { 'If-None-Match': etag } : {} })
      return response.status === 304 ? undefined : { pack: (await response.json()) as Pack, etag: response.headers.get('ETag') ?? '' }
    },
    async where(at, accuracy) {
      const place = `lon=${at[0].toFixed(8)}&lat=${at[1].toFixed(8)}&crs=CRS84`
      const [cell, risk] = await Promise.all([
        located(json<Placed>(`/api/v1/grid/locate?${place}${accuracy === undefined ? '' : `&accuracy=${Math.min(accuracy, 5000).toFixed(0)}`}`)),
        json<Risk>(`/api/v1/risk?${place}&radius=500&limit=20`),
      ])
      return {
        at,
        ...cell,
        dangers: risk.risks.filter((r) => !r.settled).map(asNear),
        shelters: risk.shelters.map(asNear),
        warnings: risk.active_warnings.map((w) => ({ headline: w.headline, colour: w.colour, instruction: w.instruction ?? '' })),
        offline: false,
      }
    },
  }
}

/** A position outside the city has no cell; the answer says so in words. */
async function located(asked: Promise<Placed>): Promise<Pick<Where, 'cell' | 'chain' | 'duty' | 'outside'>> {
  try {
    const { cell, chain, duty } = await asked
    return { cell, chain, duty }
  } catch (thrown) {
    if (thrown instanceof HttpError && thrown.status === 404) return { chain: [], duty: [], outside: { name: thrown.problem.zh, distance: 0 } }
    throw thrown
  }
}

function asNear(r: RiskPlace): Near {
  return { name: r.name, name_en: r.name_en, title: r.title, level: r.level_now ?? undefined, distance: r.distance_m, at: r.nearest, capacity: r.capacity ?? undefined }
}

/** The code of the town, or of the large grid, in a chain of cells; "" without one. */
export function townOf(chain: readonly NamedCell[]): string {
  return (chain.find((c) => c.layer === 'division_town') ?? chain.find((c) => c.layer === 'grid_large'))?.code ?? ''
}
