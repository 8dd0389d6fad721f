import { expect, test } from 'vitest'
import { formatArea, formatLength } from './measures'

test('an area in the three units side by side', () => {
  expect(formatArea(1125199)).toEqual({ squareMetres: '1,125,199.00', mu: '1,687.80', hectares: '112.5199' })
})

test('one hectare is fifteen mu', () => {
  expect(formatArea(10000).mu).toBe('15.00')
})

test('lengths change to kilometres at one kilometre', () => {
  expect(formatLength(999.94)).toBe('999.9 m')
  expect(formatLength(1000)).toBe('1.000 km')
})
