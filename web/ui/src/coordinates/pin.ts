// A pin on the map, for places that are no feature.
import type { LonLat } from '../map/coordinates'
import type { Overlay } from '../panels/mapAccess'

/** Draws places as rings with a dot, under an id of their own. */
export function pins(id: string, places: readonly LonLat[]): Overlay {
  const source = `panel:${id}`
  return {
    sources: { [source]: { type: 'geojson', data: { type: 'FeatureCollection', features: places.map(({ lon, lat }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: {} })) } } },
    layers: [
      { id: `${source}:ring`, type: 'circle', source, paint: { 'circle-radius': 10, 'circle-color': 'rgba(255,255,255,0.5)', 'circle-stroke-color': '#b3261e', 'circle-stroke-width': 3 } },
      { id: `${source}:dot`, type: 'circle', source, paint: { 'circle-radius': 3, 'circle-color': '#b3261e' } },
    ],
  }
}
