import { expect, test } from 'vitest'
import type { Layer } from '../api/types'
import { outdated, republished, setsOf } from './following'

const layer = (id: string, more: Partial<Layer> = {}) => ({ id, published_version: 1, published_at: '2026-01-01T00:00:00Z', feature_count: 3, ...more }) as Layer

test('no layers make no set, and seventeen make two', () => {
  expect(setsOf([])).toEqual([])
  expect(setsOf(['b', 'a'])).toEqual([['a', 'b']])
  expect(setsOf(Array.from({ length: 17 }, (_, i) => `l${i}`)).map((s) => s.length)).toEqual([16, 1])
})

test('a layer is outdated when its tiles have a new address, not when the map has yet to ask', () => {
  const drawn = new Map([['a', '/a?v=1'], ['b', '/b?v=1']])
  expect(outdated(drawn, new Map([['a', '/a?v=1'], ['b', '/b?v=2'], ['c', '/c?v=1']]))).toEqual(['b'])
})

test('a new version, a rollback and an edit are told; a layer that stays or appears is not', () => {
  const before = [layer('stays'), layer('published'), layer('edited')]
  const after = [layer('stays'), layer('published', { published_version: 2 }), layer('edited', { feature_count: 4 }), layer('new')]
  expect(republished(before, after).map((l) => l.id)).toEqual(['published', 'edited'])
})
