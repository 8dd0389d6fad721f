// Owns the one map of the page: gives it the style of the current state, says
// where it looks and what it has drawn, and lends it to panels. Pure decisions
// are elsewhere: the style in styleDocument.ts, the legend in legend.ts.
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl'
import { onUnmounted, ref, shallowRef, watch, type Ref } from 'vue'
import type { Bounds, Field, MapFeature } from '../api/types'
import { loadDetails } from '../catalogue/details'
import { useCatalogue } from '../catalogue/store'
import type { LonLat } from './coordinates'
import type { FontFaces } from './fontFaces'
import { inView, legendOf, type LegendGroup } from './legend'
import { composeStyle, keepingTools, layerOf } from './styleDocument'
import { checkedOverlay, type ClickTaker, type MapAccess, type Overlay } from '../panels/mapAccess'
import type { ShownLayer } from './urlState'

export interface Camera extends LonLat {
  zoom: number
  bearing: number
}

export interface MapFailure {
  kind: 'context-lost' | 'tiles'
  reason: string
}

const reducedMotion = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches

export function useMap(onClick: (at: LonLat, among: readonly ShownLayer[]) => void, onNoWebgl: () => void) {
  const store = useCatalogue()
  const camera = ref<Camera>()
  const cursor = ref<LonLat>()
  /** What the map shows, once it has come to rest. */
  const view = shallowRef<{ bounds: Bounds; zoom: number }>()
  const legend = shallowRef<LegendGroup[]>([])
  const failure = shallowRef<MapFailure>()
  // Shallow: a proxy round the map costs every frame.
  const current = shallowRef<MapLibreMap>()
  let map: MapLibreMap | undefined
  const overlays = shallowRef<ReadonlyMap<string, Overlay>>(new Map())
  /** Who has taken the clicks; the last one gets them. */
  let takers: ClickTaker[] = []
  /** The maps whose clicks are taken: the first, and those beside it. */
  const heard = new Set<MapLibreMap>()
  /** Fields of the layers that are filtered. */
  const fields = shallowRef<ReadonlyMap<string, readonly Field[]>>(new Map())
  let fonts: FontFaces = {}
  let styleLoaded = false
  let waiting = 0

  /** The style of now; for the legend as if the ground were flat, where areas are areas. */
  function currentStyle(flat = false): StyleSpecification | undefined {
    if (!store.style) return undefined
    return composeStyle(store.style, { shown: store.shown, ownOrder: store.ownOrder, fields: fields.value, ground: flat ? undefined : store.ground, selected: store.selected, overlays: [...overlays.value.values()], fonts, origin: window.location.origin })
  }

  async function start(container: HTMLElement, bounds: Bounds, words: Record<string, string>): Promise<void> {
    const { builtFontFaces, createMap } = await import('./createMap')
    fonts = builtFontFaces(window.location.origin)
    const style = currentStyle()
    if (!style || map) return
    try {
      map = createMap({ container, style, bounds, words })
    } catch (thrown) {
      if (!(thrown instanceof Error) || thrown.name !== 'GPUInitializationError') throw thrown
      onNoWebgl()
      return
    }
    listen(map)
    readCamera()
    // For browser tests, which ask the map itself what it has drawn.
    if (new URLSearchParams(window.location.search).has('e2e')) Object.assign(window, { __map: map })
  }

  function listen(made: MapLibreMap): void {
    made.on('style.load', () => {
      styleLoaded = true
      // Panels may add to the map from now on.
      current.value = made
      applyStyle()
    })
    made.on('move', readCamera)
    hear(made, () => store.shown)
    made.on('idle', readLegend)
    made.on('load', readView)
    made.on('moveend', readView)
    made.on('error', (event) => (failure.value = { kind: 'tiles', reason: event.error.message }))
    made.on('webglcontextlost', () => (failure.value = { kind: 'context-lost', reason: '' }))
    made.on('webglcontextrestored', () => (failure.value = undefined))
  }

  /** Takes what the pointer does on a map; a map beside the first one is asked about what it shows itself. */
  function hear(made: MapLibreMap, shown: () => readonly ShownLayer[]): void {
    made.on('mousemove', (event) => (cursor.value = { lon: event.lngLat.lng, lat: event.lngLat.lat }))
    made.on('mouseout', () => (cursor.value = undefined))
    made.on('click', (event) => {
      const at = { lon: event.lngLat.lng, lat: event.lngLat.lat }
      const taker = [...takers].reverse().find((t) => !t.over || t.over(at))
      if (taker) taker.click(at)
      else onClick(at, shown())
    })
    made.on('dblclick', () => takers.filter((t) => !t.over).at(-1)?.doubleClick?.())
    heard.add(made)
    made.on('remove', () => heard.delete(made))
    takeTurns()
  }

  function readCamera(): void {
    if (!map) return
    const { lng, lat } = map.getCenter()
    camera.value = { lon: lng, lat, zoom: map.getZoom(), bearing: map.getBearing() }
    store.zoom = camera.value.zoom
  }

  function readView(): void {
    if (!map) return
    const bounds = map.getBounds()
    view.value = { bounds: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()], zoom: map.getZoom() }
  }

  function readLegend(): void {
    const style = currentStyle(true)
    if (!map || !style) return
    const drawn = new Map<string, Record<string, unknown>[]>()
    for (const feature of map.queryRenderedFeatures()) {
      const layer = layerOf(feature.layer)
      const list = drawn.get(layer) ?? []
      list.push(feature.properties as Record<string, unknown>)
      drawn.set(layer, list)
    }
    legend.value = inView(legendOf(style, map.getZoom()), drawn)
  }

  /** Gives the map the style of now, once a frame at most. */
  function applyStyle(): void {
    if (waiting !== 0) return
    waiting = window.requestAnimationFrame(() => {
      waiting = 0
      const style = currentStyle()
      if (map && styleLoaded && style) map.setStyle(style, { diff: true, transformStyle: keepingTools })
    })
  }

  watch([() => store.style, () => store.shown, () => store.ownOrder, () => store.ground, () => store.selected, overlays, fields], applyStyle)

  // Heights are seen from the side; a flat map from above.
  watch(
    () => store.ground.exaggeration > 0,
    (raised) => map?.easeTo({ pitch: raised ? Math.max(55, map.getPitch()) : 0, animate: !reducedMotion() }),
  )

  // A filter needs to know its fields; until they have come the layer is drawn whole.
  watch(
    () => store.shown.filter((s) => s.where && !fields.value.has(s.id)).map((s) => s.id),
    async (missing) => {
      for (const id of missing) {
        const details = await loadDetails(id).catch(() => undefined)
        if (details) fields.value = new Map([...fields.value, [id, details.layer.fields]])
      }
    },
    { immediate: true },
  )

  function zoomTo(zoom: number): void {
    // A little beyond, so that rounding does not leave the layer invisible.
    map?.easeTo({ zoom: zoom + 0.05, animate: !reducedMotion() })
  }

  function zoomBy(levels: number): void {
    map?.easeTo({ zoom: map.getZoom() + levels, animate: !reducedMotion() })
  }

  function fit(bounds: Bounds, maxZoom = 17): void {
    map?.fitBounds(bounds, { padding: 60, maxZoom, animate: !reducedMotion(), duration: 600 })
  }

  function flyTo(at: LonLat, zoom?: number): void {
    if (map) map.easeTo({ center: [at.lon, at.lat], zoom: zoom ?? map.getZoom(), animate: !reducedMotion(), duration: 600 })
  }

  function highlight(features: MapFeature[]): void {
    store.selected = features
  }

  function overlay(id: string, what: Overlay | undefined): void {
    const next = new Map(overlays.value)
    if (what) next.set(id, checkedOverlay(what))
    else next.delete(id)
    overlays.value = next
  }

  function takeClicks(taker: ClickTaker): () => void {
    takers = [...takers, taker]
    takeTurns()
    return () => {
      takers = takers.filter((t) => t !== taker)
      takeTurns()
    }
  }

  /** While a tool has the clicks, a double click is the tool's and not a zoom. */
  function takeTurns(): void {
    const taken = takers.some((t) => !t.over)
    for (const one of heard) {
      if (taken) one.doubleClickZoom.disable()
      else one.doubleClickZoom.enable()
      one.getCanvas().style.cursor = taken ? 'crosshair' : ''
    }
  }

  function northUp(): void {
    map?.easeTo({ bearing: 0, pitch: 0, animate: !reducedMotion() })
  }

  function resize(): void {
    map?.resize()
  }

  onUnmounted(() => {
    window.cancelAnimationFrame(waiting)
    map?.remove()
    map = undefined
    current.value = undefined
  })

  const access: MapAccess = { map: current, camera, cursor, view, legend, fit, flyTo, highlight, overlay, takeClicks, hear }
  return { start, access, camera: camera as Readonly<Ref<Camera | undefined>>, cursor, view, legend, failure, zoomTo, zoomBy, fit, northUp, resize }
}
