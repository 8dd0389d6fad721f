import { describe, expect, it } from 'vitest'
import vectors from './gcj02.vectors.json'
import { distance, covers, nearest } from './geometry'
import { bd09ToGcj02, fromGcj02, toGcj02 } from './gcj02'
import { tilesOf } from './offline'
import { backoff, HttpError, judge, newId, send, type Server, type Waiting } from './outbox'
import { answerFrom } from './pack'
import { fit } from './photo'
import { doubtsOf, onMap, type Position } from './position'
import type { LonLat, Pack } from './types'
import { fill, wind, words } from './words'
import { ApiError } from '../api/client'

describe('GCJ-02', () => {
  it.each(vectors.wgs84_to_gcj02)('%j', ({ wgs84, gcj02 }) => {
    const [lon, lat] = toGcj02(wgs84 as unknown as LonLat)
    expect(lon).toBeCloseTo(gcj02[0] as number, 5)
    expect(lat).toBeCloseTo(gcj02[1] as number, 5)
    const [x, y] = fromGcj02([lon, lat])
    expect(Math.abs(x - (wgs84[0] as number)) + Math.abs(y - (wgs84[1] as number))).toBeLessThan(1e-10)
  })
  it('moves a point of Yunfu by about 620 m, and BD-09 by about 1,266 m', () => {
    const here: LonLat = [112.04, 22.92]
    expect(distance(here, toGcj02(here))).toBeGreaterThan(560)
    expect(distance(here, toGcj02(here))).toBeLessThan(680)
    expect(distance(here, fromGcj02(bd09ToGcj02(here)))).toBeGreaterThan(1100)
  })
})

const square = (x: number, y: number, side: number): LonLat[][] => [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]
const level = { rank: 3, name: '高', name_en: 'high' }
const cell = (code: string, more = {}) => ({ code, name: code, layer: 'grid_micro', tier: '微网格', tier_en: 'Micro grids', duty: [{ role: 'r', title: '网格员', cell: code, name: `人${code}`, masked: false }], ...more })
const pack: Pack = {
  cell: cell('T', { layer: 'division_town' }),
  bounds: [112, 22.9, 112.02, 22.91],
  cells: [cell('T'), cell('T2', { parent: 'T', shape: [square(112.01, 22.9, 0.01)] }), cell('T1', { parent: 'T', shape: [square(112, 22.9, 0.01)] })],
  risks: [
    { layer: 'z', kind: 'zone', name: '风险区', name_en: 'zone', level, geometry: { type: 'MultiPolygon', coordinates: [square(112.001, 22.901, 0.001)] } },
    { layer: 'p', kind: 'point', name: '滑坡', name_en: 'slide', title: '河口', level, geometry: { type: 'Point', coordinates: [112.004, 22.902] } },
    { layer: 'p', kind: 'point', name: '已治理', name_en: 'settled', settled: true, geometry: { type: 'Point', coordinates: [112.002, 22.902] } },
  ],
  shelters: [{ layer: 's', kind: 's', name: '避险点', name_en: 'shelter', title: '小学', capacity: 300, geometry: { type: 'Point', coordinates: [112.05, 22.9] } }],
  active_warnings: [{ id: 1, headline: '暴雨红色预警', colour: 'red', colour_name: '红', kind_name: '暴雨', area: { type: 'MultiPolygon', coordinates: [square(111, 22, 2)] } }],
  kinds: { entries: [] },
  states: { entries: [] },
  versions: {},
}

describe('an answer out of the pack', () => {
  it('gives a border to the lowest code', () => {
    expect(answerFrom(pack, [112.01, 22.905])?.cell?.code).toBe('T1')
    expect(answerFrom(pack, [112.010001, 22.905])?.cell?.code).toBe('T2')
  })
  it('is nothing outside', () => expect(answerFrom(pack, [113, 22.9])).toBeUndefined())
  it('names people from the cell upward, dangers by distance without settled ones, warnings that hold', () => {
    const answer = answerFrom(pack, [112.0015, 22.9015])
    expect(answer?.duty.map((d) => d.cell)).toEqual(['T1', 'T'])
    expect(answer?.dangers.map((d) => [d.name, Math.round(d.distance)])).toEqual([['风险区', 0], ['滑坡', 262]])
    expect(answer?.shelters[0]?.title).toBe('小学')
    expect(answer?.warnings[0]?.headline).toBe('暴雨红色预警')
  })
})

describe('geometry', () => {
  it('holes are outside, their border inside', () => {
    const ring = [...square(0, 0, 10), ...square(4, 4, 2)]
    expect(covers(ring, [5, 5])).toBe(false)
    expect(covers(ring, [4, 5])).toBe(true)
    expect(covers(ring, [1, 1])).toBe(true)
  })
  it('finds the nearest place of a line, as the ellipsoid has it', () => {
    const { at, metres } = nearest({ type: 'LineString', coordinates: [[112, 22.9], [112.1, 22.9]] }, [112.05, 22.91])
    expect(at[0]).toBeCloseTo(112.05, 9)
    expect(metres).toBeCloseTo(1107.5, 0)
  })
})

const waiting = (more: Partial<Waiting> = {}): Waiting => ({
  clientId: 'c',
  report: { client_id: 'c', kind: '0201', source: 'worker', text: '', lon: 112, lat: 22.9, crs: 'CRS84', reported_at: '2026-11-30T00:00:00Z' },
  provider: 'browser',
  kindName: '滑坡',
  photos: [0, 1].map((i) => ({ id: String(i), blob: new Blob([String(i)]), sent: false })),
  incident: 0,
  tries: 0,
  notBefore: 0,
  ...more,
})

describe('sending', () => {
  it('goes on where it was: a photo that was sent is not sent again', async () => {
    const calls: string[] = []
    let broken = true
    const server: Server = {
      report: async () => (calls.push('report'), 7),
      photo: async (_, blob) => {
        const which = await blob.text()
        if (which === '1' && broken) throw new TypeError('network')
        calls.push(`photo ${which}`)
      },
    }
    const kept: Waiting[] = []
    const keep = async (w: Waiting) => void kept.push(w)
    const first = await send(waiting(), server, keep, () => 1000)
    expect(first.outcome).toBe('later')
    expect(kept.at(-1)).toMatchObject({ incident: 7, tries: 1, notBefore: 6000, photos: [{ sent: true }, { sent: false }] })
    broken = false
    expect((await send(kept.at(-1) as Waiting, server, keep, () => 2000)).outcome).toBe('sent')
    expect(calls).toEqual(['report', 'photo 0', 'photo 1'])
  })
  it.each([
    [new TypeError('network'), 'later'],
    [new HttpError(503, new ApiError('', '', '')), 'later'],
    [new HttpError(429, new ApiError('', '', '')), 'later'],
    [new HttpError(401, new ApiError('', '', '')), 'signin'],
    [new HttpError(422, new ApiError('', '', '')), 'refused'],
  ])('%o means %s', (thrown, outcome) => expect(judge(thrown)).toBe(outcome))
  it('keeps what the server refuses, with the reason', async () => {
    const server: Server = { report: () => Promise.reject(new HttpError(422, new ApiError('x', '类型不对', 'wrong kind'))), photo: async () => undefined }
    const { outcome, waiting: w } = await send(waiting(), server, async () => undefined, () => 0)
    expect([outcome, w.refused]).toEqual(['refused', { zh: '类型不对', en: 'wrong kind' }])
  })
  it('waits 5 s, then longer, at most 5 minutes', () => expect([1, 2, 3, 20].map(backoff)).toEqual([5000, 10000, 20000, 300000]))
  it('makes ids that are UUIDs', () => expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/))
})

describe('a position', () => {
  const fix: Position = { lon: 112.04, lat: 22.92, system: 'CRS84', accuracy: 12, time: 0, provider: 'browser' }
  it.each<[string, Partial<Position>, string[]]>([
    ['is taken when it is good', {}, []],
    ['of 300 m is asked about', { accuracy: 300 }, ['inaccurate']],
    ['of two minutes ago is asked about', { time: -120_000 }, ['stale']],
    ['in Guangzhou is asked about', { lon: 113.3, lat: 23.1 }, ['outside']],
    ['set by hand is as good as it is', { provider: 'pin', accuracy: 9999, time: -1e9 }, []],
  ])('%s', (_, change, doubts) => expect(doubtsOf({ ...fix, ...change }, 0)).toEqual(doubts))
  it('in GCJ-02 is moved south-west on the map', () => {
    const [lon, lat] = onMap({ lon: 112.04, lat: 22.92, system: 'gcj02' })
    expect(lon).toBeLessThan(112.04)
    expect(lat).toBeGreaterThan(22.92)
  })
})

describe('what is kept of the map', () => {
  it('is the tiles of the town, low zooms first, not too many', () => {
    const tiles = tilesOf([112, 22.9, 112.05, 22.95], [10, 14])
    expect(tiles[0]).toEqual({ z: 10, x: 830, y: 444 })
    expect(tiles.filter((t) => t.z === 14).length).toBeGreaterThan(4)
    expect(tilesOf([70, 0, 140, 50], [10]).length).toBe(400)
  })
})

describe('words', () => {
  const keys = (o: object, path = ''): string[] => Object.entries(o).flatMap(([k, v]) => (typeof v === 'object' && v !== null ? keys(v as object, `${path}${k}.`) : [`${path}${k}`]))
  it('are there in both languages, with the same values to fill in', () => {
    expect(keys(words.en)).toEqual(keys(words.zh))
    const holes = (s: unknown) => (typeof s === 'string' ? (s.match(/\{\w+\}/g) ?? []).sort() : [])
    for (const key of Object.keys(words.zh) as (keyof typeof words.zh)[]) expect([key, holes(words.en[key])]).toEqual([key, holes(words.zh[key])])
  })
  it('are filled', () => expect(fill('{n} 米 {m}', { n: 3 })).toBe('3 米 {m}'))
  it('name winds', () => {
    expect(wind('zh', [112, 22.9], [112, 23])).toBe('北')
    expect(wind('zh', [112, 22.9], [111.9, 22.9])).toBe('西')
    expect(wind('en', [112, 22.9], [112.1, 22.8])).toBe('south-east')
  })
})

describe('photos', () => {
  it('are at most 1600 pixels', () => {
    expect(fit(4000, 3000)).toEqual([1600, 1200])
    expect(fit(800, 600)).toEqual([800, 600])
    expect(fit(1, 100_000)).toEqual([1, 1600])
  })
})
