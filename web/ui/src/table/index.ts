import component from './TablePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
