import { afterEach, describe, expect, test, vi } from 'vitest'
import { cut, follow, waitBefore } from './events'

afterEach(() => vi.unstubAllGlobals())

describe('a stream of events', () => {
  test('is cut where a blank line stands; what is not whole is left over', () => {
    const { events, rest } = cut('retry: 2000\n\n: \n\nid: 7\nevent: closed\ndata: {"a":\ndata: 1}\n\nid: 8\nda')
    expect(events).toEqual([{ id: '7', name: 'closed', data: '{"a":\n1}' }])
    expect(rest).toBe('id: 8\nda')
  })
  test('is asked for again later and later, at most every half minute', () => {
    expect([0, 1, 2, 10].map(waitBefore)).toEqual([1000, 2000, 4000, 30_000])
  })
  test('comes back with the last id after it broke off', async () => {
    const asked: Headers[] = []
    let answers = 0
    vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
      asked.push(new Headers(init.headers))
      const text = ++answers === 1 ? 'id: 5\nevent: reported\ndata: {}\n\n' : 'id: 6\nevent: closed\ndata: {}\n\n'
      return new Response(text, { status: 200 })
    })
    const heard: string[] = []
    await new Promise<void>((done) => {
      const stop = follow('/x', {
        onEvent: (e) => {
          heard.push(`${e.id} ${e.name}`)
          if (heard.length === 2) {
            stop()
            done()
          }
        },
      })
    })
    expect(heard).toEqual(['5 reported', '6 closed'])
    expect(asked[1]?.get('Last-Event-ID')).toBe('5')
  })
  test('that is refused is not asked for again', async () => {
    let asked = 0
    vi.stubGlobal('fetch', async () => {
      asked++
      return new Response('{"code":"unauthenticated","detail":"需要令牌","detail_en":"a token is needed"}', { status: 401 })
    })
    const told = await new Promise<string>((done) => follow('/x', { onEvent: () => undefined, onRefused: (e) => done(e.code) }))
    expect([told, asked]).toEqual(['unauthenticated', 1])
  })
})
