// What components need of the current language, beyond t().
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ApiError } from '../api/client'
import type { Words } from '../identify/rows'
import type { Locale } from './index'

interface Named {
  name: string
  name_en: string
}

export function useWords() {
  const { t, locale } = useI18n()
  const current = computed(() => locale.value as Locale)
  const words = computed<Words>(() => ({ locale: current.value, yes: t('value.yes'), no: t('value.no') }))
  const nameOf = (thing: Named): string => (current.value === 'zh' ? thing.name : thing.name_en || thing.name)
  const errorText = (error: ApiError): string => (current.value === 'zh' ? error.zh : error.en)
  return { t, locale: current, words, nameOf, errorText }
}
