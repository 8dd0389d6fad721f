// The composed document of all defined layers is written by the styles package
// (go test ./styles -update); here MapLibre's own specification judges it.
import { readFileSync } from 'node:fs'
import { createExpression, expressions, latest, validateStyleMin, type StylePropertySpecification } from '@maplibre/maplibre-gl-style-spec'
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { describe, expect, test } from 'vitest'
import { marksOverlay } from '../tiles/marks'
import { evaluate } from './expression'
import { fontFacesOf } from './fontFaces'
import { exampleOf, inView, legendOf, swatchOf } from './legend'
import { composeStyle, defaultLayers, faded, keepingTools, layerOf, layerRanks, selectionSource, type LegendLine, type StyleDocument } from './styleDocument'
import { drawSymbol } from './symbols'

const text = readFileSync('../../styles/testdata/style.json', 'utf8')
const read = () => JSON.parse(text) as StyleDocument
const document = read()
const origin = 'http://map.example'
const ids = Object.keys(document.sources)
const fonts = fontFacesOf([{ file: 'hot.woff2', unicodes: ['U+20-7E', 'U+69C3'] }], { 'hot.woff2': '/assets/hot.woff2' }, origin)

describe('the style document', () => {
  test('is valid', () => expect(validateStyleMin(document).map((e) => e.message)).toEqual([]))
  test('asks for no glyphs and no sprite', () => {
    expect(document.glyphs).toBeUndefined()
    expect(document.sprite).toBeUndefined()
  })
  test('shows some layers at the start', () => expect(defaultLayers(document).map((l) => l.id)).toEqual(expect.arrayContaining(['division_county', 'division_town', 'water_body', 'river', 'reservoir', 'road', 'place_name', 'dltb'])))
})

describe('the documents of all palettes and themes', () => {
  const looks = readFileSync('../../styles/testdata/looks.jsonl', 'utf8').trim().split('\n').map((line) => JSON.parse(line) as StyleDocument & { metadata: Record<string, string> })

  test('there are three palettes of seven maps', () => expect(new Set(looks.map((l) => `${l.metadata['onemap:palette']} ${l.metadata['onemap:theme'] ?? ''}`)).size).toBe(21))
  for (const look of looks) {
    const name = `${look.metadata['onemap:palette']} ${look.metadata['onemap:theme'] ?? 'whole map'}`
    test(`${name} is valid, has legends, and its images can be drawn`, () => {
      expect(validateStyleMin(look).map((e) => e.message)).toEqual([])
      const shown = composeStyle(look, { shown: Object.keys(look.sources).map((id) => ({ id, opacity: 1 })), selected: [], fonts, origin })
      const listed = new Set([7, 9, 11, 13, 14, 16].flatMap((z) => legendOf(shown, z).map((g) => g.layer)))
      expect([...listed].sort()).toEqual(Object.keys(look.sources).sort())
      for (const [, id] of JSON.stringify(look).matchAll(/"((?:hatch|cross|dots|marks|icon):[^"]+)"/g)) expect(drawSymbol(id ?? '', 2), id).toBeDefined()
    })
  }
})

describe('a composed style', () => {
  const shown = [{ id: 'dltb', opacity: 0.5 }, { id: 'river', opacity: 1 }]
  const feature = { type: 'Feature' as const, id: 7, geometry: { type: 'Point' as const, coordinates: [112, 23] }, properties: { secret: 1 } }
  const style = composeStyle(document, { shown, selected: [feature], fonts, origin })

  test('is valid', () => expect(validateStyleMin(style).map((e) => e.message)).toEqual([]))
  test('is valid with every layer at half opacity', () => {
    const all = composeStyle(document, { shown: ids.map((id) => ({ id, opacity: 0.5 })), selected: [], fonts, origin })
    expect(validateStyleMin(all).map((e) => e.message)).toEqual([])
  })
  test('has the sources of what is shown, with absolute addresses', () => {
    expect(Object.keys(style.sources)).toEqual(['dltb', 'river', selectionSource])
    expect(style.sources.dltb).toMatchObject({ url: `${origin}/tiles/dltb.json` })
  })
  test('draws nothing of other layers, and the background and the selection always', () => {
    expect(new Set(style.layers.map(layerOf))).toEqual(new Set(['', 'dltb', 'river']))
    expect(style.layers[0]?.type).toBe('background')
    expect(style.layers.at(-1)?.id).toBe('onemap:selection:point')
  })
  test('carries geometry of selected features and no attributes', () => {
    expect(JSON.stringify(style.sources[selectionSource])).not.toContain('secret')
  })
  test('with tiles to mark is valid, and marks them above the map', () => {
    const marked = composeStyle(document, { shown, selected: [], overlays: [marksOverlay([{ tile: { z: 12, x: 3323, y: 1780 }, bytes: 1200 }]) ?? { sources: {}, layers: [] }], fonts, origin })
    expect(validateStyleMin(marked).map((e) => e.message)).toEqual([])
    expect(marked.layers.findIndex((l) => l.id === 'panel:tiles:line')).toBeGreaterThan(marked.layers.map(layerOf).lastIndexOf('dltb'))
    expect(marksOverlay([])).toBeUndefined()
  })
  test('leaves the document as it was', () => expect(document).toEqual(read()))
  test('multiplies opacities', () => {
    const half = faded({ id: 'a', type: 'line', source: 's', paint: { 'line-opacity': 0.8 } }, 0.5)
    expect(half.paint).toEqual({ 'line-opacity': 0.4 })
    expect(faded({ id: 'a', type: 'fill', source: 's', paint: { 'fill-opacity': 0.3 } }, 0.5).paint).toEqual({ 'fill-opacity': 0.3, 'fill-layer-opacity': 0.5 })
  })
})

describe('expressions of the document', () => {
  const legendProperties = (id: string) =>
    document.layers.filter((l) => layerOf(l) === id).flatMap((l) => (l.metadata as { 'onemap:legend'?: LegendLine[] })['onemap:legend']?.map(exampleOf) ?? [])
  const members = document.layers.flatMap((layer) => [
    ...Object.entries((layer.paint ?? {}) as Record<string, unknown>).map(([name, value]) => ({ layer, group: `paint_${layer.type}`, name, value })),
    ...Object.entries((layer.layout ?? {}) as Record<string, unknown>).map(([name, value]) => ({ layer, group: `layout_${layer.type}`, name, value })),
  ])
  const dynamic = members.filter((m) => Array.isArray(m.value) && typeof m.value[0] === 'string' && m.value[0] in expressions)

  test('there are some', () => expect(dynamic.length).toBeGreaterThan(100))
  for (const { layer, group, name, value } of dynamic) {
    test(`${layer.id} ${name} means the same here as in MapLibre`, () => {
      const specification = (latest as unknown as Record<string, Record<string, StylePropertySpecification>>)[group]?.[name]
      const compiled = createExpression(value, name, specification)
      if (compiled.result !== 'success') throw new Error(JSON.stringify(compiled.value))
      // Of every legend line, and of a feature that has no properties at all.
      for (const properties of [...legendProperties(layerOf(layer)), {}]) {
        for (const zoom of [7, 9.5, 12, 13.3, 17]) {
          const theirs: unknown = compiled.value.evaluate({ zoom }, { type: 'Polygon', properties } as never)
          const ours = evaluate(value, { properties, zoom })
          // A missing number makes MapLibre fall back to the property's default; the legend never asks that.
          if (Object.keys(properties).length === 0 && typeof ours === 'number' && Number.isNaN(ours)) continue
          expect(comparable(ours)).toEqual(comparable(theirs))
        }
      }
    })
  }
})

/** MapLibre answers with objects of its own for colours, texts and images. */
function comparable(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1e6)
  if (typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)) return [1, 3, 5].map((i) => Number.parseInt(value.slice(i, i + 2), 16))
  if (value === null || typeof value !== 'object') return value ?? ''
  const object = value as { r?: number; g?: number; b?: number; name?: string; sections?: { text: string }[] }
  if (object.r !== undefined) return [object.r, object.g, object.b].map((n) => Math.round((n ?? 0) * 255))
  if (object.name !== undefined) return object.name
  if (object.sections) return object.sections.map((s) => s.text).join('')
  return value
}

describe('the legend', () => {
  const everything = composeStyle(document, { shown: ids.map((id) => ({ id, opacity: 1 })), selected: [], fonts, origin })

  test('every layer has a legend at some zoom', () => {
    const listed = new Set([7, 9, 11, 13, 14, 16].flatMap((z) => legendOf(everything, z).map((g) => g.layer)))
    expect([...listed].sort()).toEqual([...ids].sort())
  })
  test('only what is drawn at the zoom is listed', () => {
    expect(legendOf(everything, 6).map((g) => g.layer)).not.toContain('dltb')
    expect(legendOf(everything, 7).map((g) => g.layer)).toContain('dltb')
    expect(legendOf(composeStyle(document, { shown: [], selected: [], fonts, origin }), 12)).toEqual([])
  })
  test('every image that a legend or the map can name is drawn', () => {
    const named = new Set([...text.matchAll(/"((?:hatch|cross|dots|marks|icon):[^"]+)"/g)].map((m) => m[1] ?? ''))
    expect(named.size).toBeGreaterThan(20)
    for (const id of named) expect(drawSymbol(id, 2), id).toBeDefined()
  })
  test('the colour of a land class is that of its dictionary', () => {
    const paddy = legendOf(everything, 13).find((g) => g.layer === 'dltb')?.entries.find((e) => e.properties.dlbm === '0101')
    expect(paddy).toMatchObject({ label: '水田', swatch: { fill: { colour: '#F8D072' } } })
  })
  test('is cut down to the classes in view, and to the layers that have something there', () => {
    const drawn = new Map([['dltb', [{ dlbm: '0301' }, { dlbm: '0301' }, { dlbm: 'none' }]], ['stbhhx', [{ hxmc: 'a' }]]])
    const cut = inView(legendOf(everything, 13), drawn)
    expect(cut.map((g) => g.layer).sort()).toEqual(['dltb', 'stbhhx'])
    expect(cut.find((g) => g.layer === 'dltb')?.entries.map((e) => e.label)).toEqual(['乔木林地'])
  })
  test('an entry that stands for several codes is kept for any of them', () => {
    const drawn = new Map([['forest_subcompartment', [{ you_shi_sz: '350' }]]])
    const [pines] = inView(legendOf(everything, 13), drawn)
    expect(pines?.entries.map((e) => e.label)).toEqual(['松类（马尾松、湿地松）'])
  })
  test('a filter that refuses the feature draws nothing of it', () => {
    const layer: LayerSpecification = { id: 'a', type: 'fill', source: 's', filter: ['==', ['get', 'kind'], 'lake'], paint: { 'fill-color': '#0000ff' } }
    expect(swatchOf([layer], { properties: { kind: 'river' }, zoom: 10 })).toEqual({ strokes: [] })
  })
})

test('what tools have added to the map is carried over a change of its style, and nothing else', () => {
  const source = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } as const
  const circle = (id: string) => ({ id, type: 'circle', source: id }) as const
  const style = (...ids: string[]) => ({ version: 8, sources: Object.fromEntries(ids.map((id) => [id, source])), layers: ids.map(circle) }) as unknown as StyleSpecification
  const kept = keepingTools(style('old', 'tool:draw', 'both'), style('new', 'both'))
  expect(kept.layers.map((l) => l.id)).toEqual(['new', 'both', 'tool:draw'])
  expect(Object.keys(kept.sources)).toEqual(['new', 'both', 'tool:draw'])
  expect(keepingTools(style('tool:draw'), style('tool:draw')).layers).toHaveLength(1)
  expect(keepingTools(undefined, style('new'))).toEqual(style('new'))
})

describe('the order of layers', () => {
  const state = { shown: [{ id: 'road', opacity: 1 }, { id: 'dltb', opacity: 1 }], selected: [], fonts, origin }
  const drawn = (style: StyleSpecification) => style.layers.filter((l) => ['road:line', 'dltb:fill', 'dltb:line', 'dltb:label', 'road:label'].includes(l.id)).map((l) => l.id)
  test("is the style's own, whatever the order of the list", () => expect(drawn(composeStyle(document, state))).toEqual(['dltb:fill', 'dltb:line', 'road:line', 'dltb:label', 'road:label']))
  test("is the user's where there is one, with names above everything", () => expect(drawn(composeStyle(document, { ...state, ownOrder: true }))).toEqual(['road:line', 'dltb:fill', 'dltb:line', 'dltb:label', 'road:label']))
  test('has the background at the bottom', () => expect(composeStyle(document, { ...state, ownOrder: true }).layers[0]?.id).toBe('background'))
  test('is known of every layer', () => expect([...layerRanks(document).keys()].sort()).toEqual([...new Set(document.layers.map(layerOf).filter((id) => id !== ''))].sort()))
})

test('a chosen version is another source, and one that was not there is none', () => {
  const style = composeStyle(document, { shown: [{ id: 'dltb', opacity: 1, version: 2 }, { id: 'road', opacity: 1, version: 0 }], selected: [], fonts, origin })
  expect((style.sources.dltb as { url: string }).url).toBe(`${origin}/tiles/dltb@2.json`)
  expect(style.sources.road).toBeUndefined()
  expect(style.layers.some((l) => layerOf(l) === 'road')).toBe(false)
})

test("a filter joins the style's own", () => {
  const fields = new Map([['place_name', [{ name: 'kind', label: '', label_en: '', type: 'text' as const, in_tiles: true }]]])
  const style = composeStyle(document, { shown: [{ id: 'place_name', opacity: 1, where: [['kind', 'in', ['village']]] }], fields, selected: [], fonts, origin })
  const filters = style.layers.filter((l) => layerOf(l) === 'place_name').map((l) => JSON.stringify('filter' in l ? l.filter : null))
  expect(filters.length).toBeGreaterThan(3)
  for (const filter of filters) expect(filter).toContain('"village"')
  expect(filters.some((f) => f.includes('seat_town'))).toBe(true)
  expect(validateStyleMin(style as never)).toEqual([])
})

describe('the ground', () => {
  const ground: StyleDocument = {
    ...document,
    sources: { ...document.sources, 'onemap:ground': { type: 'raster-dem', url: '/terrain/ground.json', encoding: 'terrarium', tileSize: 512, minzoom: 5, maxzoom: 10 } },
    layers: [...document.layers.slice(0, 1), { id: 'onemap:hillshade', type: 'hillshade', source: 'onemap:ground' }, ...document.layers.slice(1)],
  }
  const compose = (state: Partial<Parameters<typeof composeStyle>[1]>) => composeStyle(ground, { shown: [{ id: 'building', opacity: 0.5 }], selected: [], fonts, origin, ...state })
  const kinds = (style: StyleSpecification) => style.layers.map((l) => l.type)

  const judge = (value: unknown, properties: Record<string, unknown>): unknown => {
    const made = createExpression(value, 'heights', (latest as unknown as Record<string, Record<string, StylePropertySpecification>>).paint_fill_extrusion?.['fill-extrusion-height'] as StylePropertySpecification)
    if (made.result === 'error') throw new Error(made.value.map((e) => e.message).join())
    return made.value.evaluate({ zoom: 16 }, { type: 'Polygon', properties } as never)
  }

  test('is shaded and flat as it comes', () => {
    const style = compose({})
    expect(style.sources['onemap:ground']).toMatchObject({ url: `${origin}/terrain/ground.json` })
    expect(style.terrain).toBeUndefined()
    expect(kinds(style).slice(0, 2)).toEqual(['background', 'hillshade'])
    expect(kinds(style)).not.toContain('fill-extrusion')
  })
  test('can be without its shading', () => {
    const style = compose({ ground: { hillshade: false, exaggeration: 0 } })
    expect(style.sources['onemap:ground']).toBeUndefined()
    expect(kinds(style)).not.toContain('hillshade')
  })
  test('stands up with its buildings, and is a valid style', () => {
    const style = compose({ ground: { hillshade: true, exaggeration: 1.5 } })
    expect(style.terrain).toEqual({ source: 'onemap:terrain', exaggeration: 1.5 })
    expect(style.sources['onemap:terrain']).toEqual(style.sources['onemap:ground'])
    expect(validateStyleMin({ ...style, 'font-faces': undefined } as StyleSpecification).map((e) => e.message)).toEqual([])
    const body = style.layers.find((l) => l.type === 'fill-extrusion')
    if (!body) throw new Error('no body')
    expect(layerOf(body)).toBe('building')
    expect(body.paint?.['fill-extrusion-opacity']).toBeCloseTo(0.46)
    const height = (properties: Record<string, unknown>) => judge(body.paint?.['fill-extrusion-height'], properties)
    expect([height({ height_m: 12.5, floors_up: 3 }), height({ floors_up: 3 }), height({})]).toEqual([12.5, 9, 3])
  })
  test('that there is none of is not asked for', () => {
    const style = composeStyle(document, { shown: [], selected: [], fonts, origin, ground: { hillshade: true, exaggeration: 2 } })
    expect(style.terrain).toBeUndefined()
    expect(style.sources).not.toHaveProperty('onemap:terrain')
  })
})
