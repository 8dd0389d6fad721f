// Conditions on a layer's fields: what the user filters by. The server takes
// them as they are for its table; the map gets them as an expression.
import type { ExpressionSpecification } from 'maplibre-gl'
import type { Dictionary, Field } from '../api/types'

export const tests = ['=', '!=', 'in', 'contains', 'begins', '<', '<=', '>', '>=', 'empty', 'filled'] as const
export type Test = (typeof tests)[number]

/** Field, test and value, as the server reads them; all conditions of a list must hold. */
export type Condition = [field: string, test: Test, value?: string | string[]]

const mostConditions = 12
const mostValues = 200
const mostCharacters = 200

/** The tests that make sense for a field. */
export function testsFor(field: Field): Test[] {
  if (field.dictionary || field.type === 'boolean') return ['in', '!=', 'empty', 'filled']
  if (field.type === 'text') return ['contains', '=', '!=', 'begins', 'in', 'empty', 'filled']
  return ['=', '!=', '<', '<=', '>', '>=', 'empty', 'filled']
}

export function takesValue(test: Test): boolean {
  return test !== 'empty' && test !== 'filled'
}

/** Whether a condition can be asked: it has the value that its test needs, of the field's type. */
export function isComplete([, test, value]: Condition, field: Field | undefined): boolean {
  if (!field) return false
  if (!takesValue(test)) return true
  const values = Array.isArray(value) ? value : [value ?? '']
  return values.length > 0 && values.every((v) => v !== '' && (!isNumber(field) || Number.isFinite(Number(v))))
}

function isNumber(field: Field): boolean {
  return field.type === 'integer' || field.type === 'real' || field.type === 'decimal'
}

/** Reads conditions from an address or a stored state. What is not understood is left out. */
export function readConditions(value: unknown): Condition[] {
  if (!Array.isArray(value)) return []
  const found: Condition[] = []
  for (const part of value.slice(0, mostConditions) as unknown[]) {
    if (!Array.isArray(part) || typeof part[0] !== 'string' || !/^[a-z][a-z0-9_]{0,62}$/.test(part[0])) continue
    const test = tests.find((t) => t === part[1])
    if (!test) continue
    const given = part[2] as unknown
    if (!takesValue(test)) found.push([part[0], test])
    else if (Array.isArray(given)) found.push([part[0], test, given.slice(0, mostValues).map((v) => String(v).slice(0, mostCharacters))])
    else if (typeof given === 'string' || typeof given === 'number') found.push([part[0], test, String(given).slice(0, mostCharacters)])
  }
  return found
}

/** The conditions as MapLibre's filter; those on fields that tiles do not carry are left out. */
export function filterOf(conditions: readonly Condition[], fields: readonly Field[]): ExpressionSpecification | undefined {
  const parts = conditions.flatMap((condition) => {
    const field = fields.find((f) => f.name === condition[0])
    return field?.in_tiles && isComplete(condition, field) ? [expressionOf(condition, field)] : []
  })
  return parts.length === 0 ? undefined : (['all', ...parts] as ExpressionSpecification)
}

function expressionOf([name, test, value]: Condition, field: Field): unknown[] {
  const text = ['to-string', ['get', name]]
  const number = ['to-number', ['get', name]]
  const one = String(Array.isArray(value) ? value[0] : value)
  const many = Array.isArray(value) ? value : [one]
  const numeric = isNumber(field)
  // to-number makes 0 of nothing, so that a feature without the value must be told apart.
  const valued = (expression: unknown[]): unknown[] => (numeric ? ['all', ['!=', text, ''], expression] : expression)
  switch (test) {
    case 'empty':
      return ['==', text, '']
    case 'filled':
      return ['!=', text, '']
    case 'contains':
      return ['in', one.toLowerCase(), ['downcase', text]]
    case 'begins':
      return ['==', ['slice', text, 0, one.length], one]
    case 'in':
      return valued(['in', numeric ? number : text, ['literal', numeric ? many.map(Number) : many]])
    case '=':
      return valued(['==', numeric ? number : text, numeric ? Number(one) : one])
    case '!=':
      return numeric ? ['any', ['==', text, ''], ['!=', number, Number(one)]] : ['!=', text, one]
    default:
      return ['all', ['!=', text, ''], [test, numeric ? number : text, numeric ? Number(one) : one]]
  }
}

/** A value as the user reads it: the dictionary's name where there is one. */
export function valueName(value: string, dictionary: Dictionary | undefined, locale: 'zh' | 'en'): string {
  const entry = dictionary?.entries.find((e) => e.code === value)
  return entry ? (locale === 'en' && entry.name_en ? entry.name_en : entry.name) : value
}
