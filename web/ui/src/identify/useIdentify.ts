// Asks the server what is at a place, and keeps the answer. A new question
// cancels the one under way.
import { computed, shallowRef } from 'vue'
import { api, asApiError, type ApiError } from '../api/client'
import type { Layer, MapFeature } from '../api/types'
import { loadDetails, type Details } from '../catalogue/details'
import { useCatalogue } from '../catalogue/store'
import { metresPerPixel, type LonLat } from '../map/coordinates'
import { versionedName, type ShownLayer } from '../map/urlState'
import { zoomNeeded } from '../map/visibility'

export interface Group {
  layer: Layer
  details?: Details
  features: MapFeature[]
}

export type Answer =
  | { state: 'asking' }
  | { state: 'nothing-shown' }
  | { state: 'failed'; error: ApiError }
  | { state: 'done'; groups: Group[] }

/** How near to a point or line a click must be, in CSS pixels. */
const tolerancePixels = 6

const geometryOrder = { point: 0, line: 1, polygon: 2 }

/** The layers to ask: shown, drawn at this zoom, the smallest targets first. */
export function askable(layers: readonly Layer[], zoom: number): Layer[] {
  return layers.filter((l) => zoomNeeded(l, zoom) === undefined).sort((a, b) => geometryOrder[a.geometry] - geometryOrder[b.geometry])
}

/** Orders what was found: points, lines, then areas from the smallest, which is what was most likely meant. */
export function mostSpecificFirst(groups: readonly Group[]): Group[] {
  const smallest = (g: Group) => Math.min(...g.features.map((f) => f.measure?.area_m2 ?? Infinity))
  return [...groups].sort((a, b) => geometryOrder[a.layer.geometry] - geometryOrder[b.layer.geometry] || (a.layer.geometry === 'polygon' ? smallest(a) - smallest(b) : 0))
}

export function useIdentify() {
  const store = useCatalogue()
  const answer = shallowRef<Answer>()
  const opened = shallowRef<{ group: Group; feature: MapFeature }>()
  let asking: AbortController | undefined

  /** Asks what is at a place among the layers that a map shows. */
  async function ask(at: LonLat, zoom: number, shown: readonly ShownLayer[] = store.shown): Promise<void> {
    asking?.abort()
    const controller = new AbortController()
    asking = controller
    open(undefined)
    const versions = new Map(shown.map((s) => [s.id, s]))
    const layers = askable(shown.filter((s) => s.version !== 0).flatMap(({ id }) => store.layer(id) ?? []), zoom)
    if (layers.length === 0) {
      answer.value = { state: 'nothing-shown' }
      return
    }
    answer.value = { state: 'asking' }
    try {
      const tolerance = tolerancePixels * metresPerPixel(zoom, at.lat)
      const found = await api.identify(at.lon, at.lat, layers.map((l) => versionedName(versions.get(l.id) ?? { id: l.id, opacity: 1 })), tolerance, controller.signal)
      const groups = await Promise.all(
        found.results
          .filter((r) => r.features.length > 0)
          .flatMap((r) => {
            const layer = store.layer(r.layer)
            return layer ? [{ layer, features: r.features }] : []
          })
          .map(async (g) => ({ ...g, details: await loadDetails(g.layer.id).catch(() => undefined) })),
      )
      if (controller.signal.aborted) return
      const ordered = mostSpecificFirst(groups)
      answer.value = { state: 'done', groups: ordered }
      const [only] = ordered
      const [feature] = only?.features ?? []
      open(only && feature && count.value === 1 ? { group: only, feature } : undefined)
    } catch (thrown) {
      if (!controller.signal.aborted) answer.value = { state: 'failed', error: asApiError(thrown) }
    }
  }

  function open(next: { group: Group; feature: MapFeature } | undefined): void {
    opened.value = next
    showOnMap()
  }

  /** Highlights the opened feature; without one, the most specific of those found. */
  function showOnMap(): void {
    const found = answer.value?.state === 'done' ? (answer.value.groups[0]?.features ?? []) : []
    store.selected = opened.value ? [opened.value.feature] : found
  }

  /** Highlights a feature of the list while it is pointed at or has the focus. */
  function point(feature: MapFeature): void {
    store.selected = [feature]
  }

  function close(): void {
    asking?.abort()
    answer.value = undefined
    open(undefined)
  }

  const count = computed(() => (answer.value?.state === 'done' ? answer.value.groups.reduce((n, g) => n + g.features.length, 0) : 0))

  return { answer, opened, count, ask, open, point, close }
}
