import component from './TaskPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
