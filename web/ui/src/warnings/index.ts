import WarningPanel from './WarningPanel.vue'
import { en, zh } from './words'

export default { component: WarningPanel, words: { zh, en } }
