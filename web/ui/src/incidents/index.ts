import IncidentPanel from './IncidentPanel.vue'
import { en, zh } from './words'

export default { component: IncidentPanel, words: { zh, en } }
