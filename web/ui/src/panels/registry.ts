// The one table of the map's panels. Whoever adds a panel adds a row here and a
// folder of its own; see docs/frontend.md.
//
// A panel's code and words are one lazily loaded chunk: only what stands in this
// file is part of the first view.
import type { Component } from 'vue'
import type { Locale } from '../i18n'
import { entries } from './entries'

/**
 * Where a panel stands: in the drawer at the right of the map, under the map,
 * or over the map itself. One panel of a place is open at a time.
 */
export type PanelPlace = 'side' | 'bottom' | 'over'

/** Where its button is: in the strip at the map's right edge, in the top bar, or nowhere, where other parts of the page open it. */
export type PanelButton = 'strip' | 'bar' | 'none'

/** Messages of vue-i18n, under a first key that is the panel's own. */
export type PanelWords = Record<string, unknown>

export interface PanelModule {
  component: Component
  words?: Record<Locale, PanelWords>
}

export interface PanelEntry {
  /** Stands in the address, ?open=id: lower case, digits and hyphens. */
  id: string
  place: PanelPlace
  /** In the drawer: takes more width, for figures that stand side by side. */
  wide?: true
  button: PanelButton
  /** Its button of the bar stands in the menu of this name, with others of a kind. */
  menu?: 'governance'
  /** Its title and its button's name. */
  title: Record<Locale, string>
  icon: Component
  /** Imports the panel's index.ts, never the component itself, so that both words and component stay out of the first view. */
  load: () => Promise<PanelModule>
}

/** Names without a colon or comma can stand in the address as they are. */
const idForm = /^[a-z][a-z0-9-]{0,31}$/

/** Checks the table: a panel that could not be opened by its address would be found by nobody. */
export function checked(list: readonly PanelEntry[]): readonly PanelEntry[] {
  const seen = new Set<string>()
  for (const { id } of list) {
    if (!idForm.test(id)) throw new Error(`panel id ${JSON.stringify(id)} cannot stand in an address`)
    if (seen.has(id)) throw new Error(`two panels are called ${id}`)
    seen.add(id)
  }
  return list
}

export const panels: readonly PanelEntry[] = checked(entries)

export function panelOf(id: string): PanelEntry | undefined {
  return panels.find((p) => p.id === id)
}
