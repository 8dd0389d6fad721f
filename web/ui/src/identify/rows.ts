// A feature's attributes as rows of text: labels instead of field names,
// dictionary names beside codes, numbers with their unit.
import type { Details } from '../catalogue/details'
import type { Dictionary, Field, MapFeature } from '../api/types'

export interface Row {
  field: string
  label: string
  value: string
}

export interface Words {
  locale: 'zh' | 'en'
  yes: string
  no: string
}

/** Lists the fields that have a value, in the layer's order. */
export function rowsOf(feature: MapFeature, details: Details, words: Words): Row[] {
  return details.layer.fields.flatMap((field) => {
    const value = feature.properties[field.name]
    if (value === null || value === undefined || value === '') return []
    const text = valueText(value, field, details.dictionaries.get(field.dictionary ?? ''), words)
    return [{ field: field.name, label: words.locale === 'zh' ? field.label : field.label_en, value: text }]
  })
}

/** Writes one value; a code that its dictionary lacks is written as it is. */
export function valueText(value: unknown, field: Field, dictionary: Dictionary | undefined, words: Words): string {
  if (value === null || value === undefined) return ''
  if (dictionary) {
    const entry = dictionary.entries.find((e) => e.code === String(value))
    if (!entry) return String(value)
    const name = words.locale === 'en' && entry.name_en ? entry.name_en : entry.name
    return name === entry.code ? name : `${name} (${entry.code})`
  }
  if (typeof value === 'boolean') return value ? words.yes : words.no
  const unit = field.unit ? ` ${field.unit}` : ''
  if (typeof value === 'number') return (field.type === 'integer' && !unit ? String(value) : decimal(value, field.scale)) + unit
  if (field.type === 'decimal' && /^-?\d+(\.\d+)?$/.test(String(value))) return `${String(value)}${unit}`
  if (field.type === 'time' && !Number.isNaN(Date.parse(String(value)))) {
    return new Date(String(value)).toLocaleString(words.locale === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai' })
  }
  return String(value)
}

function decimal(value: number, scale: number | undefined): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: scale ?? 0, maximumFractionDigits: scale ?? 6 })
}

/** The name to list a feature under: its label field, in words, or its key, or its number. */
export function titleOf(feature: MapFeature, details: Details | undefined, words: Words): string {
  if (details) {
    for (const name of [details.layer.label_field, ...details.layer.key]) {
      const field = details.layer.fields.find((f) => f.name === name)
      const value = feature.properties[name]
      if (field && value !== null && value !== undefined && value !== '') return valueText(value, field, details.dictionaries.get(field.dictionary ?? ''), words)
    }
  }
  return `#${feature.id}`
}
