// The warnings that hold now, with their areas, for the banner and the panel:
// one stream for both.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { follow, type LiveState } from '../live/events'
import { server } from './server'
import type { Warning } from './types'

/** Warnings begin and end by the clock too, which no event tells: milliseconds. */
const lookAgain = 60_000

/** Areas of so many warnings are fetched; more at once would hold everything up. */
const mostAreas = 60

export const useWarnings = defineStore('warnings', () => {
  const active = shallowRef<readonly Warning[]>([])
  const live = ref<LiveState>('connecting')
  /** Rises whenever something was said or has ended. */
  const changes = ref(0)
  let started = false
  const areas = new Map<string, Warning['area']>()

  /** Begins to listen, once for the life of the page. */
  function start(): void {
    if (started) return
    started = true
    follow('/api/v1/warnings/events', { onEvent: () => void refresh(), onState: (s) => (live.value = s) })
    window.setInterval(() => !document.hidden && void refresh(), lookAgain)
  }

  async function refresh(): Promise<void> {
    const list = await server.list('active').catch(() => undefined)
    if (!list) return // the next event or minute asks again
    active.value = await withAreas(list)
    changes.value++
  }

  /** Fills in areas, which never change within a revision. */
  async function withAreas(list: readonly Warning[]): Promise<Warning[]> {
    const wanted = list.slice(0, mostAreas).filter((w) => !areas.has(`${w.id} ${w.revision}`))
    await Promise.all(
      wanted.map(async (w) => {
        const whole = await server.whole(w.id).catch(() => undefined)
        if (whole) areas.set(`${whole.id} ${whole.revision}`, whole.area)
      }),
    )
    return list.map((w) => {
      const area = areas.get(`${w.id} ${w.revision}`)
      return area ? { ...w, area } : w
    })
  }

  return { active, live, changes, start, refresh, withAreas }
})
