import { describe, expect, test } from 'vitest'
import { markFeatures } from './marks'
import { addressOf, fetchedFor, formatBytes, layersOf, tileAt, tileBounds, tilesOf } from './measure'

describe('the grid', () => {
  test('云城 lies in tile 12/3323/1780', () => expect(tileAt(112.1, 22.91, 12)).toEqual({ z: 12, x: 3323, y: 1780 }))
  test('the corners of the world are in its outer tiles', () => {
    expect(tileAt(-180, 89, 3)).toEqual({ z: 3, x: 0, y: 0 })
    expect(tileAt(180, -89, 3)).toEqual({ z: 3, x: 7, y: 7 })
  })
  test('a tile holds the middle of its bounds, and its neighbour begins where it ends', () => {
    const [west, south, east, north] = tileBounds({ z: 12, x: 3323, y: 1780 })
    expect(tileAt((west + east) / 2, (south + north) / 2, 12)).toEqual({ z: 12, x: 3323, y: 1780 })
    expect(tileBounds({ z: 12, x: 3324, y: 1780 })[0]).toBe(east)
    expect(tileBounds({ z: 12, x: 3323, y: 1781 })[3]).toBe(south)
  })
  test('a view is covered row by row, and not by more tiles than asked', () => {
    const [west, south, east, north] = tileBounds({ z: 12, x: 3323, y: 1780 })
    const wide = [west - 0.001, south, east, north - 0.0001] as [number, number, number, number]
    expect(tilesOf([wide[0], south + 0.0001, east - 0.0001, wide[3]], 12)).toEqual([{ z: 12, x: 3322, y: 1780 }, { z: 12, x: 3323, y: 1780 }])
    expect(tilesOf([111, 22, 113, 24], 14, 5)).toHaveLength(5)
  })
  test('beyond a source its highest tiles are fetched, below it none', () => {
    expect(fetchedFor({ z: 18, x: 212672, y: 113920 }, 5, 16)).toEqual({ z: 16, x: 53168, y: 28480 })
    expect(fetchedFor({ z: 12, x: 3323, y: 1780 }, 5, 16)).toEqual({ z: 12, x: 3323, y: 1780 })
    expect(fetchedFor({ z: 4, x: 1, y: 1 }, 5, 16)).toBeUndefined()
  })
  test('a template becomes an address', () => expect(addressOf('/tiles/dltb/{z}/{x}/{y}.mvt?v=1', { z: 1, x: 2, y: 3 })).toBe('/tiles/dltb/1/2/3.mvt?v=1'))
})

describe('a tile', () => {
  const field = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes]
  const layer = (name: string, features: number) => field(3, ...field(1, ...new TextEncoder().encode(name)), ...Array.from({ length: features }, () => field(2, 8, 1)).flat(), 5 * 8, 128, 32, 15 * 8, 2)

  test('has its layers, their sizes and their features', () => {
    const bytes = new Uint8Array([...layer('dltb', 3), ...layer('dltb_label', 1)])
    expect(layersOf(bytes)).toEqual([
      { layer: 'dltb', bytes: layer('dltb', 3).length - 2, features: 3 },
      { layer: 'dltb_label', bytes: layer('dltb_label', 1).length - 2, features: 1 },
    ])
  })
  test('without bytes has none', () => expect(layersOf(new Uint8Array())).toEqual([]))
  test('that is cut off is refused', () => {
    const whole = layer('dltb', 3)
    for (let n = 1; n < whole.length; n++) expect(() => layersOf(new Uint8Array(whole.slice(0, n))), `${n} bytes`).toThrow(RangeError)
  })
  test('that is a text is refused', () => expect(() => layersOf(new TextEncoder().encode('not a tile'))).toThrow(RangeError))
})

test('bytes are written with three digits', () => {
  expect([0, 999, 1000, 48_321, 512_345, 999_499, 999_500, 1_204_000].map(formatBytes)).toEqual(['0 B', '999 B', '1.00 kB', '48.3 kB', '512 kB', '999 kB', '1.00 MB', '1.20 MB'])
})

test('a mark is a border and a corner with the words, and tells a tile that is too large', () => {
  const { features } = markFeatures([{ tile: { z: 12, x: 3323, y: 1780 }, bytes: 600_000 }, { tile: { z: 12, x: 3324, y: 1780 } }])
  expect(features.map((f) => f.geometry.type)).toEqual(['LineString', 'Point', 'LineString', 'Point'])
  expect(features.map((f) => f.properties?.text as string)).toEqual(['12/3323/1780\n600 kB', '12/3323/1780\n600 kB', '12/3324/1780\n…', '12/3324/1780\n…'])
  expect(features.map((f) => f.properties?.large as boolean)).toEqual([true, true, false, false])
})
