// Builds the fonts that map labels are drawn with into .fonts/:
//
//   hot-*.woff2    every character of the names and words in the repository's
//                  data folder, those that the demonstration city makes its
//                  names of included, so that a usual view needs one file;
//   noto-*.woff2   the 101 slices of @fontsource-variable/noto-sans-sc;
//   rare-*.woff2   the ideographs of U+3400–9FFF that those slices lack, 榃 of
//                  罗定市榃滨镇 among them, cut from Debian's fonts-noto-cjk;
//   faces.json     [{file, unicodes}]: which file draws which code points,
//                  in the order in which MapLibre has to try them.
//
// A file's name carries the hash of what it is made from: a file that exists is
// not made again. Both fonts are under the SIL Open Font License 1.1.
import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { compressRanges, expandRanges } from './ranges.mjs'

const run = promisify(execFile)
const ui = dirname(dirname(fileURLToPath(import.meta.url)))
const data = join(ui, '..', '..', 'data')
const out = join(ui, '.fonts')
const sliced = join(ui, 'node_modules', '@fontsource-variable', 'noto-sans-sc')
const collection = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
const simplified = 2 // the font of the collection with the mainland's shapes
const recipe = 'vert-1' // change it when the options of subset() change

const [source, slices] = await Promise.all([
  readFile(collection).catch(() => fail(`缺少字体 ${collection}：请运行 apt-get install fonts-noto-cjk\nThe font is missing: apt-get install fonts-noto-cjk`)),
  readFile(join(sliced, 'unicode.json'), 'utf8').then(JSON.parse),
])
const sourceHash = createHash('sha256').update(source).digest('hex')
await mkdir(out, { recursive: true })
const present = new Set(await readdir(out))

const faces = []
const jobs = []
plan('hot', await charactersOfData())
const covered = new Set()
for (const [name, unicodes] of Object.entries(slices)) {
  const points = expandRanges(unicodes.split(','))
  points.forEach((p) => covered.add(p))
  const part = name.replace(/[[\]]/g, '')
  const file = `noto-${part}.woff2`
  faces.push({ file, unicodes: compressRanges(points) })
  if (!present.has(file)) jobs.push(() => copyFile(join(sliced, 'files', `noto-sans-sc-${part}-wght-normal.woff2`), join(out, file)))
}
for (let first = 0x3400; first < 0xa000; first += 512) {
  const missing = Array.from({ length: 512 }, (_, i) => first + i).filter((p) => p < 0xa000 && !hexagram(p) && !covered.has(p))
  if (missing.length > 0) plan(`rare-${first.toString(16)}`, missing)
}

const made = jobs.length
await inTurn(jobs, 2)
const facesText = JSON.stringify(faces)
await writeFile(join(out, 'faces.json'), facesText)
const wanted = new Set(['faces.json', ...faces.map((f) => f.file)])
await Promise.all((await readdir(out)).filter((f) => !wanted.has(f)).map((f) => rm(join(out, f))))
console.log(`fonts: ${faces.length} files, ${made} made or copied now`)

/** Adds a slice of the CJK font that holds these code points. */
function plan(name, points) {
  const unicodes = compressRanges(points)
  const hash = createHash('sha256').update(`${recipe} ${sourceHash} ${unicodes}`).digest('hex').slice(0, 10)
  const file = `${name}-${hash}.woff2`
  faces.push({ file, unicodes })
  if (!present.has(file)) jobs.push(() => subset(file, unicodes))
}

async function subset(file, unicodes) {
  const half = join(out, `${file}.part`)
  try {
    await run('pyftsubset', [collection, `--font-number=${simplified}`, '--flavor=woff2', `--unicodes=${unicodes.join(',')}`, '--layout-features=vert', '--no-hinting', `--output-file=${half}`])
  } catch (error) {
    fail(error.code === 'ENOENT' ? '缺少 pyftsubset：请运行 apt-get install fonttools python3-brotli\npyftsubset is missing: apt-get install fonttools python3-brotli' : `pyftsubset ${file}: ${error.stderr ?? error}`)
  }
  await rename(half, join(out, file))
}

/** All characters of the data files, printable ASCII and common punctuation. */
async function charactersOfData() {
  const texts = [' !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~', '·—…、。《》（），：；？！％°′″×²³']
  for (const name of (await readdir(data, { recursive: true })).sort()) {
    if (/\.(csv|json|go)$/.test(name)) texts.push(await readFile(join(data, name), 'utf8'))
  }
  const points = new Set([...texts.join('')].map((c) => c.codePointAt(0)))
  return [...points].filter((p) => p >= 0x20 && p !== 0xfeff).sort((a, b) => a - b)
}

async function inTurn(tasks, width) {
  const queue = [...tasks]
  await Promise.all(Array.from({ length: width }, async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await task()
  }))
}

function fail(message) {
  console.error(`fonts: ${message}`)
  process.exit(1)
}

/** Tells whether the code point is one of the 64 hexagrams between the two blocks of ideographs. */
function hexagram(p) {
  return p >= 0x4dc0 && p < 0x4e00
}
