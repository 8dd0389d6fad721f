import './polyfills'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n'
import { router } from './router'
import 'element-plus/theme-chalk/base.css'
import './theme.css'

createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
