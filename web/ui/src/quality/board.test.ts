import { expect, test } from 'vitest'
import { dayText, lineOf, ordered, shownOf, trendOf } from './board'
import type { Card } from './types'

const card = (layer: string, points: (number | null)[], published: number | null, due: string | null = null): Card =>
  ({ layer, name: layer, published_version: published, freshness: { due_at: due }, versions: points.map((p, i) => ({ version: points.length - i, points: p })) }) as unknown as Card

test('a card is about what is published, or else about the newest', () => {
  expect(shownOf(card('a', [50, 90], 1))?.points).toBe(90)
  expect(shownOf(card('a', [50, 90], null))?.points).toBe(50)
  expect(shownOf(card('a', [], null))).toBeUndefined()
})

test('the worst come first, those that were not measured last', () => {
  const cards = [card('good', [99], 1, '2027-01-01T00:00:00Z'), card('none', [null], 1), card('bad', [40], 1, '2026-01-01T00:00:00Z')]
  expect(ordered(cards, 'points').map((c) => c.layer)).toEqual(['bad', 'good', 'none'])
  expect(ordered(cards, 'due').map((c) => c.layer)).toEqual(['bad', 'good', 'none'])
  expect(ordered(cards, 'name').map((c) => c.layer)).toEqual(['bad', 'good', 'none'])
})

test('a trend goes from the oldest version to the newest', () => {
  const trend = trendOf(card('a', [100, null, 0], 3))
  expect(trend).toEqual([{ version: 1, points: 0 }, { version: 3, points: 100 }])
  expect(lineOf(trend, 60, 20)).toBe('0.0,19.0 60.0,1.0')
  expect(lineOf([{ points: 50 }], 60, 20)).toBe('0,10.0 60,10.0')
  expect(lineOf([], 60, 20)).toBe('')
})

test('days are those of Beijing', () => expect([dayText('2026-01-01T16:00:00Z'), dayText(null)]).toEqual(['2026-01-02', '']))
