import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope } from 'vue'
import { ApiError } from '../api/client'
import { useWork } from './useWork'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())
const scope = effectScope()
function make(): ReturnType<typeof useWork> {
  const made = scope.run(useWork)
  if (!made) throw new Error('the scope has ended')
  return made
}

test('work is told of once it takes more than 400 ms', async () => {
  const { busy, slow, run } = make()
  let finish: (n: number) => void = () => undefined
  const done = run(() => new Promise<number>((resolve) => (finish = resolve)))
  vi.advanceTimersByTime(399)
  expect([busy.value, slow.value]).toEqual([true, false])
  vi.advanceTimersByTime(1)
  expect(slow.value).toBe(true)
  finish(5)
  expect(await done).toBe(5)
  expect([busy.value, slow.value]).toEqual([false, false])
})

test('a failure is kept until the next work', async () => {
  const { failure, run } = make()
  const refusal = new ApiError('c', '中', 'en')
  expect(await run(() => Promise.reject(refusal))).toBeUndefined()
  expect(failure.value).toBe(refusal)
  await run(async () => 1)
  expect(failure.value).toBeUndefined()
})

test('what was cancelled or overtaken changes nothing any more', async () => {
  const { busy, failure, run, cancel } = make()
  const aborted = (signal: AbortSignal) => new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
  const first = run(aborted)
  expect(await run(async () => 'second')).toBe('second')
  expect(await first).toBeUndefined()
  const third = run(aborted)
  cancel()
  expect(await third).toBeUndefined()
  expect([busy.value, failure.value]).toEqual([false, undefined])
})
