import { describe, expect, test } from 'vitest'
import { parsePosition } from './parse'

const lon = 112 + 2 / 60 + 40.2 / 3600
const lat = 22 + 54 / 60 + 55.4 / 3600

describe('degrees in many spellings', () => {
  const same = [
    '112.0445, 22.9153889',
    '22.9153889 112.0445',
    '112.0445，22.9153889',
    '112.0445E 22.9153889N',
    'N22.9153889 E112.0445',
    '东经112.0445 北纬22.9153889',
    '112°02′40.2″E 22°54′55.4″N',
    `22°54'55.4"N, 112°2'40.2"E`,
    '112度2分40.2秒 22度54分55.4秒',
    '东经112°02′40.2″，北纬22°54′55.4″',
    '112 02 40.2, 22 54 55.4',
    `112°2'40.2''  22°54'55.4''`,
    '(112.0445; 22.9153889)',
  ]
  for (const text of same) {
    test(text, () => {
      const found = parsePosition(text)
      if (found?.kind !== 'lonlat') throw new Error(`got ${JSON.stringify(found)}`)
      expect(found.lon).toBeCloseTo(lon, 5)
      expect(found.lat).toBeCloseTo(lat, 5)
    })
  }
})

describe('survey coordinates', () => {
  const at = { kind: 'survey', crs: '4546', east: 607155.572, north: 2535549.022 }
  test('north first, as field books have it', () => expect(parsePosition('2535549.022, 607155.572')).toEqual({ ...at, swapped: false }))
  test('with their letters', () => expect(parsePosition('X=2535549.022 Y=607155.572')).toEqual({ ...at, swapped: false }))
  test('the other way round, and it is said', () => expect(parsePosition('607155.572 2535549.022')).toEqual({ ...at, swapped: true }))
  test('with the zone in front', () => expect(parsePosition('2535549.022 37607155.572')).toEqual({ ...at, crs: '4525', east: 37607155.572, swapped: false }))
  test('of the eastern zone', () => expect(parsePosition('2535549 38299365')).toMatchObject({ crs: '4526' }))
})

describe('what is no position here', () => {
  for (const text of ['', '云城区', '445302', '112.0445', '12.5, 22.9', '112°62′00″E 22°54′55″N', '112.0445 22.9 7', '2535549 2535549', '39.9 116.4E 5', 'X=1 Y=2', `${'1'.repeat(200)}`]) {
    test(JSON.stringify(text.slice(0, 30)), () => expect(parsePosition(text)).toBeUndefined())
  }
})
