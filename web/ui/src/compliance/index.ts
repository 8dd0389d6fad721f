import component from './CompliancePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
