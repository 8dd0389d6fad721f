// One job: its file is sent, its progress followed, its end told.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { asApiError, type ApiError } from '../api/client'
import type { Chosen } from './files'
import { follow } from './follow'
import { pacer, type Pace } from './pace'
import { server } from './server'
import type { Job, Options } from './types'
import { upload } from './upload'
import { zipOf } from './zip'

const ended = new Set<Job['state']>(['done', 'failed', 'cancelled'])

export const isOver = (job: Pick<Job, 'state'>): boolean => ended.has(job.state)

export function useJob() {
  const job = shallowRef<Job>()
  const failure = shallowRef<ApiError>()
  /** Files are being put together. */
  const packing = ref(false)
  /** Bytes that have gone out; undefined while nothing is sent from here. */
  const sent = ref<number>()
  const connected = ref(true)
  const cancelling = ref(false)
  const pace = shallowRef<Pace>({ speed: undefined, left: undefined })
  let current: AbortController | undefined
  let take = pacer()

  const active = computed(() => packing.value || sent.value !== undefined || (job.value !== undefined && !isOver(job.value)))

  function begin(): AbortSignal {
    current?.abort()
    current = new AbortController()
    failure.value = undefined
    cancelling.value = false
    connected.value = true
    pace.value = { speed: undefined, left: undefined }
    take = pacer()
    return current.signal
  }

  /** Runs a part of the work; what fails is kept to be shown unless it was ended from here. */
  async function attempt(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (!signal.aborted) failure.value = asApiError(thrown)
    } finally {
      if (!signal.aborted) {
        packing.value = false
        sent.value = undefined
      }
    }
  }

  function told(next: Job): void {
    const before = job.value
    if (before?.id !== next.id || before.stage !== next.stage) take = pacer()
    job.value = next
    pace.value = next.stage === 'load' && next.state === 'running' ? take(next.rows, next.total, performance.now()) : { speed: undefined, left: undefined }
  }

  async function send(signal: AbortSignal, id: number, body: Blob): Promise<void> {
    take = pacer()
    sent.value = 0
    await upload({
      path: server.content(id),
      body,
      signal,
      progress: (n) => {
        sent.value = n
        pace.value = take(n, body.size, performance.now())
      },
    })
    sent.value = undefined
  }

  async function watch(signal: AbortSignal, id: number): Promise<void> {
    await follow<Job>({ path: server.events(id), signal, told, connected: (is) => (connected.value = is), over: isOver })
    // The last event may be from before the report was written whole.
    if (!signal.aborted) job.value = await server.job(id, signal)
  }

  /** Begins an import of what was chosen. made is told once the server knows of it. */
  function start(chosen: Chosen, layer: string, options: Options, made: (id: number) => void): Promise<void> {
    const signal = begin()
    job.value = undefined
    return attempt(signal, async () => {
      packing.value = chosen.packed
      const [first] = chosen.files
      const body = chosen.packed ? await zipOf(chosen.files, signal) : first
      packing.value = false
      if (!body) return
      const one = await server.create({ layer, filename: chosen.name, size: body.size, options, key: newKey() }, signal)
      told(one)
      made(one.id)
      await send(signal, one.id, body)
      await watch(signal, one.id)
    })
  }

  /** Goes on with an upload that broke off. */
  function resume(id: number, body: Blob): Promise<void> {
    const signal = begin()
    return attempt(signal, async () => {
      await send(signal, id, body)
      await watch(signal, id)
    })
  }

  /** Shows a job, and follows it as long as it goes on. */
  function open(id: number): Promise<void> {
    const signal = begin()
    if (job.value?.id !== id) job.value = undefined
    return attempt(signal, async () => {
      const one = await server.job(id, signal)
      told(one)
      if (!isOver(one)) await watch(signal, id)
    })
  }

  /** Cancels the job: the upload stops at once, the rest as soon as the server hears of it. */
  async function cancel(): Promise<void> {
    const one = job.value
    const uploading = packing.value || sent.value !== undefined
    cancelling.value = true
    try {
      if (uploading) current?.abort()
      if (one && !isOver(one)) {
        const now = await server.cancel(one.id)
        if (isOver(now)) current?.abort()
        job.value = now
      }
    } catch (thrown) {
      failure.value = asApiError(thrown)
    } finally {
      if (uploading) {
        packing.value = false
        sent.value = undefined
      }
      cancelling.value = false
    }
  }

  function forget(): void {
    current?.abort()
    current = undefined
    job.value = undefined
    failure.value = undefined
    packing.value = false
    sent.value = undefined
  }

  onScopeDispose(() => current?.abort())
  return { job, failure, packing, sent, connected, cancelling, pace, active, start, resume, open, cancel, forget }
}

/** The same request sent twice makes one import. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
}
