// What the board decides: filters as the server reads them, the groups of states
// that its marks show, and how the list changes when something is heard.
import type { Filters, Incident } from './types'

export const noFilters = (): Filters => ({ states: [], kind: '', source: '', cell: '', from: '', to: '', text: '' })

/** States from which nothing leads on. */
export const finalStates = ['closed', 'rejected']

/** All states in the order of their work. */
export const states = ['reported', 'verified', 'filed', 'dispatched', 'in_progress', 'handled', 'checked', 'returned', 'suspended', 'closed', 'rejected']

export const openStates = states.filter((s) => !finalStates.includes(s))

/** What states have in common, as a mark shows it: a shape beside a colour. */
export const groups = {
  fresh: { states: ['reported', 'verified'], shape: 'triangle', colour: '#b3261e' },
  underway: { states: ['filed', 'dispatched', 'in_progress', 'returned'], shape: 'diamond', colour: '#8a5a00' },
  handled: { states: ['handled', 'checked'], shape: 'square', colour: '#0b57d0' },
  stopped: { states: ['suspended'], shape: 'plus', colour: '#6a3fa0' },
  ended: { states: ['closed', 'rejected'], shape: 'circle', colour: '#4b5563' },
} as const
export type Group = keyof typeof groups

export function groupOf(state: string): Group {
  for (const [group, { states: members }] of Object.entries(groups)) if ((members as readonly string[]).includes(state)) return group as Group
  return 'underway'
}

/** The name of a group's image, as map/symbols.ts draws it. */
export const iconOf = (group: Group): string => `icon:${groups[group].shape}:${groups[group].colour}:22`

/** The parameters that stand for the filters. */
export function queryOf(filters: Filters, more: Record<string, string> = {}): string {
  const query = new URLSearchParams(more)
  if (filters.states.length > 0) query.set('state', filters.states.join(','))
  for (const name of ['kind', 'source', 'cell', 'from', 'to', 'text'] as const) {
    const value = filters[name].trim()
    if (value) query.set(name, value)
  }
  return query.toString()
}

/** Puts an incident where it belongs, the newest first; one that the filters no longer ask for goes. */
export function withIncident(list: readonly Incident[], id: number, now: Incident | undefined): Incident[] {
  const others = list.filter((i) => i.id !== id)
  if (!now) return others
  const at = others.findIndex((i) => i.id < id)
  return at < 0 ? [...others, now] : [...others.slice(0, at), now, ...others.slice(at)]
}

/** What the panel is about: an incident, a cell whose incidents are listed, or all. */
export function readArgument(argument: string): { id?: number; cell?: string } {
  if (/^[1-9]\d{0,15}$/.test(argument)) return { id: Number(argument) }
  const cell = /^cell:([0-9A-Za-z]{1,20})$/.exec(argument)?.[1]
  return cell ? { cell } : {}
}

/** The layer of cells that heat is shown by at a zoom, and what the server calls it. */
export function heatLevel(zoom: number): { level: string; layer: string } {
  if (zoom < 11) return { level: 'town', layer: 'division_town' }
  if (zoom < 13) return { level: 'village', layer: 'division_village' }
  return { level: 'small', layer: 'grid_small' }
}
