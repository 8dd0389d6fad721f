// An order of a sheet as data: what the server says of it, and how far it is.
export interface SheetOrder {
  id: string
  title: string
  filename: string
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  stage: string
  done: number
  total: number
  bytes: number
  problem: { code: string; detail: string; detail_en: string } | null
  created_at: string
}

export function isActive({ state }: SheetOrder): boolean {
  return state === 'queued' || state === 'running'
}

/** The share that is drawn, 0 to 1, or undefined of a single sheet, of which it is not known. */
export function shareOf({ state, done, total }: SheetOrder): number | undefined {
  if (state === 'done') return 1
  return total > 1 ? done / total : undefined
}

/** A file's size as people read it. */
export function sizeText(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

const mostKept = 20

/** Ids of orders from what the browser kept; what is none is left out. */
export function readIds(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  const good = (value as unknown[]).filter((id): id is string => typeof id === 'string' && /^[0-9a-f]{32}$/.test(id))
  return [...new Set(good)].slice(0, mostKept)
}
