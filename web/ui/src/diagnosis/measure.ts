// Measures this browser and its way to the server. What the figures mean is
// decided in checks.ts.
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl'
import { bearer } from '../api/client'
import type { Bounds, Info } from '../api/types'
import { defaultLayers, composeStyle, type StyleDocument } from '../map/styleDocument'
import type { FontFaces } from '../map/fontFaces'
import { quantile, type BrowserFacts, type FontFacts, type FrameFacts, type GraphicsFacts, type PositionFacts, type ServerFacts, type StorageFacts } from './checks'

/** Interfaces younger than Chromium 87 that code of the page or of its libraries may ask for. */
const younger: Record<string, () => boolean> = {
  'Object.hasOwn': () => 'hasOwn' in Object,
  'Array.prototype.at': () => 'at' in Array.prototype,
  'Array.prototype.findLast': () => 'findLast' in Array.prototype,
  structuredClone: () => 'structuredClone' in window,
  'crypto.randomUUID': () => 'randomUUID' in crypto,
  OffscreenCanvas: () => 'OffscreenCanvas' in window,
}

export function readBrowser(): BrowserFacts {
  return {
    userAgent: navigator.userAgent,
    languages: navigator.languages,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: window.screen.width, height: window.screen.height, ratio: window.devicePixelRatio },
    cores: navigator.hardwareConcurrency,
    memory: (navigator as { deviceMemory?: number }).deviceMemory ?? 0,
    secure: window.isSecureContext,
    protocol: window.location.protocol.replace(':', ''),
    missing: Object.entries(younger).flatMap(([name, has]) => (has() ? [] : [name])),
    serviceWorker: 'serviceWorker' in navigator,
  }
}

export function readGraphics(): GraphicsFacts {
  const gl = document.createElement('canvas').getContext('webgl2')
  if (!gl) return { webgl2: false, renderer: '', vendor: '', maxTexture: 0 }
  const names = gl.getExtension('WEBGL_debug_renderer_info')
  const facts = {
    webgl2: true,
    renderer: String(gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER)),
    vendor: String(gl.getParameter(names ? names.UNMASKED_VENDOR_WEBGL : gl.VENDOR)),
    maxTexture: Number(gl.getParameter(gl.MAX_TEXTURE_SIZE)),
  }
  // A browser has few contexts; the map needs this one.
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return facts
}

function keepsLocally(): boolean {
  try {
    window.localStorage.setItem('onemap.probe', '1')
    window.localStorage.removeItem('onemap.probe')
    return true
  } catch {
    return false
  }
}

function opensDatabase(): Promise<boolean> {
  return new Promise((done) => {
    try {
      const asked = indexedDB.open('onemap-probe')
      asked.onerror = () => done(false)
      asked.onsuccess = () => {
        asked.result.close()
        indexedDB.deleteDatabase('onemap-probe')
        done(true)
      }
    } catch {
      done(false)
    }
  })
}

export async function readStorage(): Promise<StorageFacts> {
  // Without HTTPS there is no such interface.
  const manager = navigator.storage as StorageManager | undefined
  const { quota = 0, usage = 0 } = (await manager?.estimate?.().catch(() => undefined)) ?? {}
  return { local: keepsLocally(), indexed: await opensDatabase(), quota, usage, persisted: (await manager?.persisted?.().catch(() => false)) ?? false }
}

/** Tells whether a font draws a character, and not the box of one that it lacks. */
function draws(character: string, font: string): boolean {
  const pixels = (text: string) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 })
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    if (!pen) return []
    pen.font = `48px ${font}`
    pen.fillText(text, 4, 52)
    return [...pen.getImageData(0, 0, 64, 64).data].filter((_, i) => i % 4 === 3)
  }
  const box = pixels('\u{10fffd}')
  return pixels(character).filter((alpha, i) => Math.abs(alpha - (box[i] ?? 0)) > 128).length > 100
}

/** 榃 of 榃滨镇, which common fonts lack. */
const rare = 0x69c3

/** The address of the map's font file that has a character. */
export function fileWith(faces: FontFaces, character: number): string | undefined {
  const within = (range: string) => {
    const [first = '', last = first] = range.replace(/^U\+/i, '').split('-')
    return character >= parseInt(first, 16) && character <= parseInt(last, 16)
  }
  return Object.values(faces).flat().find((face) => face['unicode-range'].some(within))?.url
}

export async function readFonts(): Promise<FontFacts> {
  const { builtFontFaces } = await import('../map/fontFaces')
  const file = fileWith(builtFontFaces(window.location.origin), rare)
  let has = false
  try {
    const face = await new FontFace('onemap-probe', `url("${file}")`).load()
    document.fonts.add(face)
    has = draws(String.fromCodePoint(rare), 'onemap-probe')
    document.fonts.delete(face)
  } catch {
    // It stays unread.
  }
  return { chinese: draws('浮', 'sans-serif'), rare: has }
}

async function timed(path: string): Promise<{ status: number; milliseconds: number; response?: Response }> {
  const token = bearer()
  const begun = performance.now()
  try {
    const response = await fetch(path, { cache: 'no-store', ...(token && { headers: { Authorization: `Bearer ${token}` } }) })
    await response.clone().arrayBuffer()
    return { status: response.status, milliseconds: performance.now() - begun, response }
  } catch {
    return { status: 0, milliseconds: performance.now() - begun }
  }
}

/** The name of the page's first script. */
const entryOf = (text: string): string => /assets\/(index-[\w-]+\.js)/.exec(text)?.[1] ?? ''

/** Addresses that a page needs, from the least to the most that stands behind them. */
const addresses = { health: '/healthz', ready: '/readyz', catalogue: '/api/v1/layers', tile: '/tiles/division_county/8/207/111.mvt' }

export async function readServer(now: () => number = Date.now): Promise<ServerFacts> {
  const info = await timed('/api/v1/info')
  const { name = '', version = '' } = ((await info.response?.json().catch(() => undefined)) ?? {}) as Partial<Info>
  const date = Date.parse(info.response?.headers.get('Date') ?? '')
  const page = entryOf([...document.scripts].map((s) => s.src).join(' '))
  const served = entryOf((await (await timed('/')).response?.text().catch(() => '')) ?? '')
  const answers = []
  for (const [name, path] of Object.entries(addresses)) {
    const { status, milliseconds } = await timed(path)
    answers.push({ name, status, milliseconds })
  }
  return { name, version, page, current: page === served, answers, clockAhead: Number.isNaN(date) ? undefined : Math.round((now() - date) / 1000) }
}

/** How many frames are moved through, at most this long. */
const frameCount = 150
const longestMilliseconds = 12_000

/** Moves a map of the usual layers across the city, in the given box of the page, and times the frames. */
export async function measureFrames(container: HTMLElement, document: StyleDocument, bounds: Bounds): Promise<FrameFacts> {
  const { builtFontFaces, createMap } = await import('../map/createMap')
  const style: StyleSpecification = composeStyle(document, { shown: defaultLayers(document), selected: [], fonts: builtFontFaces(window.location.origin), origin: window.location.origin })
  const map = createMap({ container, style, bounds, words: {}, second: true })
  try {
    await new Promise<void>((done) => map.once('idle', () => done()))
    const times = await moveThrough(map)
    return { frames: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95), worst: Math.max(...times) }
  } finally {
    map.remove()
  }
}

function moveThrough(map: MapLibreMap): Promise<number[]> {
  return new Promise((done) => {
    const times: number[] = []
    const begun = performance.now()
    let last = begun
    const step = (now: number) => {
      if (times.length > 0 || now > last) times.push(now - last)
      last = now
      if (times.length >= frameCount || now - begun > longestMilliseconds) {
        done(times.slice(1))
        return
      }
      map.panBy([Math.cos(times.length / 24) * 6, Math.sin(times.length / 24) * 6], { animate: false })
      requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  })
}

const failures = ['', 'denied', 'unavailable', 'timeout'] as const

/** Asks the browser where it is; by its specification in WGS-84. */
export function readPosition(now: () => number = Date.now): Promise<PositionFacts> {
  const none = { lon: 0, lat: 0, accuracyMetres: 0, ageSeconds: 0 }
  if (!window.isSecureContext) return Promise.resolve({ failure: 'insecure', ...none })
  if (!('geolocation' in navigator)) return Promise.resolve({ failure: 'unsupported', ...none })
  return new Promise((done) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => done({ failure: '', lon: coords.longitude, lat: coords.latitude, accuracyMetres: coords.accuracy, ageSeconds: Math.max(0, (now() - timestamp) / 1000) }),
      (error) => done({ failure: failures[error.code] ?? 'unavailable', ...none }),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 0 },
    ),
  )
}
