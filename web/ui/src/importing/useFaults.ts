// The faults of a report and the preview of a version on the map: what is drawn,
// which fault is looked at, and the shape of what is at fault.
import type { Geometry } from 'geojson'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useMapAccess } from '../panels/mapAccess'
import { roomFor } from '../compliance/result'
import { boundsFor, ids, marksOf, overlayOf, type Mark, type Shown } from './report'
import { server } from './server'
import type { Difference, Example, Report } from './types'
import type { Bounds } from '../api/types'

export interface Looked {
  layer: string
  /** 0 is none: a check that stored nothing. */
  version: number
  published: number
  difference: Difference | undefined
  report: Report | undefined
}

export function useFaults(looked: () => Looked) {
  const map = useMapAccess()
  const picked = ref('')
  const shape = shallowRef<Geometry>()
  const shown = ref<Shown>({ fresh: true, old: false, difference: true })
  const marks = computed<Mark[]>(() => {
    const { report } = looked()
    return report ? marksOf(report) : []
  })

  watch(
    [looked, marks, picked, shape, shown],
    () => {
      const { layer, version, published, difference } = looked()
      map.overlay(
        'import',
        layer ? overlayOf({ origin: window.location.origin, layer, version, published: published === version ? 0 : published, difference, shown: shown.value, marks: marks.value, picked: picked.value, shape: shape.value }) : undefined,
      )
    },
    { immediate: true, deep: true },
  )

  function fit(bounds: Bounds | undefined, maxZoom = 18): void {
    const drawn = map.map.value
    if (bounds && drawn) drawn.fitBounds(bounds, { padding: roomFor(drawn.getContainer().clientWidth), maxZoom, animate: false })
  }

  function show(what: keyof Shown, is: boolean): void {
    shown.value = { ...shown.value, [what]: is }
  }

  let asked: AbortController | undefined

  /** Looks at a fault: at once where it is, then with the feature's whole shape. */
  async function pick(key: string, example: Example, known?: Geometry): Promise<void> {
    asked?.abort()
    const controller = (asked = new AbortController())
    picked.value = key
    shape.value = known
    fit(boundsFor(known, example))
    const { layer, version } = looked()
    if (known || !version || !example.row) return
    try {
      const feature = await server.feature(layer, version, example.row, controller.signal)
      if (controller.signal.aborted || !feature.geometry) return
      shape.value = feature.geometry
      fit(boundsFor(feature.geometry, example))
    } catch {
      // A refused row is no feature of the version: its place is drawn all the same.
    }
  }

  function look(geometry: Geometry): void {
    asked?.abort()
    picked.value = ''
    shape.value = geometry
    fit(boundsFor(geometry, undefined))
  }

  /** A click on the map picks the fault that is there. */
  const giveBack = map.takeClicks({
    click: (at) => {
      const drawn = map.map.value
      if (!drawn?.getLayer(ids.points)) return
      const { x, y } = drawn.project([at.lon, at.lat])
      const [top] = drawn.queryRenderedFeatures([[x - 5, y - 5], [x + 5, y + 5]], { layers: [ids.points] })
      const mark = marks.value.find((m) => m.key === (top?.properties.key as unknown))
      if (mark) void pick(mark.key, mark.example)
    },
  })

  onScopeDispose(() => {
    asked?.abort()
    giveBack()
    map.overlay('import', undefined)
  })
  return { picked, shape, shown, marks, show, pick, look, fit }
}

export type Faults = ReturnType<typeof useFaults>
