// The size of a drawing on the ellipsoid.
import type { Position } from 'geojson'
import type { Measure } from '../api/types'
import { lengthMetres, ringOf } from '../measure/geodesic'
import type { Drawing } from './drawings'

const places = (ring: readonly Position[]) => ring.map(([lon = 0, lat = 0]) => ({ lon, lat }))

/** The area without the holes, the last position being the first again. */
function polygonArea(rings: readonly (readonly Position[])[]): number {
  return rings.reduce((sum, ring, i) => sum + (i === 0 ? 1 : -1) * ringOf(places(ring.slice(0, -1))).areaSquareMetres, 0)
}

export function sizeOf({ geometry }: Drawing): Measure {
  switch (geometry.type) {
    case 'LineString':
      return { length_m: lengthMetres(places(geometry.coordinates)) }
    case 'MultiLineString':
      return { length_m: geometry.coordinates.reduce((sum, line) => sum + lengthMetres(places(line)), 0) }
    case 'Polygon':
      return { area_m2: polygonArea(geometry.coordinates) }
    case 'MultiPolygon':
      return { area_m2: geometry.coordinates.reduce((sum, polygon) => sum + polygonArea(polygon), 0) }
    default:
      return {}
  }
}
