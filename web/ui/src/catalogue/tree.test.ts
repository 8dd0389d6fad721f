import { describe, expect, test } from 'vitest'
import type { Catalogue, Layer } from '../api/types'
import { keyAction, matches, visibleNodes, type TreeNode } from './tree'

function layer(id: string, theme: string, name: string, more: Partial<Layer> = {}): Layer {
  return {
    id,
    theme,
    name,
    name_en: id.toUpperCase(),
    geometry: 'polygon',
    min_zoom: 8,
    max_zoom: 14,
    sensitivity: 'public',
    department: '自然资源局',
    source: '',
    label_field: '',
    published_version: 1,
    published_at: null,
    feature_count: 1,
    bounds: null,
    synthetic: true,
    tilejson: '',
    ...more,
  }
}

const catalogue: Catalogue = {
  synthetic: true,
  themes: [
    { id: 'land', name: '自然资源', name_en: 'Land' },
    { id: 'water', name: '水利', name_en: 'Water' },
    { id: 'empty', name: '空', name_en: 'Empty' },
  ],
  layers: [layer('dltb', 'land', '地类图斑'), layer('stbhhx', 'land', '生态保护红线', { published_version: null }), layer('river', 'water', '河流', { department: '水务局' })],
}

const open = new Set<string>()
const rows = (search: string, closed = open) => visibleNodes(catalogue, search, closed, new Set(['dltb']))
const keys = (nodes: TreeNode[]) => nodes.map((n) => n.key)

describe('rows', () => {
  test('themes without layers are not listed', () => expect(keys(rows(''))).toEqual(['theme:land', 'dltb', 'stbhhx', 'theme:water', 'river']))
  test('a closed theme hides its layers', () => expect(keys(rows('', new Set(['land'])))).toEqual(['theme:land', 'theme:water', 'river']))
  test('a search opens closed themes and drops the others', () => expect(keys(rows('红线', new Set(['land'])))).toEqual(['theme:land', 'stbhhx']))
  test('positions count among siblings', () => expect(rows('').map((n) => `${n.position}/${n.siblings}`)).toEqual(['1/2', '1/2', '2/2', '2/2', '1/1']))
  test('a theme counts what is shown of it', () => expect(rows('')[0]).toMatchObject({ shownCount: 1, layerCount: 2 }))
  test('nothing found is no row', () => expect(rows('nowhere')).toEqual([]))
})

describe('search', () => {
  const river = layer('river', 'water', '河流', { department: '水务局' })
  for (const [sentence, text, want] of [
    ['by name', '河', true],
    ['by id', 'riv', true],
    ['by English name, any case', 'RIVER', true],
    ['by department', '水务', true],
    ['every word counts', '水务 river', true],
    ['one word missing is no match', '水务 road', false],
  ] as const) {
    test(sentence, () => expect(matches(river, text)).toBe(want))
  }
})

describe('keys', () => {
  const press = (at: string, key: string, nodes = rows('')) => keyAction(nodes, at, key, (n) => n.layer?.name ?? n.theme.name)
  test('down and up walk over all rows', () => {
    expect(press('stbhhx', 'ArrowDown')).toEqual({ kind: 'focus', key: 'theme:water' })
    expect(press('theme:water', 'ArrowUp')).toEqual({ kind: 'focus', key: 'stbhhx' })
    expect(press('river', 'ArrowDown')).toBeUndefined()
  })
  test('home and end', () => {
    expect(press('river', 'Home')).toEqual({ kind: 'focus', key: 'theme:land' })
    expect(press('dltb', 'End')).toEqual({ kind: 'focus', key: 'river' })
  })
  test('left goes to the theme, then closes it; right opens it, then goes in', () => {
    expect(press('dltb', 'ArrowLeft')).toEqual({ kind: 'focus', key: 'theme:land' })
    expect(press('theme:land', 'ArrowLeft')).toEqual({ kind: 'close', theme: 'land' })
    expect(press('theme:land', 'ArrowRight', rows('', new Set(['land'])))).toEqual({ kind: 'open', theme: 'land' })
    expect(press('theme:land', 'ArrowRight')).toEqual({ kind: 'focus', key: 'dltb' })
  })
  test('space and enter toggle a layer, but not one that is not published', () => {
    expect(press('dltb', ' ')).toEqual({ kind: 'toggle', layer: 'dltb' })
    expect(press('dltb', 'Enter')).toEqual({ kind: 'toggle', layer: 'dltb' })
    expect(press('stbhhx', ' ')).toBeUndefined()
  })
  test('a letter goes to the next row that starts with it, going round', () => expect(press('theme:water', '地')).toEqual({ kind: 'focus', key: 'dltb' }))
  test('other keys are left to the browser', () => expect(press('dltb', 'Tab')).toBeUndefined())
})

test('layers are found by pinyin from its beginning, by department, source and year', () => {
  const one = layer('dltb', 'land', '地类图斑', { source: 'TD/T 1016', published_at: '2026-11-30T00:00:00Z', pinyin: ['dileituban', 'dltb', 'ziranziyuanju', 'zrzyj'] })
  for (const text of ['dilei', 'DL', 'zrzy', '自然资源 2026', 'td/t', 'dilei zrzyj']) expect(matches(one, text), text).toBe(true)
  for (const text of ['leitu', '2025', 'dilei slj']) expect(matches(one, text), text).toBe(false)
})
