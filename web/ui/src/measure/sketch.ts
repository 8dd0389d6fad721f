// What is being measured, as data: the vertices so far and what each step makes
// of them. MeasurePanel.vue only passes clicks and keys on.
import type { LonLat } from '../map/coordinates'
import type { Overlay } from '../panels/mapAccess'

export type Kind = 'length' | 'area'

export interface Sketch {
  kind: Kind
  vertices: LonLat[]
  /** Finished: the next click begins anew. */
  done: boolean
}

/** The most vertices; a finger left on a key should not fill the memory. */
const mostVertices = 2000

export function begin(kind: Kind): Sketch {
  return { kind, vertices: [], done: false }
}

/** Adds a vertex; after a finished sketch it is the first of the next one. The same place twice, as a double click has it, counts once. */
export function add(sketch: Sketch, at: LonLat): Sketch {
  if (sketch.done) return { kind: sketch.kind, vertices: [at], done: false }
  const last = sketch.vertices.at(-1)
  if ((last && last.lon === at.lon && last.lat === at.lat) || sketch.vertices.length >= mostVertices) return sketch
  return { ...sketch, vertices: [...sketch.vertices, at] }
}

/** Takes the last vertex back, and goes on with a finished sketch. */
export function undo(sketch: Sketch): Sketch {
  return { ...sketch, vertices: sketch.vertices.slice(0, -1), done: false }
}

/** Finishes, if there is something to measure. */
export function finish(sketch: Sketch): Sketch {
  return sketch.vertices.length < (sketch.kind === 'area' ? 3 : 2) ? sketch : { ...sketch, done: true }
}

/** The vertices with the place under the pointer, which is measured as if it were the next. */
export function preview(sketch: Sketch, pointer: LonLat | undefined): LonLat[] {
  return sketch.done || !pointer || sketch.vertices.length === 0 ? sketch.vertices : [...sketch.vertices, pointer]
}

const colour = '#7a1fa2'
const source = 'panel:measure'

/** Draws the sketch on the map. */
export function overlayOf(kind: Kind, places: readonly LonLat[]): Overlay {
  const line = places.map(({ lon, lat }) => [lon, lat])
  const features: GeoJSON.Feature[] = places.map(({ lon, lat }) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: {} }))
  const [first] = line
  if (kind === 'area' && line.length > 2 && first) features.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[...line, first]] }, properties: {} })
  else if (line.length > 1) features.push({ type: 'Feature', geometry: { type: 'LineString', coordinates: line }, properties: {} })
  return {
    sources: { [source]: { type: 'geojson', data: { type: 'FeatureCollection', features } } },
    layers: [
      { id: `${source}:fill`, type: 'fill', source, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': colour, 'fill-opacity': 0.15 } },
      { id: `${source}:casing`, type: 'line', source, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': '#ffffff', 'line-width': 4.5 } },
      { id: `${source}:line`, type: 'line', source, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': colour, 'line-width': 2.5 } },
      { id: `${source}:vertex`, type: 'circle', source, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 4, 'circle-color': '#ffffff', 'circle-stroke-color': colour, 'circle-stroke-width': 2 } },
    ],
  }
}
