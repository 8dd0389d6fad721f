import component from './StatisticsPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
