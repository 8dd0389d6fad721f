// Judges what was measured of a browser and its way to the server: each fact
// becomes a line that is good, worth knowing, or wrong. Measuring is in measure.ts.

export type State = 'good' | 'note' | 'bad'

/** A line of the sheet. Name and advice are keys of the page's words. */
export interface Line {
  name: string
  state: State
  /** Shown as it is; a boolean is yes or no. */
  value: string | boolean
  /** What to do, where not all is well: a key under diagnosis.advice. */
  advice?: string
}

export interface Group {
  name: string
  lines: Line[]
}

/** What the browser is and can do. */
export interface BrowserFacts {
  userAgent: string
  languages: readonly string[]
  timeZone: string
  screen: { width: number; height: number; ratio: number }
  cores: number
  /** In GiB, rounded by the browser; 0 where it does not tell. */
  memory: number
  secure: boolean
  protocol: string
  /** The newer interfaces that this browser has not and the page brings or does without. */
  missing: readonly string[]
  serviceWorker: boolean
}

export interface GraphicsFacts {
  webgl2: boolean
  renderer: string
  vendor: string
  maxTexture: number
}

export interface StorageFacts {
  local: boolean
  indexed: boolean
  /** In bytes; 0 where the browser does not tell. */
  quota: number
  usage: number
  persisted: boolean
}

export interface FontFacts {
  /** The computer draws Chinese. */
  chinese: boolean
  /** The map's own file with 榃 was read and draws it. */
  rare: boolean
}

export interface ServerFacts {
  name: string
  version: string
  /** The page that is open is the one that the server has now. */
  current: boolean
  /** The name of the open page's script, which changes with every build. */
  page: string
  /** Round trips of addresses, in milliseconds; the status 0 is no answer. */
  answers: { name: string; status: number; milliseconds: number }[]
  /** The computer's clock less the server's, in seconds; the server's has whole ones. */
  clockAhead: number | undefined
}

/** Times between frames while the map is moved, in milliseconds. */
export interface FrameFacts {
  frames: number
  p50: number
  p95: number
  worst: number
}

export interface PositionFacts {
  /** Why there is no position: a reason of the browser's, or "". */
  failure: '' | 'unsupported' | 'insecure' | 'denied' | 'unavailable' | 'timeout'
  lon: number
  lat: number
  accuracyMetres: number
  ageSeconds: number
}

/** The middle and the 95th of a hundred, by rank. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0
}

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20).toLocaleString('en-US')} MiB`
const line = (name: string, state: State, value: string | boolean, advice?: string): Line => (state === 'good' || !advice ? { name, state, value } : { name, state, value, advice })

/** Drivers that draw on the processor: the map works and is slow. */
const software = /swiftshader|llvmpipe|softpipe|basic render|software/i

export function browserLines(b: BrowserFacts): Line[] {
  const chromium = Number(/Chrom(?:e|ium)\/(\d+)/.exec(b.userAgent)?.[1] ?? 0)
  return [
    line('browser', chromium > 0 && chromium < 87 ? 'bad' : chromium === 0 ? 'note' : 'good', b.userAgent, chromium > 0 ? 'oldBrowser' : 'otherBrowser'),
    line('interfaces', 'good', b.missing.length === 0 ? '–' : b.missing.join(', ')),
    line('language', 'good', b.languages.join(', ')),
    line('timeZone', b.timeZone === 'Asia/Shanghai' ? 'good' : 'note', b.timeZone, 'timeZone'),
    line('screen', b.screen.width < 1280 ? 'note' : 'good', `${b.screen.width} × ${b.screen.height} @ ${b.screen.ratio}`, 'screen'),
    line('processor', 'good', [`${b.cores}`, b.memory > 0 ? `≥ ${b.memory} GiB` : ''].filter(Boolean).join(', ')),
    line('https', b.secure ? 'good' : 'bad', b.protocol, 'https'),
    line('serviceWorker', b.serviceWorker ? 'good' : 'note', b.serviceWorker, 'serviceWorker'),
  ]
}

export function graphicsLines(g: GraphicsFacts, frames: FrameFacts | undefined): Line[] {
  return [
    line('webgl2', g.webgl2 ? 'good' : 'bad', g.webgl2, 'webgl2'),
    line('gpu', !g.webgl2 ? 'bad' : software.test(g.renderer) ? 'note' : 'good', g.renderer || '–', 'software'),
    line('texture', g.maxTexture >= 8192 ? 'good' : g.maxTexture >= 4096 ? 'note' : 'bad', String(g.maxTexture), 'texture'),
    ...(frames ? [line('frames', frames.p95 <= 33 ? 'good' : 'note', `p50 ${frames.p50.toFixed(1)} ms, p95 ${frames.p95.toFixed(1)} ms, max ${frames.worst.toFixed(0)} ms (${frames.frames})`, 'frames')] : []),
  ]
}

export function storageLines(s: StorageFacts): Line[] {
  return [
    line('localStorage', s.local ? 'good' : 'bad', s.local, 'storage'),
    line('indexedDB', s.indexed ? 'good' : 'bad', s.indexed, 'storage'),
    line('quota', s.quota === 0 || s.quota - s.usage > 100 * 2 ** 20 ? 'good' : 'note', s.quota === 0 ? '–' : `${mib(s.usage)} / ${mib(s.quota)}`, 'quota'),
    line('persisted', 'good', s.persisted),
  ]
}

export function fontLines(f: FontFacts): Line[] {
  return [line('chinese', f.chinese ? 'good' : 'bad', f.chinese, 'chinese'), line('rare', f.rare ? 'good' : 'bad', f.rare, 'rare')]
}

export function serverLines(s: ServerFacts): Line[] {
  return [
    line('server', s.name ? 'good' : 'bad', s.name || '–', 'unreachable'),
    line('version', 'good', s.version || '–'),
    line('page', s.current ? 'good' : 'note', s.page, 'page'),
    ...s.answers.map(({ name, status, milliseconds }) => line(name, status === 0 || status >= 400 ? 'bad' : milliseconds > 500 ? 'note' : 'good', status === 0 ? '–' : `${status}, ${milliseconds.toFixed(0)} ms`, status === 0 || status >= 400 ? 'unreachable' : 'slow')),
    ...(s.clockAhead === undefined ? [] : [line('clock', Math.abs(s.clockAhead) <= 60 ? 'good' : 'note', `${s.clockAhead > 0 ? '+' : ''}${s.clockAhead} s`, 'clock')]),
  ]
}

export function positionLine(p: PositionFacts): Line {
  if (p.failure) return line('position', p.failure === 'denied' ? 'note' : 'bad', '–', `position-${p.failure}`)
  const near = p.accuracyMetres <= 100
  return line('position', near && p.ageSeconds <= 60 ? 'good' : 'note', `WGS-84 ${p.lon.toFixed(6)}, ${p.lat.toFixed(6)} ± ${p.accuracyMetres.toFixed(0)} m, ${p.ageSeconds.toFixed(0)} s`, 'position-rough')
}

/** The sheet as text, for a message or a form; the words are those of the page's language. */
export function asText(groups: readonly Group[], words: { title: string; at: string; group: (name: string) => string; name: (name: string) => string; state: (state: State) => string; value: (value: string | boolean) => string }): string {
  const lines = groups.flatMap((g) => [`[${words.group(g.name)}]`, ...g.lines.map((l) => `${words.state(l.state)}\t${words.name(l.name)}\t${words.value(l.value)}`), ''])
  return [words.title, words.at, '', ...lines].join('\n')
}
