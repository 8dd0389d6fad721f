/// <reference types="vitest/config" />
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import { defineConfig, type Plugin } from 'vite'
import { phoneShell } from './vite/phoneShell'

// MapLibre's worker runs in a scope of its own, where src/polyfills.ts does not
// reach. The worker must stay the package's own file: wrapped in one of ours,
// it would be tree-shaken to nothing and the map would wait for it for ever.
const workerPolyfills = `if(!Object.hasOwn)Object.defineProperty(Object,'hasOwn',{configurable:true,writable:true,value:(o,k)=>Object.prototype.hasOwnProperty.call(o,k)});
if(!Array.prototype.at)Object.defineProperty(Array.prototype,'at',{configurable:true,writable:true,value(n){n=Math.trunc(n)||0;return this[n<0?n+this.length:n]}});
`

function mapWorkerPolyfills(): Plugin {
  return {
    name: 'map-worker-polyfills',
    enforce: 'pre',
    transform(code, id) {
      return /maplibre-gl-worker\.mjs/.test(id) ? { code: workerPolyfills + code, map: null } : undefined
    },
  }
}

const server = process.env.ONEMAP_URL ?? 'http://127.0.0.1:8080'
const proxy = { '/api': server, '/tiles': server }

export default defineConfig({
  base: '/',
  plugins: [
    vue(),
    Components({ dirs: [], dts: 'src/components.d.ts', resolvers: [ElementPlusResolver()] }),
    mapWorkerPolyfills(),
    phoneShell(),
  ],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    // The oldest browsers of the office PCs are Chromium 90; see README.md.
    target: ['chrome87', 'safari15', 'firefox100'],
    // Map fonts are fetched by MapLibre and cached by name: never inline them.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1300, // MapLibre alone is 1.2 MB, 350 kB compressed
    rollupOptions: {
      input: { index: 'index.html', m: 'm.html', sw: 'src/phone/worker/sw.ts' },
      // A service worker answers for the folder that it lies in.
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'm/sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es', plugins: () => [mapWorkerPolyfills()] },
  server: { proxy },
  preview: { proxy },
  // Element Plus brings its styles as imports, which Node itself cannot read.
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'], server: { deps: { inline: [/element-plus/] } } },
})
