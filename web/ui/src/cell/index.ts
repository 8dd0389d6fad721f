import CellPanel from './CellPanel.vue'
import { en, zh } from './words'

export default { component: CellPanel, words: { zh, en } }
