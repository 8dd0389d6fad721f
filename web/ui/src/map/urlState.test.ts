import { expect, test } from 'vitest'
import { readGround, readLayers, versionedName, writeFilters, writeGround, writeLayers } from './urlState'

test('what is written is read back', () => {
  const shown = [
    { id: 'dltb', opacity: 1 },
    { id: 'river', opacity: 0.6 },
    { id: 'road', opacity: 0 },
  ]
  expect(writeLayers(shown)).toBe('dltb,river:60,road:0')
  expect(readLayers('dltb,river:60,road:0')).toEqual(shown)
})

test('an address that says nothing is not one that shows nothing', () => {
  expect(readLayers(undefined)).toBeUndefined()
  expect(readLayers(null)).toBeUndefined()
  expect(readLayers('')).toEqual([])
})

test('what is not understood is left out', () => {
  expect(readLayers('dltb,<script>,DLTB,river:-5,dltb:30, road ,road:999x,lake:400')).toEqual([
    { id: 'dltb', opacity: 1 },
    { id: 'road', opacity: 1 },
    { id: 'lake', opacity: 1 },
  ])
})

test('versions and filters are part of it', () => {
  const shown = [{ id: 'dltb', opacity: 0.5, version: 3, where: [['dlbm', 'in', ['0101', '0102']]] as const }, { id: 'road', opacity: 1, version: 0 }]
  expect(writeLayers(shown as never)).toBe('dltb@3:50,road@0')
  expect(writeFilters(shown as never)).toBe('{"dltb":[["dlbm","in",["0101","0102"]]]}')
  expect(readLayers(writeLayers(shown as never), writeFilters(shown as never))).toEqual(shown)
  expect(writeFilters([{ id: 'road', opacity: 1, where: [] }])).toBeUndefined()
})

test('filters that are no JSON, of another shape or too long filter nothing', () => {
  for (const filter of ['{', '[]', 'null', '"x"', '{"dltb":"x"}', `{"dltb":[["a","=","${'y'.repeat(9000)}"]]}`]) expect(readLayers('dltb', filter)).toEqual([{ id: 'dltb', opacity: 1 }])
})

test('a version is named as the server names it', () => {
  expect(versionedName({ id: 'dltb', opacity: 1 })).toBe('dltb')
  expect(versionedName({ id: 'dltb', opacity: 1, version: 2 })).toBe('dltb@2')
})

test('the ground is read back as it was written', () => {
  expect(readGround(undefined, undefined)).toEqual({ hillshade: true, exaggeration: 0 })
  expect(writeGround({ hillshade: true, exaggeration: 0 })).toEqual({ terrain: undefined, hillshade: undefined })
  const ground = { hillshade: false, exaggeration: 1.7 }
  const { terrain, hillshade } = writeGround(ground)
  expect(readGround(terrain, hillshade)).toEqual(ground)
  for (const [text, exaggeration] of [['9', 3], ['0.2', 1], ['-1', 0], ['high', 0], ['1e9', 0]] as const) expect(readGround(text, null).exaggeration).toBe(exaggeration)
})
