import component from './DiagnosisPage.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
