import { expect, test } from 'vitest'
import type { Field } from '../api/types'
import { browserDpi, firstSettings, papers, previewDpi, readScale, scaleFor, scaleText, sheetBody, type View } from './request'

const view: View = {
  shown: [
    { id: 'dltb', opacity: 0.6, version: 2, where: [['dlbm', '=', '0101']] },
    { id: 'gone', opacity: 1, version: 0 },
    { id: 'road', opacity: 1 },
  ],
  ownOrder: true,
  fields: new Map([['dltb', [{ name: 'dlbm', type: 'text', in_tiles: true } as Field]]]),
  drawings: [{ id: '1', name: '点', geometry: { type: 'Point', coordinates: [112, 23] } }],
}
const centre = { lon: 112.04, lat: 22.93 }

test('the body is what the map shows', () => {
  expect(sheetBody(firstSettings(50_000), view, centre, 'pdf')).toMatchObject({
    layers: ['dltb@2', 'road'],
    base: false,
    own_order: true,
    views: [{ layer: 'dltb', opacity: 0.6, filter: ['all', ['==', ['to-string', ['get', 'dlbm']], '0101']] }],
    drawings: [{ name: '点' }],
    scale: 50_000,
    centre: [112.04, 22.93],
    orientation: 'landscape',
  })
})

test('what is switched off and what is written', () => {
  const s = firstSettings(5000)
  const body = sheetBody({ ...s, shown: { ...s.shown, legend: false, grid: false }, title: ' 榃滨镇 ', columns: 2, rows: 3 }, view, centre, 'svg')
  expect(body).toMatchObject({ without: ['legend'], grid: 'none', title: '榃滨镇', series: { by: 'grid', columns: 2, rows: 3 }, format: 'svg' })
  expect(body).not.toHaveProperty('approval')
})

test('a product has its own layers', () => {
  const body = sheetBody(firstSettings(5000), { ...view, product: { id: 'land-use', version: 3 } }, centre, 'png')
  expect(body).toMatchObject({ product: 'land-use', version: 3 })
  expect(body).not.toHaveProperty('layers')
})

test.each([
  ['1:50000', 50_000],
  ['1：5万', 50_000],
  ['50 000', 50_000],
  ['1:2,500', 2500],
  ['12345.5', 12_345.5],
  ['10', undefined],
  ['1:', undefined],
  ['很大', undefined],
])('the scale %s', (text, want) => expect(readScale(text)).toBe(want))

test('scales and resolutions', () => {
  expect(scaleText(1_250_000)).toBe('1:1 250 000')
  expect(scaleFor(20_000)).toBe(50_000)
  expect(scaleFor(1)).toBe(500)
  expect(previewDpi('A4', true)).toBe(77)
  expect(previewDpi('A0', true)).toBe(36)
  for (const paper of Object.keys(papers) as (keyof typeof papers)[]) {
    const [w, h] = papers[paper]
    expect((w * h * browserDpi(paper) ** 2) / 25.4 ** 2).toBeLessThanOrEqual(30e6)
  }
})
