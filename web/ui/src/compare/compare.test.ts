import { expect, test } from 'vitest'
import { defaultRight, lineAfter, readComparison, writeComparison } from './compare'

test('a comparison comes back from the address', () => {
  const one = { way: 'split', right: [{ id: 'dltb', opacity: 0.5, version: 1 }, { id: 'road', opacity: 1 }] } as const
  expect(readComparison(writeComparison(one as never))).toEqual(one)
  expect(readComparison('')).toEqual({ way: 'swipe', right: undefined })
  expect(readComparison('dance~dltb')).toEqual({ way: 'swipe', right: [{ id: 'dltb', opacity: 1 }] })
})
test('the second map begins with the versions before', () => {
  const shown = [{ id: 'dltb', opacity: 1, version: 3 }, { id: 'road', opacity: 0.5 }]
  expect(defaultRight(shown, (id) => (id === 'road' ? 4 : undefined))).toEqual([{ id: 'dltb', opacity: 1 }, { id: 'road', opacity: 0.5, version: 4 }])
})
test('keys move the line, and the ends hold', () => {
  expect(lineAfter('ArrowRight', false, 50)).toBe(51)
  expect(lineAfter('ArrowLeft', true, 5)).toBe(0)
  expect(lineAfter('End', false, 5)).toBe(100)
  expect(lineAfter('x', false, 5)).toBeUndefined()
})
