// Reads server-sent events with the token of the session, which an EventSource
// cannot carry, and comes back after an interruption with the last id it heard.
// While the page is hidden it lets go: a browser has six connections to a server
// for all its tabs together.
import { asApiError, bearer, problemOf, type ApiError } from '../api/client'

/** One event of a stream. */
export interface LiveEvent {
  id: string
  name: string
  data: string
}

/** How a stream stands: heard at once, or not at the moment. */
export type LiveState = 'connecting' | 'live' | 'waiting' | 'refused'

export interface LiveOptions {
  /** Called for every event in its order. */
  onEvent: (event: LiveEvent) => void
  onState?: (state: LiveState) => void
  /** The server refused, as a token that has ended: the stream is not asked for again. */
  onRefused?: (error: ApiError) => void
}

/** Milliseconds before the first and before any later attempt. */
const firstWait = 1000
const longestWait = 30_000

/** The wait before attempt n, from 0: doubling, up to half a minute. */
export function waitBefore(n: number): number {
  return Math.min(longestWait, firstWait * 2 ** n)
}

/** Cuts a stream's text into events; what is not whole yet is left over. Comments, which only show that the stream lives, are dropped. */
export function cut(text: string): { events: LiveEvent[]; rest: string } {
  const pieces = text.replaceAll('\r\n', '\n').split('\n\n')
  const rest = pieces.pop() ?? ''
  const events: LiveEvent[] = []
  for (const piece of pieces) {
    const event: LiveEvent = { id: '', name: 'message', data: '' }
    let has = false
    for (const line of piece.split('\n')) {
      const colon = line.indexOf(':')
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      switch (colon < 0 ? line : line.slice(0, colon)) {
        case 'id':
          event.id = value
          break
        case 'event':
          event.name = value
          break
        case 'data':
          event.data += (has ? '\n' : '') + value
          has = true
          break
      }
    }
    if (has) events.push(event)
  }
  return { events, rest }
}

/** Follows a stream until the returned function is called. */
export function follow(path: string, { onEvent, onState, onRefused }: LiveOptions): () => void {
  let last = ''
  let attempt = 0
  let stopped = false
  let timer = 0
  let current: AbortController | undefined

  async function connect(): Promise<void> {
    if (stopped || current || document.hidden) return
    const mine = (current = new AbortController())
    onState?.(attempt === 0 ? 'connecting' : 'waiting')
    try {
      await listen(mine)
    } catch (thrown) {
      if (mine.signal.aborted) return
      if (thrown instanceof RefusedError) {
        stopped = true
        onState?.('refused')
        onRefused?.(thrown.error)
        return
      }
    }
    if (current !== mine) return
    current = undefined
    if (stopped) return
    onState?.('waiting')
    timer = window.setTimeout(() => void connect(), waitBefore(attempt++))
  }

  async function listen(mine: AbortController): Promise<void> {
    const headers: Record<string, string> = { Accept: 'text/event-stream' }
    const token = bearer()
    if (token) headers.Authorization = `Bearer ${token}`
    if (last) headers['Last-Event-ID'] = last
    const response = await fetch(path, { headers, credentials: 'same-origin', cache: 'no-store', signal: mine.signal })
    if (!response.ok || !response.body) {
      if (response.status >= 400 && response.status < 500) throw new RefusedError(await problemOf(response))
      throw new Error(`status ${response.status}`)
    }
    attempt = 0
    onState?.('live')
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done || stopped) return
      const read = cut(rest + decoder.decode(value, { stream: true }))
      rest = read.rest
      for (const event of read.events) {
        if (event.id) last = event.id
        onEvent(event)
      }
    }
  }

  function letGo(): void {
    window.clearTimeout(timer)
    current?.abort()
    current = undefined
  }

  function onVisibility(): void {
    letGo()
    if (!document.hidden) {
      attempt = 0
      void connect()
    }
  }

  document.addEventListener('visibilitychange', onVisibility)
  window.addEventListener('online', onVisibility)
  void connect()
  return () => {
    stopped = true
    document.removeEventListener('visibilitychange', onVisibility)
    window.removeEventListener('online', onVisibility)
    letGo()
  }
}

class RefusedError extends Error {
  readonly error: ApiError
  constructor(error: ApiError) {
    super(error.message)
    this.error = asApiError(error)
  }
}
