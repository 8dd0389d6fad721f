import { expect, test } from 'vitest'
import { anyChoice, chosen, scalesText, yearsOf } from './gallery'
import { addressesOf } from './server'
import type { Content, Product } from './types'

const product = (id: string, content: Partial<Content>, more: Partial<Product> = {}) =>
  ({ id, state: 'published', from: null, changed_at: '2026-01-01', content: { title: id, title_en: '', text: '', department: '', source: '', data_date: '2025', theme: '', tags: [], scales: {}, ...content }, ...more }) as Product

const all = [
  product('a', { title: '永久基本农田分布图', theme: 'land', data_date: '2025-12-31', tags: ['耕地保护'] }, { from: '2026-02-01' }),
  product('b', { title: '水系图', theme: 'water', data_date: '2024', department: '云浮市水务局' }, { from: '2026-03-01' }),
  product('c', { title: '草稿', theme: 'water' }, { state: 'draft' }),
]
const ids = (products: Product[]) => products.map((p) => p.id).join('')

test('products are found by theme, year, state and words', () => {
  expect(ids(chosen(all, anyChoice))).toBe('bac')
  expect(ids(chosen(all, { ...anyChoice, theme: 'water' }))).toBe('bc')
  expect(ids(chosen(all, { ...anyChoice, year: '2025' }))).toBe('ac')
  expect(ids(chosen(all, { ...anyChoice, state: 'draft' }))).toBe('c')
  expect(ids(chosen(all, { ...anyChoice, text: '耕地 农田' }))).toBe('a')
  expect(ids(chosen(all, { ...anyChoice, text: '水务' }))).toBe('b')
  expect(ids(chosen(all, { ...anyChoice, sort: 'year' }))).toBe('acb')
})

test('years and scales', () => {
  expect(yearsOf(all)).toEqual(['2025', '2024'])
  expect(scalesText(product('x', { scales: { finest: 1000, coarsest: 500_000 } }).content)).toBe('1:1 000–1:500 000')
  expect(scalesText(product('x', {}).content)).toBe('')
})

test('addresses of services are whole', () => expect(Object.fromEntries(addressesOf('land-use', 'http://h'))).toMatchObject({ page: 'http://h/services/land-use/', xyz: 'http://h/services/land-use/wmts/land-use/default/w/{z}/{y}/{x}.png' }))
