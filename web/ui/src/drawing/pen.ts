// The drawing tool: terra-draw on the page's map. What is drawn is told in
// plain drawings; how it is drawn is decided here.
import type { Map as MapLibreMap } from 'maplibre-gl'
import {
  TerraDraw,
  TerraDrawCircleMode,
  TerraDrawFreehandMode,
  TerraDrawLineStringMode,
  TerraDrawModeUndoRedo,
  TerraDrawPointMode,
  TerraDrawPolygonMode,
  TerraDrawRectangleMode,
  TerraDrawSelectMode,
  TerraDrawSessionUndoRedo,
  TerraDrawUndoRedoKeyboardShortcuts,
  ValidateNotSelfIntersecting,
  type GeoJSONStoreFeatures,
} from 'terra-draw'
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter'
import { isEditable, type Drawing } from './drawings'

export const modes = ['select', 'point', 'linestring', 'polygon', 'rectangle', 'circle', 'freehand'] as const
export type Mode = (typeof modes)[number]

const drawn = new Set<string>(modes)
const modeOf = { Point: 'point', LineString: 'linestring', Polygon: 'polygon' } as const

export interface Pen {
  setMode: (mode: Mode) => void
  /** Replaces what is drawn by these; those it cannot change are left out. */
  load: (drawings: readonly Drawing[]) => void
  drawings: () => { id: string; geometry: Drawing['geometry'] }[]
  remove: (id: string) => void
  undo: () => void
  redo: () => void
  stop: () => void
}

/** Puts the pen on the map. onChange is called after each finished change. */
export function startPen(map: MapLibreMap, newId: () => string, onChange: () => void): Pen {
  const valid = { validation: (feature: GeoJSONStoreFeatures, { updateType }: { updateType: string }) => (updateType === 'finish' || updateType === 'commit' ? ValidateNotSelfIntersecting(feature) : { valid: true }) }
  const edits = { draggable: true, coordinates: { midpoints: true, draggable: true, deletable: true } }
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: 'tool:draw', coordinatePrecision: 9 }),
    modes: [
      new TerraDrawSelectMode({ flags: Object.fromEntries(['point', 'linestring', 'polygon', 'rectangle', 'circle', 'freehand'].map((mode) => [mode, { feature: edits }])) }),
      new TerraDrawPointMode(),
      new TerraDrawLineStringMode({ snapping: { toCoordinate: true } }),
      new TerraDrawPolygonMode({ snapping: { toCoordinate: true }, ...valid }),
      new TerraDrawRectangleMode(),
      new TerraDrawCircleMode(),
      new TerraDrawFreehandMode(),
    ],
    idStrategy: { isValidId: (id) => typeof id === 'string' && id !== '', getId: newId },
    undoRedo: { modeLevel: new TerraDrawModeUndoRedo(), sessionLevel: new TerraDrawSessionUndoRedo(), keyboardShortcuts: new TerraDrawUndoRedoKeyboardShortcuts() },
  })
  draw.start()
  draw.on('finish', onChange)
  // Undoing, dragging and deleting are changes too, of which there are many a second.
  let loading = false
  let waiting = 0
  draw.on('change', () => {
    if (loading || waiting !== 0) return
    waiting = window.setTimeout(() => {
      waiting = 0
      onChange()
    }, 200)
  })

  // Its own handles and guides are features too.
  const real = () => draw.getSnapshot().filter((f) => drawn.has(String(f.properties.mode)) && !f.properties.selectionPoint && !f.properties.midPoint && !f.properties.snappingPoint && !f.properties.currentlyDrawing && !f.properties.closingPoint)

  return {
    setMode: (mode) => draw.setMode(mode),
    load: (drawings) => {
      loading = true
      draw.clear()
      draw.addFeatures(
        drawings.filter(isEditable).map(({ id, geometry }) => ({
          type: 'Feature',
          id,
          geometry: rounded(geometry),
          properties: { mode: modeOf[geometry.type as keyof typeof modeOf] },
        })) as GeoJSONStoreFeatures[],
      )
      loading = false
    },
    drawings: () => real().map((f) => ({ id: String(f.id), geometry: f.geometry as Drawing['geometry'] })),
    remove: (id) => {
      if (draw.hasFeature(id)) draw.removeFeatures([id])
    },
    undo: () => void draw.undo(),
    redo: () => void draw.redo(),
    stop: () => {
      window.clearTimeout(waiting)
      loading = true
      draw.stop()
    },
  }
}

/** The tool takes no more than nine decimals, which are a tenth of a millimetre. */
function rounded(geometry: Drawing['geometry']): Drawing['geometry'] {
  const round = (part: unknown): unknown => (Array.isArray(part) ? part.map(round) : Math.round((part as number) * 1e9) / 1e9)
  return 'coordinates' in geometry ? ({ ...geometry, coordinates: round(geometry.coordinates) } as Drawing['geometry']) : geometry
}
