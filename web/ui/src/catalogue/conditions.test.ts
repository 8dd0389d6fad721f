import { featureFilter } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, test } from 'vitest'
import type { Field } from '../api/types'
import { filterOf, isComplete, readConditions, testsFor, type Condition } from './conditions'

const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({ name, label: name, label_en: name, type, in_tiles: true, ...more })
const fields = [field('code', 'text'), field('area', 'decimal'), field('year', 'integer'), field('open', 'boolean'), field('hidden', 'text', { in_tiles: false })]

/** What MapLibre itself makes of the filter. */
function passes(condition: Condition, properties: Record<string, unknown>): boolean {
  const filter = filterOf([condition], fields)
  return featureFilter(filter as never, 'layers[0].filter').filter({ zoom: 10 }, { type: 1, properties } as never)
}

describe('conditions on the map', () => {
  const feature = { code: 'A0101', area: 12.5, year: 2024, open: true }
  const cases: Record<string, [Condition, object, boolean]> = {
    'equal texts': [['code', '=', 'A0101'], feature, true],
    'other texts': [['code', '!=', 'A0101'], feature, false],
    'nothing differs from a value': [['code', '!=', 'x'], {}, true],
    'one of several': [['code', 'in', ['x', 'A0101']], feature, true],
    'a part, whatever the case': [['code', 'contains', 'a01'], feature, true],
    'a beginning': [['code', 'begins', 'A0'], feature, true],
    'not a beginning': [['code', 'begins', '01'], feature, false],
    'a number above': [['area', '>', '12'], feature, true],
    'a number that tiles carry as text': [['area', '>=', '12.5'], { area: '12.50' }, true],
    'nothing is not below a number': [['area', '<', '12'], {}, false],
    'nothing does not equal zero': [['area', '=', '0'], {}, false],
    'nothing is other than a number': [['area', '!=', '0'], {}, true],
    'numbers among others': [['year', 'in', ['2023', '2024']], feature, true],
    'yes': [['open', 'in', ['true']], feature, true],
    'empty': [['code', 'empty'], {}, true],
    'filled': [['code', 'filled'], feature, true],
  }
  for (const [sentence, [condition, properties, want]] of Object.entries(cases)) test(sentence, () => expect(passes(condition, properties as never)).toBe(want))
  test('on fields that tiles lack filter nothing', () => expect(filterOf([['hidden', '=', 'x'], ['unknown', '=', 'x']], fields)).toBeUndefined())
  test('that are not complete filter nothing', () => expect(filterOf([['area', '>', 'x'], ['code', '=', '']], fields)).toBeUndefined())
})

test('conditions from an address are bounded, and what is not understood is left out', () => {
  expect(readConditions([['code', '=', 'x'], ['Code"', '=', 'x'], ['code', 'like', 'x'], ['code', 'empty', 'x'], 'no', ['year', '>', 2000], ['code', '=', {}]])).toEqual([['code', '=', 'x'], ['code', 'empty'], ['year', '>', '2000']])
  expect(readConditions(Array.from({ length: 50 }, () => ['code', '=', 'y'.repeat(999)]))).toHaveLength(12)
  expect(readConditions({})).toEqual([])
})

test('each kind of field has its tests, and a condition needs a value of its type', () => {
  expect(testsFor(field('c', 'text', { dictionary: 'd' }))[0]).toBe('in')
  expect(testsFor(field('c', 'real'))).toContain('>=')
  expect(isComplete(['area', '<', 'abc'], fields[1])).toBe(false)
  expect(isComplete(['area', 'empty'], fields[1])).toBe(true)
  expect(isComplete(['code', 'in', []], fields[0])).toBe(false)
  expect(isComplete(['gone', '=', 'x'], undefined)).toBe(false)
})
