// Answers out of a pack: the cell, who is on duty, what is dangerous and where
// to go. The same rules as the server's: a border belongs to the lowest code.
import { covers, nearest } from './geometry'
import type { LonLat, NamedCell, Near, Pack, PackedCell, Sketch, Where } from './types'

/** The radius of the question, in metres, and how many of each are told. */
export const radius = 500
const mostDangers = 20
const mostShelters = 3

/** What is known of a position without asking anybody; nothing where the pack doesn't reach. */
export function answerFrom(pack: Pack, at: LonLat): Where | undefined {
  const cell = finest(pack, at)
  if (!cell) return undefined
  const chain = chainOf(pack, cell)
  return {
    at,
    cell: named(cell),
    chain: chain.slice(1).map(named),
    duty: chain.flatMap((c) => c.duty),
    dangers: near(pack.risks.filter((r) => !r.settled), at, radius).slice(0, mostDangers),
    shelters: near(pack.shelters, at, Infinity).slice(0, mostShelters),
    warnings: pack.active_warnings
      .filter((w) => !w.expires || Date.parse(w.expires) > Date.now())
      .filter((w) => w.area && nearest(w.area, at).metres === 0)
      .map((w) => ({ headline: w.headline, colour: w.colour, instruction: w.instruction ?? '' })),
    offline: true,
  }
}

function named({ code, name, layer, tier, tier_en }: NamedCell): NamedCell {
  return { code, name, layer, tier, tier_en }
}

function finest(pack: Pack, at: LonLat): PackedCell | undefined {
  return pack.cells
    .filter((c) => c.shape?.some((polygon) => covers(polygon, at)))
    .sort((a, b) => (a.code < b.code ? -1 : 1))[0]
}

/** A cell and those above it, the nearest first. */
function chainOf(pack: Pack, cell: PackedCell): PackedCell[] {
  const byCode = new Map(pack.cells.map((c) => [c.code, c]))
  const chain = [cell]
  for (let up = byCode.get(cell.parent ?? ''); up && chain.length < 10; up = byCode.get(up.parent ?? '')) chain.push(up)
  return chain
}

/** Those within a distance in metres, nearest first. */
export function near(sketches: readonly Sketch[], from: LonLat, within: number): Near[] {
  return sketches
    .map((s) => {
      const { at, metres } = nearest(s.geometry, from)
      return { name: s.name, name_en: s.name_en, title: s.title ?? '', level: s.level, distance: metres, at, capacity: s.capacity }
    })
    .filter((n) => n.distance <= within)
    .sort((a, b) => a.distance - b.distance)
}
