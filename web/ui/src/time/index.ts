import component from './TimePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
