// While a page of text is open, printing prints all of it, by Ctrl+P too.
import './paper.css'
import { onMounted, onUnmounted } from 'vue'

export function usePaper(): void {
  onMounted(() => document.documentElement.classList.add('on-paper'))
  onUnmounted(() => document.documentElement.classList.remove('on-paper'))
}
