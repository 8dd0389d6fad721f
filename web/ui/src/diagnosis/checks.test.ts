import { describe, expect, test } from 'vitest'
import { asText, browserLines, graphicsLines, positionLine, quantile, serverLines, storageLines } from './checks'
import { fileWith } from './measure'
import { en, zh } from './words'

const office = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/90.0.4430.93 Safari/537.36', languages: ['zh-CN'], timeZone: 'Asia/Shanghai', screen: { width: 1920, height: 1080, ratio: 1 }, cores: 4, memory: 8, secure: true, protocol: 'https', missing: ['Object.hasOwn'], serviceWorker: true }
const stateOf = (lines: { name: string; state: string }[], name: string) => lines.find((l) => l.name === name)?.state
const server = { name: '云浮一张图', version: 'v1', page: 'index-a.js', current: true, answers: [{ name: 'health', status: 200, milliseconds: 12 }], clockAhead: 0 }

describe('a line', () => {
  test('of an office computer that will do is good', () => expect(browserLines(office).every((l) => l.state === 'good' && !l.advice)).toBe(true))
  test('tells what stops the work', () => {
    expect(stateOf(browserLines({ ...office, userAgent: 'Chrome/86.0' }), 'browser')).toBe('bad')
    expect(stateOf(browserLines({ ...office, userAgent: 'Firefox/130' }), 'browser')).toBe('note')
    expect(stateOf(browserLines({ ...office, secure: false }), 'https')).toBe('bad')
    expect(stateOf(graphicsLines({ webgl2: false, renderer: '', vendor: '', maxTexture: 0 }, undefined), 'webgl2')).toBe('bad')
    expect(stateOf(storageLines({ local: false, indexed: true, quota: 0, usage: 0, persisted: false }), 'localStorage')).toBe('bad')
    expect(stateOf(serverLines({ ...server, answers: [{ name: 'health', status: 0, milliseconds: 9 }] }), 'health')).toBe('bad')
    expect(stateOf(serverLines({ ...server, answers: [{ name: 'health', status: 200, milliseconds: 900 }] }), 'health')).toBe('note')
    expect(stateOf(serverLines({ ...server, current: false, clockAhead: -400 }), 'page')).toBe('note')
    expect(stateOf(serverLines({ ...server, clockAhead: -400 }), 'clock')).toBe('note')
  })
  test('of drawing without a graphics card is noted', () => {
    const card = { webgl2: true, vendor: 'Google', maxTexture: 8192 }
    expect(stateOf(graphicsLines({ ...card, renderer: 'ANGLE (Google, Vulkan 1.3 (SwiftShader Device))' }, undefined), 'gpu')).toBe('note')
    expect(stateOf(graphicsLines({ ...card, renderer: 'ANGLE (Intel, UHD 630)' }, { frames: 150, p50: 16.6, p95: 17.2, worst: 40 }), 'frames')).toBe('good')
  })
  test('of a position tells its system, its error and its age', () => {
    const at = { failure: '' as const, lon: 112.0445, lat: 22.9154, accuracyMetres: 12, ageSeconds: 1 }
    expect(positionLine(at)).toEqual({ name: 'position', state: 'good', value: 'WGS-84 112.044500, 22.915400 ± 12 m, 1 s' })
    expect(positionLine({ ...at, accuracyMetres: 900 }).state).toBe('note')
    expect(positionLine({ ...at, failure: 'insecure' })).toMatchObject({ state: 'bad', advice: 'position-insecure' })
  })
})

test('every line and every advice has words in both languages', () => {
  const lines = [
    ...browserLines({ ...office, userAgent: '', secure: false, serviceWorker: false, timeZone: 'UTC', screen: { width: 1, height: 1, ratio: 1 } }),
    ...browserLines({ ...office, userAgent: 'Chrome/80' }),
    ...graphicsLines({ webgl2: true, renderer: 'llvmpipe', vendor: '', maxTexture: 1 }, { frames: 1, p50: 99, p95: 99, worst: 99 }),
    ...graphicsLines({ webgl2: false, renderer: '', vendor: '', maxTexture: 1 }, undefined),
    ...storageLines({ local: false, indexed: false, quota: 1, usage: 1, persisted: false }),
    ...serverLines({ ...server, name: '', current: false, clockAhead: 99, answers: ['health', 'ready', 'catalogue', 'tile'].map((name) => ({ name, status: 0, milliseconds: 0 })) }),
    ...(['', 'unsupported', 'insecure', 'denied', 'unavailable', 'timeout'] as const).map((failure) => positionLine({ failure, lon: 0, lat: 0, accuracyMetres: 999, ageSeconds: 0 })),
  ]
  for (const { diagnosis } of [zh, en]) {
    for (const { name, advice } of lines) {
      expect(diagnosis.name, name).toHaveProperty([name])
      if (advice) expect(diagnosis.advice, advice).toHaveProperty([advice])
    }
  }
})

test('the sheet as text has a line of each check', () => {
  const plain = (name: string) => name
  expect(asText([{ name: 'server', lines: serverLines(server) }], { title: 'T', at: 'now', group: plain, name: plain, state: plain, value: String })).toBe('T\nnow\n\n[server]\ngood\tserver\t云浮一张图\ngood\tversion\tv1\ngood\tpage\tindex-a.js\ngood\thealth\t200, 12 ms\ngood\tclock\t0 s\n')
})

test('ranks, and the font file of a character', () => {
  expect(quantile([3, 1, 2, 4], 0.5)).toBe(3)
  expect(quantile([], 0.5)).toBe(0)
  expect(fileWith({ a: [{ url: 'x', 'unicode-range': ['U+4E00-4EFF'] }, { url: 'y', 'unicode-range': ['U+69C3'] }] }, 0x69c3)).toBe('y')
})
