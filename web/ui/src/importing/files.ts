// What was dropped: whether it can be sent, under what name, and as what.
import type { Layer } from '../api/types'

/** Endings of files that the server reads. */
export const accepted = ['.zip', '.shp', '.shx', '.dbf', '.prj', '.cpg', '.gpkg', '.geojson', '.json', '.geojsonl', '.kml', '.kmz', '.gml', '.fgb', '.tab', '.mif', '.mid', '.dxf', '.csv', '.xlsx', '.txt'] as const

/** Endings that are no file of their own but go with another. */
const companions = ['.shx', '.dbf', '.prj', '.cpg', '.qpj', '.sbn', '.sbx', '.mid', '.dat', '.map', '.id', '.ind', '.xml']

/** The parts without which a Shapefile cannot be read. */
const needed = ['.shx', '.dbf']

export interface Chosen {
  files: File[]
  /** What the import is called. */
  name: string
  /** Bytes of all files. */
  size: number
  /** They go as one ZIP. */
  packed: boolean
}

export type Lack = { kind: 'none' } | { kind: 'empty'; name: string } | { kind: 'large'; size: number; most: number } | { kind: 'parts'; name: string; parts: string } | { kind: 'alone'; name: string }

export function endingOf(name: string): string {
  return /\.[^.]+$/.exec(name)?.[0].toLowerCase() ?? ''
}

export function stemOf(name: string): string {
  return name.replace(/\.[^.]+$/, '')
}

/** What is sent of some files: one alone as it is, several in one ZIP that is called like the first that stands for itself. */
export function chosenOf(files: readonly File[]): Chosen {
  const size = files.reduce((sum, f) => sum + f.size, 0)
  const [only] = files
  if (files.length === 1 && only) return { files: [only], name: only.name, size, packed: false }
  const main = files.find((f) => !companions.includes(endingOf(f.name))) ?? only
  return { files: [...files], name: main ? `${stemOf(main.name)}.zip` : '', size, packed: true }
}

/** Why the files cannot be sent; undefined where they can. most is the largest size in bytes, 0 is not known. */
export function lackOf({ files, size }: Chosen, most: number): Lack | undefined {
  if (files.length === 0) return { kind: 'none' }
  const empty = files.find((f) => f.size === 0 && endingOf(f.name) !== '.cpg')
  if (empty) return { kind: 'empty', name: empty.name }
  if (most > 0 && size > most) return { kind: 'large', size, most }
  const names = new Set(files.map((f) => f.name.toLowerCase()))
  for (const f of files) {
    if (endingOf(f.name) !== '.shp') continue
    const stem = stemOf(f.name).toLowerCase()
    const missing = needed.filter((ending) => !names.has(stem + ending))
    if (missing.length > 0) return { kind: 'parts', name: f.name, parts: missing.join(' ') }
  }
  const [only] = files
  if (files.length === 1 && only && companions.includes(endingOf(only.name)) && endingOf(only.name) !== '.xml') return { kind: 'alone', name: only.name }
  return undefined
}

const plain = (text: string) => text.toLowerCase().replace(/[\s_\-.（）()]/g, '')

/** The layer that a file is called like, if that is one alone. */
export function layerLike(name: string, layers: readonly Layer[]): Layer | undefined {
  const stem = plain(stemOf(name))
  const exact = layers.filter((l) => [l.id, l.name, l.name_en].some((n) => plain(n) === stem))
  if (exact.length === 1) return exact[0]
  const within = layers.filter((l) => [l.id, l.name].some((n) => plain(n).length > 1 && stem.includes(plain(n))))
  // The longest name says most: 永久基本农田 before 农田.
  const length = (l: Layer) => Math.max(...[l.id, l.name].filter((n) => stem.includes(plain(n))).map((n) => plain(n).length))
  const best = Math.max(0, ...within.map(length))
  const longest = within.filter((l) => length(l) === best)
  return longest.length === 1 ? longest[0] : undefined
}

/** A size as people say it. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let n = bytes
  let i = 0
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024
    i++
  }
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`
}
