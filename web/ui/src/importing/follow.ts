// Follows a job by server-sent events. EventSource could not carry the token, so
// the stream is read here; when it breaks off it is taken up again after the last
// event that came.
import { ApiError, bearer, problemOf } from '../api/client'

export interface Event {
  id: string
  name: string
  data: string
}

/** Reads events out of a text that comes in pieces. */
export function eventReader(): (text: string) => Event[] {
  let held = ''
  return (text) => {
    held += text
    const blocks = held.split(/\r?\n\r?\n/)
    held = blocks.pop() ?? ''
    return blocks.flatMap((block) => {
      const event: Event = { id: '', name: 'message', data: '' }
      const data: string[] = []
      for (const line of block.split(/\r?\n/)) {
        const [, field, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? []
        if (field === 'id') event.id = value ?? ''
        else if (field === 'event') event.name = value ?? ''
        else if (field === 'data') data.push(value ?? '')
      }
      if (data.length === 0) return []
      event.data = data.join('\n')
      return [event]
    })
  }
}

/** Milliseconds before the stream is asked for again: longer with every failure. */
export const delayOf = (failures: number) => Math.min(15_000, 500 * 2 ** failures)

export interface Follow<T> {
  path: string
  signal: AbortSignal
  told: (state: T) => void
  /** The connection is there, or not at the moment. */
  connected: (is: boolean) => void
  /** There is nothing more to come. */
  over: (state: T) => boolean
}

/** Follows until it is over or the signal ends it. What the server refuses is an ApiError. */
export async function follow<T>(f: Follow<T>): Promise<void> {
  let last = ''
  let failures = 0
  let refused: ApiError | undefined
  while (!f.signal.aborted) {
    try {
      const response = await fetch(f.path, {
        signal: f.signal,
        credentials: 'same-origin',
        cache: 'no-store',
        headers: { Accept: 'text/event-stream', Authorization: `Bearer ${bearer()}`, ...(last && { 'Last-Event-ID': last }) },
      })
      if (response.status === 204) return // all of it is known
      if (!response.ok || !response.body) {
        const problem = await problemOf(response)
        if (response.status < 500) refused = problem
        throw problem
      }
      f.connected(true)
      failures = 0
      const reader = response.body.getReader()
      const decoder = new TextDecoder()
      const read = eventReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        for (const event of read(decoder.decode(value, { stream: true }))) {
          const state = JSON.parse(event.data) as T
          last = event.id || last
          f.told(state)
          if (f.over(state)) {
            void reader.cancel().catch(() => undefined)
            return
          }
        }
      }
    } catch (thrown) {
      if (f.signal.aborted) return
      if (refused) throw refused
      if (!(thrown instanceof ApiError || thrown instanceof TypeError || thrown instanceof DOMException)) throw thrown // not of the connection
    }
    f.connected(false)
    await new Promise<void>((done) => {
      const timer = setTimeout(done, delayOf(failures++))
      f.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        done()
      })
    })
  }
}
