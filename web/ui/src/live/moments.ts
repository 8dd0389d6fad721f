/** A moment in Beijing, to the minute, as 2026-05-01 08:30. */
export function momentText(moment: string): string {
  const at = new Date(new Date(moment).getTime() + 8 * 3600_000)
  return Number.isNaN(at.getTime()) ? moment : at.toISOString().slice(0, 16).replace('T', ' ')
}
