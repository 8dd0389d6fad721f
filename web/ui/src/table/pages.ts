// The rows of a virtualised table: which of them are in sight, which pages of
// them to ask for, and what to write to a file.
import type { Field, TableRow } from '../api/types'

/** The height of a row, CSS pixels. */
export const rowHeight = 30
export const pageSize = 100

/** Browsers draw nothing beyond some 16 million pixels; what is further down is found by filtering. */
export const mostRows = 500_000

export interface Window {
  first: number
  /** One beyond the last row. */
  end: number
}

/** The rows in sight and a few around them. */
export function windowOf(scrollTop: number, height: number, total: number): Window {
  const around = 8
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - around)
  return { first, end: Math.min(total, Math.ceil((scrollTop + height) / rowHeight) + around) }
}

/** The pages that hold those rows and have not come yet. */
export function missingPages({ first, end }: Window, have: (page: number) => boolean): number[] {
  const pages: number[] = []
  for (let page = Math.floor(first / pageSize); page * pageSize < end; page++) if (!have(page)) pages.push(page)
  return pages
}

/** Sorting by a click on a heading: up, then down, then as the features are numbered. */
export function nextSort(current: string, field: string): string {
  if (current === field) return `-${field}`
  return current === `-${field}` ? '' : field
}

export function ariaSort(current: string, field: string): 'ascending' | 'descending' | 'none' {
  if (current === field) return 'ascending'
  return current === `-${field}` ? 'descending' : 'none'
}

/** Rows as CSV for Excel: UTF-8 with its mark, codes as they are. No text becomes a formula. */
export function toCsv(fields: readonly Field[], rows: readonly TableRow[], label: (field: Field) => string): string {
  const lines = [fields.map((f) => quoted(label(f)))]
  for (const row of rows) lines.push(fields.map((f) => quoted(row.properties[f.name])))
  return `\ufeff${lines.map((l) => l.join(',')).join('\r\n')}\r\n`
}

function quoted(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = String(value)
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Rows as GeoJSON (RFC 7946), CGCS2000 degrees. */
export function toGeoJson(rows: readonly TableRow[]): string {
  return JSON.stringify({ type: 'FeatureCollection', features: rows.map((r) => ({ type: 'Feature', id: r.id, geometry: r.geometry ?? null, properties: r.properties })) })
}
