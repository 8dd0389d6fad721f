// Comparing two maps of one place: what the second one shows, and where the
// line between them is. CompareView.vue draws it.
import { readLayers, writeLayers, type ShownLayer } from '../map/urlState'

export const ways = ['swipe', 'split', 'blink'] as const
export type Way = (typeof ways)[number]

export interface Comparison {
  way: Way
  /** What the second map shows; undefined until the user or a default has chosen. */
  right?: ShownLayer[]
}

/** Reads a panel's argument, as "split~dltb@1,road". */
export function readComparison(argument: string): Comparison {
  const [first = '', layers] = argument.split('~')
  return { way: ways.find((w) => w === first) ?? 'swipe', right: readLayers(layers) }
}

export function writeComparison({ way, right }: Comparison): string {
  return right ? `${way}~${writeLayers(right)}` : way
}

/** The second map begins with the first one's layers, each in the version before where there is one. */
export function defaultRight(shown: readonly ShownLayer[], before: (id: string) => number | undefined): ShownLayer[] {
  return shown.map((s) => {
    const right: ShownLayer = { id: s.id, opacity: s.opacity }
    if (s.where) right.where = s.where
    const earlier = before(s.id)
    if (earlier !== undefined) right.version = earlier
    return right
  })
}

/** Where the line goes for a key, in percent; undefined is no key of the line. */
export function lineAfter(key: string, shift: boolean, percent: number): number | undefined {
  const step = shift ? 10 : 1
  const to = { ArrowLeft: percent - step, ArrowDown: percent - step, ArrowRight: percent + step, ArrowUp: percent + step, Home: 0, End: 100 }[key]
  return to === undefined ? undefined : Math.min(100, Math.max(0, to))
}
