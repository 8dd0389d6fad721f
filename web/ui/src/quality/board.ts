// What the quality page decides: which version a card is about, the order of the
// table, and the line of a trend.
import type { Card, Version } from './types'

/** The published version, or else the newest, as the server's table has it. */
export function shownOf(card: Card): Version | undefined {
  return card.versions.find((v) => v.version === card.published_version) ?? card.versions[0]
}

export type Order = 'points' | 'name' | 'due'

/** What needs somebody's care comes first: the fewest points, or the longest overdue. */
export function ordered(cards: readonly Card[], order: Order): Card[] {
  const points = (c: Card) => shownOf(c)?.points ?? 101
  const due = (c: Card) => (c.freshness.due_at ? Date.parse(c.freshness.due_at) : Infinity)
  const compare: Record<Order, (a: Card, b: Card) => number> = { points: (a, b) => points(a) - points(b), due: (a, b) => due(a) - due(b), name: (a, b) => a.name.localeCompare(b.name, 'zh') }
  return [...cards].sort((a, b) => compare[order](a, b) || a.layer.localeCompare(b.layer))
}

/** Points of the versions, the oldest first. */
export function trendOf(card: Card): { version: number; points: number }[] {
  return card.versions.flatMap((v) => (v.points === null ? [] : [{ version: v.version, points: v.points }])).reverse()
}

/** A line of that width and height for points from 0 to 100; one version is a dash. */
export function lineOf(trend: readonly { points: number }[], width: number, height: number): string {
  if (trend.length === 0) return ''
  const y = (points: number) => (1 + (1 - points / 100) * (height - 2)).toFixed(1)
  const [only] = trend
  if (trend.length === 1 && only) return `0,${y(only.points)} ${width},${y(only.points)}`
  return trend.map(({ points }, i) => `${((i / (trend.length - 1)) * width).toFixed(1)},${y(points)}`).join(' ')
}

/** The day in Beijing, or "" . */
export function dayText(moment: string | null): string {
  return moment ? new Date(new Date(moment).getTime() + 8 * 3600_000).toISOString().slice(0, 10) : ''
}
