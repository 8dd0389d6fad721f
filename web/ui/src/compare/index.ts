import component from './CompareView.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
