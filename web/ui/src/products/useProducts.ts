// What the pages about products have in common: their words, and ways out of them.
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { useWords } from '../i18n/useWords'
import { useTarget } from '../search/target'
import * as sheetWords from '../sheets/words'
import type { Content, Product } from './types'
import * as words from './words'

export function useProducts() {
  const { mergeLocaleMessage } = useI18n({ useScope: 'global' })
  for (const all of [words, sheetWords]) for (const [language, messages] of Object.entries(all)) mergeLocaleMessage(language, messages)
  const { t, locale, errorText } = useWords()
  const router = useRouter()
  const route = useRoute()
  const target = useTarget()

  const titleOf = (content: Content): string => (locale.value === 'zh' ? content.title : content.title_en || content.title)
  const when = (moment: string): string => new Date(moment).toLocaleString(locale.value === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' })

  /** Where the map shows a product; "" is the map as it was. */
  function onMap(product: string, open?: string) {
    const rest = product ? { layers: undefined, filter: undefined, order: undefined } : {}
    return { name: 'map', query: { ...route.query, ...rest, product: product || undefined, open } }
  }

  /** Opens a product on the map, where it is. */
  function openMap({ id, content }: Product, version?: number, open?: string): void {
    if (content.extent) {
      const [west, south, east, north] = content.extent
      target.target = { at: { lon: (west + east) / 2, lat: (south + north) / 2 }, bounds: content.extent, label: content.title }
    }
    void router.push(onMap(version ? `${id}@${version}` : id, open))
  }

  return { t, locale, errorText, titleOf, when, openMap, onMap, router, route }
}
