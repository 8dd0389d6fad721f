// Drawings as data: what is kept of them, what is taken from a file or a link.
import type { Geometry } from 'geojson'

export interface Drawing {
  id: string
  name: string
  geometry: Geometry
}

export const mostDrawings = 200
const mostPositions = 5000
const mostCharacters = 100

const simple = new Set(['Point', 'LineString', 'Polygon'])
const several = new Set(['MultiPoint', 'MultiLineString', 'MultiPolygon'])

/** Reads drawings from what was kept, or from a link. What is no drawing is left out. */
export function readDrawings(value: unknown): Drawing[] {
  if (!Array.isArray(value)) return []
  const seen = new Set<string>()
  return (value as unknown[]).slice(0, mostDrawings).flatMap((one) => {
    const { id, name, geometry } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>
    if (typeof id !== 'string' || id === '' || seen.has(id) || !isGeometry(geometry)) return []
    seen.add(id)
    return [{ id: id.slice(0, mostCharacters), name: typeof name === 'string' ? name.slice(0, mostCharacters) : '', geometry }]
  })
}

/** Reads GeoJSON: a collection, a feature or a geometry. undefined is no such thing, or too much of it. */
export function fromGeoJson(text: string, newId: () => string): Drawing[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const members = (one: unknown) => (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>
  const { type, features } = members(value)
  const list = type === 'FeatureCollection' && Array.isArray(features) ? (features as unknown[]) : [value]
  if (list.length > mostDrawings) return undefined
  const found = list.flatMap((one) => {
    const { type: kind, geometry, properties } = members(one)
    const shape = kind === 'Feature' ? geometry : one
    const { name } = members(properties)
    return isGeometry(shape) ? [{ id: newId(), name: typeof name === 'string' ? name.slice(0, mostCharacters) : '', geometry: shape }] : []
  })
  return found.length > 0 ? found : undefined
}

export function toGeoJson(drawings: readonly Drawing[]): string {
  return JSON.stringify({ type: 'FeatureCollection', features: drawings.map(({ id, name, geometry }) => ({ type: 'Feature', id, geometry, properties: { name } })) })
}

/** The drawing tool changes points, lines and polygons without holes; the rest is only shown. */
export function isEditable({ geometry }: Drawing): boolean {
  return geometry.type === 'Point' || geometry.type === 'LineString' || (geometry.type === 'Polygon' && geometry.coordinates.length === 1)
}

/** Multi-shapes are drawn part by part, since the drawing tool knows no others. */
export function simpleParts({ id, name, geometry }: Drawing): Drawing[] {
  if (!several.has(geometry.type) || !('coordinates' in geometry)) return [{ id, name, geometry }]
  const type = geometry.type.slice('Multi'.length)
  return (geometry.coordinates as unknown[]).map((coordinates, i) => ({ id: i === 0 ? id : `${id}-${i}`, name, geometry: { type, coordinates } as unknown as Geometry }))
}

function isGeometry(value: unknown): value is Geometry {
  if (typeof value !== 'object' || value === null) return false
  const { type, coordinates } = value as Record<string, unknown>
  if (typeof type !== 'string' || !(simple.has(type) || several.has(type))) return false
  const depth = type === 'Point' ? 0 : type === 'LineString' || type === 'MultiPoint' ? 1 : type === 'MultiPolygon' ? 3 : 2
  let positions = 0
  const good = (part: unknown, level: number): boolean => {
    if (!Array.isArray(part)) return false
    if (level > 0) return part.length > 0 && (part as unknown[]).every((p) => good(p, level - 1))
    const [lon, lat] = part as unknown[]
    return ++positions <= mostPositions && typeof lon === 'number' && typeof lat === 'number' && Math.abs(lon) <= 180 && Math.abs(lat) <= 90
  }
  return good(coordinates, depth)
}
