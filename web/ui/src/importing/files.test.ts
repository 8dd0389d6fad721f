import { describe, expect, test } from 'vitest'
import type { Layer } from '../api/types'
import { chosenOf, lackOf, layerLike, sizeText } from './files'

const file = (name: string, size = 10) => ({ name, size }) as File
const layer = (id: string, name: string) => ({ id, name, name_en: id }) as Layer

describe('what was chosen', () => {
  test('goes as it is when it is one file', () => expect(chosenOf([file('a.gpkg', 5)])).toMatchObject({ name: 'a.gpkg', size: 5, packed: false }))
  test('goes in one ZIP called like the main file', () => expect(chosenOf([file('永农.dbf'), file('永农.shp'), file('永农.shx')])).toMatchObject({ name: '永农.zip', size: 30, packed: true }))
})

describe('what keeps files from being sent', () => {
  test.each([
    ['nothing', [], 'none'],
    ['an empty file', [file('a.csv', 0)], 'empty'],
    ['one beyond the limit', [file('a.zip', 101)], 'large'],
    ['several beyond the limit together', [file('a.zip', 60), file('b.zip', 60)], 'large'],
    ['a Shapefile without its table', [file('a.shp'), file('a.shx')], 'parts'],
    ['a table without its Shapefile', [file('a.dbf')], 'alone'],
    ['nothing is amiss', [file('A.SHP'), file('a.shx'), file('a.DBF'), file('a.cpg', 0)], undefined],
    ['nothing is amiss with one', [file('a.xlsx')], undefined],
  ])('%s', (_, files, kind) => expect(lackOf(chosenOf(files), 100)?.kind).toBe(kind))
  test('the missing parts are named', () => expect(lackOf(chosenOf([file('a.shp'), file('b.dbf')]), 0)).toEqual({ kind: 'parts', name: 'a.shp', parts: '.shx .dbf' }))
  test('without a known limit size is no matter', () => expect(lackOf(chosenOf([file('a.zip', 1e12)]), 0)).toBeUndefined())
})

describe('the layer that a file is called like', () => {
  const layers = [layer('river', '河流'), layer('river_reach', '河长河段'), layer('yjjbnttb', '永久基本农田'), layer('dltb', '地类图斑')]
  test.each([
    ['DLTB.zip', 'dltb'],
    ['云城区_永久基本农田_2024.zip', 'yjjbnttb'],
    ['River-Reach 2025.gpkg', 'river_reach'],
    ['数据.zip', undefined],
  ])('%s', (name, id) => expect(layerLike(name, layers)?.id).toBe(id))
})

test('sizes are told as people say them', () => expect([0, 1023, 1536, 5 * 2 ** 20, 4 * 2 ** 30].map(sizeText)).toEqual(['0 B', '1023 B', '1.5 KB', '5.0 MB', '4.0 GB']))
