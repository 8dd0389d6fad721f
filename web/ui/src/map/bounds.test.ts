import { expect, test } from 'vitest'
import { boundsOf, unionOf } from './bounds'

test('bounds of any geometry', () => {
  expect(boundsOf({ type: 'Point', coordinates: [112, 23] })).toEqual([112, 23, 112, 23])
  expect(boundsOf({ type: 'MultiPolygon', coordinates: [[[[111, 22], [112, 22], [112, 23], [111, 22]]], [[[113, 21], [113, 21], [113, 21], [113, 21]]]] })).toEqual([111, 21, 113, 23])
  expect(boundsOf({ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] })).toEqual([1, 2, 1, 2])
  expect(boundsOf({ type: 'MultiPoint', coordinates: [] })).toBeUndefined()
  expect(boundsOf(null)).toBeUndefined()
})

test('the union leaves out what is missing', () => {
  expect(unionOf([null, [111, 22, 112, 23], undefined, [110, 22.5, 111, 24]])).toEqual([110, 22, 112, 24])
  expect(unionOf([null])).toBeUndefined()
})
