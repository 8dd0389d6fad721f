import { expect, test } from 'vitest'
import type { Layer } from '../api/types'
import { contentOfMap, fieldOf, idOf, movedLayer, nextId, readTags, sent, type ShownMap } from './content'

const layer = (id: string, more: Partial<Layer>) => ({ id, name: id, name_en: id, theme: 'water', department: '水务局', sensitivity: 'public', published_at: '2026-05-01T01:00:00Z', ...more }) as Layer
const map: ShownMap = {
  shown: [
    { id: 'division_town', opacity: 1 },
    { id: 'river', opacity: 0.5 },
    { id: 'old', opacity: 1, version: 0 },
  ],
  layers: new Map([
    ['division_town', layer('division_town', { theme: 'base', department: '民政局' })],
    ['river', layer('river', { name: '河流', name_en: 'Rivers' })],
  ]),
  fields: new Map(),
  bounds: [111.123456, 22, 112, 23],
}

test('a product of the view says what it is about', () => {
  expect(contentOfMap(map, '2026-11-30')).toMatchObject({
    title: '河流图',
    title_en: 'Rivers',
    theme: 'water',
    department: '水务局',
    data_date: '2026-05-01',
    layers: [{ id: 'division_town' }, { id: 'river', opacity: 0.5 }],
    extent: [111.1235, 22, 112, 23],
    update: { rule: 'follow' },
    secrecy: 'public',
    share: 'unconditional',
  })
})

test('secrecy is that of the strictest layer, and versions are kept', () => {
  const secret = { ...map, shown: [{ id: 'well', opacity: 1, version: 3 }], layers: new Map([['well', layer('well', { sensitivity: 'internal' })]]) }
  expect(contentOfMap(secret, '2026-11-30')).toMatchObject({ secrecy: 'internal', share: 'none', update: { rule: 'fixed', versions: { well: 3 } } })
})

test('ids', () => {
  expect(idOf('Rivers, reservoirs (2026)')).toBe('rivers-reservoirs-2026')
  expect(idOf('河流')).toBe('map')
  expect(nextId('rivers')).toBe('rivers-2')
  expect(nextId('rivers-9')).toBe('rivers-10')
})

test('members belong to fields', () => expect(['title', 'layers[2].filter', 'scales.finest', 'update.date', 'tags[1]'].map(fieldOf)).toEqual(['title', 'layers', 'scales', 'update', 'tags']))

test('tags, order and what is sent', () => {
  expect(readTags('河流，水系 河流')).toEqual(['河流', '水系'])
  expect(movedLayer([{ id: 'a' }, { id: 'b' }], 0, 1).map((l) => l.id)).toEqual(['b', 'a'])
  expect(sent({ ...contentOfMap(map, '2026-11-30'), approval_number: ' ', scales: { finest: 0, coarsest: 1000 }, conditions: 'x' })).not.toHaveProperty('conditions')
  expect(sent({ ...contentOfMap(map, '2026-11-30'), scales: { finest: 0, coarsest: 1000 } }).scales).toEqual({ coarsest: 1000 })
})
