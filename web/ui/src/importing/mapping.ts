// Which of the file's fields fill which of the layer's, and what may be meant
// where the server found nothing.
import type { Field } from '../api/types'
import type { FieldMatch, Report } from './types'

export interface Row {
  field: Field
  required: boolean
  /** What the server found; "" is nothing. */
  found: string
  /** How the server found it. */
  by: string
  /** What may be meant; "" is nothing. */
  suggested: string
}

/** Names without what people add to them at will. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_\-.（）():：]/g, '')
}

/** Pairs of neighbouring characters. */
function pairs(text: string): string[] {
  return text.length < 2 ? [text] : Array.from({ length: text.length - 1 }, (_, i) => text.slice(i, i + 2))
}

/** How alike two names are, 0 to 1: the share of pairs of characters that they have in common. */
export function likeness(a: string, b: string): number {
  const [x, y] = [plain(a), plain(b)]
  if (x === '' || y === '') return 0
  if (x === y) return 1
  // One that is cut off, or has something added, is nearly the same.
  if (Math.min(x.length, y.length) >= 2 && (x.startsWith(y) || y.startsWith(x))) return 0.9
  const left = pairs(y)
  let common = 0
  for (const pair of pairs(x)) {
    const at = left.indexOf(pair)
    if (at < 0) continue
    common++
    left.splice(at, 1)
  }
  return (2 * common) / (pairs(x).length + pairs(y).length)
}

/** Names less alike than this are not suggested. */
const fewest = 0.5

/** All that the file calls its fields. */
export function sourcesOf(report: Pick<Report, 'fields' | 'source_fields' | 'dropped_fields'>): string[] {
  const all = report.source_fields?.length ? report.source_fields : [...report.fields.map((f) => f.source), ...report.dropped_fields]
  return [...new Set(all.filter((name) => name !== ''))]
}

/** The layer's fields with what fills them. Each of the file's fields is suggested once. */
export function rowsOf(fields: readonly Field[], report: Pick<Report, 'fields' | 'source_fields' | 'dropped_fields'>): Row[] {
  const found = new Map<string, FieldMatch>(report.fields.map((m) => [m.field, m]))
  const free = new Set(sourcesOf(report).filter((s) => !report.fields.some((m) => m.source === s)))
  const wishes = fields
    .filter((f) => !found.has(f.name))
    .flatMap((f) => [...free].map((source) => ({ field: f.name, source, score: Math.max(likeness(source, f.name), likeness(source, f.label), likeness(source, f.label_en)) })))
    .filter((w) => w.score >= fewest)
    .sort((a, b) => b.score - a.score)
  const suggested = new Map<string, string>()
  for (const { field, source } of wishes) {
    if (suggested.has(field) || !free.has(source)) continue
    suggested.set(field, source)
    free.delete(source)
  }
  return fields.map((field) => ({
    field,
    required: field.required === true,
    found: found.get(field.name)?.source ?? '',
    by: found.get(field.name)?.by ?? '',
    suggested: suggested.get(field.name) ?? '',
  }))
}

/** What is to be said to the server: only what differs from what it found by itself. chosen is field → source, "" is none. */
export function mapOf(rows: readonly Row[], chosen: Readonly<Record<string, string>>): Record<string, string> {
  const map: Record<string, string> = {}
  for (const { field, found } of rows) {
    const source = chosen[field.name] ?? found
    if (source !== found && source !== '') map[source] = field.name
  }
  // A field of the file that was found and is not wanted any more is left out.
  for (const { field, found } of rows) {
    const source = chosen[field.name] ?? found
    if (found !== '' && source === '' && !(found in map)) map[found] = '-'
  }
  return map
}
