// The catalogue and what is shown of it: the one state that the tree, the map,
// the legend and the address agree on.
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, asApiError, type ApiError } from '../api/client'
import type { Condition } from './conditions'
import type { Catalogue, Info, Layer, MapFeature } from '../api/types'
import { defaultLayers, hasGround, layerRanks, withProduct, type StyleDocument } from '../map/styleDocument'
import type { GroundState, ShownLayer } from '../map/urlState'
import { moved, movedTo } from './order'
import { isPublished } from './tree'

/** A product as the map's page knows it. */
export interface ShownProduct {
  id: string
  /** undefined is the newest. */
  version?: number
  name: string
  name_en: string
}

export const useCatalogue = defineStore('catalogue', () => {
  const catalogue = shallowRef<Catalogue>({ themes: [], layers: [], synthetic: false })
  const info = shallowRef<Info>()
  const style = shallowRef<StyleDocument>()
  const failure = shallowRef<ApiError>()
  const loaded = ref(false)

  /** What is shown, from the bottom to the top. */
  const shown = shallowRef<ShownLayer[]>([])
  /** The user has put the layers in an order; else the style's own order holds. */
  const ownOrder = ref(false)
  const selected = shallowRef<MapFeature[]>([])
  /** How the ground is shown, where there is an elevation model. */
  const ground = shallowRef<GroundState>({ hillshade: true, exaggeration: 0 })
  const grounded = computed(() => style.value !== undefined && hasGround(style.value))
  /** The zoom of the map; undefined while there is no map. */
  const zoom = ref<number>()
  /** The product that the map shows, which its own style has in it; undefined is none. */
  const product = shallowRef<ShownProduct>()
  let picked: MapFeature | undefined
  let plain: StyleDocument | undefined

  const layersById = computed(() => new Map(catalogue.value.layers.map((l) => [l.id, l])))
  const shownIds = computed(() => new Set(shown.value.map((s) => s.id)))
  const synthetic = computed(() => catalogue.value.synthetic || info.value?.synthetic === true)

  /**
   * Asks for the catalogue and the style, and shows what the address names, or
   * else the usual layers. A second call asks again after a failure.
   */
  async function load(fromAddress: ShownLayer[] | undefined, inOwnOrder = false): Promise<void> {
    failure.value = undefined
    const asked = Promise.all([api.catalogue(), api.style(), api.info().catch(() => undefined)])
    try {
      const [c, s, i] = await asked
      catalogue.value = c
      plain = s
      product.value = undefined
      style.value = s
      info.value = i
      apply(fromAddress ?? defaultLayers(s), inOwnOrder)
      loaded.value = true
    } catch (thrown) {
      failure.value = asApiError(thrown)
    }
  }

  /** Asks for the catalogue alone again: versions and counts as they are now. */
  async function refresh(): Promise<void> {
    catalogue.value = await api.catalogue()
  }

  function canShow(id: string): boolean {
    const layer = layersById.value.get(id)
    return layer !== undefined && isPublished(layer)
  }

  const ranks = computed(() => (style.value ? layerRanks(style.value) : new Map<string, number>()))

  /** Shows a product: its layers and no others, as it has them. */
  function showProduct(one: ShownProduct, itsStyle: StyleDocument): void {
    if (!style.value) return
    const ids = [...layerRanks(itsStyle).keys()]
    product.value = one
    style.value = withProduct(plain ?? style.value, itsStyle)
    apply(
      ids.map((id) => ({ id, opacity: 1 })),
      false,
    )
  }

  /** Shows layers in their own looks again. */
  function leaveProduct(): void {
    product.value = undefined
    if (plain) style.value = plain
  }

  /** Shows these layers and no others. */
  function apply(layers: readonly ShownLayer[], inOwnOrder: boolean): void {
    ownOrder.value = inOwnOrder
    const open = layers.filter(({ id }) => canShow(id))
    shown.value = inOwnOrder ? open : inStyleOrder(open)
  }

  function inStyleOrder(layers: readonly ShownLayer[]): ShownLayer[] {
    const rank = (s: ShownLayer) => ranks.value.get(s.id) ?? Infinity
    return [...layers].sort((a, b) => rank(a) - rank(b))
  }

  function toggle(id: string): void {
    if (shownIds.value.has(id)) shown.value = shown.value.filter((s) => s.id !== id)
    else if (canShow(id)) apply([...shown.value, { id, opacity: 1 }], ownOrder.value)
  }

  function change(id: string, to: Partial<ShownLayer>): void {
    shown.value = shown.value.map((s) => (s.id === id ? { ...s, ...to } : s))
  }

  function setOpacity(id: string, opacity: number): void {
    change(id, { opacity })
  }

  /** Chooses a version of a layer; undefined is the published one. */
  function setVersion(id: string, version: number | undefined): void {
    change(id, { version })
  }

  /** Leaves of a layer what meets the conditions. */
  function setWhere(id: string, where: readonly Condition[]): void {
    change(id, { where: where.length > 0 ? where : undefined })
  }

  /** Moves a layer up (1) or down (-1) in the drawing order. */
  function move(id: string, by: 1 | -1): void {
    reorder(moved(shown.value, id, by))
  }

  /** Puts a layer where another one is. */
  function moveTo(id: string, where: string): void {
    reorder(movedTo(shown.value, id, where))
  }

  function reorder(next: ShownLayer[]): void {
    if (next.every((s, i) => s === shown.value[i])) return
    ownOrder.value = true
    shown.value = next
  }

  function resetOrder(): void {
    apply(shown.value, false)
  }

  /** Hides all other layers. */
  function only(id: string): void {
    shown.value = shown.value.filter((s) => s.id === id)
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

  return { product, showProduct, leaveProduct, catalogue, info, style, failure, loaded, shown, ownOrder, selected, ground, grounded, zoom, shownIds, synthetic, load, refresh, apply, toggle, only, setOpacity, setVersion, setWhere, move, moveTo, resetOrder, pick, takePicked, layer, canShow }
})
