import { expect, test } from 'vitest'
import { areaParts, codeForm, countText, dangerLayers, emptyLayers, lengthText, shelves } from './cell'
import type { LayerCount, Summary } from './types'

const layer = (id: string, theme: string, count: number) => ({ layer: id, theme, count }) as LayerCount
const all = [layer('dltb', 'natural_resources', 12), layer('road', 'base', 3), layer('geohazard_point', 'hazards', 1), layer('shelter', 'hazards', 0)]
const themes = [{ id: 'base', name: '基础', name_en: 'Base' }, { id: 'natural_resources', name: '自然', name_en: 'N' }, { id: 'hazards', name: '灾害', name_en: 'H' }, { id: 'housing', name: '住建', name_en: 'H' }]

test('what a cell has stands on the shelves of the themes, in their order', () => {
  expect(shelves(all, themes).map((s) => [s.theme.id, s.layers.map((l) => l.layer)])).toEqual([['base', ['road']], ['natural_resources', ['dltb']], ['hazards', ['geohazard_point']]])
  expect(emptyLayers({ layers: all } as Summary).map((l) => l.layer)).toEqual(['shelter'])
  expect(dangerLayers(all)).toEqual(['geohazard_point'])
})

test('amounts are told in the units of the office', () => {
  expect(areaParts(123456.7)).toEqual({ ha: '12.3457', mu: '185.19' })
  expect([lengthText(1234.56), countText(12345)]).toEqual(['1,234.6', '12,345'])
})

test('codes are of digits', () => expect(['4453', '44530200100101001', '445', 'x44530200', '445302001001010011'].map((c) => codeForm.test(c))).toEqual([true, true, false, false, false]))
