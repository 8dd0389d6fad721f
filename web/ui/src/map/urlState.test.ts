import { expect, test } from 'vitest'
import { readLayers, writeLayers } from './urlState'

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
