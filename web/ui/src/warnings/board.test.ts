import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, test } from 'vitest'
import { drawSymbol } from '../map/symbols'
import { bodyOf, divisionsOf, emptyWish, iconOf, inputOf, instantOf, inView, lackOf, looks, overlayOf, sorted, wishOf } from './board'
import type { Warning } from './types'

const square = (x: number, y: number, half: number): GeoJSON.MultiPolygon => ({ type: 'MultiPolygon', coordinates: [[[[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half], [x - half, y - half]]]] })
const warning = (id: number, colour: string) => ({ id, colour, headline: `预警${id}`, area: square(112, 23, 0.1) }) as unknown as Warning

describe('warnings', () => {
  test('differ by shape and pattern, not by colour alone', () => {
    expect(new Set(Object.values(looks).map((l) => l.shape)).size).toBe(4)
    expect(new Set(Object.values(looks).map((l) => l.pattern.replace(/#\w+/, ''))).size).toBe(4)
    for (const [colour, look] of Object.entries(looks)) expect([drawSymbol(look.pattern, 1), drawSymbol(iconOf(colour), 1)]).not.toContain(undefined)
  })
  test('are drawn as MapLibre takes it, the gravest above', () => {
    const overlay = overlayOf([warning(1, 'red'), warning(2, 'blue')], 1)
    expect(validateStyleMin({ version: 8, sources: overlay?.sources, layers: overlay?.layers, 'font-faces': { 'Yunfu Sans': 'https://x/a.woff2' } } as never).map((e) => e.message)).toEqual([])
    const data = (overlay?.sources['panel:warnings'] as { data: GeoJSON.FeatureCollection }).data
    expect(data.features.map((f) => f.properties?.id as number)).toEqual([2, 1])
    expect(overlayOf([], undefined)).toBeUndefined()
    expect(sorted([warning(1, 'blue'), warning(3, 'red'), warning(2, 'red')]).map((w) => w.id)).toEqual([3, 2, 1])
  })
  test('are in view when any of their area is', () => {
    const area = square(112, 23, 0.1)
    expect(inView(area, [111.8, 22.8, 112.2, 23.2])).toBe(true) // all of it
    expect(inView(area, [111.99, 22.99, 112.01, 23.01])).toBe(true) // the view lies within
    expect(inView(area, [111, 22.95, 113, 23.05])).toBe(true) // only edges cross
    expect(inView(area, [112.2, 23.2, 112.4, 23.4])).toBe(false)
    expect(inView(undefined, [0, 0, 1, 1])).toBe(false)
  })
  test('are sent with times of Beijing, codes of both kinds and a closed ring', () => {
    const wish = { ...emptyWish(new Date('2026-05-01T00:30:00Z')), headline: ' 暴雨 ', text: 't', issuer: 'i', divisions: ['445302'], codes: '445302001、445302' }
    expect([wish.from, wish.to]).toEqual(['2026-05-01T08:30', '2026-05-02T08:30'])
    const body = bodyOf(wish, [{ lon: 112, lat: 23 }, { lon: 112.1, lat: 23 }, { lon: 112, lat: 23.1 }])
    expect(body).toMatchObject({ headline: '暴雨', valid_from: '2026-05-01T08:30:00+08:00', divisions: ['445302', '445302001'], polygon: { coordinates: [[[112, 23], [112.1, 23], [112, 23.1], [112, 23]]] } })
    expect(bodyOf(wish, []).polygon).toBeUndefined()
    expect(inputOf(instantOf('2026-05-01T08:30'))).toBe('2026-05-01T08:30')
  })
  test('lack what they lack', () => {
    const whole = { ...emptyWish(new Date()), headline: 'h', text: 't', issuer: 'i', divisions: ['4453'] }
    expect(lackOf(whole, false)).toBeUndefined()
    expect(lackOf({ ...whole, divisions: [] }, false)).toBe('area')
    expect(lackOf({ ...whole, divisions: [] }, true)).toBeUndefined()
    expect(lackOf({ ...whole, to: whole.from }, false)).toBe('times')
    expect(lackOf({ ...whole, text: ' ' }, false)).toBe('text')
  })
  test('that are changed come into the form as they are', () => {
    const wish = wishOf({ ...warning(1, 'red'), divisions: ['445302', '445302001001'], valid_from: '2026-05-01T00:00:00Z', valid_to: '2026-05-02T00:00:00Z' } as Warning, new Set(['445302']))
    expect([wish.divisions, wish.codes, wish.from]).toEqual([['445302'], '445302001001', '2026-05-01T08:00'])
    expect(divisionsOf(wish)).toEqual(['445302', '445302001001'])
  })
})
