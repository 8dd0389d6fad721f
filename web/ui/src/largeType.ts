// 大字版: the whole page a quarter larger, remembered for the next visit. It is
// the browser's own zoom of the root, so that every size grows alike.
import { ref, watchEffect } from 'vue'

const kept = 'onemap.largeType'

export const largeType = ref(localStorage.getItem(kept) === 'true')

export function setLargeType(on: boolean): void {
  largeType.value = on
  localStorage.setItem(kept, String(on))
}

watchEffect(() => document.documentElement.classList.toggle('large-type', largeType.value))
