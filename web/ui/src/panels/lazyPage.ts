// A page of its own rather than a panel of the map: a route of router.ts whose
// code and words come when it is opened.
import type { Component } from 'vue'
import { i18n } from '../i18n'
import type { PanelModule } from './registry'

/** Makes a route's component of a folder's index.ts, which has the form of a panel's. */
export function lazyPage(load: () => Promise<{ default: PanelModule }>): () => Promise<Component> {
  return async () => {
    const { component, words } = (await load()).default
    for (const [locale, messages] of Object.entries(words ?? {})) i18n.global.mergeLocaleMessage(locale as 'zh', messages)
    return component
  }
}
