import component from './CoordinatePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
