import { describe, expect, test } from 'vitest'
import { metres, plainHeight, shading, type TerrainModel } from './heights'

const model = (id: string, shades: boolean): TerrainModel => ({ id, title: id, source: '', date: null, synthetic: true, resolution_m: 100, seen_resolution_m: 100, lowest_m: 0, highest_m: 900, shades_maps: shades })

describe('heights', () => {
  test('are written to the metre', () => expect([metres(1033.6), metres(-0.2), metres(-3.7)]).toEqual(['1,034', '0', '-4']))
  test('are told without the exaggeration', () => {
    expect(plainHeight(450, 1.5)).toBe(300)
    expect(plainHeight(null, 1.5)).toBeUndefined()
    expect(plainHeight(300, 0)).toBeUndefined()
  })
  test('come from the model that shades the map', () => {
    expect(shading([model('a', false), model('b', true)])?.id).toBe('b')
    expect(shading([])).toBeUndefined()
  })
})
