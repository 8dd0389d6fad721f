// How far an import is, how fast it goes, and how long it will take.
import type { Job } from './types'

/** The stages in their order; the first two are those of the file's way here. */
export const stages = ['upload', 'unpack', 'inspect', 'load', 'check', 'finish'] as const
export type Stage = (typeof stages)[number]

export interface Step {
  stage: Stage
  state: 'done' | 'current' | 'failed' | 'waiting'
}

/** Where a job stands in its stages. A retry has no file that would be uploaded. */
export function stepsOf(job: Pick<Job, 'kind' | 'state' | 'stage'>): Step[] {
  const of = job.kind === 'retry' ? stages.slice(2) : stages
  const named = stages.indexOf(job.stage as Stage)
  const at = job.state === 'uploading' ? 0 : job.state === 'queued' && named < 1 ? 1 : named
  return of.map((stage) => {
    const i = stages.indexOf(stage)
    if (job.state === 'done' || i < at) return { stage, state: 'done' }
    if (i > at) return { stage, state: 'waiting' }
    return { stage, state: job.state === 'failed' || job.state === 'cancelled' ? 'failed' : 'current' }
  })
}

/** Milliseconds over which the speed is taken. */
const window = 10_000

export interface Pace {
  /** Of the unit each second; undefined before it can be told. */
  speed: number | undefined
  /** Seconds that are left, as far as can be told. */
  left: number | undefined
}

/** Takes how much is done at which moment, and tells the speed of the last seconds. A smaller amount begins anew. */
export function pacer(): (done: number, total: number, now: number) => Pace {
  let marks: { done: number; at: number }[] = []
  return (done, total, now) => {
    const newest = marks[marks.length - 1]
    if (newest && done < newest.done) marks = []
    if (!newest || done > newest.done || marks.length === 0) marks.push({ done, at: now })
    // The one before the window stays, so that there is always something to compare with.
    while (marks.length > 2 && (marks[1]?.at ?? now) < now - window) marks.shift()
    const [first] = marks
    const speed = first && now - first.at >= 500 && done > first.done ? ((done - first.done) * 1000) / (now - first.at) : undefined
    return { speed, left: speed && total > done ? (total - done) / speed : undefined }
  }
}

/** Seconds as 1:05 or 12 s. */
export function secondsText(seconds: number): string {
  const s = Math.max(1, Math.round(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}
