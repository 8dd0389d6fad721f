import component from './TilePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
