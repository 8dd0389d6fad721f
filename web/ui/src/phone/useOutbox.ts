// The reports that wait, and who sends them: when the page opens, when the network
// comes back, when the page is looked at again, and every minute meanwhile.
import { onScopeDispose, ref, type Ref } from 'vue'
import type { Database } from './database'
import { send, type Server, type Waiting } from './outbox'

export interface Outbox {
  waiting: Ref<Waiting[]>
  /** Reports that this page has sent, newest last. */
  sent: Ref<{ incident: number; kindName: string }[]>
  sending: Ref<boolean>
  add(w: Waiting): Promise<void>
  discard(clientId: string): Promise<void>
  /** Sends what is due; at once also what waits for its next try. */
  flush(atOnce?: boolean): Promise<void>
}

export function useOutbox(database: Promise<Database>, server: Server, every = 60_000): Outbox {
  const waiting = ref<Waiting[]>([])
  const sent = ref<{ incident: number; kindName: string }[]>([])
  const sending = ref(false)

  /** All that is kept, the oldest first. */
  const kept = async () => (await (await database).getAll('outbox')).sort((a, b) => a.report.reported_at.localeCompare(b.report.reported_at))
  const load = async () => void (waiting.value = await kept())
  const keep = async (w: Waiting) => {
    await (await database).put('outbox', w)
    await load()
  }

  async function flushAll(atOnce: boolean): Promise<void> {
    for (const one of await kept()) {
      if (one.refused || (!atOnce && one.notBefore > Date.now())) continue
      const { outcome, waiting: now } = await send(one, server, keep, Date.now)
      if (outcome === 'sent') {
        await (await database).delete('outbox', now.clientId)
        sent.value = [...sent.value, { incident: now.incident, kindName: now.kindName }]
        await load()
      } else if (outcome !== 'refused') return // the others would fare no better
    }
  }

  // Two pages of one phone must not send the same photo side by side.
  const alone = (work: () => Promise<void>): Promise<void> =>
    'locks' in navigator ? navigator.locks.request('onemap-outbox', { ifAvailable: true }, (lock) => (lock ? work() : undefined)).then(() => undefined) : work()

  async function flush(atOnce = false): Promise<void> {
    if (sending.value) return
    sending.value = true
    try {
      await alone(() => flushAll(atOnce))
    } finally {
      sending.value = false
      await load()
    }
  }

  const soon = () => void flush(false)
  const now = () => void flush(true)
  const looked = () => document.visibilityState === 'visible' && soon()
  window.addEventListener('online', now)
  document.addEventListener('visibilitychange', looked)
  const timer = setInterval(looked, every)
  onScopeDispose(() => {
    window.removeEventListener('online', now)
    document.removeEventListener('visibilitychange', looked)
    clearInterval(timer)
  })
  void load().then(now)

  return {
    waiting,
    sent,
    sending,
    flush,
    async add(w) {
      await keep(w)
      void flush(false)
    },
    async discard(clientId) {
      await (await database).delete('outbox', clientId)
      await load()
    },
  }
}
