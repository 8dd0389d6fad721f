import { describe, expect, test } from 'vitest'
import { squareMetresPerHectare } from '../map/measures'
import { legs, lengthMetres, placeAt, ringOf } from './geodesic'

describe('on the CGCS2000 ellipsoid', () => {
  // The lengths of a degree at the equator and along the meridian, from the ellipsoid's own constants.
  test('a degree of longitude on the equator', () => expect(lengthMetres([{ lon: 111, lat: 0 }, { lon: 112, lat: 0 }])).toBeCloseTo((2 * Math.PI * 6378137) / 360, 6))
  test('from the equator to a pole', () => expect(lengthMetres([{ lon: 111, lat: 0 }, { lon: 111, lat: 90 }])).toBeCloseTo(10001965.729, 2))
  test('a line is as long as its legs', () => {
    const line = [{ lon: 112.0, lat: 22.9 }, { lon: 112.01, lat: 22.9 }, { lon: 112.01, lat: 22.91 }]
    expect(legs(line)).toHaveLength(2)
    expect(lengthMetres(line)).toBeCloseTo((legs(line)[0] ?? 0) + (legs(line)[1] ?? 0), 9)
  })
  test('one place has no length', () => expect(lengthMetres([{ lon: 112, lat: 22.9 }])).toBe(0))
})

describe('a ring', () => {
  const square = [{ lon: 112.04, lat: 22.91 }, { lon: 112.05, lat: 22.91 }, { lon: 112.05, lat: 22.92 }, { lon: 112.04, lat: 22.92 }]
  // shape_m2 of POST /api/v1/overlay for the same ring
  test('has the area that the server gives it', () => expect(ringOf(square).areaSquareMetres).toBeCloseTo(1136073.157, 1))
  test('has the same area the other way round', () => expect(ringOf([...square].reverse()).areaSquareMetres).toBeCloseTo(ringOf(square).areaSquareMetres, 3))
  test('of two places encloses nothing', () => expect(ringOf(square.slice(0, 2)).areaSquareMetres).toBe(0))
  test('is measured within a square metre where a sphere is not', () => {
    const sphere = 6371008.8 ** 2 * (Math.PI / 180) ** 2 * 0.01 * 0.01 * Math.cos((22.915 * Math.PI) / 180)
    expect(Math.abs(sphere - ringOf(square).areaSquareMetres)).toBeGreaterThan(0.2 * squareMetresPerHectare)
  })
})

test('a place 1,000 m to the east is 1,000 m away', () => {
  const from = { lon: 112.0445, lat: 22.9154 }
  const to = placeAt(from, 90, 1000)
  expect(lengthMetres([from, to])).toBeCloseTo(1000, 6)
  expect(to.lon).toBeGreaterThan(from.lon)
})
