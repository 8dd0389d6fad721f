// Areas and lengths in the units that Chinese land offices use.
import type { Measure } from '../api/types'

export const squareMetresPerMu = 2000 / 3
export const squareMetresPerHectare = 10000

export interface AreaText {
  squareMetres: string
  mu: string
  hectares: string
}

/** Writes an area in m², 亩 and 公顷, with two, two and four decimals. */
export function formatArea(squareMetres: number): AreaText {
  const text = (n: number, digits: number) => n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return {
    squareMetres: text(squareMetres, 2),
    mu: text(squareMetres / squareMetresPerMu, 2),
    hectares: text(squareMetres / squareMetresPerHectare, 4),
  }
}

/** Writes a length: metres below one kilometre, kilometres above. */
export function formatLength(metres: number): string {
  return metres < 1000 ? `${metres.toFixed(1)} m` : `${(metres / 1000).toFixed(3)} km`
}

export function hasMeasure(measure: Measure | undefined): boolean {
  return measure?.area_m2 !== undefined || measure?.length_m !== undefined
}
