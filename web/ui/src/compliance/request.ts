// What is asked of a check, and whether it can be sent.
import type { LonLat } from '../map/coordinates'
import { squareMetresPerHectare, squareMetresPerMu } from '../map/measures'

export const units = ['m2', 'mu', 'ha'] as const
export type Unit = (typeof units)[number]

export interface Wish {
  source: 'file' | 'draw'
  file?: File
  /** Corners of the polygon that was drawn, unclosed. */
  drawn: readonly LonLat[]
  ruleSet: string
  name: string
  /** As it was typed; "" is not stated. */
  stated: string
  unit: Unit
  /** "" is what the file says. */
  crs: string
  swapAxes: boolean
}

/** Names of files that hold a red line. */
export const accepted = ['.geojson', '.json', '.zip', '.txt', '.kml', '.kmz', '.dxf'] as const

/** The longest file that the server takes, bytes. */
export const mostBytes = 16 * 1024 * 1024

/** Why a check cannot be sent; each has its words. */
export type Lack = 'file' | 'empty' | 'large' | 'kind' | 'polygon' | 'ruleSet' | 'stated'

export function lackOf(wish: Wish): Lack | undefined {
  if (wish.source === 'draw') {
    if (wish.drawn.length < 3) return 'polygon'
  } else {
    const file = wish.file
    if (!file) return 'file'
    if (!accepted.some((end) => file.name.toLowerCase().endsWith(end))) return 'kind'
    if (file.size === 0) return 'empty'
    if (file.size > mostBytes) return 'large'
  }
  if (wish.ruleSet === '') return 'ruleSet'
  if (wish.stated.trim() !== '' && statedM2(wish) === undefined) return 'stated'
  return undefined
}

/** The stated area in m², or undefined where it is no positive number. Commas and blanks part thousands. */
export function statedM2({ stated, unit }: Pick<Wish, 'stated' | 'unit'>): number | undefined {
  const text = stated.replace(/[\s,，]/g, '')
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined
  const area = Number(text) * { m2: 1, mu: squareMetresPerMu, ha: squareMetresPerHectare }[unit]
  return area > 0 && area < 1e13 ? area : undefined
}

/** The form that asks for the check. Only for a wish that lacks nothing. */
export function formOf(wish: Wish): FormData {
  const form = new FormData()
  form.set('rule_set', wish.ruleSet)
  if (wish.name.trim() !== '') form.set('name', wish.name.trim())
  const stated = statedM2(wish)
  if (stated !== undefined) form.set('stated_m2', String(stated))
  if (wish.source === 'draw') {
    form.set('redline', JSON.stringify(polygonOf(wish.drawn)))
    return form
  }
  if (wish.crs.trim() !== '') form.set('crs', wish.crs.trim())
  if (wish.swapAxes) form.set('swap_axes', 'true')
  if (wish.file) form.set('file', wish.file, wish.file.name)
  return form
}

export function polygonOf(corners: readonly LonLat[]): GeoJSON.Polygon {
  const ring = corners.map(({ lon, lat }) => [lon, lat])
  return { type: 'Polygon', coordinates: [[...ring, ...ring.slice(0, 1)]] }
}
