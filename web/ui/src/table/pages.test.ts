import { describe, expect, test } from 'vitest'
import type { Field, TableRow } from '../api/types'
import { ariaSort, missingPages, nextSort, toCsv, toGeoJson, windowOf } from './pages'

describe('what is in sight', () => {
  test('at the top', () => expect(windowOf(0, 300, 1000)).toEqual({ first: 0, end: 18 }))
  test('further down', () => expect(windowOf(3000, 300, 1000)).toEqual({ first: 92, end: 118 }))
  test('at the end', () => expect(windowOf(29_700, 300, 1000)).toEqual({ first: 982, end: 1000 }))
  test('of nothing is nothing', () => expect(windowOf(0, 300, 0)).toEqual({ first: 0, end: 0 }))
  test('may need two pages, of which one is there', () => {
    expect(missingPages({ first: 92, end: 118 }, () => false)).toEqual([0, 1])
    expect(missingPages({ first: 92, end: 118 }, (page) => page === 0)).toEqual([1])
    expect(missingPages({ first: 0, end: 0 }, () => false)).toEqual([])
  })
})

test('a heading sorts up, down, and not at all', () => {
  expect(nextSort('', 'a')).toBe('a')
  expect(nextSort('a', 'a')).toBe('-a')
  expect(nextSort('-a', 'a')).toBe('')
  expect(nextSort('-b', 'a')).toBe('a')
  expect([ariaSort('a', 'a'), ariaSort('-a', 'a'), ariaSort('b', 'a')]).toEqual(['ascending', 'descending', 'none'])
})

describe('files', () => {
  const fields = [{ name: 'name', label: '名称' }, { name: 'n', label: '数, 量' }] as Field[]
  const rows: TableRow[] = [
    { id: 1, properties: { name: '金"银"河', n: 1.5 }, bbox: null, geometry: { type: 'Point', coordinates: [112, 22.9] } },
    { id: 2, properties: { name: '=HYPERLINK("x")', n: null }, bbox: null },
    { id: 3, properties: { name: '-12.5', n: -2 }, bbox: null },
  ]
  test('CSV quotes what needs it, and makes no formulas', () => {
    expect(toCsv(fields, rows, (f) => f.label)).toBe('\ufeff名称,"数, 量"\r\n"金""银""河",1.5\r\n"\'=HYPERLINK(""x"")",\r\n-12.5,-2\r\n')
  })
  test('GeoJSON has features with and without a shape', () => {
    const read = JSON.parse(toGeoJson(rows)) as GeoJSON.FeatureCollection
    expect(read.features.map((f) => f.geometry?.type ?? null)).toEqual(['Point', null, null])
    expect(read.features[0]?.id).toBe(1)
  })
})
