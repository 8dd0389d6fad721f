// Coordinates as people in a survey office write them. All longitudes and
// latitudes here are decimal degrees, CGCS2000, longitude first.

export interface LonLat {
  lon: number
  lat: number
}

/** Survey axes: x is the northing and y the easting, both metres, EPSG:4546. */
export interface SurveyXY {
  x: number
  y: number
}

/** Writes degrees as 112°02′40.2″E; seconds are rounded to a tenth (about 3 m). */
export function formatDms(degrees: number, axis: 'lon' | 'lat'): string {
  const tenths = Math.round(Math.abs(degrees) * 36000)
  const d = Math.floor(tenths / 36000)
  const m = Math.floor((tenths % 36000) / 600)
  const s = (tenths % 600) / 10
  const letter = axis === 'lon' ? (degrees < 0 ? 'W' : 'E') : degrees < 0 ? 'S' : 'N'
  return `${d}°${String(m).padStart(2, '0')}′${s.toFixed(1).padStart(4, '0')}″${letter}`
}

/** Writes "112.044500, 22.915400": six decimals, about 0.1 m. */
export function formatDecimal(at: LonLat): string {
  return `${at.lon.toFixed(6)}, ${at.lat.toFixed(6)}`
}

/** Writes "X 2535549.02  Y 607155.57": north first, as field books do. */
export function formatSurvey(at: SurveyXY): string {
  return `X ${at.x.toFixed(2)}  Y ${at.y.toFixed(2)}`
}

const equatorMetres = 40075016.685578488
const tileSize = 512

/** Metres on the ground that one CSS pixel covers, on Web Mercator at that latitude. */
export function metresPerPixel(zoom: number, lat: number): number {
  return (equatorMetres * Math.cos((lat * Math.PI) / 180)) / (tileSize * 2 ** zoom)
}

/** The screen's scale denominator, for CSS pixels of 1/96 inch. */
export function scaleDenominator(zoom: number, lat: number): number {
  return metresPerPixel(zoom, lat) / (0.0254 / 96)
}

/** Rounds a denominator to two digits and groups it: "1:54 000". */
export function formatScale(denominator: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(denominator)) - 1)
  const rounded = Math.round(denominator / unit) * unit
  return `1:${String(rounded).replace(/\B(?=(\d{3})+$)/g, ' ')}`
}

export interface ScaleBar {
  label: string
  widthPixels: number
}

/** The longest bar of 1, 2 or 5 times a power of ten metres that fits the width. */
export function scaleBar(zoom: number, lat: number, maxWidthPixels: number): ScaleBar {
  const perPixel = metresPerPixel(zoom, lat)
  const longest = perPixel * maxWidthPixels
  const power = 10 ** Math.floor(Math.log10(longest))
  const metres = ([5, 2, 1].find((n) => n * power <= longest) ?? 1) * power
  const label = metres >= 1000 ? `${metres / 1000} km` : metres >= 1 ? `${metres} m` : `${Number((metres * 100).toPrecision(1))} cm`
  return { label, widthPixels: Math.round(metres / perPixel) }
}
