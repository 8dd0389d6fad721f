// Has the map ask anew for a layer's tiles, after another version was published.
import type { Map as MapLibreMap, VectorTileSource } from 'maplibre-gl'

export function reloadLayer(map: MapLibreMap | undefined, layer: string): void {
  const source = map?.getSource(layer)
  if (source?.type !== 'vector') return
  const vector = source as VectorTileSource
  if (vector.url) vector.setUrl(vector.url)
}
