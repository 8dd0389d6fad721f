import component from './HelpPage.vue'
import { en, zh } from './words'

export default { component, words: { zh, en } }
