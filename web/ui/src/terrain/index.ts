import component from './TerrainPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
