// What the panel says of heights: pure, so that it is tested without a map.

/** An elevation model as GET /api/v1/terrain lists it. */
export interface TerrainModel {
  id: string
  title: string
  source: string
  date: string | null
  synthetic: boolean
  resolution_m: number
  seen_resolution_m: number
  lowest_m: number
  highest_m: number
  shades_maps: boolean
}

/** The height of a place as GET /api/v1/elevation tells it. */
export interface Elevation {
  lon: number
  lat: number
  elevation_m: number | null
  model: string | null
  resolution_m: number | null
}

/** The model that the map is shaded with. */
export function shading(models: readonly TerrainModel[]): TerrainModel | undefined {
  return models.find((m) => m.shades_maps) ?? models[0]
}

/** A height to the metre, as an office reads it: "1,034". */
export function metres(height: number): string {
  const rounded = Math.round(height)
  return (rounded === 0 ? 0 : rounded).toLocaleString('en-US')
}

/** The height that a raised map tells, without its exaggeration; undefined where it tells none. */
export function plainHeight(told: number | null | undefined, exaggeration: number): number | undefined {
  return told === null || told === undefined || !Number.isFinite(told) || exaggeration <= 0 ? undefined : told / exaggeration
}
