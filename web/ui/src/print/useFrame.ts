// The frame on the map: drawn, and dragged with the mouse or a finger.
import type { MapMouseEvent, MapTouchEvent, Map as MapLibreMap } from 'maplibre-gl'
import { onUnmounted, shallowRef, watch } from 'vue'
import type { LonLat } from '../map/coordinates'
import type { MapAccess } from '../panels/mapAccess'
import { boundsOfRings, frameLayer, frameOverlay, framesOf, moved, type SheetPlan } from './plan'

type Event = MapMouseEvent | MapTouchEvent

export function useFrame(access: MapAccess, onMoved: (by: LonLat) => void) {
  const plan = shallowRef<SheetPlan>()
  let held: { lon: number; lat: number } | undefined
  let by: LonLat = { lon: 0, lat: 0 }

  function draw(): void {
    access.overlay('print', plan.value ? frameOverlay(moved(framesOf(plan.value), by.lon, by.lat)) : undefined)
  }
  watch(plan, () => {
    by = { lon: 0, lat: 0 }
    draw()
  })

  function take(event: Event): void {
    if ('touches' in event.originalEvent && event.originalEvent.touches.length > 1) return
    event.preventDefault() // the map stays
    held = { lon: event.lngLat.lng, lat: event.lngLat.lat }
  }

  function drag(event: Event): void {
    if (!held) return
    by = { lon: event.lngLat.lng - held.lon, lat: event.lngLat.lat - held.lat }
    draw()
  }

  function drop(): void {
    if (!held) return
    held = undefined
    if (by.lon !== 0 || by.lat !== 0) onMoved(by)
  }

  const over = () => cursor('move')
  const out = () => cursor('')
  function cursor(shape: string): void {
    const canvas = access.map.value?.getCanvas()
    if (canvas) canvas.style.cursor = shape
  }

  function listen(map: MapLibreMap): () => void {
    map.on('mousedown', frameLayer, take)
    map.on('touchstart', frameLayer, take)
    map.on('mouseenter', frameLayer, over)
    map.on('mouseleave', frameLayer, out)
    map.on('mousemove', drag)
    map.on('touchmove', drag)
    // Also where it is let go off the map.
    window.addEventListener('mouseup', drop)
    window.addEventListener('touchend', drop)
    return () => {
      map.off('mousedown', frameLayer, take)
      map.off('touchstart', frameLayer, take)
      map.off('mouseenter', frameLayer, over)
      map.off('mouseleave', frameLayer, out)
      map.off('mousemove', drag)
      map.off('touchmove', drag)
      window.removeEventListener('mouseup', drop)
      window.removeEventListener('touchend', drop)
    }
  }

  let stop = () => {}
  watch(
    access.map,
    (map) => {
      stop()
      stop = map ? listen(map) : () => {}
    },
    { immediate: true },
  )
  // Clicks in the frame are the end of a drag, and are not asked about.
  const giveBack = access.takeClicks({ click: () => {} })
  onUnmounted(() => {
    stop()
    giveBack()
    out()
    access.overlay('print', undefined)
  })

  /** The part of the map that no panel covers, in pixels of it. */
  function open(panel: Element | null | undefined): { left: number; right: number; width: number; height: number } | undefined {
    const map = access.map.value
    if (!map) return undefined
    const box = map.getCanvas().getBoundingClientRect()
    const over = panel?.closest('[data-panel]')?.getBoundingClientRect()
    const right = over && over.left > box.left + 120 ? over.left - box.left : box.width
    return { left: 0, right, width: box.width, height: box.height }
  }

  /** Where the middle of that part is, and how wide it is in metres. */
  function middle(panel: Element | null | undefined): { at: LonLat; metres: number } | undefined {
    const map = access.map.value
    const part = open(panel)
    if (!map || !part) return undefined
    const at = map.unproject([part.right / 2, part.height / 2])
    const west = map.unproject([part.left, part.height / 2]).lng
    const east = map.unproject([part.right, part.height / 2]).lng
    return { at: { lon: at.lng, lat: at.lat }, metres: (east - west) * 111_320 * Math.cos((at.lat * Math.PI) / 180) }
  }

  /** Zooms to the frames, beside the panel. */
  function show(panel: Element | null | undefined): void {
    const bounds = plan.value && boundsOfRings(framesOf(plan.value))
    const part = open(panel)
    if (bounds && part) access.map.value?.fitBounds(bounds, { padding: { left: 50, top: 40, bottom: 40, right: part.width - part.right + 30 }, animate: false })
  }

  return { plan, middle, show }
}
