import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'

describe('the map module', () => {
  let browser
  let parcels // the camera at a place with parcels
  before(async () => {
    if (skip) return
    browser = await startBrowser()
    parcels = await hashAt('dltb', 13)
  })
  after(() => browser?.close())

  /** Opens a page, runs the steps, and fails on whatever went wrong in it. */
  const scenario = (name, path, steps, options) =>
    test(name, { skip, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, typeof path === 'function' ? path() : path, options)
      try {
        await steps(viewer)
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  scenario('starts with the usual layers, from its own origin only', '/', async (viewer) => {
    assert.equal(await viewer.page.title(), '云浮一张图')
    for (const layer of ['division_city', 'division_county', 'place_name']) assert.ok((await viewer.rendered(layer)) > 0, `${layer} is drawn`)
    await viewer.page.getByText('演示数据', { exact: true }).waitFor()
    const fonts = viewer.requests.filter((r) => r.endsWith('.woff2'))
    assert.ok(fonts.length <= 4, `${fonts.length} font files for the first view`)
    // The frame has to show before the map's code has come.
    const order = viewer.requests.map((r) => r.slice(url.length))
    assert.ok(order.findIndex((r) => r.startsWith('/api/v1/layers')) < order.findIndex((r) => r.includes('maplibre-gl-worker')), 'the catalogue is asked for before the map')
  })

  scenario(
    'runs in a browser of 2021, which lacks what the polyfills bring',
    '/',
    async (viewer) => {
      assert.ok((await viewer.rendered('division_county')) > 0)
    },
    {
      prepare: (page) =>
        page.addInitScript(() => {
          delete Object.hasOwn
          for (const kind of [Array, String, Int8Array.__proto__]) delete kind.prototype.at
          for (const name of ['findLast', 'findLastIndex', 'toSorted', 'toReversed', 'toSpliced', 'with']) Reflect.deleteProperty(Array.prototype, name)
          delete window.structuredClone
        }),
    },
  )

  scenario('a layer is found, shown and hidden with the keyboard alone', () => `/?layers=road${parcels}`, async (viewer) => {
    const { page } = viewer
    assert.equal(await viewer.rendered('dltb'), 0)
    await page.getByRole('searchbox').fill('地类')
    await page.keyboard.press('Tab') // the clear button is not a tab stop
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'treeitem')
    await page.keyboard.press('ArrowDown')
    assert.match(await page.evaluate(() => document.activeElement.textContent), /地类图斑/)
    await page.keyboard.press('Space')
    await viewer.mapIdle()
    assert.equal(await viewer.row('地类图斑').getAttribute('aria-checked'), 'true')
    assert.ok((await viewer.rendered('dltb')) > 0)
    assert.match(page.url(), /layers=dltb,road/)
    await page.keyboard.press('Space')
    await viewer.mapIdle()
    assert.equal(await viewer.rendered('dltb'), 0)
  })

  scenario('arrow keys fold and walk the tree', () => `/?layers=${parcels}`, async ({ page }) => {
    const theme = page.getByRole('treeitem', { name: /^[▾▸]?\s*基础地理与网格/ })
    await theme.focus()
    const rows = () => page.getByRole('treeitem').count()
    const all = await rows()
    await page.keyboard.press('ArrowLeft')
    assert.equal(await theme.getAttribute('aria-expanded'), 'false')
    assert.ok((await rows()) < all)
    await page.keyboard.press('ArrowRight')
    assert.equal(await rows(), all)
    await page.keyboard.press('End')
    assert.equal(await page.evaluate(() => document.activeElement === [...document.querySelectorAll('[role=treeitem]')].at(-1)), true)
    assert.equal(await page.locator('[role=treeitem][tabindex="0"]').count(), 1)
  })

  scenario('what is shown, how strongly and from where survives a reload', () => `/?layers=dltb:40,road${parcels}`, async (viewer) => {
    const { page } = viewer
    await page.getByRole('button', { name: '放大', exact: true }).click()
    await viewer.mapIdle()
    const left = await viewer.camera()
    await page.reload()
    await viewer.mapIdle()
    const camera = await viewer.camera()
    assert.equal(camera.zoom, 14)
    assert.ok(Math.abs(camera.lng - left.lng) < 1e-3 && Math.abs(camera.lat - left.lat) < 1e-3)
    assert.equal(await page.evaluate(() => window.__map.getPaintProperty('dltb:fill', 'fill-layer-opacity')), 0.4)
    assert.equal(await viewer.row('地类图斑').getAttribute('aria-checked'), 'true')
    assert.equal(await viewer.row('县级行政区').getAttribute('aria-checked'), 'false')
  })

  scenario('opacity is set by keyboard in the list of selected layers', () => `/?layers=dltb${parcels}`, async (viewer) => {
    await viewer.page.getByRole('tab', { name: /已选图层/ }).click()
    await viewer.page.getByRole('slider', { name: /地类图斑/ }).focus()
    for (let i = 0; i < 3; i++) await viewer.page.keyboard.press('ArrowLeft')
    await viewer.mapIdle()
    assert.equal(await viewer.page.evaluate(() => window.__map.getPaintProperty('dltb:fill', 'fill-layer-opacity')), 0.97)
    await viewer.page.waitForURL(/layers=dltb:97/)
  })

  scenario('a layer that needs a closer look says so and takes one there', () => `/?layers=grid_micro,division_county${parcels.replace('=13/', '=9/')}`, async (viewer) => {
    assert.equal(await viewer.rendered('grid_micro'), 0)
    await viewer.page.getByRole('tab', { name: /已选图层/ }).click()
    await viewer.page.getByRole('button', { name: /放大到 1:.* 可见/ }).click()
    await viewer.mapIdle()
    assert.ok((await viewer.camera()).zoom >= 11)
    assert.ok((await viewer.rendered('grid_micro')) > 0)
    assert.equal(await viewer.page.getByRole('button', { name: /放大到 1:.* 可见/ }).count(), 0)
  })

  scenario('the legend lists what is drawn and nothing else', () => `/?layers=dltb,division_county${parcels}`, async (viewer) => {
    const legend = viewer.page.getByRole('region', { name: '图例' }).first()
    await legend.getByText('县级行政区').waitFor()
    const classes = await legend.locator('[data-layer=dltb] li').allTextContents()
    const drawn = await viewer.page.evaluate(() => [...new Set(window.__map.queryRenderedFeatures({ layers: ['dltb:fill'] }).map((f) => f.properties.dlbm))].length)
    assert.equal(classes.length, drawn)
    await viewer.row('地类图斑').click()
    await viewer.mapIdle()
    await legend.locator('[data-layer=dltb]').waitFor({ state: 'detached' })
  })

  scenario('a click says what is there, with its area in three units', () => `/?layers=dltb${parcels}`, async (viewer) => {
    const { page } = viewer
    const spot = await viewer.somewhereOn('dltb')
    await page.mouse.click(spot.x, spot.y)
    const results = viewer.results()
    await results.getByText('平方米').waitFor()
    const text = await results.innerText()
    const [, squareMetres, mu] = /([\d,.]+) 平方米\s+([\d,.]+) 亩/.exec(text.replace(/\s+/g, ' ')) ?? []
    const number = (s) => Number(s.replaceAll(',', ''))
    assert.ok(Math.abs(number(squareMetres) / number(mu) / (2000 / 3) - 1) < 0.01, text)
    assert.match(text, /公顷/)
    assert.match(text, /地类编码|地类/)
    assert.match(text, /\(\d{4}[A-Z0-9]*\)/, 'the land class has its name beside the code')
    // The picked feature is highlighted whole, and zoomed to.
    await viewer.mapIdle()
    assert.equal(await page.evaluate(() => window.__map.querySourceFeatures('onemap:selection').length > 0), true)
    await results.getByRole('button', { name: '缩放至要素' }).click()
    await viewer.mapIdle()
    await page.keyboard.press('Escape')
    await results.waitFor({ state: 'detached' })
  })

  scenario('the centre can be asked without a mouse', () => `/?layers=division_county${parcels}`, async (viewer) => {
    await viewer.page.getByRole('button', { name: '查询地图中心' }).press('Enter')
    await viewer.results().getByText('县级行政区').waitFor()
    await viewer.results().getByText('行政区代码').waitFor()
  })

  scenario('the place under the cursor is told in three ways', '/#map=14/22.9154/112.0445', async (viewer) => {
    const status = viewer.page.getByRole('region', { name: '状态栏' })
    const at = await viewer.onScreen(112.0445, 22.9154)
    await viewer.page.mouse.move(at.x, at.y)
    await status.getByText('光标').waitFor()
    const text = await status.innerText()
    const [, lon, lat] = /(1\d\d\.\d{6}), (2\d\.\d{6})/.exec(text) ?? []
    // A pixel is 9 m at this zoom.
    assert.ok(Math.abs(Number(lon) - 112.0445) < 2e-4 && Math.abs(Number(lat) - 22.9154) < 2e-4, text)
    assert.match(text, /112°02′[34]\d\.\d″E 22°5[45]′\d\d\.\d″N/)
    const [, x, y] = /X (\d{7}\.\d\d)\s+Y (\d{6}\.\d\d)/.exec(text) ?? []
    assert.ok(Math.abs(Number(x) - 2535549) < 20, `X is the northing: ${text}`)
    assert.ok(Math.abs(Number(y) - 607156) < 20, `Y is the easting: ${text}`)
    await viewer.page.getByRole('searchbox').hover()
    await status.getByText('中心', { exact: true }).waitFor()
  })

  scenario('the language is switched, and remembered', '/', async (viewer) => {
    const { page } = viewer
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('tab', { name: 'Catalogue' }).waitFor()
    assert.equal(await page.title(), 'Yunfu one map')
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en')
    const words = await viewer.ownWords()
    assert.ok(words.length > 30, 'words are found')
    assert.deepEqual(words.filter((w) => /\p{Script=Han}/u.test(w)), ['中文'])
    await page.reload()
    await page.getByRole('tab', { name: 'Catalogue' }).waitFor()
    await viewer.mapIdle()
  })

  scenario('榃滨镇, which common fonts lack, is drawn from a font of our own', '/?layers=place_name', async (viewer) => {
    const { page } = viewer
    await page.evaluate(() => {
      const map = window.__map
      map.addSource('rare', { type: 'geojson', data: { type: 'Point', coordinates: map.getCenter().toArray() } })
      map.addLayer({ id: 'rare', type: 'symbol', source: 'rare', layout: { 'text-field': '榃滨镇䓣峝㙟', 'text-font': ['Yunfu Sans'], 'text-allow-overlap': true } })
    })
    await viewer.mapIdle()
    assert.equal(await page.evaluate(() => window.__map.queryRenderedFeatures({ layers: ['rare'] }).length), 1)
    const ink = await page.evaluate(async () => {
      // MapLibre's own choice of a declared file for the character; null if none covers it.
      const family = await window.__map.style.glyphManager.fontFaceManager.getFontFamily('Yunfu Sans', 0x69c3, 'normal')
      if (!family) return undefined
      const pixels = (character, font) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 })
        const context = canvas.getContext('2d')
        context.font = `48px ${font}`
        context.fillText(character, 4, 52)
        return [...context.getImageData(0, 0, 64, 64).data].filter((_, i) => i % 4 === 3)
      }
      const drawn = pixels('榃', `"${family}"`)
      const box = pixels('\u{10fffd}', `"${family}"`)
      return { painted: drawn.filter((a) => a > 128).length, differing: drawn.filter((a, i) => Math.abs(a - box[i]) > 128).length }
    })
    assert.ok(ink && ink.painted > 300 && ink.differing > 300, JSON.stringify(ink))
  })

  test('one dead source of tiles neither blocks the tree nor goes unsaid', { skip, timeout: 120_000 }, async () => {
    const viewer = await openPage(browser, `/?layers=dltb${parcels}`)
    try {
      await viewer.page.route('**/tiles/road**', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' }))
      await viewer.row('道路').click()
      await viewer.page.getByRole('alert').getByText('部分瓦片没有读到').waitFor()
      assert.ok((await viewer.rendered('dltb')) > 0)
      await viewer.page.getByRole('button', { name: '知道了' }).click()
      assert.equal(await viewer.page.getByRole('alert').count(), 0)
    } finally {
      await viewer.page.context().close()
    }
  })

  test('a lost graphics device is told, and forgotten when it is back', { skip, timeout: 120_000 }, async () => {
    const viewer = await openPage(browser, `/?layers=dltb${parcels}`)
    try {
      const { page } = viewer
      await page.evaluate(() => (window.__lose = window.__map.getCanvas().getContext('webgl2').getExtension('WEBGL_lose_context')).loseContext())
      await page.getByRole('alert').getByText('显卡中断').waitFor()
      await page.evaluate(() => window.__lose.restoreContext())
      await page.getByRole('alert').waitFor({ state: 'detached' })
      await viewer.mapIdle()
      assert.ok((await viewer.rendered('dltb')) > 0)
    } finally {
      await viewer.page.context().close()
    }
  })

  test('a catalogue that cannot be read is told, and asked for again', { skip, timeout: 120_000 }, async () => {
    const context = await browser.newContext({ locale: 'zh-CN' })
    try {
      const page = await context.newPage()
      const problem = { title: 'Database away', status: 503, detail: '数据库没有应答', detail_en: 'the database does not answer', code: 'database-away', request_id: 'r-7' }
      await page.route('**/api/v1/layers', (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }))
      await page.goto(`${url}/`)
      const alert = page.getByRole('alert')
      await alert.getByText('数据库没有应答').waitFor()
      await alert.getByText(/database-away/).waitFor()
      await page.unroute('**/api/v1/layers')
      await alert.getByRole('button', { name: '重试' }).click()
      await page.getByRole('treeitem', { name: '地类图斑' }).waitFor()
    } finally {
      await context.close()
    }
  })
})
