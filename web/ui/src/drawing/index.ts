import component from './DrawPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
