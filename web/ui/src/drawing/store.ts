// What the user has drawn: it stays on the map when the panel is closed, is
// kept for the next visit, and goes along with bookmarks and links.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { Overlay } from '../panels/mapAccess'
import { isEditable, readDrawings, type Drawing } from './drawings'

const kept = 'onemap.drawings'

export const useDrawings = defineStore('drawings', () => {
  const drawings = shallowRef<readonly Drawing[]>(load())
  /** The panel draws those it can change by itself. */
  const editing = ref(false)

  function load(): Drawing[] {
    try {
      return readDrawings(JSON.parse(localStorage.getItem(kept) ?? '[]'))
    } catch {
      return []
    }
  }

  function set(next: readonly Drawing[]): void {
    drawings.value = next
    try {
      localStorage.setItem(kept, JSON.stringify(next))
    } catch {
      // A full store keeps nothing for the next visit; the map still shows it.
    }
  }

  const overlay = computed<Overlay | undefined>(() => {
    const still = editing.value ? drawings.value.filter((d) => !isEditable(d)) : drawings.value
    return still.length === 0 ? undefined : overlayOf(still)
  })
  return { drawings, editing, overlay, set }
})

const source = 'panel:drawings'
const colour = '#c2410c'

function overlayOf(drawings: readonly Drawing[]): Overlay {
  const features = drawings.map((d) => ({ type: 'Feature' as const, geometry: d.geometry, properties: { name: d.name } }))
  return {
    sources: { [source]: { type: 'geojson', data: { type: 'FeatureCollection', features } } },
    layers: [
      { id: `${source}:fill`, type: 'fill', source, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.15 } },
      { id: `${source}:line`, type: 'line', source, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 2.5 } },
      { id: `${source}:point`, type: 'circle', source, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 6, 'circle-color': colour, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
      { id: `${source}:name`, type: 'symbol', source, layout: { 'text-field': ['get', 'name'], 'text-font': ['Yunfu Sans'], 'text-size': 13, 'text-anchor': 'top', 'text-offset': [0, 0.6] }, paint: { 'text-color': '#7c2d12', 'text-halo-color': '#ffffff', 'text-halo-width': 1.5 } },
    ],
  }
}
