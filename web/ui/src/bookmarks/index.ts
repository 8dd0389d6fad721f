import component from './BookmarkPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
