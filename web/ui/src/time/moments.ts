// What layers looked like at a time, by the publications of their versions.
import type { Version } from '../api/types'

/** Versions that were published, oldest first. */
export function published(versions: readonly Version[]): Version[] {
  return versions.filter((v) => v.published_at !== null).sort((a, b) => String(a.published_at).localeCompare(String(b.published_at)) || a.number - b.number)
}

/** The day in Beijing, as 2026-05-01. */
export function dayOf(moment: string): string {
  return new Date(Date.parse(moment) + 8 * 3_600_000).toISOString().slice(0, 10)
}

/** The days on which something was published, oldest first. */
export function daysOf(layers: readonly (readonly Version[])[]): string[] {
  return [...new Set(layers.flatMap((versions) => published(versions).map((v) => dayOf(String(v.published_at)))))].sort()
}

/**
 * The version that was published at the end of a day; 0 where there was none
 * yet, and undefined where it still is the newest, which follows later ones.
 */
export function versionOn(versions: readonly Version[], day: string): number | undefined {
  const all = published(versions)
  const then = all.filter((v) => dayOf(String(v.published_at)) <= day).at(-1)
  if (!then) return 0
  return then === all.at(-1) ? undefined : then.number
}
