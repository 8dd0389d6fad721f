import { expect, test } from 'vitest'
import { moved, movedTo } from './order'

const all = ['a', 'b', 'c', 'd'].map((id) => ({ id }))
const ids = (list: { id: string }[]) => list.map((s) => s.id).join('')

test('a step up and a step down', () => {
  expect(ids(moved(all, 'b', 1))).toBe('acbd')
  expect(ids(moved(all, 'b', -1))).toBe('bacd')
})
test('the ends stay', () => {
  expect(ids(moved(all, 'd', 1))).toBe('abcd')
  expect(ids(moved(all, 'a', -1))).toBe('abcd')
})
test('to the place of another, either way', () => {
  expect(ids(movedTo(all, 'a', 'c'))).toBe('bcad')
  expect(ids(movedTo(all, 'd', 'b'))).toBe('adbc')
  expect(ids(movedTo(all, 'b', 'b'))).toBe('abcd')
})
test('of what is not there nothing moves', () => {
  expect(ids(moved(all, 'x', 1))).toBe('abcd')
  expect(ids(movedTo(all, 'a', 'x'))).toBe('abcd')
})
