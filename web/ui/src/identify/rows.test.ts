import { describe, expect, test } from 'vitest'
import type { Dictionary, Field, MapFeature } from '../api/types'
import type { Details } from '../catalogue/details'
import { rowsOf, titleOf, valueText } from './rows'

const zh = { locale: 'zh', yes: '是', no: '否' } as const
const en = { locale: 'en', yes: 'yes', no: 'no' } as const
const classes: Dictionary = { id: 'land_class', name: '', name_en: '', entries: [{ code: '0101', name: '水田', name_en: 'Paddy' }, { code: '农用地', name: '农用地' }] }
const field = (more: Partial<Field>): Field => ({ name: 'f', label: '字段', label_en: 'Field', type: 'text', ...more })

describe('values', () => {
  const cases: Record<string, [unknown, Field, Dictionary | undefined, string]> = {
    'a code has its name': ['0101', field({}), classes, '水田 (0101)'],
    'a code that is its own name is said once': ['农用地', field({}), classes, '农用地'],
    'a code that the dictionary lacks stands as it is': ['9999', field({}), classes, '9999'],
    'a number has its unit': [12.5, field({ type: 'real', unit: 'm²' }), undefined, '12.5 m²'],
    'a decimal number keeps its places': [12.5, field({ type: 'decimal', scale: 2 }), undefined, '12.50'],
    'a decimal that came as text is not rounded': ['123456789.10', field({ type: 'decimal', scale: 2, unit: 'm²' }), undefined, '123456789.10 m²'],
    'a year has no thousands separator': [2024, field({ type: 'integer' }), undefined, '2024'],
    'yes and no in words': [false, field({ type: 'boolean' }), undefined, '否'],
    'nothing is nothing': [null, field({}), classes, ''],
  }
  for (const [sentence, [value, f, dictionary, want]] of Object.entries(cases)) test(sentence, () => expect(valueText(value, f, dictionary, zh)).toBe(want))
  test('English names where there are some', () => expect(valueText('0101', field({}), classes, en)).toBe('Paddy (0101)'))
})

const details = {
  layer: { label_field: 'name', key: ['code'], fields: [field({ name: 'code', label: '代码' }), field({ name: 'name', label: '名称' })] },
  dictionaries: new Map(),
} as unknown as Details
const feature = (properties: Record<string, unknown>): MapFeature => ({ type: 'Feature', id: 7, geometry: null, properties })

test('rows follow the layer and leave out what is empty or not a field', () => {
  expect(rowsOf(feature({ name: '', code: 'A1', extra: 1 }), details, zh)).toEqual([{ field: 'code', label: '代码', value: 'A1' }])
})

test('a feature is called by its label, else its key, else its number', () => {
  expect(titleOf(feature({ name: '榃滨镇', code: 'A1' }), details, zh)).toBe('榃滨镇')
  expect(titleOf(feature({ code: 'A1' }), details, zh)).toBe('A1')
  expect(titleOf(feature({}), details, zh)).toBe('#7')
  expect(titleOf(feature({}), undefined, zh)).toBe('#7')
})
