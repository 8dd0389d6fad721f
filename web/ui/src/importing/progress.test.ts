import { afterEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../api/client'
import { delayOf, eventReader, follow } from './follow'
import { pacer, secondsText, stepsOf } from './pace'
import { upload } from './upload'
import { readView, writeView } from './address'
import { earlierOf } from './versions'

afterEach(() => vi.unstubAllGlobals())

describe('the events', () => {
  test('are read whatever pieces they come in', () => {
    const read = eventReader()
    const pieces = [': beat\n\nid: 1\nev', 'ent: stage\ndata: {"a"', ':1}\n\nid: 2\r\ndata: x\r\n\r\n', 'data: half']
    expect(pieces.flatMap(read)).toEqual([
      { id: '1', name: 'stage', data: '{"a":1}' },
      { id: '2', name: 'message', data: 'x' },
    ])
  })
  test('are waited for longer with every failure, but not for ever', () => {
    expect([0, 1, 2].map(delayOf)).toEqual([500, 1000, 2000])
    expect(delayOf(30)).toBe(15_000)
  })

  const stream = (...texts: string[]) =>
    new Response(
      new ReadableStream({
        start(c) {
          for (const text of texts) c.enqueue(new TextEncoder().encode(text))
          c.close()
        },
      }),
    )

  test('go on after the last one when the connection breaks off', async () => {
    vi.stubGlobal('localStorage', { getItem: () => null })
    vi.stubGlobal('sessionStorage', { getItem: () => null })
    const asked: (string | null)[] = []
    const answers = [() => stream('id: 7\ndata: {"n":1}\n\n'), () => Promise.reject(new TypeError('away')), () => stream('id: 9\ndata: {"n":2}\n\n')]
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      asked.push(new Headers(init.headers).get('Last-Event-ID'))
      return answers.shift()?.()
    })
    vi.useFakeTimers()
    const told: number[] = []
    const connected: boolean[] = []
    const done = follow<{ n: number }>({ path: '/x', signal: new AbortController().signal, told: (s) => told.push(s.n), connected: (is) => connected.push(is), over: (s) => s.n === 2 })
    await vi.runAllTimersAsync()
    await done
    vi.useRealTimers()
    expect(asked).toEqual([null, '7', '7'])
    expect(told).toEqual([1, 2])
    expect(connected).toEqual([true, false, false, true])
  })
  test('that the server refuses are not asked for again', async () => {
    vi.stubGlobal('localStorage', { getItem: () => null })
    vi.stubGlobal('sessionStorage', { getItem: () => null })
    vi.stubGlobal('fetch', async () => new Response('{"code":"unknown-import"}', { status: 404 }))
    await expect(follow({ path: '/x', signal: new AbortController().signal, told: () => {}, connected: () => {}, over: () => false })).rejects.toThrow(/unknown-import/)
  })
})

describe('the upload', () => {
  const body = new Blob(['x'.repeat(100)])
  const quick = async () => {}
  const of = (signal = new AbortController().signal) => ({ path: '/c', body, signal, progress: () => {} })

  test('goes on from where the server says', async () => {
    vi.stubGlobal('localStorage', { getItem: () => null })
    vi.stubGlobal('sessionStorage', { getItem: () => null })
    vi.stubGlobal('fetch', async () => new Response(null, { headers: { 'Upload-Offset': '60' } }))
    const from: number[] = []
    const answers = [
      { status: 204, offset: 40 },
      { status: 0, offset: 40 },
      { status: 204, offset: 100 },
    ]
    await upload(of(), async (_, offset) => {
      from.push(offset)
      return answers.shift() ?? { status: 500, offset }
    }, quick)
    expect(from).toEqual([0, 40, 60])
  })
  test('ends with what the server refuses', async () => {
    const refused = new ApiError('too-large', '太大', 'too large')
    await expect(upload(of(), async (_, offset) => ({ status: 413, offset, problem: refused }), quick)).rejects.toBe(refused)
  })
  test('is not tried for ever', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('away')))
    vi.stubGlobal('localStorage', { getItem: () => null })
    vi.stubGlobal('sessionStorage', { getItem: () => null })
    let tries = 0
    await expect(upload(of(), async (_, offset) => (tries++, { status: 0, offset }), quick)).rejects.toThrow(/not completed/)
    expect(tries).toBe(5)
  })
})

describe('the stages', () => {
  const shown = (job: Parameters<typeof stepsOf>[0]) => stepsOf(job).map((s) => s.state[0]).join('')
  test.each([
    ['an upload', { kind: 'file', state: 'uploading', stage: '' }, 'cwwwww'],
    ['one that waits', { kind: 'file', state: 'queued', stage: '' }, 'dcwwww'],
    ['one that loads', { kind: 'file', state: 'running', stage: 'load' }, 'dddcww'],
    ['one that failed while it was unpacked', { kind: 'file', state: 'failed', stage: 'unpack' }, 'dfwwww'],
    ['one that is done', { kind: 'file', state: 'done', stage: 'finish' }, 'dddddd'],
    ['a retry, which has no file', { kind: 'retry', state: 'running', stage: 'inspect' }, 'cwww'],
  ] as const)('of %s', (_, job, want) => expect(shown(job)).toBe(want))
})

test('the pace is that of the last seconds', () => {
  const pace = pacer()
  expect(pace(0, 1000, 0).speed).toBeUndefined()
  expect(pace(100, 1000, 1000)).toEqual({ speed: 100, left: 9 })
  for (let s = 2; s <= 30; s++) pace(100 + (s - 1) * 10, 1000, s * 1000)
  expect(pace(400, 1000, 31_000).speed).toBeCloseTo(10, 0)
  expect(pace(5, 1000, 32_000).speed).toBeUndefined()
  expect([0.2, 59, 65, 3661].map(secondsText)).toEqual(['1 s', '59 s', '1:05', '1:01:01'])
})

test('the address names what is shown', () => {
  for (const text of ['12', 'dltb@3', 'dltb', '']) expect(writeView(readView(text))).toBe(text)
  for (const text of ['-1', 'DLTB@x', 'a b', '../x']) expect(readView(text)).toEqual({ kind: 'form' })
})

test('a rollback shows the version that was published before', () => {
  const v = (number: number, state: string, published_at: string | null) => ({ number, state, published_at, feature_count: 0, imported_at: '' })
  expect(earlierOf([v(4, 'checked', null), v(3, 'published', 't'), v(2, 'draft', null), v(1, 'retired', 't')])).toBe(1)
  expect(earlierOf([v(1, 'published', 't')])).toBeUndefined()
  expect(earlierOf([v(1, 'draft', null)])).toBeUndefined()
})
