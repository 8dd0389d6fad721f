import { expect, test } from 'vitest'
import type { Layer } from '../api/types'
import { askable, mostSpecificFirst, type Group } from './useIdentify'

const layer = (id: string, geometry: Layer['geometry'], min_zoom = 8) => ({ id, geometry, min_zoom }) as Layer
const group = (id: string, geometry: Layer['geometry'], ...areas: number[]): Group => ({
  layer: layer(id, geometry),
  features: areas.map((area_m2, i) => ({ type: 'Feature', id: i, geometry: null, properties: {}, measure: { area_m2 } })),
})

test('layers that the zoom does not draw are not asked', () => {
  const layers = [layer('dltb', 'polygon', 11), layer('county', 'polygon', 5), layer('road', 'line', 9), layer('place', 'point', 7)]
  expect(askable(layers, 10).map((l) => l.id)).toEqual(['place', 'road', 'county'])
})

test('points come first, then lines, then the smallest area', () => {
  const found = [group('county', 'polygon', 9e8), group('road', 'line'), group('dltb', 'polygon', 5e4), group('town', 'polygon', 9e7, 8e7), group('shelter', 'point')]
  expect(mostSpecificFirst(found).map((g) => g.layer.id)).toEqual(['shelter', 'road', 'dltb', 'town', 'county'])
})
