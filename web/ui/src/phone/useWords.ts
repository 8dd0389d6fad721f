// The language of the phone page.
import { computed, inject, ref, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import { words, type Locale, type Words } from './words'

export interface Speech {
  locale: Ref<Locale>
  t: ComputedRef<Words>
  /** The name of something that the server names in both languages. */
  named(one: { name: string; name_en?: string }): string
}

export const speechKey: InjectionKey<Speech> = Symbol('speech')
const remembered = 'onemap.locale' // shared with the staff viewer

export function makeSpeech(): Speech {
  const kept = localStorage.getItem(remembered)
  const locale = ref<Locale>(kept === 'en' || kept === 'zh' ? kept : navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh')
  return {
    locale,
    t: computed(() => {
      document.documentElement.lang = locale.value === 'zh' ? 'zh-CN' : 'en'
      localStorage.setItem(remembered, locale.value)
      return words[locale.value]
    }),
    named: (one) => (locale.value === 'en' && one.name_en ? one.name_en : one.name),
  }
}

export function useWords(): Speech {
  const speech = inject(speechKey)
  if (!speech) throw new Error('no words are provided')
  return speech
}
