import component from './StylePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
