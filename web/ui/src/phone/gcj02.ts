// GCJ-02 and BD-09, which phones in China may give instead of WGS 84. The
// formulas are those that the community took from the published maps; the server
// has the same ones (spatial/crs), checked against the same vectors.
import type { LonLat } from './types'

const axis = 6378245.0 // metres, Krasovsky 1940
const squared = 0.00669342162296594323 // eccentricity

/** How far a position is moved, in degrees. */
function offset(lon: number, lat: number): LonLat {
  const x = lon - 105
  const y = lat - 35
  const waves = ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3
  let dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + waves
  dLat += ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3
  dLat += ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3
  let dLon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + waves
  dLon += ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3
  dLon += ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3
  const phi = (lat / 180) * Math.PI
  const w = 1 - squared * Math.sin(phi) ** 2
  return [
    (dLon * 180) / ((axis / Math.sqrt(w)) * Math.cos(phi) * Math.PI),
    (dLat * 180) / (((axis * (1 - squared)) / (w * Math.sqrt(w))) * Math.PI),
  ]
}

/** WGS 84 to GCJ-02; degrees, longitude first. Outside the rectangle round China they are the same. */
export function toGcj02([lon, lat]: LonLat): LonLat {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat]
  const [dLon, dLat] = offset(lon, lat)
  return [lon + dLon, lat + dLat]
}

/** GCJ-02 to WGS 84, to 1e-11 degrees: the forward formula is undone by steps. */
export function fromGcj02(to: LonLat): LonLat {
  let [lon, lat] = to
  for (let i = 0; i < 30; i++) {
    const [x, y] = toGcj02([lon, lat])
    lon += to[0] - x
    lat += to[1] - y
    if (Math.abs(to[0] - x) + Math.abs(to[1] - y) < 1e-11) break
  }
  return [lon, lat]
}

const turn = (Math.PI * 3000) / 180

/** BD-09 to GCJ-02, to about 1e-6 degrees, 10 cm. */
export function bd09ToGcj02([lon, lat]: LonLat): LonLat {
  const x = lon - 0.0065
  const y = lat - 0.006
  const z = Math.hypot(x, y) - 0.00002 * Math.sin(y * turn)
  const angle = Math.atan2(y, x) - 0.000003 * Math.cos(x * turn)
  return [z * Math.cos(angle), z * Math.sin(angle)]
}
