// What the tile panel shows: the reports of the shown layers' archives, and the
// sizes of the tiles in view, which are fetched again from the browser's cache.
import { onUnmounted, shallowRef, watch } from 'vue'
import { api, asApiError, type ApiError } from '../api/client'
import type { TileReport } from '../api/types'
import { useCatalogue } from '../catalogue/store'
import type { MapAccess } from '../panels/mapAccess'
import { marksOverlay } from './marks'
import { addressOf, fetchedFor, layersOf, tilesOf, type LayerSize, type TileAddress } from './measure'

/** One tile of the map: what each source gave for it. */
export interface MeasuredTile {
  tile: TileAddress
  bytes: number
  layers: LayerSize[]
  /** A live layer has more features here than a tile may hold. */
  truncated: boolean
}

export function useTileSizes({ view, overlay }: Pick<MapAccess, 'view' | 'overlay'>) {
  const store = useCatalogue()
  const reports = shallowRef<TileReport>()
  const failure = shallowRef<ApiError>()
  const measured = shallowRef<MeasuredTile[]>([])
  const templates = new Map<string, Promise<string>>()
  let asking: AbortController | undefined

  async function readReports(ids: string[]): Promise<void> {
    failure.value = undefined
    try {
      reports.value = ids.length === 0 ? { layers: [] } : await api.tileReport(ids)
    } catch (thrown) {
      failure.value = asApiError(thrown)
    }
  }

  function templateOf(id: string): Promise<string> {
    const known = templates.get(id) ?? api.tileTemplate(id)
    templates.set(id, known)
    known.catch(() => templates.delete(id))
    return known
  }

  async function measure(tile: TileAddress, signal: AbortSignal): Promise<MeasuredTile> {
    const one: MeasuredTile = { tile, bytes: 0, layers: [], truncated: false }
    for (const { id } of store.shown) {
      const layer = store.layer(id)
      const address = layer && fetchedFor(tile, layer.min_zoom, layer.max_zoom)
      if (!address) continue
      const answer = await api.tile(addressOf(await templateOf(id), address), signal)
      one.bytes += answer.bytes.length
      one.layers.push(...layersOf(answer.bytes))
      one.truncated ||= answer.truncated
    }
    return one
  }

  async function measureView(): Promise<void> {
    asking?.abort()
    if (!view.value) return
    const controller = new AbortController()
    asking = controller
    const tiles = tilesOf(view.value.bounds, Math.floor(view.value.zoom))
    overlay('tiles', marksOverlay(tiles.map((tile) => ({ tile }))))
    try {
      const all = await Promise.all(tiles.map((tile) => measure(tile, controller.signal)))
      if (controller.signal.aborted) return
      measured.value = all
      overlay('tiles', marksOverlay(all))
    } catch (thrown) {
      if (!controller.signal.aborted) failure.value = asApiError(thrown)
    }
  }

  const ids = () => store.shown.map((s) => s.id).sort().join(',')
  watch(ids, () => void readReports(ids().split(',').filter(Boolean)), { immediate: true })
  watch([view, ids], () => void measureView(), { immediate: true })

  onUnmounted(() => {
    asking?.abort()
    overlay('tiles', undefined)
  })

  return { reports, failure, measured }
}
