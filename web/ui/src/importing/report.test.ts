import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, test } from 'vitest'
import type { Field } from '../api/types'
import { likeness, mapOf, rowsOf, sourcesOf } from './mapping'
import { boundsFor, csvOf, foundOf, marksOf, overlayOf } from './report'
import type { Report, RuleResult } from './types'

const rule = (id: string, level: 'error' | 'warning' | 'note', count: number, more: Partial<RuleResult> = {}) => ({ rule: { id, check: id, level }, title: id, title_en: id, count, refuses: false, examples: [], ...more }) as unknown as RuleResult
const report = (...rules: RuleResult[]) => ({ quality: { rules } }) as unknown as Report
const place = { lon: 112, lat: 23 }

describe('a report', () => {
  test('has the worst first, and of those the most frequent', () => {
    expect(foundOf(report(rule('a', 'note', 9), rule('b', 'error', 1), rule('c', 'error', 5), rule('d', 'warning', 0))).map((r) => r.rule.id)).toEqual(['c', 'b', 'a'])
  })
  test('has a mark for every fault with a place', () => {
    const r = report(rule('a', 'error', 3, { examples: [{ message: 'x', message_en: 'x', place }, { message: 'y', message_en: 'y' }] }))
    expect(marksOf(r).map((m) => [m.key, m.level])).toEqual([['a:0', 'error']])
  })
  test('is a table that a spreadsheet reads and does not run', () => {
    const r = report(rule('a', 'error', 1, { examples: [{ row: 3, field: 'f', value: '=1+1', message: 'says "no", twice', message_en: '', place }] }))
    const text = csvOf(r, ['h1', 'h2'], { level: (l) => l, title: (x) => x.title, message: (e) => e.message })
    expect(text).toBe(`\ufeffh1,h2\r\nerror,a,a,1,3,f,'=1+1,"says ""no"", twice",112,23\r\n`)
  })
  test('leads to the shape, or round the place', () => {
    expect(boundsFor({ type: 'LineString', coordinates: [[1, 2], [3, 4]] }, undefined)).toEqual([1, 2, 3, 4])
    expect(boundsFor(undefined, { message: '', message_en: '', place })).toEqual([111.998, 22.998, 112.002, 23.002])
    expect(boundsFor({ type: 'Point', coordinates: [1, 2] }, undefined)).toEqual([0.998, 1.998, 1.002, 2.002])
    expect(boundsFor(undefined, { message: '', message_en: '' })).toBeUndefined()
  })
  test('is drawn by layers that the map knows', () => {
    const difference = { layer: 'dltb', version: 3, base: 2, added: 1, removed: 0, changed: 0, changed_geometry: 0, changed_fields: 0, unchanged: 0, fields: null }
    const marks = marksOf(report(rule('a', 'warning', 1, { examples: [{ message: '', message_en: '', place }] })))
    const { sources, layers } = overlayOf({ origin: 'http://x', layer: 'dltb', version: 3, published: 2, difference, shown: { fresh: true, old: true, difference: true }, marks, picked: 'a:0', shape: { type: 'Point', coordinates: [112, 23] } })
    expect(validateStyleMin({ version: 8, sources, layers })).toEqual([])
    expect(new Set(layers.map((l) => ('source' in l ? l.source : '')))).toEqual(new Set(Object.keys(sources)))
    const none = overlayOf({ origin: 'http://x', layer: 'dltb', version: 3, published: 0, difference: undefined, shown: { fresh: false, old: true, difference: true }, marks: [], picked: '', shape: undefined })
    expect(Object.keys(none.sources)).toHaveLength(2)
  })
})

describe('the fields', () => {
  const field = (name: string, label: string) => ({ name, label, label_en: name.toUpperCase(), type: 'text' }) as Field
  const fields = [field('dlbm', '地类编码'), field('dlmc', '地类名称'), field('qsdwmc', '权属单位名称')]
  const of = { fields: [{ field: 'dlbm', label: '地类编码', source: 'DLBM', by: 'name' }], source_fields: ['DLBM', '地类名', '单位名称', 'X'], dropped_fields: [] }

  test('that nothing fills get the likeliest, each of the file once', () => {
    expect(rowsOf(fields, of).map((r) => [r.field.name, r.found, r.suggested])).toEqual([
      ['dlbm', 'DLBM', ''],
      ['dlmc', '', '地类名'],
      ['qsdwmc', '', '单位名称'],
    ])
  })
  test('of a report from before are those used and those dropped', () => expect(sourcesOf({ fields: of.fields, dropped_fields: ['Y'] })).toEqual(['DLBM', 'Y']))
  test('are told where they differ from what was found', () => {
    const rows = rowsOf(fields, of)
    expect(mapOf(rows, {})).toEqual({})
    expect(mapOf(rows, { dlmc: '地类名', dlbm: '' })).toEqual({ 地类名: 'dlmc', DLBM: '-' })
    expect(mapOf(rows, { dlbm: 'X', qsdwmc: 'DLBM' })).toEqual({ X: 'dlbm', DLBM: 'qsdwmc' })
  })
  test('are alike by what their names have in common', () => {
    expect(likeness('DL_BM', 'dlbm')).toBe(1)
    expect(likeness('权属单', '权属单位名称')).toBe(0.9)
    expect(likeness('面积', '权属')).toBe(0)
    expect(likeness('', 'x')).toBe(0)
  })
})
