import { expect, test } from 'vitest'
import type { Import } from '../api/types'
import { isActive, patience, shareOf } from './progress'

const one = (more: Partial<Import>) => ({ state: 'running', size: 100, received: 100, rows: 0, total: 0, ...more }) as Import

test('the share is of bytes while uploading and of rows while loading', () => {
  expect(shareOf(one({ state: 'uploading', received: 25 }))).toBe(0.25)
  expect(shareOf(one({ rows: 30, total: 60 }))).toBe(0.5)
  expect(shareOf(one({ rows: 30 }))).toBeUndefined()
  expect(shareOf(one({ state: 'done' }))).toBe(1)
  expect(shareOf(one({ state: 'queued' }))).toBeUndefined()
})
test('what goes on is looked at often', () => {
  expect(isActive(one({ state: 'queued' }))).toBe(true)
  expect(isActive(one({ state: 'failed' }))).toBe(false)
  expect(patience([one({ state: 'done' }), one({})])).toBeLessThan(patience([one({ state: 'done' })]))
})
