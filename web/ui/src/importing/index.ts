import component from './ImportPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
