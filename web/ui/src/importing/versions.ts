// Which of a layer's versions a rollback would show.
import type { Version } from '../api/types'

/** The highest number before the published one that was ever published; undefined is none. */
export function earlierOf(versions: readonly Version[]): number | undefined {
  const now = versions.find((v) => v.state === 'published')
  if (!now) return undefined
  const before = versions.filter((v) => v.number < now.number && v.published_at !== null).map((v) => v.number)
  return before.length > 0 ? Math.max(...before) : undefined
}
