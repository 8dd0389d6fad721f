import { beforeEach, describe, expect, test } from 'vitest'
import { codeOf, forget, keep, kept, pastedToken, type Places } from './token'

function storage(): Storage {
  const held = new Map<string, string>()
  return {
    get length() {
      return held.size
    },
    clear: () => held.clear(),
    getItem: (k) => held.get(k) ?? null,
    key: () => null,
    removeItem: (k) => void held.delete(k),
    setItem: (k, v) => void held.set(k, v),
  }
}

let places: Places
beforeEach(() => (places = { tab: storage(), computer: storage() }))
const session = { token: 'secret', name: '测绘', expires_at: '2030-01-01T00:00:00Z' }
const now = Date.parse('2029-12-31T23:59:59Z')

describe('a session', () => {
  test('is kept in the tab, or on the computer where that is asked, never in both', () => {
    keep(places, session, true)
    expect([places.tab.length, places.computer.length]).toEqual([0, 1])
    keep(places, session, false)
    expect([places.tab.length, places.computer.length]).toEqual([1, 0])
    expect(kept(places, now)).toEqual(session)
  })
  test('ends with its time', () => {
    keep(places, session, false)
    expect(kept(places, now + 2000)).toBeUndefined()
  })
  test('without a known end lasts', () => {
    keep(places, { ...session, expires_at: '' }, false)
    expect(kept(places, now + 1e12)?.token).toBe('secret')
  })
  test('is gone once it is forgotten', () => {
    keep(places, session, true)
    forget(places)
    expect(kept(places, now)).toBeUndefined()
  })
  test.each(['{', 'null', '"x"', '{"token":5}', '{"token":""}', '{"token":"a b"}', '{"token":"令牌"}', '{"token":"a","expires_at":"soon"}'])('that was spoilt is none: %s', (text) => {
    places.tab.setItem('onemap.session', text)
    expect(kept(places, now)).toBeUndefined()
  })
  test('that the browser refuses to keep is told', () => {
    places.tab.setItem = () => {
      throw new Error('QuotaExceededError')
    }
    expect(keep(places, session, false)).toBe(false)
  })
})

test('what is pasted may carry the words around it', () => {
  expect(['  abc\n', 'Bearer abc', 'Authorization: Bearer abc', 'a b', '令牌', ''].map(pastedToken)).toEqual(['abc', 'abc', 'abc', '', '', ''])
})

test('the code leaves the address, the camera stays', () => {
  expect(codeOf('#signin=abc')).toEqual({ code: 'abc', rest: '' })
  expect(codeOf('#map=13/22.9/112&signin=abc')).toEqual({ code: 'abc', rest: '#map=13/22.9/112' })
  expect(codeOf('#map=13/22.9/112')).toEqual({ code: '', rest: '#map=13/22.9/112' })
})
