import { expect, test } from 'vitest'
import { add, begin, finish, overlayOf, preview, undo } from './sketch'

const a = { lon: 112, lat: 22.9 }
const b = { lon: 112.01, lat: 22.9 }
const c = { lon: 112.01, lat: 22.91 }

test('a double click adds one vertex', () => expect(add(add(begin('length'), a), { ...a }).vertices).toEqual([a]))
test('the click after a finished sketch begins the next', () => {
  const done = finish(add(add(begin('length'), a), b))
  expect(done.done).toBe(true)
  expect(add(done, c)).toEqual({ kind: 'length', vertices: [c], done: false })
})
test('two vertices are no area yet', () => expect(finish(add(add(begin('area'), a), b)).done).toBe(false))
test('a step back goes on with a finished sketch', () => expect(undo(finish(add(add(begin('length'), a), b)))).toEqual({ kind: 'length', vertices: [a], done: false }))
test('the pointer is measured along while drawing, and not after', () => {
  const one = add(begin('length'), a)
  expect(preview(one, b)).toEqual([a, b])
  expect(preview(finish(add(one, b)), c)).toEqual([a, b])
  expect(preview(begin('length'), b)).toEqual([])
})
test('the vertices are bounded', () => {
  let sketch = begin('length')
  for (let i = 0; i < 2100; i++) sketch = add(sketch, { lon: 112 + i * 1e-6, lat: 22.9 })
  expect(sketch.vertices).toHaveLength(2000)
})
test('a triangle is drawn as an area, a line as a line', () => {
  const kinds = (kind: 'length' | 'area') => {
    const data = overlayOf(kind, [a, b, c]).sources['panel:measure'] as { data: GeoJSON.FeatureCollection }
    return data.data.features.map((f) => f.geometry.type).at(-1)
  }
  expect(kinds('area')).toBe('Polygon')
  expect(kinds('length')).toBe('LineString')
})
