import { describe, expect, test } from 'vitest'
import { readBookmarks, readState, stateOf, withBookmark, writeState } from './state'

const drawing = { id: 'a', name: '点', geometry: { type: 'Point' as const, coordinates: [112, 22.9] } }

describe('the state', () => {
  test('comes back whole', () => {
    const state = stateOf('?layers=dltb@2:60,road&filter=%7B%22dltb%22%3A%5B%5D%7D&order=own&open=measure', '#map=12/22.9/112', [drawing])
    expect(readState(writeState(state))).toEqual(state)
  })
  test('leaves out how the page was reached', () => expect(stateOf('?link=abc&e2e=1&layers=dltb', '', []).query).toBe('?layers=dltb'))
  test('that is none is not taken', () => {
    for (const text of ['', '{', '1', '{}', '{"query":"javascript:x","hash":""}', '{"query":"","hash":"x"}', '{"query":1,"hash":""}']) expect(readState(text), text).toBeUndefined()
  })
  test('has only drawings that are some', () => expect(readState('{"query":"","hash":"","drawings":[{"id":"a"},1]}')?.drawings).toEqual([]))
})

describe('bookmarks', () => {
  const state = writeState(stateOf('?layers=dltb', '', []))
  test('are replaced by name, the newest first', () => {
    const all = withBookmark(withBookmark(withBookmark([], { name: 'a', at: '1', state }), { name: 'b', at: '2', state }), { name: 'a', at: '3', state })
    expect(all.map((b) => [b.name, b.at])).toEqual([['a', '3'], ['b', '2']])
  })
  test('are bounded, and read with care', () => {
    expect(readBookmarks([{ name: 'a', state }, { name: 'b', state: 'x' }, { state }, null])).toEqual([{ name: 'a', at: '', state }])
    expect(readBookmarks(Array.from({ length: 200 }, (_, i) => ({ name: `${i}`, state })))).toHaveLength(100)
    expect(withBookmark(readBookmarks(Array.from({ length: 200 }, (_, i) => ({ name: `${i}`, state }))), { name: 'new', at: '', state })).toHaveLength(100)
  })
})
