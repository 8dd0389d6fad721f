import { expect, test } from 'vitest'
import { sizeOf } from './sizes'

const ring = (west: number, south: number, size: number) => [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
const drawing = (geometry: unknown) => ({ id: 'x', name: '', geometry }) as never

test('a polygon is measured without its holes', () => {
  const whole = sizeOf(drawing({ type: 'Polygon', coordinates: [ring(112.04, 22.91, 0.01)] })).area_m2 ?? 0
  const hole = sizeOf(drawing({ type: 'Polygon', coordinates: [ring(112.044, 22.914, 0.002)] })).area_m2 ?? 0
  const rest = sizeOf(drawing({ type: 'Polygon', coordinates: [ring(112.04, 22.91, 0.01), ring(112.044, 22.914, 0.002)] })).area_m2 ?? 0
  expect(whole).toBeCloseTo(1136073.157, 1)
  expect(rest).toBeCloseTo(whole - hole, 3)
  expect(sizeOf(drawing({ type: 'MultiPolygon', coordinates: [[ring(112.04, 22.91, 0.01)], [ring(112.1, 22.91, 0.01)]] })).area_m2).toBeCloseTo(2 * whole, 0)
})
test('lines have lengths, points nothing', () => {
  const one = sizeOf(drawing({ type: 'LineString', coordinates: [[112, 22.9], [112.01, 22.9]] })).length_m ?? 0
  expect(one).toBeGreaterThan(1000)
  expect(sizeOf(drawing({ type: 'MultiLineString', coordinates: [[[112, 22.9], [112.01, 22.9]], [[112, 22.9], [112.01, 22.9]]] })).length_m).toBeCloseTo(2 * one, 6)
  expect(sizeOf(drawing({ type: 'Point', coordinates: [112, 22.9] }))).toEqual({})
})
