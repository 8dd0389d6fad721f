import * as products from '../products/words'
import component from './ComposePanel.vue'
import { en, zh } from './words'

export default { component, words: { zh: { ...zh, ...products.zh }, en: { ...en, ...products.en } } }
