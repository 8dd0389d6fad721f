// What of the map a phone keeps for a valley without signal: the tiles of its town
// at the zooms that a walker looks at. The service worker keeps what is fetched.

/** The layers of the pin map. */
export const packLayers = ['division_county', 'division_town', 'dltb', 'water_body', 'river', 'road', 'building', 'grid_micro', 'place_name']

/** Zooms of the tiles that are fetched ahead, and the most tiles a layer. */
export const packZooms = [10, 11, 12, 13, 14]
const mostTiles = 400

export interface TileNumber {
  z: number
  x: number
  y: number
}

/** The tiles of WebMercatorQuad that meet a rectangle of degrees, low zooms first. */
export function tilesOf([west, south, east, north]: readonly [number, number, number, number], zooms: readonly number[]): TileNumber[] {
  const tiles: TileNumber[] = []
  for (const z of zooms) {
    const side = 2 ** z
    const column = (lon: number) => Math.floor(((lon + 180) / 360) * side)
    const row = (lat: number) => Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * side)
    for (let x = column(west); x <= column(east); x++) {
      for (let y = row(north); y <= row(south); y++) tiles.push({ z, x, y })
    }
  }
  return tiles.slice(0, mostTiles)
}

/** Fetches a town's tiles of some layers, so that the service worker keeps them; failures don't matter. */
export async function fetchAhead(bounds: readonly [number, number, number, number], layers: readonly string[], get: (path: string) => Promise<Response>): Promise<number> {
  let kept = 0
  for (const id of layers) {
    try {
      const json = (await (await get(`/tiles/${id}.json`)).json()) as { tiles: [string]; minzoom: number; maxzoom: number }
      const template = json.tiles[0].replace(/^https?:\/\/[^/]*/, '')
      const zooms = packZooms.filter((z) => z >= json.minzoom && z <= json.maxzoom)
      for (const { z, x, y } of tilesOf(bounds, zooms)) {
        const answer = await get(template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y)))
        if (answer.ok) kept++
      }
    } catch {
      // without network now: the next time it is fetched
    }
  }
  return kept
}
