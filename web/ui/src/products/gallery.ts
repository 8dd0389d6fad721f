// Which products the gallery shows, and in which order.
import { scaleText } from '../print/request'
import type { Content, Product } from './types'

export interface Choice {
  theme: string
  year: string
  state: string
  text: string
  sort: 'newest' | 'title' | 'year'
}

export const anyChoice: Choice = { theme: '', year: '', state: '', text: '', sort: 'newest' }

export function yearOf({ data_date }: Content): string {
  return data_date.slice(0, 4)
}

export function yearsOf(products: readonly Product[]): string[] {
  return [...new Set(products.map((p) => yearOf(p.content)))].filter(Boolean).sort().reverse()
}

/** Every word that was typed is found somewhere in what the product says. */
function answersTo({ id, content: c }: Product, text: string): boolean {
  const said = [id, c.title, c.title_en, c.text, c.text_en ?? '', c.department, c.source, c.data_date, c.approval_number ?? '', ...c.tags].join(' ').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word))
}

export function chosen(products: readonly Product[], { theme, year, state, text, sort }: Choice): Product[] {
  const found = products.filter((p) => (!theme || p.content.theme === theme) && (!year || yearOf(p.content) === year) && (!state || p.state === state) && answersTo(p, text.trim()))
  const byTitle = (a: Product, b: Product) => a.content.title.localeCompare(b.content.title, 'zh-CN')
  const newest = (p: Product) => p.from ?? p.changed_at
  const orders = {
    title: byTitle,
    newest: (a: Product, b: Product) => newest(b).localeCompare(newest(a)) || byTitle(a, b),
    year: (a: Product, b: Product) => b.content.data_date.localeCompare(a.content.data_date) || byTitle(a, b),
  }
  return found.sort(orders[sort])
}

/** The scales that a product is shown at, "1:1 000–1:500 000"; "" is any. */
export function scalesText({ scales: { finest, coarsest } }: Content): string {
  if (!finest && !coarsest) return ''
  return [finest, coarsest].map((s) => (s ? scaleText(s) : '…')).join('–')
}
