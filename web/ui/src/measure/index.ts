import component from './MeasurePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
