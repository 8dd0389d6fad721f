// Keeps an open map true: asks now and then whether what is shown has changed,
// and draws those layers anew.
import type { Map as MapLibreMap, VectorTileSource } from 'maplibre-gl'
import { onMounted, onUnmounted, shallowRef, type ShallowRef } from 'vue'
import { api, pathOf } from '../api/client'
import type { Layer } from '../api/types'
import { useCatalogue } from '../catalogue/store'
import { outdated, republished, setsOf } from './following'

/** How often a map in view is compared with the server, in milliseconds: one small question, mostly answered by 304. */
const every = 30_000
/** How long a change is told, in milliseconds. */
const told = 10_000

export function useFollowing(current: Readonly<ShallowRef<MapLibreMap | undefined>>) {
  const store = useCatalogue()
  /** Layers whose new version the map has just taken over. */
  const updated = shallowRef<Layer[]>([])
  let seen = ''
  let looking = false
  let forget = 0

  async function look(): Promise<void> {
    const map = current.value
    if (looking || !map || document.visibilityState !== 'visible') return
    looking = true
    try {
      // A chosen version stays as it is.
      const ids = store.shown.filter((s) => s.version === undefined).map((s) => s.id)
      const sets = (await Promise.all(setsOf(ids).map((set) => api.tileTemplate(...set)))).join(' ')
      if (sets === seen) return
      if (await redraw(map, ids)) await tell()
      seen = sets
    } catch {
      // The server is away: the map stays as it is, and the next look asks again.
    } finally {
      looking = false
    }
  }

  /** Draws the layers anew whose tiles have changed, and says whether there were any. */
  async function redraw(map: MapLibreMap, ids: readonly string[]): Promise<boolean> {
    const now = new Map(await Promise.all(ids.map(async (id) => [id, await api.tileTemplate(id)] as const)))
    const drawn = new Map<string, string>()
    for (const id of ids) {
      const [address] = map.getSource<VectorTileSource>(id)?.tiles ?? []
      if (address) drawn.set(id, pathOf(address))
    }
    const changed = outdated(drawn, now)
    for (const id of changed) {
      const source = map.getSource<VectorTileSource>(id)
      source?.setUrl(source.url)
    }
    return changed.length > 0
  }

  async function tell(): Promise<void> {
    const before = store.catalogue.layers
    await store.refresh()
    const layers = republished(before, store.catalogue.layers)
    if (layers.length === 0) return
    updated.value = layers
    window.clearTimeout(forget)
    forget = window.setTimeout(() => (updated.value = []), told)
  }

  const timer = window.setInterval(() => void look(), every)
  const onVisible = () => void look()
  onMounted(() => document.addEventListener('visibilitychange', onVisible))
  onUnmounted(() => {
    document.removeEventListener('visibilitychange', onVisible)
    window.clearInterval(timer)
    window.clearTimeout(forget)
  })
  return { updated }
}
