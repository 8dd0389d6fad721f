// What the cell panel decides: which shelves of layers to show, and how amounts read.
import type { Theme } from '../api/types'
import type { LayerCount, Summary } from './types'

/** Codes of cells and divisions. */
export const codeForm = /^[0-9]{4,17}$/

/** Layers by theme, in the catalogue's order; what the cell has nothing of is counted apart. */
export function shelves(layers: readonly LayerCount[], themes: readonly Theme[]): { theme: Theme; layers: LayerCount[] }[] {
  return themes.map((theme) => ({ theme, layers: layers.filter((l) => l.theme === theme.id && l.count > 0) })).filter((s) => s.layers.length > 0)
}

export const emptyLayers = (summary: Summary): LayerCount[] => summary.layers.filter((l) => l.count === 0)

const grouped = (n: number, digits: number) => n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** Square metres in hectares and mu, as 12.3456 公顷 (185.18 亩). */
export function areaParts(m2: number): { ha: string; mu: string } {
  return { ha: grouped(m2 / 1e4, 4), mu: grouped((m2 * 3) / 2000, 2) }
}

export const lengthText = (metres: number): string => grouped(metres, 1)
export const countText = (n: number): string => grouped(n, 0)

/** The layers of dangers that a question about the cell's risks names. */
export function dangerLayers(layers: readonly LayerCount[]): string[] {
  return layers.filter((l) => l.theme === 'hazards' && l.count > 0).map((l) => l.layer)
}
