import { expect, test } from 'vitest'
import type { Dictionary, Tally } from '../api/types'
import { amountText, byClass, byDivision } from './tally'

const dictionary: Dictionary = { id: 'd', name: '', name_en: '', entries: [{ code: '0101', name: '水田', name_en: 'Paddy', colour: '#ffffaa' }] }
const rows: Tally[] = [
  { division: '445302', name: '云城区', value: '0101', count: 2, area_m2: 2000 },
  { division: '445302', name: '云城区', value: null, count: 1, area_m2: 500 },
  { division: '445303', name: '云安区', value: '0101', count: 4, area_m2: 1000 },
  { division: '445321', name: '新兴县', value: '0301', count: 0, area_m2: 0 },
]
const zh = { dictionary, locale: 'zh', none: '无' } as const

test('classes are summed over divisions, the largest first, with their names and colours', () => {
  expect(byClass(rows, 'area', zh).map((b) => [b.label, b.value, b.colour])).toEqual([['水田', 3000, '#ffffaa'], ['无', 500, undefined]])
  expect(byClass(rows, 'count', { ...zh, locale: 'en' })[0]).toMatchObject({ label: 'Paddy', value: 6, text: '6' })
})
test('divisions are summed over classes, in their order', () => {
  expect(byDivision(rows, 'count', 'zh').map((b) => [b.label, b.value])).toEqual([['云城区', 3], ['云安区', 4]])
})
test('amounts are written in the units of the land office', () => {
  expect(amountText(2000, 'area', 'zh')).toBe('3.0 亩')
  expect(amountText(25_000, 'area', 'en')).toBe('2.50 ha')
  expect(amountText(1234, 'length', 'zh')).toBe('1.23 km')
  expect(amountText(1234, 'count', 'zh')).toBe('1,234')
})
