// What a panel may do with the map. BrowseView provides it; a panel asks for it
// with useMapAccess() and gives back what it took when it is unmounted.
import type { LayerSpecification, Map as MapLibreMap, SourceSpecification } from 'maplibre-gl'
import { inject, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import type { Bounds, MapFeature } from '../api/types'
import type { LonLat } from '../map/coordinates'
import type { LegendGroup } from '../map/legend'
import { toolPrefix } from '../map/styleDocument'
import type { ShownLayer } from '../map/urlState'
import type { Camera } from '../map/useMap'

/** Sources and layers that a panel draws above the catalogue's layers. */
export interface Overlay {
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
}

/**
 * Returns the overlay as it is. One whose ids are those of tools is refused: the
 * style would carry it over as if a tool had added it, and never take it away.
 */
export function checkedOverlay(overlay: Overlay): Overlay {
  for (const id of [...Object.keys(overlay.sources), ...overlay.layers.map((l) => l.id)]) {
    if (id.startsWith(toolPrefix)) throw new Error(`the id ${id} of an overlay begins with ${toolPrefix}, which is for what tools add themselves`)
  }
  return overlay
}

export interface MapAccess {
  /**
   * The map itself, or undefined before it is made and where there is no WebGL.
   * Never put it into reactive state. Sources and layers that are added straight
   * to it must have ids that begin with "tool:", else the next change of the style
   * removes them; overlay() does without.
   */
  map: Readonly<ShallowRef<MapLibreMap | undefined>>
  camera: Readonly<Ref<Camera | undefined>>
  /** The place under the pointer; undefined off the map. */
  cursor: Readonly<Ref<LonLat | undefined>>
  /** What the map shows once it has come to rest. */
  view: Readonly<ShallowRef<{ bounds: Bounds; zoom: number } | undefined>>
  legend: Readonly<ShallowRef<LegendGroup[]>>
  fit: (bounds: Bounds, maxZoom?: number) => void
  flyTo: (at: LonLat, zoom?: number) => void
  /** Highlights features, as identify does; [] ends it. */
  highlight: (features: MapFeature[]) => void
  /** Draws something of the panel's own, under ids that begin with "panel:"; undefined takes it away. id is the panel's. */
  overlay: (id: string, what: Overlay | undefined) => void
  /** Takes clicks on the map away from identify until the returned function is called. */
  takeClicks: (taker: ClickTaker) => () => void
  /** Takes the pointer of another map of the same place as that of the first one: its clicks go to the tool, or ask about what that map shows. */
  hear: (map: MapLibreMap, shown: () => readonly ShownLayer[]) => void
}

export interface ClickTaker {
  /** Says which clicks it wants, as those on its own marks: others go to whoever took them before, in the end to identify. Without it all are its. */
  over?: (at: LonLat) => boolean
  /** Called for both clicks of a double click too. */
  click: (at: LonLat) => void
  doubleClick?: () => void
}

export const mapAccessKey: InjectionKey<MapAccess> = Symbol('map access')

/** The map of the page; only inside a panel. */
export function useMapAccess(): MapAccess {
  const access = inject(mapAccessKey)
  if (!access) throw new Error('useMapAccess outside the map module')
  return access
}
