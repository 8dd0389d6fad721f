// Where a position lies and how far things are, for answers without signal.
// Positions are longitude and latitude in EPSG:4490, which WGS 84 is to a phone.
import type { LonLat, Shape } from './types'

// CGCS2000: GB/T 23709-2009 has the same figures as GRS 80 to the micrometre.
const axis = 6378137
const squared = 0.00669438002290

/** Metres to a degree of longitude and of latitude at a latitude. */
function scale(lat: number): LonLat {
  const phi = (lat * Math.PI) / 180
  const w = 1 - squared * Math.sin(phi) ** 2
  const degree = Math.PI / 180
  return [(axis / Math.sqrt(w)) * Math.cos(phi) * degree, ((axis * (1 - squared)) / (w * Math.sqrt(w))) * degree]
}

/** Tells whether a polygon has a position, its border included. */
export function covers(polygon: readonly (readonly LonLat[])[], [x, y]: LonLat): boolean {
  let inside = false
  for (const ring of polygon) {
    for (let i = 0, k = ring.length - 1; i < ring.length; k = i++) {
      const [ax, ay] = ring[k] as LonLat
      const [bx, by] = ring[i] as LonLat
      const side = (bx - ax) * (y - ay) - (x - ax) * (by - ay)
      if (side === 0 && Math.min(ax, bx) <= x && x <= Math.max(ax, bx) && Math.min(ay, by) <= y && y <= Math.max(ay, by)) return true
      if (ay > y !== by > y && side > 0 === by > ay) inside = !inside
    }
  }
  return inside
}

function linesOf(shape: Shape): readonly (readonly LonLat[])[] {
  switch (shape.type) {
    case 'Point':
      return [[shape.coordinates]]
    case 'MultiPoint':
      return shape.coordinates.map((p) => [p])
    case 'LineString':
      return [shape.coordinates]
    case 'MultiLineString':
    case 'Polygon':
      return shape.coordinates
    case 'MultiPolygon':
      return shape.coordinates.flat()
  }
}

/**
 * The nearest position of a shape and its distance in metres, 0 inside a polygon.
 * Distances are those of the ellipsoid's plane at the position: within 10 km they
 * are right to a metre.
 */
export function nearest(shape: Shape, from: LonLat): { at: LonLat; metres: number } {
  const polygons = shape.type === 'Polygon' ? [shape.coordinates] : shape.type === 'MultiPolygon' ? shape.coordinates : []
  if (polygons.some((p) => covers(p, from))) return { at: from, metres: 0 }
  const [east, north] = scale(from[1])
  let best = { at: from, metres: Infinity }
  const take = (x: number, y: number) => {
    const metres = Math.hypot(x, y)
    if (metres < best.metres) best = { at: [from[0] + x / east, from[1] + y / north], metres }
  }
  for (const line of linesOf(shape)) {
    const flat = line.map((p) => [(p[0] - from[0]) * east, (p[1] - from[1]) * north] as const)
    flat.forEach(([bx, by], i) => {
      const [ax, ay] = flat[Math.max(i - 1, 0)] as readonly [number, number]
      const long = (bx - ax) ** 2 + (by - ay) ** 2
      const share = long === 0 ? 0 : Math.max(0, Math.min(1, -(ax * (bx - ax) + ay * (by - ay)) / long))
      take(ax + share * (bx - ax), ay + share * (by - ay))
    })
  }
  return best
}

/** Distance in metres between two positions less than 100 km apart. */
export function distance(a: LonLat, b: LonLat): number {
  return nearest({ type: 'Point', coordinates: b }, a).metres
}
