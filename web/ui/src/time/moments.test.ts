import { expect, test } from 'vitest'
import type { Version } from '../api/types'
import { dayOf, daysOf, versionOn } from './moments'

const version = (number: number, published_at: string | null) => ({ number, published_at, state: '', feature_count: 0, imported_at: '' }) as Version
const land = [version(3, '2026-06-01T02:00:00Z'), version(2, null), version(1, '2025-05-31T18:00:00Z')]
const roads = [version(1, '2026-01-01T00:00:00Z')]

test('days are those of Beijing', () => expect(dayOf('2025-05-31T18:00:00Z')).toBe('2025-06-01'))
test('the days of several layers are put together, drafts have none', () => expect(daysOf([land, roads])).toEqual(['2025-06-01', '2026-01-01', '2026-06-01']))
test('a day has the version that was published by its end', () => {
  expect(versionOn(land, '2025-05-31')).toBe(0)
  expect(versionOn(land, '2025-06-01')).toBe(1)
  expect(versionOn(land, '2026-05-31')).toBe(1)
})
test('the newest is followed, not held', () => {
  expect(versionOn(land, '2026-06-01')).toBeUndefined()
  expect(versionOn(roads, '2026-06-01')).toBeUndefined()
  expect(versionOn(roads, '2025-12-31')).toBe(0)
  expect(versionOn([], '2026-01-01')).toBe(0)
})
