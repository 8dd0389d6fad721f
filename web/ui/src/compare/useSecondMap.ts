// The second map of a comparison: its own style, the first one's camera.
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl'
import { onUnmounted, watch, type Ref } from 'vue'
import type { Bounds } from '../api/types'

export function useSecondMap(first: Readonly<Ref<MapLibreMap | undefined>>, words: Record<string, string>, made: (map: MapLibreMap) => void) {
  let second: MapLibreMap | undefined
  /** The style to show, which a map that is still loading takes later. */
  let wanted: StyleSpecification | undefined
  let loaded = false
  let following = false

  function follow(from: MapLibreMap, to: MapLibreMap): void {
    if (following) return
    following = true
    to.jumpTo({ center: from.getCenter(), zoom: from.getZoom(), bearing: from.getBearing(), pitch: from.getPitch() })
    following = false
  }

  const ahead = () => first.value && second && follow(first.value, second)
  const behind = () => first.value && second && follow(second, first.value)

  /** Makes the map, or gives it another style. */
  async function draw(container: HTMLElement, style: StyleSpecification): Promise<void> {
    wanted = style
    if (second) {
      if (loaded) second.setStyle(style, { diff: true })
      return
    }
    const { createMap } = await import('../map/createMap')
    if (second || !first.value || !container.isConnected) return
    const bounds = first.value.getBounds().toArray().flat() as Bounds
    const begun = wanted
    const map = createMap({ container, style: begun, bounds, words, second: true })
    second = map
    made(map)
    map.once('style.load', () => {
      loaded = true
      if (wanted && wanted !== begun) map.setStyle(wanted, { diff: true })
    })
    ahead()
    first.value.on('move', ahead)
    second.on('move', behind)
    if (new URLSearchParams(window.location.search).has('e2e')) Object.assign(window, { __second: second })
  }

  watch(first, (_, old) => old?.off('move', ahead))

  onUnmounted(() => {
    first.value?.off('move', ahead)
    second?.remove()
    second = undefined
  })

  return {
    draw,
    resize: () => {
      second?.resize()
      ahead()
    },
  }
}
