// The page's words. Names of layers and fields are not here: they come from the
// catalogue in both languages.
import { createI18n } from 'vue-i18n'
import en from './en'
import zh from './zh'

export type Locale = 'zh' | 'en'

const remembered = 'onemap.locale'

/** The language of the last visit, or else the browser's, or else Chinese. */
export function initialLocale(stored: string | null, browser: readonly string[]): Locale {
  if (stored === 'zh' || stored === 'en') return stored
  return browser[0]?.toLowerCase().startsWith('en') ? 'en' : 'zh'
}

export const i18n = createI18n({
  legacy: false,
  locale: initialLocale(localStorage.getItem(remembered), navigator.languages),
  fallbackLocale: 'zh',
  messages: { zh, en },
})

/** Switches the page's language and remembers it. */
export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  localStorage.setItem(remembered, locale)
}
