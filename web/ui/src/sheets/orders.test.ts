import { expect, test } from 'vitest'
import { readIds, shareOf, sizeText, type SheetOrder } from './orders'

const order = (more: Partial<SheetOrder>): SheetOrder => ({ id: '', title: '', filename: '', state: 'running', stage: '', done: 0, total: 1, bytes: 0, problem: null, created_at: '', ...more })

test('ids come back from what was kept, each once and no others', () => {
  const id = '0123456789abcdef0123456789abcdef'
  expect(readIds([id, id, '../x', 5])).toEqual([id])
  expect(readIds('x')).toEqual([])
  expect(readIds(Array.from({ length: 99 }, (_, i) => i.toString(16).padStart(32, '0')))).toHaveLength(20)
})

test('the share of a series is known, that of a single sheet is not', () => {
  expect(shareOf(order({ done: 3, total: 12 }))).toBe(0.25)
  expect(shareOf(order({}))).toBeUndefined()
  expect(shareOf(order({ state: 'done' }))).toBe(1)
})

test('sizes', () => {
  expect(sizeText(10)).toBe('1 KB')
  expect(sizeText(3 * 1024 * 1024 + 200_000)).toBe('3.2 MB')
})
