// Bounds of features, in degrees, for zooming to them.
import type { Geometry } from 'geojson'
import type { Bounds } from '../api/types'

/** The bounds of a geometry, or undefined if it has no coordinates. */
export function boundsOf(geometry: Geometry | null): Bounds | undefined {
  if (!geometry) return undefined
  const bounds: Bounds = [Infinity, Infinity, -Infinity, -Infinity]
  const visit = (member: unknown): void => {
    if (!Array.isArray(member)) return
    const [lon, lat] = member as unknown[]
    if (typeof lon === 'number' && typeof lat === 'number') {
      bounds[0] = Math.min(bounds[0], lon)
      bounds[1] = Math.min(bounds[1], lat)
      bounds[2] = Math.max(bounds[2], lon)
      bounds[3] = Math.max(bounds[3], lat)
    } else member.forEach(visit)
  }
  if (geometry.type === 'GeometryCollection') geometry.geometries.forEach((g) => 'coordinates' in g && visit(g.coordinates))
  else visit(geometry.coordinates)
  return Number.isFinite(bounds[0]) ? bounds : undefined
}

/** The bounds that hold all the given ones. */
export function unionOf(all: readonly (Bounds | null | undefined)[]): Bounds | undefined {
  return all.reduce<Bounds | undefined>((sum, b) => {
    if (!b) return sum ?? undefined
    if (!sum) return [...b]
    return [Math.min(sum[0], b[0]), Math.min(sum[1], b[1]), Math.max(sum[2], b[2]), Math.max(sum[3], b[3])]
  }, undefined)
}
