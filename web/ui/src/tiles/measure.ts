// Measures vector tiles: where they lie, how large they are, and how many
// features each of their layers has. Nothing is drawn and nothing is asked here.
import type { Bounds } from '../api/types'

export interface TileAddress {
  z: number
  x: number
  y: number
}

/** What a layer takes up in a tile. */
export interface LayerSize {
  layer: string
  bytes: number
  features: number
}

/** The tile of the web Mercator grid that holds a place, in degrees, at a whole zoom. */
export function tileAt(lon: number, lat: number, z: number): TileAddress {
  const n = 2 ** z
  const phi = (lat * Math.PI) / 180
  const inGrid = (v: number) => Math.min(n - 1, Math.max(0, Math.floor(v * n)))
  return { z, x: inGrid((lon + 180) / 360), y: inGrid((1 - Math.log(Math.tan(phi) + 1 / Math.cos(phi)) / Math.PI) / 2) }
}

/** West, south, east and north of a tile, in degrees. */
export function tileBounds({ z, x, y }: TileAddress): Bounds {
  const n = 2 ** z
  const lon = (column: number) => (column / n) * 360 - 180
  const lat = (row: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * row) / n))) * 180) / Math.PI
  return [lon(x), lat(y + 1), lon(x + 1), lat(y)]
}

/** The tiles that a view shows, row by row, at most so many. */
export function tilesOf([west, south, east, north]: Bounds, z: number, limit = 64): TileAddress[] {
  const first = tileAt(west, north, z)
  const last = tileAt(east, south, z)
  const found: TileAddress[] = []
  for (let y = first.y; y <= last.y; y++) for (let x = first.x; x <= last.x && found.length < limit; x++) found.push({ z, x, y })
  return found
}

/** The tile that a map fetches of a source for this one: at most of the source's highest zoom; undefined below its lowest. */
export function fetchedFor({ z, x, y }: TileAddress, minzoom: number, maxzoom: number): TileAddress | undefined {
  if (z < minzoom) return undefined
  const up = Math.max(0, z - maxzoom)
  return { z: z - up, x: x >> up, y: y >> up }
}

/** The address of a tile by the template of a TileJSON. */
export function addressOf(template: string, { z, x, y }: TileAddress): string {
  return template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y))
}

/**
 * Reads the layers of a tile as far as their names, sizes and numbers of features
 * (Mapbox Vector Tile 2: layers are field 3 of a tile, a layer's name is field 1
 * and its features are field 2). Throws a RangeError for what is no tile.
 */
export function layersOf(tile: Uint8Array): LayerSize[] {
  const sizes: LayerSize[] = []
  for (const layer of fieldsOf(tile)) {
    if (layer.number !== 3) continue
    const size: LayerSize = { layer: '', bytes: layer.bytes.length, features: 0 }
    for (const member of fieldsOf(layer.bytes)) {
      if (member.number === 1) size.layer = new TextDecoder().decode(member.bytes)
      if (member.number === 2) size.features++
    }
    sizes.push(size)
  }
  return sizes
}

/** Walks the fields of a protobuf message; those that are not bytes are empty. */
function* fieldsOf(message: Uint8Array): Generator<{ number: number; bytes: Uint8Array }> {
  let at = 0
  const varint = (): number => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = message[at++]
      if (byte === undefined || scale > 2 ** 63) throw new RangeError('not a vector tile: it ends within a number')
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const length = [() => (varint(), 0), () => 8, varint, undefined, undefined, () => 4][tag & 7]?.()
    if (length === undefined || at + length > message.length) throw new RangeError('not a vector tile: it ends within a field')
    yield { number: Math.floor(tag / 8), bytes: (tag & 7) === 2 ? message.subarray(at, at + length) : new Uint8Array() }
    at += length
  }
}

/** Bytes as a person reads them: "812 B", "48.3 kB", "1.20 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${(bytes / 1000).toPrecision(3)} kB`
  return `${(bytes / 1_000_000).toFixed(2)} MB`
}
