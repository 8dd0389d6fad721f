import { describe, expect, test } from 'vitest'
import { areaTexts, momentText, outcomeOf, overlayOf, piecesOf, roomFor, shareText, statedAgrees, sumCheck } from './result'
import type { Answer, Finding, Piece } from './types'

const square: GeoJSON.Polygon = { type: 'Polygon', coordinates: [[[112, 22.9], [112.01, 22.9], [112.01, 22.91], [112, 22.9]]] }
const size = (m2: number) => ({ m2, mu: (m2 * 3) / 2000, hectares: m2 / 10000 })
const piece = (over: Partial<Piece> = {}): Piece => ({ fid: 7, properties: { name: '大金山' }, geometry: square, area: size(2000), share: 0.2, ...over })
const finding = (over: Partial<Finding> = {}): Finding => ({
  id: 'farmland', layer: 'yjjbnt', name: '永久基本农田', name_en: 'Farmland', relation: 'overlaps', basis: '', advice: '', advice_en: '', layer_name: '', layer_name_en: '',
  finding: 'prohibited', finding_name: '禁止', finding_name_en: 'Prohibited', count: 1, share: 0.2, area: size(2000), pieces: [piece()], ...over,
})
const answer = (over: Partial<Answer> = {}): Answer => ({
  id: 'a', asked_at: '', asked_by: '', name: '', rule_set: { id: '', version: '', name: '', name_en: '', source: '' }, layers: [], synthetic: false,
  input: { format: '', crs: '', crs_name: '', parts: 1, holes: 0, vertices: 4, notes: [] }, question_hash: '', answer_hash: '', area: size(10000), redline: square,
  verdict: 'prohibited', verdict_name: '', verdict_name_en: '', findings: [finding()], land_classes: null, ...over,
})

describe('what became of a layer', () => {
  test.each<[string, Partial<Finding>]>([
    ['taken', {}],
    ['taken', { finding: 'notice' }],
    ['clear', { finding: 'compliant', pieces: [] }],
    ['verify', { finding: 'unchecked', pieces: [] }],
    ['verify', { finding: 'compliant', within_tolerance: true }],
    ['verify', { finding: 'restricted', relation: 'near' }],
    ['clear', { finding: 'compliant', relation: 'near', pieces: [] }],
    ['outside', { finding: 'restricted', relation: 'within' }],
    ['inside', { finding: 'compliant', relation: 'within' }],
  ])('%s', (outcome, over) => expect(outcomeOf(finding(over))).toBe(outcome))
})

describe('the pieces', () => {
  test('are called as the layer labels them, or else by number', () => {
    expect(piecesOf(finding(), 'name')[0]).toMatchObject({ key: 'farmland:0', title: '大金山', share: 0.2 })
    expect(piecesOf(finding(), 'other')[0]?.title).toBe('#7')
    expect(piecesOf(finding({ pieces: [piece({ properties: null })] }), 'name')[0]?.title).toBe('#7')
  })
  test('of a rule that asks to be within are what lies outside, and nothing where all is inside', () => {
    expect(piecesOf(finding({ relation: 'within', outside: square })).map((p) => [p.key, p.outside, p.size?.m2])).toEqual([['farmland:outside', true, 2000]])
    expect(piecesOf(finding({ relation: 'within', finding: 'compliant' }))).toEqual([])
  })
  test('of lines and of what is near have metres instead of areas', () => {
    const [line] = piecesOf(finding({ pieces: [piece({ area: undefined, length_m: 12.5 })] }))
    expect(line).toMatchObject({ size: undefined, lengthM: 12.5 })
    const [near] = piecesOf(finding({ relation: 'near', pieces: [piece({ area: undefined, distance_m: 0 })] }))
    expect(near?.distanceM).toBe(0)
  })
  test('are drawn under the key of their row, the picked one last', () => {
    const a = answer({ findings: [finding({ pieces: [piece(), piece(), piece({ geometry: null })] })] })
    const source = overlayOf(a, 'farmland:0').sources['panel:compliance']
    const data = (source as { data: GeoJSON.FeatureCollection }).data
    expect(data.features.map((f) => [f.properties?.key, f.properties?.picked])).toEqual([['farmland:1', false], ['farmland:0', true]])
  })
})

describe('the sum of the land classes', () => {
  const land = (sum_m2: number, overlapping_m2?: number) => answer({ land_classes: { version: 1, classes: [], groups: [], uncovered: size(0), sum_m2, overlapping_m2 } })
  test('agrees with the red line up to rounding', () => {
    expect(sumCheck(land(10000.004))?.agrees).toBe(true)
    expect(sumCheck(land(9999.5))).toMatchObject({ agrees: false, differenceM2: -0.5 })
  })
  test('may be more by what features cover twice', () => {
    expect(sumCheck(land(10030, 30))).toMatchObject({ agrees: true, overlappingM2: 30 })
    expect(sumCheck(land(10030))?.agrees).toBe(false)
  })
  test('is not there without land classes', () => expect(sumCheck(answer())).toBeUndefined())
  test('a stated area may be 1 ‰ off', () => expect([0.001, -0.001, 0.0011].map(statedAgrees)).toEqual([true, true, false]))
})

test('what is zoomed to stands beside the panel where there is room', () => expect([1046, 600].map((w) => roomFor(w).right)).toEqual([560, 60]))

test('figures are written whole', () => {
  expect(areaTexts(size(1234567.891))).toEqual({ m2: '1,234,567.89', mu: '1,851.852', ha: '123.4568' })
  expect([0, 0.00001, 0.2345, 1].map(shareText)).toEqual(['0.00 %', '< 0.01 %', '23.45 %', '100.00 %'])
  expect(momentText('2026-11-30T05:06:07.123456Z')).toMatch(/^2026-(11-30|12-01|11-29) \d\d:\d\d:07$/)
  expect(momentText('soon')).toBe('soon')
})
