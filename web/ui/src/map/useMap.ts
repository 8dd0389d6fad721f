// Owns the one map of the page: gives it the style of the current state, and
// says where it looks and what it has drawn. Pure decisions are elsewhere: the
// style in styleDocument.ts, the legend in legend.ts.
import type { Map as MapLibreMap, StyleSpecification } from 'maplibre-gl'
import { onUnmounted, ref, shallowRef, watch, type Ref } from 'vue'
import type { Bounds } from '../api/types'
import { useCatalogue } from '../catalogue/store'
import type { LonLat } from './coordinates'
import type { FontFaces } from './fontFaces'
import { inView, legendOf, type LegendGroup } from './legend'
import { composeStyle, layerOf } from './styleDocument'

export interface Camera extends LonLat {
  zoom: number
  bearing: number
}

export interface MapFailure {
  kind: 'context-lost' | 'tiles'
  reason: string
}

const reducedMotion = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches

export function useMap(onClick: (at: LonLat) => void, onNoWebgl: () => void) {
  const store = useCatalogue()
  const camera = ref<Camera>()
  const cursor = ref<LonLat>()
  /** What the map shows, once it has come to rest. */
  const view = shallowRef<{ bounds: Bounds; zoom: number }>()
  const legend = shallowRef<LegendGroup[]>([])
  const failure = shallowRef<MapFailure>()
  // Never reactive: a proxy round the map costs every frame.
  let map: MapLibreMap | undefined
  let fonts: FontFaces = {}
  let styleLoaded = false
  let waiting = 0

  function currentStyle(): StyleSpecification | undefined {
    if (!store.style) return undefined
    return composeStyle(store.style, { shown: store.shown, selected: store.selected, marks: store.marks, fonts, origin: window.location.origin })
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
      applyStyle()
    })
    made.on('move', readCamera)
    made.on('mousemove', (event) => (cursor.value = { lon: event.lngLat.lng, lat: event.lngLat.lat }))
    made.on('mouseout', () => (cursor.value = undefined))
    made.on('click', (event) => onClick({ lon: event.lngLat.lng, lat: event.lngLat.lat }))
    made.on('idle', readLegend)
    made.on('load', readView)
    made.on('moveend', readView)
    made.on('error', (event) => (failure.value = { kind: 'tiles', reason: event.error.message }))
    made.on('webglcontextlost', () => (failure.value = { kind: 'context-lost', reason: '' }))
    made.on('webglcontextrestored', () => (failure.value = undefined))
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
    const style = currentStyle()
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
      if (map && styleLoaded && style) map.setStyle(style, { diff: true })
    })
  }

  watch([() => store.style, () => store.shown, () => store.selected, () => store.marks], applyStyle)

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
  })

  return { start, camera: camera as Readonly<Ref<Camera | undefined>>, cursor, view, legend, failure, zoomTo, zoomBy, fit, northUp, resize }
}
