// Where the phone is: from the browser, from the app that shows the page, or
// set by hand. A position keeps the system it came in, because the server is told
// what the phone said, not what the page made of it.
import { bd09ToGcj02, fromGcj02 } from './gcj02'
import type { LonLat } from './types'

/** Names of systems as the API knows them. */
export type System = 'CRS84' | 'gcj02' | 'bd09'

export type Provider = 'browser' | 'wechat' | 'bridge' | 'pin'

export interface Position {
  lon: number // as given, in system
  lat: number
  system: System
  accuracy?: number // metres, radius of 95 % confidence
  time: number // milliseconds since 1970
  provider: Provider
}

/** The position in WGS 84, which the map and the pack are in. */
export function onMap(p: Pick<Position, 'lon' | 'lat' | 'system'>): LonLat {
  const at: LonLat = [p.lon, p.lat]
  switch (p.system) {
    case 'CRS84':
      return at
    case 'gcj02':
      return fromGcj02(at)
    case 'bd09':
      return fromGcj02(bd09ToGcj02(at))
  }
}

/** Why a position should not be taken without asking. */
export type Doubt = 'inaccurate' | 'stale' | 'outside'

/** The rectangle round the city with a margin, degrees. */
const city = { west: 111.0, south: 22.3, east: 112.6, north: 23.4 }

/** A fix of more than 100 m, older than a minute, or outside the city. */
export function doubtsOf(p: Position, now: number): Doubt[] {
  const [lon, lat] = onMap(p)
  const doubts: Doubt[] = []
  if (p.provider !== 'pin' && (p.accuracy ?? 0) > 100) doubts.push('inaccurate')
  if (p.provider !== 'pin' && now - p.time > 60_000) doubts.push('stale')
  if (lon < city.west || lon > city.east || lat < city.south || lat > city.north) doubts.push('outside')
  return doubts
}

/** The app that shows the page may offer window.onemapBridge.locate(). */
interface Bridge {
  locate(): Promise<{ lon: number; lat: number; crs?: string; accuracy?: number }>
}
interface WeChat {
  getLocation(options: { type: 'gcj02' | 'wgs84'; success(r: { longitude: number; latitude: number; accuracy?: number }): void; fail(e: unknown): void }): void
}
declare global {
  interface Window {
    onemapBridge?: Bridge
    wx?: Partial<WeChat>
  }
}

export class PositionError extends Error {
  constructor(readonly reason: 'denied' | 'unavailable' | 'insecure') {
    super(reason)
  }
}

/**
 * Asks whoever can tell: the app's bridge, WeChat's, the browser. assume is the
 * system that the user said this device gives, where it doesn't say itself.
 */
export async function locate(assume: System): Promise<Position> {
  if (window.onemapBridge) {
    const p = await window.onemapBridge.locate()
    const system = p.crs === 'gcj02' || p.crs === 'bd09' ? p.crs : p.crs === 'CRS84' ? 'CRS84' : assume
    return { lon: p.lon, lat: p.lat, system, accuracy: p.accuracy, time: Date.now(), provider: 'bridge' }
  }
  const wx = window.wx
  if (wx?.getLocation) {
    const ask = wx.getLocation.bind(wx)
    return new Promise((resolve, reject) =>
      ask({
        type: 'wgs84',
        success: (r) => resolve({ lon: r.longitude, lat: r.latitude, system: assume, accuracy: r.accuracy, time: Date.now(), provider: 'wechat' }),
        fail: () => reject(new PositionError('unavailable')),
      }),
    )
  }
  return fromBrowser(assume)
}

function fromBrowser(system: System): Promise<Position> {
  if (!window.isSecureContext) return Promise.reject(new PositionError('insecure'))
  return new Promise((resolve, reject) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => resolve({ lon: coords.longitude, lat: coords.latitude, system, accuracy: coords.accuracy, time: timestamp, provider: 'browser' }),
      (error) => reject(new PositionError(error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable')),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 5_000 },
    ),
  )
}
