import { describe, expect, test } from 'vitest'
import { formatDecimal, formatDms, formatScale, formatSurvey, metresPerPixel, scaleBar, scaleDenominator } from './coordinates'
import { loadToSurvey } from './projection'

describe('degrees, minutes, seconds', () => {
  const cases: Record<string, [number, 'lon' | 'lat', string]> = {
    'the city centre, longitude': [112.0445, 'lon', '112°02′40.2″E'],
    'the city centre, latitude': [22.9154, 'lat', '22°54′55.4″N'],
    'seconds that round up to a minute': [22.999999, 'lat', '23°00′00.0″N'],
    'a whole degree': [111, 'lon', '111°00′00.0″E'],
    'south of the equator': [-0.5, 'lat', '0°30′00.0″S'],
    'west of Greenwich': [-111.25, 'lon', '111°15′00.0″W'],
  }
  for (const [sentence, [degrees, axis, want]] of Object.entries(cases)) {
    test(sentence, () => expect(formatDms(degrees, axis)).toBe(want))
  }
})

test('decimal degrees have longitude first', () => {
  expect(formatDecimal({ lon: 112.0445, lat: 22.9154 })).toBe('112.044500, 22.915400')
})

test('the survey coordinates of the city centre in EPSG:4546, north first', async () => {
  const toSurvey = await loadToSurvey()
  const at = toSurvey({ lon: 112.0445, lat: 22.9154 })
  expect(at.y).toBeCloseTo(607155.572, 2)
  expect(at.x).toBeCloseTo(2535549.022, 2)
  expect(formatSurvey(at)).toBe('X 2535549.02  Y 607155.57')
})

test('1:50 000 at Yunfu is zoom 12.41', () => {
  expect(scaleDenominator(12.41, 22.9) / 50000).toBeCloseTo(1, 2)
})

test('scales are rounded to two digits and grouped', () => {
  expect(formatScale(54321)).toBe('1:54 000')
  expect(formatScale(1_234_567)).toBe('1:1 200 000')
  expect(formatScale(985)).toBe('1:990')
})

test('the scale bar is the longest round length that fits', () => {
  for (const zoom of [7, 9.3, 12, 15.7, 20]) {
    const bar = scaleBar(zoom, 22.9, 110)
    expect(bar.label).toMatch(/^[125]0* (km|m|cm)$/)
    expect(bar.widthPixels).toBeLessThanOrEqual(110)
    expect(bar.widthPixels).toBeGreaterThan(40)
  }
  expect(metresPerPixel(0, 0)).toBeCloseTo(78271.517, 2)
})
