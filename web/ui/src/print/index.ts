import * as sheets from '../sheets/words'
import component from './PrintPanel.vue'
import { en, zh } from './words'

export default { component, words: { zh: { ...zh, ...sheets.zh }, en: { ...en, ...sheets.en } } }
