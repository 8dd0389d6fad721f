import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, test } from 'vitest'
import { heatColour, heatOverlay, heatSteps, marksOverlay } from './overlay'
import type { Incident } from './types'

const incident = { id: 7, state: 'reported', position: [112.04, 22.93] } as unknown as Incident
const faults = (overlay: ReturnType<typeof marksOverlay>) => validateStyleMin({ version: 8, sources: overlay.sources, layers: overlay.layers, 'font-faces': { 'Yunfu Sans': 'https://x/a.woff2' } } as never).map((e) => e.message)

describe('incidents on the map', () => {
  test('are a style that MapLibre takes', () => {
    expect(faults(marksOverlay([incident], incident))).toEqual([])
    expect(faults(heatOverlay([{ code: '445302001', count: 12, open: 3, lon: 112, lat: 22.9 }], 'division_town', 'https://x'))).toEqual([])
    expect(faults(heatOverlay([], 'division_town', 'https://x'))).toEqual([])
  })
  test('are the darker the more there are', () => {
    expect(heatColour(0)).toBe('rgba(0,0,0,0)')
    expect(heatSteps.map((s) => heatColour(s.from))).toEqual(heatSteps.map((s) => s.colour))
  })
})
