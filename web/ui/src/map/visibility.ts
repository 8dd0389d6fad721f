// Why a layer that is switched on is not seen: the map is too far out.
import type { Layer } from '../api/types'
import { formatScale, scaleDenominator } from './coordinates'

/** The latitude of Yunfu's middle, for scales that stand for the whole city. */
const cityLatitude = 22.85

/** The zoom to go to, or undefined if the layer is drawn at this zoom. */
export function zoomNeeded(layer: Layer, zoom: number | undefined): number | undefined {
  return zoom !== undefined && zoom < layer.min_zoom ? layer.min_zoom : undefined
}

/** The scale at which a zoom shows the city, as "1:140 000". */
export function scaleOfZoom(zoom: number): string {
  return formatScale(scaleDenominator(zoom, cityLatitude))
}
