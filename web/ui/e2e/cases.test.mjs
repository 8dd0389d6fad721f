// Cases of the viewer that cross its parts: rights of others, old browsers,
// what is drawn against what is said, and long use.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'
import { use } from './soak.mjs'

const program = process.env.MAPSERVER
const reason = skip || (!program && process.env.CI !== 'true' && 'MAPSERVER is not set: nobody can be let in')
const run = async (...args) => (await promisify(execFile)(program, args)).stdout.trim()
const number = (text) => Number(text.replaceAll(',', ''))

describe('across the viewer', () => {
  let browser
  let parcels
  before(async () => {
    if (reason) return
    browser = await startBrowser()
    parcels = await hashAt('dltb', 14)
  })
  after(() => browser?.close())

  const scenario = (name, address, steps, options) =>
    test(name, { skip: reason, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, typeof address === 'function' ? address() : address, options)
      try {
        await steps(viewer, viewer.page)
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  const panel = (page, name) => page.getByRole('region', { name, exact: true })

  scenario('a view of the whole screen takes at most 30 tiles of a layer', '/', async (viewer, page) => {
    await page.setViewportSize({ width: 1920, height: 1080 })
    const center = parcels.split('/').slice(1).reverse().map(Number)
    for (const zoom of [9, 11, 13, 15]) {
      const before = viewer.requests.length
      await page.evaluate((to) => window.__map.jumpTo(to), { zoom, center })
      await viewer.mapIdle()
      const counts = {}
      for (const r of viewer.requests.slice(before)) {
        const layer = /tiles\/([^/]+)\/\d+\/\d+\/\d+\.mvt/.exec(r)?.[1]
        if (layer) counts[layer] = (counts[layer] ?? 0) + 1
      }
      console.log(`a view of 1920 × 1080 at zoom ${zoom}: ${Object.values(counts).reduce((a, b) => a + b, 0)} tiles of ${Object.keys(counts).length} layers`)
      for (const [layer, n] of Object.entries(counts)) assert.ok(n <= 30, `${n} tiles of ${layer} at zoom ${zoom}`)
    }
  })

  scenario('what crosses several tiles is listed once, with the whole area that the server knows', () => `/?layers=division_county${parcels}`, async (viewer, page) => {
    const tiles = await page.evaluate(() => window.__map.querySourceFeatures('division_county', { sourceLayer: 'division_county' }).length)
    const { lng, lat } = await viewer.camera()
    const at = await viewer.onScreen(lng, lat)
    assert.ok(tiles > 1, `${tiles} pieces are in the tiles of the view`)
    await page.mouse.click(at.x, at.y)
    const results = viewer.results()
    await results.getByText('平方米').waitFor()
    const answer = await (await fetch(`${url}/api/v1/identify?lon=${lng}&lat=${lat}&layers=division_county`)).json()
    assert.equal(answer.results[0].features.length, 1)
    const [, area] = /([\d,.]+) 平方米/.exec((await results.innerText()).replace(/\s+/g, ' '))
    const whole = answer.results[0].features[0].measure.area_m2
    assert.ok(Math.abs(number(area) - whole) < 1, `${area} said, ${whole} known`)
  })

  scenario('the map at the right answers clicks with what it shows', () => `/?layers=road&open=compare:split~dltb${parcels}`, async (viewer, page) => {
    await page.waitForFunction(() => window.__second?.isStyleLoaded() && window.__second.areTilesLoaded() && window.__second.queryRenderedFeatures({ layers: ['dltb:fill'] }).length > 0)
    const spot = await page.evaluate(() => {
      const map = window.__second
      const box = map.getCanvas().getBoundingClientRect()
      for (let y = 60; y < box.height - 60; y += 17) for (let x = 30; x < box.width - 430; x += 23) if (map.queryRenderedFeatures([x, y], { layers: ['dltb:fill'] }).length > 0) return { x: box.x + x, y: box.y + y }
      return undefined
    })
    assert.ok(spot)
    await page.mouse.click(spot.x, spot.y)
    await viewer.results().getByText('平方米').waitFor()
    assert.match(await viewer.results().innerText(), /地类/)
    await page.keyboard.press('Escape')
  })

  test('a link shows its layers to those alone who may see them; signing out ends the session on the server', { skip: reason, timeout: 180_000 }, async () => {
    const token = /onemap_\S+/.exec(await run('token', 'create', `sharer-${Date.now()}`, '--rights', 'read:status,read:public,read:internal'))[0]
    const insider = await openPage(browser, '/?layers=road')
    let link
    try {
      const { page } = insider
      await page.getByRole('banner').getByRole('button', { name: '登录' }).click()
      await page.getByLabel('访问令牌').fill(token)
      await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
      await page.getByRole('dialog').waitFor({ state: 'hidden' })
      await insider.row('林业有害生物').click()
      await page.waitForURL(/layers=[^&]*forest_pest/)
      await page.getByRole('button', { name: '书签与分享', exact: true }).click()
      await panel(page, '书签与分享').getByRole('button', { name: '生成短链接' }).click()
      link = new URL(await panel(page, '书签与分享').getByRole('textbox', { name: '短链接' }).inputValue())
    } finally {
      await insider.page.context().close()
    }
    const other = await openPage(browser, `/${link.search}`)
    try {
      assert.ok((await other.rendered('road')) >= 0)
      assert.equal(await other.page.evaluate(() => 'forest_pest' in window.__map.getStyle().sources), false)
      assert.doesNotMatch(other.requests.join('\n'), /tiles\/[^/]*forest_pest/, 'nothing of it is asked for')
      other.assertClean()
    } finally {
      await other.page.context().close()
    }
    const invitation = await run('user', 'add', `员工${Date.now()}`, '--role', 'handler', '--public-url', url)
    const code = /signin=([\w-]+)/.exec(invitation)[1]
    const staff = await openPage(browser, `/#signin=${code}`)
    try {
      const { page } = staff
      const secret = await page.evaluate(() => JSON.parse(localStorage.getItem('onemap.session')).token)
      const ask = async () => (await fetch(`${url}/api/v1/sessions/current`, { headers: { Authorization: `Bearer ${secret}` } })).status
      assert.equal(await ask(), 200)
      await page.getByRole('banner').getByRole('button', { name: /员工/ }).click()
      await page.getByRole('dialog').getByRole('button', { name: '退出登录' }).click()
      await page.waitForFunction(() => document.querySelector('header .who').textContent.trim() === '登录')
      await page.waitForFunction(() => !localStorage.getItem('onemap.session'))
      for (let tries = 0; tries < 50 && (await ask()) !== 401; tries++) await page.waitForTimeout(100)
      assert.equal(await ask(), 401)
    } finally {
      await staff.page.context().close()
    }
  })

  test('a graphics device that does not come back leaves the list', { skip: reason, timeout: 120_000 }, async () => {
    const viewer = await openPage(browser, '/?layers=division_county')
    try {
      await viewer.page.evaluate(() => window.__map.getCanvas().getContext('webgl2').getExtension('WEBGL_lose_context').loseContext())
      await viewer.page.getByRole('alert').getByRole('button', { name: '改用要素列表' }).click()
      await viewer.page.waitForURL(/\/list\/division_county/)
      await viewer.page.getByRole('cell').first().waitFor()
    } finally {
      await viewer.page.context().close()
    }
  })

  describe('in a browser of 2021', () => {
    const younger = `delete Object.hasOwn;
      for (const kind of [Array, String, Object.getPrototypeOf(Int8Array)]) delete kind.prototype.at;
      for (const name of ['findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']) { Reflect.deleteProperty(Array.prototype, name); Reflect.deleteProperty(Object.getPrototypeOf(Int8Array).prototype, name) }
      delete globalThis.structuredClone; delete Promise.withResolvers; if (globalThis.crypto) delete Object.getPrototypeOf(crypto).randomUUID;
      for (const name of ['isWellFormed', 'toWellFormed']) Reflect.deleteProperty(String.prototype, name);
      delete Object.groupBy; delete Array.fromAsync;
      for (const name of ['union', 'intersection', 'difference', 'isSubsetOf']) Reflect.deleteProperty(Set.prototype, name);
      delete globalThis.Iterator;`
    const prepare = async (page) => {
      await page.addInitScript(younger)
      // The map's worker has a scope of its own.
      await page.context().route('**/assets/maplibre-gl-worker*', async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, body: younger + (await response.text()) })
      })
    }

    scenario('the map and every panel open', () => `/?layers=dltb${parcels}`, async (viewer, page) => {
      assert.ok((await viewer.rendered('dltb')) > 0)
      assert.equal(await page.evaluate(() => !/native code/.test(String(Object.hasOwn)) && !/native code/.test(String(Array.prototype.findLast))), true)
      for (const address of await page.evaluate(() => [...document.querySelectorAll('[role=toolbar] button[aria-pressed], nav > button.module[aria-pressed]')].map((b) => b.getAttribute('aria-label') ?? b.textContent))) {
        const button = page.getByRole('button', { name: address, exact: true }).first()
        await button.click()
        await page.waitForFunction(() => !document.body.innerText.includes('正在打开…'))
        assert.equal(await page.getByText('没有打开，可能是网络中断').count(), 0, address)
        await button.click()
      }
    }, { prepare })

    for (const [path, wait] of [['/list/division_county', 'td'], ['/help', 'article section'], ['/diag', '[data-check=health]'], ['/m/', 'main, #app > *']]) {
      test(`${path} opens`, { skip: reason, timeout: 120_000 }, async () => {
        const viewer = await openPage(browser, path, { ready: false, prepare })
        try {
          await viewer.page.locator(wait).first().waitFor()
          if (path !== '/m/') viewer.assertClean()
          else assert.deepEqual(viewer.faults.filter((f) => f.startsWith('page error')), [])
        } finally {
          await viewer.page.context().close()
        }
      })
    }
  })

  scenario('images of the legend have the pixels of the map', '/?layers=yjjbnttb,geohazard_point,shelter', async (viewer, page) => {
    const compared = []
    for (const layer of ['yjjbnttb', 'geohazard_point', 'shelter']) {
      const [lat, lon] = (await hashAt(layer, 14)).split('/').slice(1).map(Number)
      await viewer.lookAt(lon, lat, 14)
      await page.locator(`.legend [data-layer=${layer}] svg image`).first().waitFor()
      const differing = await page.evaluate(async () => {
        const map = window.__map
        const pixels = async (address) => {
          const image = Object.assign(new Image(), { src: address })
          await image.decode()
          const canvas = new OffscreenCanvas(image.width, image.height)
          const pen = canvas.getContext('2d')
          pen.drawImage(image, 0, 0)
          return pen.getImageData(0, 0, image.width, image.height)
        }
        const wrong = []
        let compared = 0
        const known = map.listImages().map((id) => map.style.getImage(id).data)
        for (const one of document.querySelectorAll('.legend svg image')) {
          const drawn = await pixels(one.getAttribute('href'))
          // The image that the map has: the same first rows, as far as it reaches.
          const same = known.some(({ width, height, data }) => {
            const w = Math.min(width, drawn.width)
            for (let y = 0; y < Math.min(height, drawn.height); y++) {
              for (let x = 0; x < w; x++) {
                const [a, b] = [(y * drawn.width + x) * 4, (y * width + x) * 4]
                // Colours of what is see-through do not survive a canvas.
                if (Math.abs(drawn.data[a + 3] - data[b + 3]) > 1) return false
                if (data[b + 3] > 200 && [0, 1, 2].some((i) => Math.abs(drawn.data[a + i] - data[b + i]) > 2)) return false
              }
            }
            return true
          })
          compared++
          if (!same) wrong.push(one.closest('.entry').textContent)
        }
        return { wrong, compared }
      })
      compared.push(differing.compared)
      assert.deepEqual(differing.wrong, [], layer)
    }
    assert.ok(compared.every((n) => n > 0))
  })

  scenario('names with a character that no font has stand on the map', '/?layers=place_name', async (viewer, page) => {
    await page.evaluate(() => {
      const map = window.__map
      map.addSource('rare', { type: 'geojson', data: { type: 'Point', coordinates: map.getCenter().toArray() } })
      map.addLayer({ id: 'rare', type: 'symbol', source: 'rare', layout: { 'text-field': '\u{10fffd}村', 'text-font': ['Yunfu Sans'], 'text-allow-overlap': true } })
    })
    await viewer.mapIdle()
    assert.equal(await page.evaluate(() => window.__map.queryRenderedFeatures({ layers: ['rare'] }).length), 1)
    assert.ok(viewer.requests.filter((r) => r.endsWith('.woff2')).length <= 8)
  })

  test('half a minute of use keeps memory and tiles flat', { skip: reason, timeout: 180_000 }, async () => {
    const viewer = await openPage(browser, `/?layers=dltb,road,division_town${parcels}`)
    try {
      const { heap, tiles, contexts } = await use(viewer, { milliseconds: 30_000, sampleEvery: 5_000, seed: 7 })
      console.log(`half a minute of use: heap ${heap.map((n) => (n / 1e6).toFixed(0)).join(', ')} MB, tiles ${tiles.join(', ')}`)
      const half = Math.floor(heap.length / 2)
      const early = Math.max(...heap.slice(0, half))
      const late = Math.min(...heap.slice(half))
      assert.ok(late <= early * 1.15 + 5e6, `the heap grew from ${early} to ${late} bytes`)
      assert.ok(Math.max(...heap) <= 400e6)
      assert.ok(Math.min(...tiles.slice(half)) <= Math.max(...tiles.slice(0, half)) * 1.5 + 20, `tiles ${tiles}`)
      assert.equal(contexts, 1)
      viewer.assertClean()
    } finally {
      await viewer.page.context().close()
    }
  })
})
