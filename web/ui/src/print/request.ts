// What the print panel asks the server for: settings and what the map shows,
// as the body of a sheet. Nothing here knows the page.
import { filterOf } from '../catalogue/conditions'
import type { Field } from '../api/types'
import type { Drawing } from '../drawing/drawings'
import { versionedName, type ShownLayer } from '../map/urlState'
import type { LonLat } from '../map/coordinates'

export const papers = { A0: [841, 1189], A1: [594, 841], A2: [420, 594], A3: [297, 420], A4: [210, 297] } as const
export type PaperName = keyof typeof papers
export const paperNames = Object.keys(papers) as PaperName[]

export const parts = ['title', 'legend', 'north', 'scale', 'grid', 'approval', 'notes'] as const
export type Part = (typeof parts)[number]

/** Denominators that maps are usually made at. */
export const scales = [500, 1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000, 200_000, 250_000, 500_000, 1_000_000]

export interface PrintSettings {
  paper: PaperName
  landscape: boolean
  scale: number
  dpi: 150 | 300
  columns: number
  rows: number
  palette: 'print' | 'screen' | 'safe'
  shown: Record<Part, boolean>
  title: string
  approval: string
  department: string
  date: string
  watermark: string
  crs: string
}

export function firstSettings(scale: number): PrintSettings {
  const shown = Object.fromEntries(parts.map((p) => [p, true])) as Record<Part, boolean>
  return { paper: 'A4', landscape: true, scale, dpi: 150, columns: 1, rows: 1, palette: 'print', shown, title: '', approval: '', department: '', date: '', watermark: '', crs: '' }
}

/** What the map shows. */
export interface View {
  shown: readonly ShownLayer[]
  ownOrder: boolean
  fields: ReadonlyMap<string, readonly Field[]>
  drawings: readonly Drawing[]
  /** The product that the map shows, with its version where one is chosen; then its layers are shown as it has them. */
  product?: { id: string; version?: number }
}

export type SheetBody = Record<string, unknown>

/** The body of a sheet about a centre. Without the words that are left empty the server says its own. */
export function sheetBody(s: PrintSettings, view: View, centre: LonLat, format: 'pdf' | 'png' | 'svg'): SheetBody {
  const without = parts.filter((p) => p !== 'grid' && !s.shown[p])
  const words = { title: s.title.trim(), approval: s.approval.trim(), department: s.department.trim(), date: s.date.trim(), watermark: s.watermark.trim(), crs: s.crs }
  return {
    ...layersOf(view),
    ...(view.drawings.length > 0 ? { drawings: view.drawings.map(({ name, geometry }) => ({ name, geometry })) } : {}),
    ...Object.fromEntries(Object.entries(words).filter(([, text]) => text !== '')),
    ...(without.length > 0 ? { without } : {}),
    ...(s.columns * s.rows > 1 ? { series: { by: 'grid', columns: s.columns, rows: s.rows } } : {}),
    palette: view.product ? undefined : s.palette,
    format,
    paper: s.paper,
    orientation: s.landscape ? 'landscape' : 'portrait',
    scale: s.scale,
    dpi: s.dpi,
    grid: s.shown.grid ? 'both' : 'none',
    centre: [Number(centre.lon.toFixed(7)), Number(centre.lat.toFixed(7))],
  }
}

function layersOf({ shown, ownOrder, fields, product }: View): SheetBody {
  if (product) return product.version ? { product: product.id, version: product.version } : { product: product.id }
  const drawn = shown.filter((s) => s.version !== 0)
  const views = drawn.flatMap((s) => {
    const filter = s.where ? filterOf(s.where, fields.get(s.id) ?? []) : undefined
    if (s.opacity === 1 && !filter) return []
    return [{ layer: s.id, ...(s.opacity === 1 ? {} : { opacity: s.opacity }), ...(filter ? { filter } : {}) }]
  })
  return { layers: drawn.map(versionedName), base: false, ...(views.length > 0 ? { views } : {}), ...(ownOrder ? { own_order: true } : {}) }
}

/** A typed scale: "1:50 000", "1：5万", "50,000" or "5万"; undefined is none that can be drawn. */
export function readScale(text: string): number | undefined {
  const [, digits = '', unit] = /^(?:1\s*[:：/]\s*)?([\d\s,，.]+)\s*(万|千)?$/.exec(text.trim()) ?? []
  const n = Number(digits.replace(/[\s,，]/g, '')) * (unit === '万' ? 10_000 : unit === '千' ? 1000 : 1)
  return digits !== '' && n >= 200 && n <= 5_000_000 ? n : undefined
}

/** A denominator with its thousands apart. */
export function scaleText(denominator: number): string {
  return `1:${String(Math.round(denominator)).replace(/\B(?=(\d{3})+$)/g, ' ')}`
}

/** The usual scale at which an A4 sheet is well within what the map shows, by its width in metres. */
export function scaleFor(metres: number): number {
  const most = (metres * 0.7) / 0.2
  return [...scales].reverse().find((s) => s <= most) ?? (scales[0] as number)
}

/** The dpi of a preview that is some 900 pixels wide, within what the server draws. */
export function previewDpi(paper: PaperName, landscape: boolean, pixels = 900): number {
  const [short, long] = papers[paper]
  return Math.min(150, Math.max(36, Math.round((pixels * 25.4) / (landscape ? long : short))))
}

/** The dpi for the browser's own print: at most 30 million pixels, which every browser takes. */
export function browserDpi(paper: PaperName): number {
  const [short, long] = papers[paper]
  return Math.min(150, Math.floor(25.4 * Math.sqrt(30e6 / (short * long))))
}

/** A place so many metres east and north of another. */
export function shifted({ lon, lat }: LonLat, east: number, north: number): LonLat {
  const degree = 111_320
  return { lon: lon + east / (degree * Math.cos((lat * Math.PI) / 180)), lat: lat + north / degree }
}
