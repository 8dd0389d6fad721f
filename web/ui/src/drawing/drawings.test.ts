import { describe, expect, test } from 'vitest'
import { fromGeoJson, readDrawings, simpleParts, toGeoJson } from './drawings'

const point = { type: 'Point' as const, coordinates: [112, 22.9] }
const newIds = () => {
  let n = 0
  return () => `new-${++n}`
}

describe('what was kept', () => {
  test('comes back', () => expect(readDrawings([{ id: 'a', name: '点', geometry: point }])).toEqual([{ id: 'a', name: '点', geometry: point }]))
  test('is left out where it is no drawing', () => {
    const bad = [null, 1, {}, { id: 'a' }, { id: 'a', geometry: { type: 'Point', coordinates: ['x', 1] } }, { id: 'b', geometry: { type: 'Point', coordinates: [607155, 2535549] } }, { id: 'c', geometry: { type: 'Polygon', coordinates: [[1, 2]] } }, { id: 'd', geometry: { type: 'Thing', coordinates: [1, 2] } }]
    expect(readDrawings(bad)).toEqual([])
    expect(readDrawings('[]')).toEqual([])
  })
  test('has one of a name, and is bounded', () => {
    expect(readDrawings([{ id: 'a', geometry: point }, { id: 'a', geometry: point }])).toHaveLength(1)
    expect(readDrawings(Array.from({ length: 999 }, (_, i) => ({ id: `${i}`, geometry: point })))).toHaveLength(200)
    expect(readDrawings([{ id: 'a', geometry: { type: 'LineString', coordinates: Array.from({ length: 5001 }, () => [112, 22]) } }])).toEqual([])
  })
})

describe('files', () => {
  test('a collection, a feature and a bare shape are read', () => {
    const drawn = fromGeoJson(toGeoJson([{ id: 'x', name: '甲', geometry: point }]), newIds())
    expect(drawn).toEqual([{ id: 'new-1', name: '甲', geometry: point }])
    expect(fromGeoJson(JSON.stringify({ type: 'Feature', geometry: point, properties: null }), newIds())).toHaveLength(1)
    expect(fromGeoJson(JSON.stringify(point), newIds())).toHaveLength(1)
  })
  test('what is no GeoJSON is refused', () => {
    for (const text of ['', '{', '[]', 'null', '{"type":"FeatureCollection","features":[]}', '{"type":"Topology"}']) expect(fromGeoJson(text, newIds())).toBeUndefined()
  })
})

test('several shapes in one become parts', () => {
  const parts = simpleParts({ id: 'm', name: 'n', geometry: { type: 'MultiPoint', coordinates: [[112, 22], [113, 23]] } })
  expect(parts.map((p) => [p.id, p.geometry.type])).toEqual([['m', 'Point'], ['m-1', 'Point']])
  expect(simpleParts({ id: 'p', name: '', geometry: point })).toHaveLength(1)
})
