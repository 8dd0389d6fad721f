// Loads a panel once: its words join the page's, its component is kept.
import type { Component } from 'vue'
import type { PanelEntry, PanelWords } from './registry'

const loaded = new Map<string, Promise<Component>>()

/** Resolves to the panel's component. A failure is forgotten, so that the next call asks again. */
export function loadPanel(entry: PanelEntry, addWords: (locale: string, words: PanelWords) => void): Promise<Component> {
  const known = loaded.get(entry.id)
  if (known) return known
  const loading = entry.load().then(({ component, words }) => {
    for (const [locale, messages] of Object.entries(words ?? {})) addWords(locale, messages)
    return component
  })
  loaded.set(entry.id, loading)
  loading.catch(() => loaded.delete(entry.id))
  return loading
}
