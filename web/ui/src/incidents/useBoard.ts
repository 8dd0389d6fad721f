// The state of the board: what the filters ask for, kept up to date by the
// stream of steps. The panel only draws it.
import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { asApiError, type ApiError } from '../api/client'
import { follow, type LiveState } from '../live/events'
import { withIncident } from './board'
import { most, server } from './server'
import type { Filters, Incident, News, Tally } from './types'

/** Steps that come together are answered together, in milliseconds. */
const gathering = 250

export function useBoard(filters: Readonly<Ref<Filters>>, token: Readonly<Ref<string>>, onNews: (news: News, incident: Incident | undefined) => void) {
  const incidents = shallowRef<readonly Incident[]>()
  const tally = shallowRef<Tally>()
  const failure = shallowRef<ApiError>()
  const live = ref<LiveState>('connecting')
  /** Numbers of incidents that were reported since the board was opened. */
  const fresh = shallowRef<ReadonlySet<number>>(new Set())
  let asking = new AbortController()
  let stop: (() => void) | undefined
  let heard: News[] = []
  let timer = 0

  async function load(): Promise<void> {
    asking.abort()
    const { signal } = (asking = new AbortController())
    try {
      const [list, counts] = await Promise.all([server.list(filters.value, signal), server.counts(filters.value, signal)])
      if (signal.aborted) return
      incidents.value = list
      tally.value = counts
      failure.value = undefined
    } catch (thrown) {
      if (!signal.aborted) failure.value = asApiError(thrown)
    }
  }

  /** Takes the steps that were heard into the list and the counts. */
  async function settle(): Promise<void> {
    timer = 0
    const now = heard
    heard = []
    const { signal } = asking
    try {
      for (const id of new Set(now.map((n) => n.incident))) {
        const incident = await server.one(id, filters.value, signal)
        if (signal.aborted) return
        if (incidents.value) incidents.value = withIncident(incidents.value, id, incident).slice(0, most)
        const last = now.filter((n) => n.incident === id).at(-1)
        if (now.some((n) => n.incident === id && n.from === null)) fresh.value = new Set([...fresh.value, id])
        if (last) onNews(last, incident)
      }
      const counts = await server.counts(filters.value, signal)
      if (!signal.aborted) tally.value = counts
    } catch (thrown) {
      if (!signal.aborted) failure.value = asApiError(thrown)
    }
  }

  function hear(data: string): void {
    heard.push(JSON.parse(data) as News)
    if (timer === 0) timer = window.setTimeout(() => void settle(), gathering)
  }

  watch(
    token,
    (now) => {
      stop?.()
      stop = undefined
      incidents.value = undefined
      tally.value = undefined
      failure.value = undefined
      if (!now) return
      stop = follow('/api/v1/incidents/events', { onEvent: (e) => hear(e.data), onState: (s) => (live.value = s), onRefused: (error) => (failure.value = error) })
      void load()
    },
    { immediate: true },
  )
  watch(filters, () => token.value && void load())

  onScopeDispose(() => {
    stop?.()
    asking.abort()
    window.clearTimeout(timer)
  })
  return { incidents, tally, failure, live, fresh, load }
}
