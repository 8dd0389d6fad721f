import { expect, test } from 'vitest'
import type { Layer, SearchResult } from '../api/types'
import { localSuggestions, nextRow, withFound } from './suggest'

const layer = (id: string, name: string, more: Partial<Layer> = {}) => ({ id, name, name_en: id, department: '', source: '', published_version: 1, published_at: null, pinyin: [], ...more }) as unknown as Layer
const layers = [layer('dltb', '地类图斑', { pinyin: ['dileituban', 'dltb'] }), layer('road', '道路'), layer('draft', '地类草稿', { published_version: null })]
const found = (kind: SearchResult['kind'], id: number) => ({ kind, id, layer: 'x', label: '', where: '', lon: 0, lat: 0, bbox: [0, 0, 0, 0] }) as SearchResult

test('layers are suggested by name and pinyin, unpublished ones are not', () => {
  expect(localSuggestions('地类', layers).map((s) => s.key)).toEqual(['layer:dltb'])
  expect(localSuggestions('dilei', layers).map((s) => s.key)).toEqual(['layer:dltb'])
  expect(localSuggestions('  ', layers)).toEqual([])
})
test('a position is suggested first, and once', () => {
  const local = localSuggestions('112.04, 22.92', layers)
  expect(local.map((s) => s.kind)).toEqual(['position'])
  expect(withFound(local, [found('coordinate', 1), found('place', 2)]).map((s) => s.kind)).toEqual(['position', 'found'])
  expect(withFound([], [found('coordinate', 1)])).toHaveLength(1)
})
test('arrows go round', () => {
  expect(nextRow(-1, 'ArrowDown', 3)).toBe(0)
  expect(nextRow(2, 'ArrowDown', 3)).toBe(0)
  expect(nextRow(0, 'ArrowUp', 3)).toBe(2)
  expect(nextRow(-1, 'ArrowDown', 0)).toBe(-1)
})
