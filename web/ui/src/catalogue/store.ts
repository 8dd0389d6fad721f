// The catalogue and what is shown of it: the one state that the tree, the map,
// the legend and the address agree on.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, asApiError, type ApiError } from '../api/client'
import type { Catalogue, Info, Layer, MapFeature } from '../api/types'
import { defaultLayers, type StyleDocument } from '../map/styleDocument'
import type { ShownLayer } from '../map/urlState'
import type { TileMark } from '../tiles/marks'
import { isPublished } from './tree'

export const useCatalogue = defineStore('catalogue', () => {
  const catalogue = shallowRef<Catalogue>({ themes: [], layers: [], synthetic: false })
  const info = shallowRef<Info>()
  const style = shallowRef<StyleDocument>()
  const failure = shallowRef<ApiError>()
  const loaded = ref(false)

  const shown = ref<ShownLayer[]>([])
  const selected = shallowRef<MapFeature[]>([])
  /** Tiles whose borders the map draws. */
  const marks = shallowRef<TileMark[]>([])
  /** The zoom of the map; undefined while there is no map. */
  const zoom = ref<number>()
  let picked: MapFeature | undefined

  const layersById = computed(() => new Map(catalogue.value.layers.map((l) => [l.id, l])))
  const shownIds = computed(() => new Set(shown.value.map((s) => s.id)))
  const synthetic = computed(() => catalogue.value.synthetic || info.value?.synthetic === true)

  /**
   * Asks for the catalogue and the style, and shows what the address names, or
   * else the usual layers. A second call asks again after a failure.
   */
  async function load(fromAddress: ShownLayer[] | undefined): Promise<void> {
    failure.value = undefined
    const asked = Promise.all([api.catalogue(), api.style(), api.info().catch(() => undefined)])
    try {
      const [c, s, i] = await asked
      catalogue.value = c
      style.value = s
      info.value = i
      shown.value = (fromAddress ?? defaultLayers(s)).filter(({ id }) => canShow(id))
      loaded.value = true
    } catch (thrown) {
      failure.value = asApiError(thrown)
    }
  }

  function canShow(id: string): boolean {
    const layer = layersById.value.get(id)
    return layer !== undefined && isPublished(layer)
  }

  function toggle(id: string): void {
    if (shownIds.value.has(id)) shown.value = shown.value.filter((s) => s.id !== id)
    else if (canShow(id)) shown.value = [...shown.value, { id, opacity: 1 }]
  }

  function setOpacity(id: string, opacity: number): void {
    shown.value = shown.value.map((s) => (s.id === id ? { id, opacity } : s))
  }

  /** Picks a feature of a layer for the map to show and zoom to. */
  function pick(id: string, feature: MapFeature): void {
    if (!shownIds.value.has(id)) toggle(id)
    selected.value = [feature]
    picked = feature
  }

  /** Returns the picked feature once. */
  function takePicked(): MapFeature | undefined {
    const feature = picked
    picked = undefined
    return feature
  }

  function layer(id: string): Layer | undefined {
    return layersById.value.get(id)
  }

  return { catalogue, info, style, failure, loaded, shown, selected, marks, zoom, shownIds, synthetic, load, toggle, setOpacity, pick, takePicked, layer, canShow }
})
