// The browser for the end-to-end tests, and the page in the application's own
// words. Needs ONEMAP_URL, the address of a running server with the
// demonstration data, and Debian's Chromium (or CHROMIUM, its path).
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'

export const url = process.env.ONEMAP_URL?.replace(/\/$/, '')

/** Why the tests cannot run here, or false. Under CI they must run, so nothing is a reason. */
export const skip = !url && process.env.CI !== 'true' && 'ONEMAP_URL is not set: no server to test against'

const flags = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--hide-scrollbars', '--disable-lcd-text', '--force-color-profile=srgb']
// Pins the renderer, so that every machine draws with the same one.
const software = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader']

export async function startBrowser({ webgl = true, more = [] } = {}) {
  assert.ok(url, 'ONEMAP_URL must name a running server')
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [...flags, ...more, ...(webgl ? software : ['--disable-3d-apis'])] })
}

/**
 * The camera for a place that has what the layer holds, as "#map=13/22.77/111.56",
 * so that the tests do not depend on which data the server has.
 */
export async function hashAt(layer, zoom) {
  const answer = await fetch(`${url}/api/v1/layers/${layer}/features?limit=1`)
  const [feature] = (await answer.json()).features ?? []
  assert.ok(feature, `the server has features of ${layer}`)
  const numbers = feature.geometry.coordinates.flat(Infinity)
  return `#map=${zoom}/${numbers[1]}/${numbers[0]}`
}

/** Opens the page at a path, as "/?layers=dltb#map=13/22.9/112.04", and records what goes wrong. prepare changes the page before it loads. */
export async function openPage(browser, path = '/', { locale = 'zh-CN', ready = true, prepare = async () => {} } = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, deviceScaleFactor: 1, reducedMotion: 'reduce', locale, timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  const faults = []
  const requests = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && faults.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`))
  page.on('request', (request) => requests.push(request.url()))
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) => console.error(`CSP violation: ${e.violatedDirective} ${e.blockedURI}`)))
  await prepare(page)
  const [address, hash] = path.split('#')
  await page.goto(`${url}${address}${address.includes('?') ? '&' : '?'}e2e=1${hash ? `#${hash}` : ''}`)
  const viewer = new Viewer(page, faults, requests)
  if (ready) await viewer.mapIdle()
  return viewer
}

export class Viewer {
  constructor(page, faults, requests) {
    Object.assign(this, { page, faults, requests })
  }

  /** Waits until the map has drawn everything it wants to draw. */
  async mapIdle() {
    await this.page.waitForFunction(() => window.__map, undefined, { timeout: 60_000 })
    await this.page.evaluate(async () => {
      const map = window.__map
      // A change of state reaches the map in the next frame: let two pass.
      for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done))
      // A map that is idle already says so again after another frame.
      map.triggerRepaint()
      await new Promise((done) => map.once('idle', done))
    })
  }

  /** The number of features that the map has drawn of a layer. */
  rendered(layer) {
    return this.page.evaluate((id) => {
      const map = window.__map
      const drawn = map.getStyle().layers.filter((l) => l.metadata?.['onemap:layer'] === id).map((l) => l.id)
      return drawn.length === 0 ? 0 : map.queryRenderedFeatures({ layers: drawn }).length
    }, layer)
  }

  camera() {
    return this.page.evaluate(() => ({ ...window.__map.getCenter(), zoom: window.__map.getZoom() }))
  }

  async lookAt(lon, lat, zoom) {
    await this.page.evaluate((to) => window.__map.jumpTo(to), { center: [lon, lat], zoom })
    await this.mapIdle()
  }

  /** Where a place is on the screen, in CSS pixels. */
  async onScreen(lon, lat) {
    return this.page.evaluate(
      ([x, y]) => {
        const map = window.__map
        const at = map.project([x, y])
        const box = map.getCanvas().getBoundingClientRect()
        return { x: box.x + at.x, y: box.y + at.y }
      },
      [lon, lat],
    )
  }

  /** A point of the screen, off the panels, where the layer is drawn. */
  async somewhereOn(layer) {
    const spot = await this.page.evaluate((id) => {
      const map = window.__map
      const canvas = map.getCanvas()
      const box = canvas.getBoundingClientRect()
      const layers = map.getStyle().layers.filter((l) => l.metadata?.['onemap:layer'] === id).map((l) => l.id)
      for (let y = 60; y < box.height - 60; y += 17) {
        for (let x = 60; x < box.width - 460; x += 23) {
          if (map.queryRenderedFeatures([x, y], { layers }).length > 0) return { x: box.x + x, y: box.y + y }
        }
      }
      return undefined
    }, layer)
    assert.ok(spot, `${layer} is drawn somewhere in view`)
    return spot
  }

  /** The texts in sight that are the page's own words, not data from the catalogue. */
  ownWords() {
    return this.page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
      const found = []
      while (walker.nextNode()) {
        const holder = walker.currentNode.parentElement
        if (walker.currentNode.data.trim() && holder.checkVisibility() && !holder.closest('dd, noscript, script, style')) found.push(walker.currentNode.data.trim())
      }
      return found
    })
  }

  tree() {
    return this.page.getByRole('tree')
  }

  row(name) {
    return this.tree().getByRole('treeitem', { name })
  }

  results() {
    return this.page.getByRole('region', { name: /查询结果|What is here/ })
  }

  /** Fails on whatever went wrong, and on requests that left the origin. */
  assertClean() {
    assert.deepEqual(this.faults, [])
    const foreign = this.requests.filter((r) => !r.startsWith(`${url}/`) && !/^(data|blob):/.test(r))
    assert.deepEqual(foreign, [], 'no request may leave the origin')
  }
}
