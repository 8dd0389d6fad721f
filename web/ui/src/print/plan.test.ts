import { expect, test } from 'vitest'
import { boundsOfRings, framesOf, moved, type SheetPage } from './plan'

const page = (index: boolean, x: number): SheetPage => ({ title: '', index, scale: 1, crs: '', paper_mm: [297, 210], frame_mm: [0, 0, 1, 1], extent_m: [0, 0, 1, 1], ring: [[x, 22], [x + 1, 22], [x + 1, 23], [x, 22]] })

test('frames are those of the sheets, without the index', () => {
  const rings = framesOf({ title: '', pages: [page(true, 0), page(false, 111), page(false, 112)] })
  expect(boundsOfRings(rings)).toEqual([111, 22, 113, 23])
  expect(boundsOfRings(moved(rings, 1, -1))).toEqual([112, 21, 114, 22])
  expect(boundsOfRings([])).toBeUndefined()
})
