// Reads the legend out of the style document: what is shown now, drawn with the
// colours, lines and images that the map itself uses.
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { evaluate, type Situation } from './expression'
import { layerOf, type LegendLine, type StyleLayerMetadata } from './styleDocument'

export interface Stroke {
  colour: string
  width: number
  dash: number[]
  opacity: number
}

/** What a feature looks like, as far as a swatch can tell. */
export interface Swatch {
  fill?: { colour: string; opacity: number }
  /** Image name for drawSymbol. */
  pattern?: string
  strokes: Stroke[]
  circle?: { colour: string; radius: number; stroke: string; strokeWidth: number }
  /** Image name for drawSymbol. */
  icon?: string
}

export interface LegendEntry {
  label: string
  label_en: string
  properties: Record<string, unknown>
  swatch: Swatch
}

export interface LegendGroup {
  layer: string
  entries: LegendEntry[]
}

/**
 * Lists the legend of a style at a zoom: one group a layer, topmost first, with
 * the entries of which at least one style layer draws something at that zoom.
 */
export function legendOf(style: StyleSpecification, zoom: number): LegendGroup[] {
  const byLayer = new Map<string, { lines: LegendLine[]; styleLayers: LayerSpecification[] }>()
  for (const styleLayer of style.layers) {
    const id = layerOf(styleLayer)
    if (id === '' || !drawnAt(styleLayer, zoom)) continue
    const group = byLayer.get(id) ?? { lines: [], styleLayers: [] }
    group.styleLayers.push(styleLayer)
    byLayer.set(id, group)
  }
  for (const styleLayer of style.layers) {
    const group = byLayer.get(layerOf(styleLayer))
    group?.lines.push(...((styleLayer.metadata as StyleLayerMetadata | undefined)?.['onemap:legend'] ?? []))
  }
  return [...byLayer.entries()]
    .map(([layer, { lines, styleLayers }]) => ({
      layer,
      entries: lines.map((line) => ({ ...line, swatch: swatchOf(styleLayers, { properties: exampleOf(line), zoom }) })).filter((e) => !isEmpty(e.swatch)),
    }))
    .filter((group) => group.entries.length > 0)
    .reverse()
}

/**
 * Cuts the legend down to what is in view. drawn holds, by layer, the
 * properties of the features that the map has drawn; a layer without any is
 * left out, and so is every class that no feature there has.
 */
export function inView(groups: readonly LegendGroup[], drawn: ReadonlyMap<string, readonly Record<string, unknown>[]>): LegendGroup[] {
  return groups.flatMap((group) => {
    const features = drawn.get(group.layer) ?? []
    if (features.length === 0) return []
    if (group.entries.length === 1) return [group]
    const fields = [...new Set(group.entries.flatMap((e) => Object.keys(e.properties)))]
    const kinds = new Map(features.map((f) => [fields.map((name) => JSON.stringify(f[name])).join(), f]))
    const entries = group.entries.filter((e) => [...kinds.values()].some((f) => belongs(f, e)))
    return entries.length === 0 ? [] : [{ ...group, entries }]
  })
}

function belongs(properties: Record<string, unknown>, entry: LegendEntry): boolean {
  return Object.entries(entry.properties).every(([name, wanted]) => {
    const value = properties[name] ?? null
    return Array.isArray(wanted) ? wanted.includes(value) : wanted === value
  })
}

/** The properties of one feature that the line stands for. */
export function exampleOf(line: LegendLine): Record<string, unknown> {
  return Object.fromEntries(Object.entries(line.properties).map(([name, wanted]) => [name, Array.isArray(wanted) ? (wanted as unknown[])[0] : wanted]))
}

function drawnAt(layer: LayerSpecification, zoom: number): boolean {
  return zoom >= (layer.minzoom ?? 0) && zoom < (layer.maxzoom ?? 25) && layer.layout?.visibility !== 'none'
}

/** Composes what the style layers, bottom to top, draw for a feature. */
export function swatchOf(styleLayers: readonly LayerSpecification[], at: Situation): Swatch {
  const swatch: Swatch = { strokes: [] }
  for (const layer of styleLayers) {
    if ('filter' in layer && layer.filter !== undefined && evaluate(layer.filter, at) !== true) continue
    const paint = (name: string, otherwise: unknown) => evaluate((layer.paint as Record<string, unknown> | undefined)?.[name] ?? otherwise, at)
    switch (layer.type) {
      case 'fill': {
        const pattern = paint('fill-pattern', null)
        if (typeof pattern === 'string' && pattern !== '') swatch.pattern = pattern
        else swatch.fill = { colour: String(paint('fill-color', '#000000')), opacity: Number(paint('fill-opacity', 1)) }
        break
      }
      case 'line':
        swatch.strokes.push({
          colour: String(paint('line-color', '#000000')),
          width: Number(paint('line-width', 1)),
          dash: (paint('line-dasharray', ['literal', []]) as number[]) ?? [],
          opacity: Number(paint('line-opacity', 1)),
        })
        break
      case 'circle':
        swatch.circle = {
          colour: String(paint('circle-color', '#000000')),
          radius: Number(paint('circle-radius', 5)),
          stroke: String(paint('circle-stroke-color', '#000000')),
          strokeWidth: Number(paint('circle-stroke-width', 0)),
        }
        break
      case 'symbol': {
        const image = evaluate((layer.layout as Record<string, unknown> | undefined)?.['icon-image'] ?? null, at)
        if (typeof image === 'string' && image !== '') swatch.icon = image
        break
      }
      default:
    }
  }
  return swatch
}

function isEmpty(swatch: Swatch): boolean {
  return !swatch.fill && !swatch.pattern && !swatch.circle && !swatch.icon && swatch.strokes.length === 0
}
