// Makes the MapLibre map. Imported lazily, so that the frame is up before the
// map's code has come.
import 'maplibre-gl/dist/maplibre-gl.css'
import { Map as MapLibreMap, setWorkerUrl, type StyleSpecification } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { bearer } from '../api/client'
import type { Bounds } from '../api/types'
import { drawSymbol } from './symbols'

export { builtFontFaces } from './fontFaces'

/** Yunfu and a margin, in degrees; the map does not leave it. */
const panLimit: Bounds = [110.6, 21.8, 113.0, 23.7]
const imagePixelRatio = 2

export interface MapOptions {
  container: HTMLElement
  style: StyleSpecification
  /** Where to look when the address has no camera. */
  bounds: Bounds
  /** A second map, as for comparing, has no camera in the address. */
  second?: boolean
  /** MapLibre's own words that differ from its English ones. */
  words: Record<string, string>
}

/**
 * Makes a map with the camera in the address's hash, #map=zoom/lat/lon. Throws
 * GPUInitializationError where the browser has no WebGL 2.
 */
export function createMap(options: MapOptions): MapLibreMap {
  setWorkerUrl(workerUrl)
  const map = new MapLibreMap({
    container: options.container,
    style: options.style,
    ...(options.second ? {} : { hash: 'map' }),
    bounds: options.bounds,
    fitBoundsOptions: { padding: 24 },
    maxBounds: panLimit,
    minZoom: 7,
    maxZoom: 20,
    maxPitch: 60,
    fadeDuration: 0,
    refreshExpiredTiles: false,
    pixelRatio: Math.min(window.devicePixelRatio, 2),
    canvasContextAttributes: { powerPreference: 'default', antialias: false },
    locale: options.words,
    attributionControl: false,
    // A TileJSON may name its tiles without the host.
    transformRequest: (url) => (new URL(url, window.location.href).origin === window.location.origin ? { url, credentials: 'same-origin', headers: tokenHeader() } : { url }),
  })
  map.setMissingStyleImageResolver((id) => {
    const image = drawSymbol(id, imagePixelRatio)
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: imagePixelRatio })
  })
  return map
}

/** Layers that not everybody may read have tiles that need the token. */
function tokenHeader(): Record<string, string> {
  const token = bearer()
  return token ? { Authorization: `Bearer ${token}` } : {}
}
