// One piece of work at a time: its progress is told once it takes long, it can be
// cancelled, and its failure is kept to be shown.
import { onScopeDispose, ref, shallowRef } from 'vue'
import { asApiError, type ApiError } from '../api/client'

/** After so many milliseconds people want to know that something happens. */
const patience = 400

export function useWork() {
  const busy = ref(false)
  /** The work takes long: say so. */
  const slow = ref(false)
  const failure = shallowRef<ApiError>()
  let current: AbortController | undefined

  /** Does the work in the place of what runs. Undefined: it failed or was cancelled. */
  async function run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    cancel()
    const mine = (current = new AbortController())
    busy.value = true
    failure.value = undefined
    const timer = setTimeout(() => (slow.value = current === mine), patience)
    try {
      const result = await work(mine.signal)
      return mine.signal.aborted ? undefined : result
    } catch (thrown) {
      if (!mine.signal.aborted) failure.value = asApiError(thrown)
      return undefined
    } finally {
      clearTimeout(timer)
      if (current === mine) idle()
    }
  }

  function cancel(): void {
    current?.abort()
    idle()
  }

  function idle(): void {
    current = undefined
    busy.value = false
    slow.value = false
  }

  onScopeDispose(cancel)
  return { busy, slow, failure, run, cancel }
}
