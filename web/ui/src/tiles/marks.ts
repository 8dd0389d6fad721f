// The borders of tiles on the map, each with its address and size.
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import type { Overlay } from '../panels/mapAccess'
import { formatBytes, tileBounds, type TileAddress } from './measure'

/** A tile to mark. Bytes are undefined while they are not known. */
export interface TileMark {
  tile: TileAddress
  bytes?: number
}

const marksSource = 'panel:tiles'

/** The font of the style document, which names no other. */
const font = ['Yunfu Sans']

/** A tile above this many bytes is marked as too large; archives keep under it. */
export const byteLimit = 500_000

/** Marks as features: the border, and in its north-west corner the words. */
export function markFeatures(marks: readonly TileMark[]): GeoJSON.FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: marks.flatMap(({ tile, bytes }): GeoJSON.Feature[] => {
      const [west, south, east, north] = tileBounds(tile)
      const properties = { text: `${tile.z}/${tile.x}/${tile.y}\n${bytes === undefined ? '…' : formatBytes(bytes)}`, large: (bytes ?? 0) > byteLimit }
      return [
        { type: 'Feature', geometry: { type: 'LineString', coordinates: [[west, south], [west, north], [east, north], [east, south], [west, south]] }, properties },
        { type: 'Feature', geometry: { type: 'Point', coordinates: [west, north] }, properties },
      ]
    }),
  }
}

const colour: ExpressionSpecification = ['case', ['get', 'large'], '#b3261e', '#0b57d0']

const markLayers: LayerSpecification[] = [
  { id: 'panel:tiles:line', type: 'line', source: marksSource, paint: { 'line-color': colour, 'line-width': 1.5, 'line-dasharray': [4, 2] } },
  {
    id: 'panel:tiles:text',
    type: 'symbol',
    source: marksSource,
    filter: ['==', ['geometry-type'], 'Point'],
    layout: { 'text-field': ['get', 'text'], 'text-font': font, 'text-size': 12, 'text-anchor': 'top-left', 'text-justify': 'left', 'text-offset': [0.4, 0.3], 'text-allow-overlap': true, 'text-ignore-placement': true },
    paint: { 'text-color': colour, 'text-halo-color': '#ffffff', 'text-halo-width': 2 },
  },
]

/** Draws the marks above the map; none are nothing to draw. */
export function marksOverlay(marks: readonly TileMark[]): Overlay | undefined {
  return marks.length === 0 ? undefined : { sources: { [marksSource]: { type: 'geojson', data: markFeatures(marks) } }, layers: markLayers }
}
