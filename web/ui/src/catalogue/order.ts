// The order of the selected layers, from the bottom to the top.

interface Named {
  id: string
}

/** Moves one up (1) or down (-1) by a step; at the end it stays. */
export function moved<T extends Named>(all: readonly T[], id: string, by: 1 | -1): T[] {
  const from = all.findIndex((s) => s.id === id)
  const other = all[from + by]
  return from < 0 || !other ? [...all] : movedTo(all, id, other.id)
}

/** Puts one where another one is; those between move aside. */
export function movedTo<T extends Named>(all: readonly T[], id: string, where: string): T[] {
  const from = all.findIndex((s) => s.id === id)
  const to = all.findIndex((s) => s.id === where)
  const one = all[from]
  if (!one || to < 0) return [...all]
  const rest = all.filter((s) => s !== one)
  return [...rest.slice(0, to), one, ...rest.slice(to)]
}
