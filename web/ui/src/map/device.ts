// Whether this browser can draw the map at all.
import { defineStore } from 'pinia'
import { ref } from 'vue'

export const useDevice = defineStore('device', () => {
  /** False once the map could not be created; the page then lists features instead. */
  const webgl = ref(true)
  return { webgl }
})
