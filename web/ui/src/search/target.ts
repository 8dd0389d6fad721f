// Where the page is asked to go, by parts of it that have no map: the search
// box in the top bar. The map module goes there when it is there.
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Bounds, MapFeature } from '../api/types'
import type { LonLat } from '../map/coordinates'

export interface Target {
  at: LonLat
  /** What to fit; undefined is the place alone. */
  bounds?: Bounds
  feature?: MapFeature
  label: string
}

export const useTarget = defineStore('target', () => {
  const target = shallowRef<Target>()
  return { target }
})
