// Gauss–Krüger coordinates for the status bar. proj4 is loaded when they are
// first asked for; answers that matter legally come from the server.
import type { LonLat, SurveyXY } from './coordinates'

/** CGCS2000 / 3-degree Gauss–Kruger, central meridian 111°E, no zone prefix. */
export const epsg4546 = '+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs'

export type ToSurvey = (at: LonLat) => SurveyXY

let loading: Promise<ToSurvey> | undefined

/** Resolves to the conversion; loads proj4 once. */
export function loadToSurvey(): Promise<ToSurvey> {
  loading ??= import('proj4').then(({ default: proj4 }) => {
    const converter = proj4('+proj=longlat +ellps=GRS80 +no_defs', epsg4546)
    return ({ lon, lat }) => {
      const [easting, northing] = converter.forward([lon, lat])
      return { x: northing, y: easting }
    }
  })
  return loading
}
