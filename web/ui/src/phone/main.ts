import '../polyfills'
import { createApp } from 'vue'
import './phone.css'
import PhoneApp from './PhoneApp.vue'

createApp(PhoneApp).mount('#app')

// Without HTTPS there is none, and the page still works with a network.
if ('serviceWorker' in navigator) {
  window.addEventListener('load', () => void navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' }).catch(() => undefined))
}
