// How incidents look on the map: marks that gather into clusters, or cells in the
// colours of how many they have. Every colour has its shape or its number.
import type { Overlay } from '../panels/mapAccess'
import { groupOf, groups, iconOf, type Group } from './board'
import type { HeatCell, Incident } from './types'

export const source = 'panel:incidents'
export const pointLayer = `${source}:point`
export const clusterLayer = `${source}:cluster`
export const heatLayer = `${source}:heat`

const font = ['Yunfu Sans']

/** The steps of heat: from so many incidents on, a cell has this colour. */
export const heatSteps = [
  { from: 1, colour: '#fde0b6' },
  { from: 5, colour: '#fbb86a' },
  { from: 20, colour: '#ef7f3b' },
  { from: 50, colour: '#cc4a1f' },
  { from: 200, colour: '#8c2310' },
]

export function heatColour(count: number): string {
  return heatSteps.filter((s) => count >= s.from).at(-1)?.colour ?? 'rgba(0,0,0,0)'
}

function pointOf(incident: Incident): GeoJSON.Feature {
  const group: Group = groupOf(incident.state)
  return { type: 'Feature', geometry: { type: 'Point', coordinates: incident.position }, properties: { id: incident.id, group } }
}

const icons = ['match', ['get', 'group'], ...(Object.keys(groups) as Group[]).flatMap((g) => [g, iconOf(g)]), iconOf('underway')]

/** Marks, clustered by MapLibre, and a ring round the one that is open. */
export function marksOverlay(incidents: readonly Incident[], opened: Incident | undefined): Overlay {
  const picked = `${source}:picked`
  const layers: unknown[] = [
    { id: clusterLayer, type: 'circle', source, filter: ['has', 'point_count'], paint: { 'circle-color': '#8a1c14', 'circle-opacity': 0.9, 'circle-radius': ['step', ['get', 'point_count'], 14, 20, 18, 100, 23, 500, 28], 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 2 } },
    { id: `${source}:count`, type: 'symbol', source, filter: ['has', 'point_count'], layout: { 'text-field': ['to-string', ['get', 'point_count']], 'text-font': font, 'text-size': 13, 'text-allow-overlap': true }, paint: { 'text-color': '#ffffff' } },
    { id: pointLayer, type: 'symbol', source, filter: ['!', ['has', 'point_count']], layout: { 'icon-image': icons, 'icon-allow-overlap': true } },
    { id: `${picked}:ring`, type: 'circle', source: picked, paint: { 'circle-radius': 16, 'circle-color': 'rgba(255,255,255,0)', 'circle-stroke-color': '#e6007a', 'circle-stroke-width': 3 } },
    { id: `${picked}:mark`, type: 'symbol', source: picked, layout: { 'icon-image': icons, 'icon-allow-overlap': true, 'icon-ignore-placement': true } },
  ]
  return {
    sources: {
      [source]: { type: 'geojson', data: { type: 'FeatureCollection', features: incidents.map(pointOf) }, cluster: true, clusterRadius: 44, clusterMaxZoom: 15 },
      [picked]: { type: 'geojson', data: { type: 'FeatureCollection', features: opened ? [pointOf(opened)] : [] } },
    },
    layers: layers as Overlay['layers'],
  }
}

/** Cells of a layer, coloured and numbered by how many incidents they have. */
export function heatOverlay(cells: readonly HeatCell[], layer: string, origin: string): Overlay {
  const counted = cells.filter((c) => c.count > 0)
  const colours = counted.length === 0 ? 'rgba(0,0,0,0)' : ['match', ['get', 'code'], ...counted.flatMap((c) => [c.code, heatColour(c.count)]), 'rgba(0,0,0,0)']
  const shapes = `${source}:cells:${layer}`
  const numbers = `${source}:numbers`
  const features: GeoJSON.Feature[] = counted.filter((c) => c.lon !== 0).map((c) => ({ type: 'Feature', geometry: { type: 'Point', coordinates: [c.lon, c.lat] }, properties: { count: c.count } }))
  const layers: unknown[] = [
    { id: heatLayer, type: 'fill', source: shapes, 'source-layer': layer, paint: { 'fill-color': colours, 'fill-opacity': 0.72 } },
    { id: `${heatLayer}:line`, type: 'line', source: shapes, 'source-layer': layer, paint: { 'line-color': '#5a2a10', 'line-width': 0.8 } },
    { id: `${heatLayer}:number`, type: 'symbol', source: numbers, layout: { 'text-field': ['to-string', ['get', 'count']], 'text-font': font, 'text-size': 13 }, paint: { 'text-color': '#1f2933', 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 } },
  ]
  return {
    sources: { [shapes]: { type: 'vector', url: new URL(`/tiles/${layer}.json`, origin).href }, [numbers]: { type: 'geojson', data: { type: 'FeatureCollection', features } } },
    layers: layers as Overlay['layers'],
  }
}
