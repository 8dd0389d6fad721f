// Evaluates the part of MapLibre's expression language that the styles use, so
// that the legend can ask the style itself what a feature looks like. A test
// compares every expression of the style document with MapLibre's own answer.

export interface Situation {
  properties: Record<string, unknown>
  zoom: number
}

type Operator = (args: readonly unknown[], at: Situation) => unknown

const operators: Record<string, Operator> = {
  literal: ([value]) => value,
  get: ([name], at) => at.properties[String(name)] ?? null,
  has: ([name], at) => Object.hasOwn(at.properties, String(name)),
  zoom: (_, at) => at.zoom,
  '==': ([a, b], at) => evaluate(a, at) === evaluate(b, at),
  '!=': ([a, b], at) => evaluate(a, at) !== evaluate(b, at),
  '<': ([a, b], at) => compare(a, b, at, (x, y) => x < y),
  '<=': ([a, b], at) => compare(a, b, at, (x, y) => x <= y),
  '>': ([a, b], at) => compare(a, b, at, (x, y) => x > y),
  '>=': ([a, b], at) => compare(a, b, at, (x, y) => x >= y),
  '!': ([a], at) => !evaluate(a, at),
  all: (args, at) => args.every((a) => evaluate(a, at) === true),
  any: (args, at) => args.some((a) => evaluate(a, at) === true),
  in: ([needle, hay], at) => contains(evaluate(hay, at), evaluate(needle, at)),
  coalesce: (args, at) => args.map((a) => evaluate(a, at)).find((v) => v !== null && v !== undefined) ?? null,
  concat: (args, at) => args.map((a) => text(evaluate(a, at))).join(''),
  'to-string': ([a], at) => text(evaluate(a, at)),
  'to-number': (args, at) => args.map((a) => Number(evaluate(a, at) ?? 0)).find((n) => !Number.isNaN(n)) ?? null,
  slice: ([input, from, to], at) => {
    const value = evaluate(input, at)
    return typeof value === 'string' ? value.slice(Number(evaluate(from, at)), to === undefined ? undefined : Number(evaluate(to, at))) : null
  },
  '*': (args, at) => args.reduce<number>((product, a) => product * Number(evaluate(a, at)), 1),
  '+': (args, at) => args.reduce<number>((sum, a) => sum + Number(evaluate(a, at)), 0),
  '/': ([a, b], at) => Number(evaluate(a, at)) / Number(evaluate(b, at)),
  case: (args, at) => {
    for (let i = 0; i + 1 < args.length; i += 2) {
      if (evaluate(args[i], at) === true) return evaluate(args[i + 1], at)
    }
    return evaluate(args[args.length - 1], at)
  },
  match: ([input, ...rest], at) => {
    const value = evaluate(input, at)
    for (let i = 0; i + 1 < rest.length; i += 2) {
      const label = rest[i]
      if (Array.isArray(label) ? label.includes(value) : label === value) return evaluate(rest[i + 1], at)
    }
    return evaluate(rest[rest.length - 1], at)
  },
  step: ([input, first, ...stops], at) => {
    const value = Number(evaluate(input, at))
    let result = first
    for (let i = 0; i + 1 < stops.length && value >= Number(stops[i]); i += 2) result = stops[i + 1]
    return evaluate(result, at)
  },
  interpolate: ([curve, input, ...stops], at) => interpolate(curve, Number(evaluate(input, at)), stops, at),
}

/**
 * Evaluates an expression or a plain value. An operator that is not known here
 * is an error: a style that used it would have a legend that lies.
 */
export function evaluate(expression: unknown, at: Situation): unknown {
  if (!Array.isArray(expression) || typeof expression[0] !== 'string') return expression // as a dash pattern, [4, 2]
  const [name, ...args] = expression as unknown[]
  const operator = operators[name as string]
  if (!operator) throw new Error(`expression operator not supported: ${JSON.stringify(name)}`)
  return operator(args, at)
}

function interpolate(curve: unknown, input: number, stops: readonly unknown[], at: Situation): number {
  const [kind, base] = curve as [string, number?]
  const exponent = kind === 'exponential' ? (base ?? 1) : 1
  const last = stops.length - 2
  if (input <= Number(stops[0])) return Number(evaluate(stops[1], at))
  if (input >= Number(stops[last])) return Number(evaluate(stops[last + 1], at))
  let i = 0
  while (input >= Number(stops[i + 2])) i += 2
  const low = Number(stops[i])
  const high = Number(stops[i + 2])
  const share = exponent === 1 ? (input - low) / (high - low) : (exponent ** (input - low) - 1) / (exponent ** (high - low) - 1)
  const from = Number(evaluate(stops[i + 1], at))
  return from + share * (Number(evaluate(stops[i + 3], at)) - from)
}

function compare(a: unknown, b: unknown, at: Situation, test: (x: number | string, y: number | string) => boolean): boolean {
  const x = evaluate(a, at)
  const y = evaluate(b, at)
  if (typeof x === 'number' && typeof y === 'number') return test(x, y)
  if (typeof x === 'string' && typeof y === 'string') return test(x, y)
  return false
}

function contains(hay: unknown, needle: unknown): boolean {
  if (Array.isArray(hay)) return hay.includes(needle)
  return typeof hay === 'string' && typeof needle === 'string' && hay.includes(needle)
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
