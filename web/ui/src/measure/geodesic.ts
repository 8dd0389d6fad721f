// Lengths and areas on the CGCS2000 ellipsoid, by Karney's algorithms. A plane
// or a sphere would be off by up to 18 % or 0.25 % here.
import geodesic from 'geographiclib-geodesic'
import type { LonLat } from '../map/coordinates'

// GRS 80, which CGCS2000 takes: semi-major axis in metres and flattening.
const ellipsoid = new geodesic.Geodesic.Geodesic(6378137, 1 / 298.257222101)

/** The length of the line through the places, metres. */
export function lengthMetres(places: readonly LonLat[]): number {
  return legs(places).reduce((sum, leg) => sum + leg, 0)
}

/** The lengths between one place and the next, metres. */
export function legs(places: readonly LonLat[]): number[] {
  return places.slice(1).map((to, i) => {
    const from = places[i] as LonLat
    return ellipsoid.Inverse(from.lat, from.lon, to.lat, to.lon).s12 ?? 0
  })
}

export interface Ring {
  areaSquareMetres: number
  perimeterMetres: number
}

/** The area that a ring of places encloses, whichever way it turns. Fewer than three enclose nothing. */
export function ringOf(places: readonly LonLat[]): Ring {
  const polygon = ellipsoid.Polygon(false)
  for (const { lat, lon } of places) polygon.AddPoint(lat, lon)
  const { area = 0, perimeter } = polygon.Compute(false, true)
  return { areaSquareMetres: places.length < 3 ? 0 : Math.abs(area), perimeterMetres: perimeter }
}

/** The place at a distance (metres) and an azimuth (degrees clockwise from north). */
export function placeAt(from: LonLat, azimuthDegrees: number, metres: number): LonLat {
  const { lat2 = from.lat, lon2 = from.lon } = ellipsoid.Direct(from.lat, from.lon, azimuthDegrees, metres)
  return { lon: lon2, lat: lat2 }
}
