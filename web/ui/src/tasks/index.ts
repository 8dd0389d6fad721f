import component from './TaskPanel.vue'
import * as sheets from '../sheets/words'
import { en, zh } from './words'

export default { component, words: { zh: { ...zh, ...sheets.zh }, en: { ...en, ...sheets.en } } }
