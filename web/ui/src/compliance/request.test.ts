import { describe, expect, test } from 'vitest'
import { formOf, lackOf, mostBytes, statedM2, type Wish } from './request'

const file = (name: string, text = '{}') => new File([text], name)
const corners = [
  { lon: 112, lat: 22.9 },
  { lon: 112.01, lat: 22.9 },
  { lon: 112.01, lat: 22.91 },
]
const wish = (over: Partial<Wish> = {}): Wish => ({ source: 'file', file: file('红线.geojson'), drawn: [], ruleSet: 'forest_use', name: '', stated: '', unit: 'm2', crs: '', swapAxes: false, ...over })

describe('a check that cannot be sent says why', () => {
  test.each<[string, Partial<Wish>]>([
    ['file', { file: undefined }],
    ['kind', { file: file('红线.dwg') }],
    ['empty', { file: file('红线.kml', '') }],
    ['polygon', { source: 'draw', drawn: corners.slice(0, 2) }],
    ['ruleSet', { ruleSet: '' }],
    ['stated', { stated: '两亩' }],
    ['stated', { stated: '0' }],
  ])('%s', (lack, over) => expect(lackOf(wish(over))).toBe(lack))
  test('a file that the server would refuse is not sent', () => {
    const large = file('a.zip')
    Object.defineProperty(large, 'size', { value: mostBytes + 1 })
    expect(lackOf(wish({ file: large }))).toBe('large')
  })
  test.each(['a.GEOJSON', 'a.json', 'a.zip', 'a.TXT', 'a.kml', 'a.dxf'])('%s can be sent', (name) => expect(lackOf(wish({ file: file(name) }))).toBeUndefined())
})

test('a stated area is m², 亩 or 公顷', () => {
  expect(statedM2({ stated: '1,234.5', unit: 'm2' })).toBe(1234.5)
  expect(statedM2({ stated: '3', unit: 'mu' })).toBeCloseTo(2000, 9)
  expect(statedM2({ stated: ' 2.5 ', unit: 'ha' })).toBe(25000)
  expect(['', '-1', '1e3', '0x10', '1.2.3', '99999999999999'].map((stated) => statedM2({ stated, unit: 'm2' }))).toEqual(Array(6).fill(undefined))
})

describe('the form', () => {
  test('has only what was said', () => {
    expect([...formOf(wish()).keys()]).toEqual(['rule_set', 'file'])
    expect([...formOf(wish({ name: ' 一期 ', stated: '15', unit: 'mu', crs: 'EPSG:4546', swapAxes: true })).entries()].filter(([k]) => k !== 'file')).toEqual([
      ['rule_set', 'forest_use'],
      ['name', '一期'],
      ['stated_m2', String((15 * 2000) / 3)],
      ['crs', 'EPSG:4546'],
      ['swap_axes', 'true'],
    ])
  })
  test('carries a polygon that was drawn, closed, and no file', () => {
    const form = formOf(wish({ source: 'draw', drawn: corners, crs: 'EPSG:4546' }))
    expect([...form.keys()]).toEqual(['rule_set', 'redline'])
    expect(JSON.parse(form.get('redline') as string)).toEqual({ type: 'Polygon', coordinates: [[[112, 22.9], [112.01, 22.9], [112.01, 22.91], [112, 22.9]]] })
  })
})
