// A product as it is composed: made of what the map shows, and read from what
// was typed. Nothing here knows the page.
import { filterOf } from '../catalogue/conditions'
import type { Bounds, Field, Layer } from '../api/types'
import type { ShownLayer } from '../map/urlState'
import type { Content, ProductLayer, Secrecy } from '../products/types'

/** As many layers as a product takes. */
export const mostLayers = 16
const mostTitle = 60
const named = 3

const levels: readonly Secrecy[] = ['public', 'internal', 'sensitive']

export interface ShownMap {
  shown: readonly ShownLayer[]
  layers: ReadonlyMap<string, Layer>
  fields: ReadonlyMap<string, readonly Field[]>
  bounds?: Bounds
}

/** The layers of a product that shows what the map shows, the lowest first. */
export function layersOf({ shown, fields }: ShownMap): ProductLayer[] {
  return shown
    .filter((s) => s.version !== 0)
    .map((s) => {
      const filter = s.where ? (filterOf(s.where, fields.get(s.id) ?? []) as unknown[] | undefined) : undefined
      return { id: s.id, ...(filter ? { filter } : {}), ...(s.opacity === 1 ? {} : { opacity: s.opacity }) }
    })
}

/** Versions of layers that were chosen: then the product keeps to them. */
function updateOf({ shown }: ShownMap): Content['update'] {
  const versions = Object.fromEntries(shown.filter((s) => s.version).map((s) => [s.id, s.version as number]))
  return Object.keys(versions).length > 0 ? { rule: 'fixed', versions } : { rule: 'follow' }
}

export function rounded([west, south, east, north]: Bounds): Bounds {
  const at = (n: number) => Number(n.toFixed(4))
  return [at(west), at(south), at(east), at(north)]
}

/** A product of what the map shows, with words that are good enough to begin with. */
export function contentOfMap(map: ShownMap, today: string): Content {
  const layers = layersOf(map)
  const all = layers.flatMap(({ id }) => map.layers.get(id) ?? [])
  const topics = all.filter((l) => l.theme !== 'base')
  const about = (topics.length > 0 ? topics : all).slice(-named).reverse()
  const first = about[0]
  const secrecy = all.reduce<Secrecy>((most, l) => (levels.indexOf(l.sensitivity) > levels.indexOf(most) ? l.sensitivity : most), 'public')
  const departments = [...new Set(about.map((l) => l.department).filter(Boolean))]
  const names = about.map((l) => l.name).join('、')
  const published = all.map((l) => l.published_at?.slice(0, 10) ?? '').sort().at(-1)
  return {
    title: first ? `${names}图`.slice(0, mostTitle) : '',
    title_en: about.map((l) => l.name_en).join(', ').slice(0, 2 * mostTitle),
    theme: first?.theme ?? '',
    department: departments[0] ?? '',
    text: first ? `本图显示${names}。` : '',
    source: departments.join('、'),
    data_date: published && published < today ? published : today,
    layers,
    extent: map.bounds ? rounded(map.bounds) : null,
    scales: {},
    update: updateOf(map),
    secrecy,
    share: secrecy === 'public' ? 'unconditional' : 'none',
    tags: [],
  }
}

/** An id of an English title: small letters, digits and hyphens. */
export function idOf(title: string): string {
  const text = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return text || 'map'
}

/** The next id where one is taken: name, name-2, name-3. */
export function nextId(id: string): string {
  const [, stem = id, n] = /^(.*?)(?:-(\d{1,3}))?$/.exec(id) ?? []
  return `${stem}-${n ? Number(n) + 1 : 2}`
}

/** Under which of the form's fields a member of the content stands: "layers[0].filter" under "layers". */
export function fieldOf(member: string): string {
  return member.replace(/^content\./, '').replace(/[.[].*$/, '')
}

/** Tags as they are typed: apart by commas or blanks of either width. */
export function readTags(text: string): string[] {
  return [...new Set(text.split(/[,，、;；\s]+/).filter(Boolean))]
}

/** Moves a layer up (1) or down (-1) in the drawing order. */
export function movedLayer(layers: readonly ProductLayer[], at: number, by: 1 | -1): ProductLayer[] {
  const next = [...layers]
  const [one] = next.splice(at, 1)
  if (one) next.splice(Math.max(0, at + by), 0, one)
  return next
}

/** What is left empty says nothing: the server takes members with values. */
export function sent(content: Content): Content {
  const { text_en, conditions, approval_number, palette, scales, update, ...rest } = content
  const trimmed = (text?: string) => text?.trim() ?? ''
  return {
    ...rest,
    ...(trimmed(text_en) ? { text_en } : {}),
    ...(content.share === 'conditional' ? { conditions: trimmed(conditions) } : {}),
    ...(trimmed(approval_number) ? { approval_number } : {}),
    ...(palette ? { palette } : {}),
    scales: Object.fromEntries(Object.entries(scales).filter(([, n]) => n)),
    update: { rule: update.rule, ...(update.rule === 'fixed' && update.versions ? { versions: update.versions } : {}), ...(update.rule === 'date' ? { date: update.date ?? '' } : {}) },
  }
}
