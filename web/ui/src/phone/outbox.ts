// A report on its way to the server. Nothing is deleted before the server has
// said that it has it: first the report, then its photos one by one. Sent twice,
// it is the same report, by its client id.
import { ApiError } from '../api/client'
import type { Provider, System } from './position'

export interface ReportBody {
  client_id: string
  kind: string
  source: 'worker'
  text: string
  lon: number
  lat: number
  crs: System
  accuracy?: number
  reported_at: string
}

export interface WaitingPhoto {
  id: string
  blob: Blob
  sent: boolean
}

export interface Waiting {
  clientId: string
  report: ReportBody
  provider: Provider
  kindName: string
  photos: WaitingPhoto[]
  /** The number that the server gave it; 0 before. */
  incident: number
  tries: number
  /** Not before this moment, milliseconds since 1970. */
  notBefore: number
  /** Why the server will never take it as it is. */
  refused?: { zh: string; en: string }
}

/** A random UUID of version 4, also where the browser has no randomUUID. */
export function newId(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  b[6] = ((b[6] as number) & 0x0f) | 0x40
  b[8] = ((b[8] as number) & 0x3f) | 0x80
  const hex = [...b].map((n) => n.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** What the last attempt came to. */
export type Outcome = 'sent' | 'later' | 'refused' | 'signin'

/** What the sender needs of the network. */
export interface Server {
  report(body: ReportBody): Promise<number>
  photo(incident: number, blob: Blob): Promise<void>
}

/** Milliseconds to wait after so many failures: 5 s, doubled, up to 5 minutes. */
export function backoff(tries: number): number {
  return Math.min(5_000 * 2 ** Math.max(tries - 1, 0), 300_000)
}

/** Statuses after which the same request may well succeed. */
const passing = new Set([408, 425, 429, 502, 503, 504])

/** Says what a failure means for the report. */
export function judge(thrown: unknown): Exclude<Outcome, 'sent'> {
  if (!(thrown instanceof HttpError)) return 'later' // no answer
  if (thrown.status === 401 || thrown.status === 403) return 'signin'
  return thrown.status >= 500 || passing.has(thrown.status) ? 'later' : 'refused'
}

/** An answer that is no success. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly problem: ApiError,
  ) {
    super(problem.message)
  }
}

/**
 * Sends what isn't sent yet of a report. keep is told of every step before the
 * next begins, so that a page that dies goes on where it was.
 */
export async function send(w: Waiting, server: Server, keep: (w: Waiting) => Promise<void>, now: () => number): Promise<{ outcome: Outcome; waiting: Waiting }> {
  let waiting = w
  try {
    if (waiting.incident === 0) {
      waiting = { ...waiting, incident: await server.report(waiting.report) }
      await keep(waiting)
    }
    for (const [i, photo] of waiting.photos.entries()) {
      if (photo.sent) continue
      await server.photo(waiting.incident, photo.blob)
      waiting = { ...waiting, photos: waiting.photos.map((p, k) => (k === i ? { ...p, sent: true } : p)) }
      await keep(waiting)
    }
    return { outcome: 'sent', waiting }
  } catch (thrown) {
    const outcome = judge(thrown)
    const tries = waiting.tries + 1
    waiting = { ...waiting, tries, notBefore: now() + backoff(tries) }
    if (outcome === 'refused' && thrown instanceof HttpError) waiting = { ...waiting, refused: { zh: thrown.problem.zh, en: thrown.problem.en } }
    await keep(waiting)
    return { outcome, waiting }
  }
}
