// Sums of a summary: by class and by division, for charts and for a file.
import type { Dictionary, Tally } from '../api/types'
import { valueName } from '../catalogue/conditions'
import type { Bar } from '../charts/BarChart.vue'
import { squareMetresPerMu } from '../map/measures'

export const amounts = ['count', 'area', 'length'] as const
export type Amount = (typeof amounts)[number]

export function amountOf(tally: Tally, amount: Amount): number {
  if (amount === 'count') return tally.count
  return (amount === 'area' ? tally.area_m2 : tally.length_m) ?? 0
}

/** An amount in words: areas in 亩 or hectares, lengths in kilometres. */
export function amountText(n: number, amount: Amount, locale: 'zh' | 'en'): string {
  const text = (value: number, digits: number) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  if (amount === 'count') return text(n, 0)
  if (amount === 'length') return `${text(n / 1000, 2)} km`
  return locale === 'zh' ? `${text(n / squareMetresPerMu, 1)} 亩` : `${text(n / 10000, 2)} ha`
}

export interface Naming {
  dictionary: Dictionary | undefined
  locale: 'zh' | 'en'
  /** What stands for no value. */
  none: string
}

/** A bar for each class, the largest first. */
export function byClass(rows: readonly Tally[], amount: Amount, { dictionary, locale, none }: Naming): Bar[] {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(row.value ?? '', (sums.get(row.value ?? '') ?? 0) + amountOf(row, amount))
  return [...sums]
    .filter(([, value]) => value > 0)
    .map(([key, value]) => ({ key, label: key === '' ? none : valueName(key, dictionary, locale), value, text: amountText(value, amount, locale), colour: dictionary?.entries.find((e) => e.code === key)?.colour }))
    .sort((a, b) => b.value - a.value)
}

/** A bar for each division, in the order of the summary, which is that of codes. */
export function byDivision(rows: readonly Tally[], amount: Amount, locale: 'zh' | 'en'): Bar[] {
  const bars = new Map<string, Bar>()
  for (const row of rows) {
    const bar = bars.get(row.division) ?? { key: row.division, label: row.name || row.division, value: 0, text: '' }
    bar.value += amountOf(row, amount)
    bars.set(row.division, bar)
  }
  return [...bars.values()].filter((b) => b.value > 0).map((b) => ({ ...b, text: amountText(b.value, amount, locale) }))
}
