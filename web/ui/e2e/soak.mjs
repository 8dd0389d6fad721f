// Uses the map as somebody restless would: moves, zooms, shows and hides layers,
// asks what is here, and notes memory and tiles in between. Run by itself,
//
//   ONEMAP_URL=http://127.0.0.1:8080 node e2e/soak.mjs [minutes]
//
// it prints a line a minute, and fails if either has grown.
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { hashAt, openPage, startBrowser } from './page.mjs'

/** Numbers from 0 to 1 that are the same every time (mulberry32). */
function chances(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Uses a map for some milliseconds. Returns the bytes of the heap after a
 * collection, the tiles that the map keeps, each as often as was sampled, and
 * how many WebGL contexts there are.
 */
export async function use({ page }, { milliseconds, sampleEvery, seed, tell = () => {} }) {
  const session = await page.context().newCDPSession(page)
  const next = chances(seed)
  const home = await page.evaluate(() => ({ ...window.__map.getCenter(), zoom: window.__map.getZoom() }))
  const heap = []
  const tiles = []
  const sample = async () => {
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize } = await session.send('Runtime.getHeapUsage')
    const kept = await page.evaluate(() => {
      const managers = Object.values(window.__map.style.tileManagers ?? window.__map.style.sourceCaches ?? {})
      return managers.reduce((sum, m) => sum + (m.getIds?.().length ?? 0), 0)
    })
    heap.push(usedSize)
    tiles.push(kept)
    tell({ heap: usedSize, tiles: kept })
  }
  const layers = page.getByRole('treeitem', { name: /^(道路|河流|县级行政区|微网格|水库)$/ })
  const end = Date.now() + milliseconds
  // Everything that the page loads once is loaded before the first sample.
  await act(page, layers, next, home, 12)
  await sample()
  while (Date.now() < end) {
    const until = Math.min(end, Date.now() + sampleEvery)
    while (Date.now() < until) await act(page, layers, next, home, 3)
    await sample()
  }
  return { heap, tiles, contexts: await page.evaluate(() => document.querySelectorAll('canvas.maplibregl-canvas').length) }
}

async function act(page, layers, next, home, times) {
  for (let i = 0; i < times; i++) {
    const chance = next()
    if (chance < 0.7) {
      const [dx, dy, dz] = [next() - 0.5, next() - 0.5, next()]
      await page.evaluate(
        async ([x, y, z, back]) => {
          const map = window.__map
          map.jumpTo({ center: [back.lng + x * 0.25, back.lat + y * 0.2], zoom: 9.5 + z * 6 })
          await new Promise((done) => map.once('idle', done))
        },
        [dx, dy, dz, home],
      )
    } else if (chance < 0.9) {
      const n = await layers.count()
      if (n > 0) await layers.nth(Math.floor(next() * n)).click()
    } else {
      const box = await page.locator('.maplibregl-canvas').first().boundingBox()
      await page.mouse.click(box.x + 100 + next() * 300, box.y + 100 + next() * (box.height - 200))
      await page.keyboard.press('Escape')
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const minutes = Number(process.argv[2] ?? 10)
  const browser = await startBrowser()
  try {
    const viewer = await openPage(browser, `/?layers=dltb,road,division_town${await hashAt('dltb', 13)}`)
    let n = 0
    const { heap, tiles } = await use(viewer, {
      milliseconds: minutes * 60_000,
      sampleEvery: Math.min(60_000, minutes * 6_000),
      seed: 1,
      tell: ({ heap: bytes, tiles: kept }) => console.log(`${n++}\theap ${(bytes / 1e6).toFixed(1)} MB\ttiles ${kept}`),
    })
    const half = Math.floor(heap.length / 2)
    console.log(`heap: at most ${(Math.max(...heap) / 1e6).toFixed(1)} MB; first half ${(Math.max(...heap.slice(0, half)) / 1e6).toFixed(1)} MB at most, second half ${(Math.min(...heap.slice(half)) / 1e6).toFixed(1)} MB at least; tiles ${Math.min(...tiles)} to ${Math.max(...tiles)}`)
    assert.ok(Math.min(...heap.slice(half)) <= Math.max(...heap.slice(0, half)) * 1.1 + 5e6, 'the heap grew')
    assert.ok(Math.max(...heap) <= 400e6, 'the heap is above 400 MB')
    viewer.assertClean()
  } finally {
    await browser.close()
  }
}
