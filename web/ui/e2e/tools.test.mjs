import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'

const number = (text) => Number(text.replaceAll(',', ''))

describe('the tools of the map', () => {
  let browser
  let parcels // the camera at a place with parcels
  before(async () => {
    if (skip) return
    browser = await startBrowser()
    parcels = await hashAt('dltb', 14)
  })
  after(() => browser?.close())

  /** Opens a page, runs the steps, and fails on whatever went wrong in it. */
  const scenario = (name, address, steps, options) =>
    test(name, { skip, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, address.includes('#') ? address : address + parcels, options)
      try {
        await steps(viewer, viewer.page)
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  const panel = (page, name) => page.getByRole('region', { name, exact: true })

  test('the first view is at most 800 KB of scripts and styles, compressed', { skip, timeout: 120_000 }, async () => {
    const finished = []
    const viewer = await openPage(browser, '/', { prepare: async (page) => page.on('requestfinished', (request) => /\.(js|css)$/.test(request.url()) && finished.push(request)) })
    try {
      const sizes = await Promise.all(finished.map(async (r) => (await r.sizes()).responseBodySize))
      const kilobytes = sizes.reduce((sum, n) => sum + n, 0) / 1000
      console.log(`first view of ${url}: ${kilobytes.toFixed(0)} kB of scripts and styles in ${sizes.length} files`)
      assert.ok(kilobytes > 400 && kilobytes <= 800, `${kilobytes} kB`)
      const tiles = viewer.requests.filter((r) => r.includes('.mvt')).length
      assert.ok(tiles <= 60, `${tiles} tile requests`)
      viewer.assertClean()
    } finally {
      await viewer.page.context().close()
    }
  })

  scenario('only the opened panel is loaded, and the address, Escape and the back button know of it', '/?layers=road', async (viewer, page) => {
    const scripts = () => viewer.requests.filter((r) => /\/assets\/(measure|drawing|table|compare|coordinates|statistics|time|tasks|bookmarks)-.*\.js/.test(r)).length
    const before = scripts()
    await page.getByRole('button', { name: '量算', exact: true }).click()
    await panel(page, '量算').getByText('总长').waitFor()
    assert.match(page.url(), /open=measure/)
    assert.equal(before, 0, 'no panel is part of the first view')
    assert.ok(scripts() > 0, 'it comes when it is opened')
    await page.goBack()
    await panel(page, '量算').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '坐标工具', exact: true }).click()
    await panel(page, '坐标工具').getByRole('button', { name: '取地图中心' }).waitFor()
    await page.keyboard.press('Escape')
    await panel(page, '坐标工具').waitFor({ state: 'detached' })
    assert.doesNotMatch(page.url(), /open=/)
  })

  scenario('a ring is measured on the ellipsoid, by mouse and by keyboard', '/?layers=&open=measure#map=15/22.915/112.045', async (viewer, page) => {
    const tool = panel(page, '量算')
    await tool.getByRole('button', { name: '面积' }).click()
    const corners = [[112.04, 22.91], [112.05, 22.91], [112.05, 22.92], [112.04, 22.92]]
    for (const [lon, lat] of corners) {
      await viewer.lookAt(lon, lat, 15)
      await tool.getByRole('button', { name: '在中心加点' }).press('Enter')
    }
    await tool.getByRole('button', { name: '结束', exact: true }).press('Enter')
    const text = await tool.innerText()
    const area = number(/([\d,.]+) 平方米/.exec(text)[1])
    assert.ok(Math.abs(area - 1136073.157) < 1, text)
    assert.match(text, /1,704\.11 亩/)
    // And a line by mouse, ended with a double click.
    await tool.getByRole('button', { name: '长度' }).click()
    await viewer.lookAt(112.045, 22.915, 15)
    const a = await viewer.onScreen(112.04, 22.915)
    const b = await viewer.onScreen(112.05, 22.915)
    await page.mouse.click(a.x, a.y)
    await page.mouse.dblclick(b.x, b.y)
    await tool.getByText('点数').waitFor()
    const length = number(/([\d.]+) km/.exec(await tool.innerText())[1]) * 1000
    assert.ok(Math.abs(length - 1026.06) < 8, `${length} m`) // a pixel is 4 m
    assert.equal(await viewer.results().count(), 0, 'the click was the tool’s, not a question')
  })

  scenario('the search box finds layers by pinyin, places, and coordinates', '/?layers=road', async (viewer, page) => {
    await page.keyboard.press('Control+k')
    const box = page.getByRole('combobox', { name: '搜索图层、地名、图斑与坐标' })
    assert.ok(await box.evaluate((e) => e === document.activeElement))
    await box.fill('dilei')
    await page.getByRole('option', { name: /地类图斑/ }).first().waitFor()
    await page.keyboard.press('Enter')
    await viewer.mapIdle()
    assert.match(page.url(), /layers=dltb,road/)
    const answer = await (await fetch(`${url}/api/v1/layers/division_town/features?limit=1`)).json()
    await box.fill(answer.features[0].properties.name)
    await page.getByRole('option', { name: new RegExp(answer.features[0].properties.name) }).first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => window.__map.querySourceFeatures('onemap:selection').length > 0)
    for (const [typed, lon, lat] of [['112°02′40.2″E 22°54′55.4″N', 112.0445, 22.91539], ['2535549.022, 607155.572', 112.0445, 22.9154]]) {
      await box.fill(typed)
      await page.getByRole('option', { name: /坐标/ }).first().waitFor()
      await page.keyboard.press('Enter')
      await page.waitForFunction(([x, y]) => Math.hypot(window.__map.getCenter().lng - x, window.__map.getCenter().lat - y) < 1e-4, [lon, lat])
    }
    await viewer.mapIdle()
  })

  scenario('the tree is searched by pinyin and department', '/?layers=', async (viewer, page) => {
    const search = page.getByRole('searchbox')
    await search.fill('dltb')
    await viewer.row('地类图斑').waitFor()
    await search.fill('slj')
    await page.getByRole('treeitem', { name: /水利/ }).first().waitFor().catch(() => undefined)
    assert.equal(await viewer.row('地类图斑').count(), 0)
  })

  scenario('selected layers are put in another order by keyboard and by mouse, and the order is in the address', '/?layers=dltb,road', async (viewer, page) => {
    await page.getByRole('tab', { name: /已选图层/ }).click()
    const order = () => viewer.page.evaluate(() => window.__map.getStyle().layers.map((l) => l.id).filter((id) => ['dltb:fill', 'road:line'].includes(id)))
    assert.deepEqual(await order(), ['dltb:fill', 'road:line'])
    await page.getByRole('button', { name: '移动地类图斑：按上下键' }).press('ArrowUp')
    await viewer.mapIdle()
    assert.deepEqual(await order(), ['road:line', 'dltb:fill'])
    assert.match(page.url(), /layers=road,dltb/)
    assert.match(page.url(), /order=own/)
    await page.reload()
    await viewer.mapIdle()
    assert.deepEqual(await order(), ['road:line', 'dltb:fill'])
    await page.getByRole('tab', { name: /已选图层/ }).click()
    await page.getByRole('button', { name: '移动道路：按上下键' }).dragTo(page.locator('li[data-layer=dltb]'))
    await viewer.mapIdle()
    assert.deepEqual(await order(), ['dltb:fill', 'road:line'])
    await page.getByRole('button', { name: '恢复默认顺序' }).click()
    await page.waitForFunction(() => !location.search.includes('order='))
  })

  scenario('a layer is filtered by its dictionary, on the map and in the address', '/?layers=dltb', async (viewer, page) => {
    const classes = () => page.evaluate(() => [...new Set(window.__map.queryRenderedFeatures({ layers: ['dltb:fill'] }).map((f) => f.properties.dlbm))])
    const all = await classes()
    assert.ok(all.length > 1, 'several classes are in view')
    await page.getByRole('tab', { name: /已选图层/ }).click()
    await page.getByRole('button', { name: '筛选与版本' }).click()
    await page.getByRole('button', { name: /添加条件/ }).click()
    await page.getByRole('listbox', { name: '取值，可多选' }).selectOption(all[0])
    // The fields that a filter names are asked for first, so the map may be idle before it is filtered.
    const filtered = () => page.waitForFunction((only) => window.__map?.queryRenderedFeatures({ layers: ['dltb:fill'] }).length > 0 && window.__map.queryRenderedFeatures({ layers: ['dltb:fill'] }).every((f) => f.properties.dlbm === only), all[0])
    await filtered()
    await page.waitForURL(/filter=/)
    await page.reload()
    await viewer.mapIdle()
    await filtered()
  })

  scenario('the attribute table is filtered, sorted and counted by the server, and leads to the map', '/?layers=dltb&open=table:dltb', async (viewer, page) => {
    const table = panel(page, '属性表')
    const total = (await (await fetch(`${url}/api/v1/layers/dltb/table?limit=1`)).json()).total
    await table.getByText(`${total.toLocaleString('en-US')} 条`, { exact: true }).waitFor()
    const region = table.getByRole('region', { name: /地类图斑属性表/ })
    const row = (n) => region.locator(`tr[aria-rowindex="${n + 1}"]`)
    // Far down, only what is in sight is in the document.
    await region.evaluate((e) => (e.scrollTop = e.scrollHeight))
    await row(total).getByRole('rowheader').waitFor()
    await page.waitForFunction((n) => !document.querySelector(`tr[aria-rowindex="${n + 1}"] td`)?.textContent.includes('…'), total)
    assert.ok((await region.locator('tbody tr').count()) < 60)
    // Sorted by a number, the largest first.
    const area = region.getByRole('columnheader', { name: /图斑面积/ })
    await area.getByRole('button', { name: /图斑面积/ }).first().click()
    await area.getByRole('button', { name: /图斑面积/ }).first().click()
    assert.equal(await area.getAttribute('aria-sort'), 'descending')
    const largest = (await (await fetch(`${url}/api/v1/layers/dltb/table?limit=1&sort=-tbmj`)).json()).rows[0]
    await page.waitForFunction((want) => document.querySelector('tr[aria-rowindex="2"]')?.textContent.includes(want), largest.properties.bsm)
    // Statistics of a field.
    await region.getByRole('button', { name: /^统计地类编码/ }).click()
    const facts = table.getByRole('region', { name: /地类编码：统计/ })
    await facts.getByText('不同值').waitFor()
    // Filtered, the count follows.
    await table.getByRole('button', { name: /^筛选/ }).click()
    await table.getByRole('button', { name: /添加条件/ }).click()
    await table.getByRole('combobox', { name: '字段' }).selectOption('dlbm')
    const code = largest.properties.dlbm
    await table.getByRole('listbox', { name: '取值，可多选' }).selectOption(code)
    const some = (await (await fetch(`${url}/api/v1/layers/dltb/table?limit=1&where=${encodeURIComponent(JSON.stringify([['dlbm', 'in', [code]]]))}`)).json()).total
    await table.getByText(`${some.toLocaleString('en-US')} 条`, { exact: true }).waitFor()
    // A row leads to its place and is highlighted.
    await page.waitForFunction((want) => document.querySelector('tr[aria-rowindex="2"]')?.textContent.includes(want), largest.properties.bsm)
    await row(1).getByRole('button').click()
    await page.waitForFunction(() => window.__map.querySourceFeatures('onemap:selection').length > 0)
    await viewer.mapIdle()
    const { lng, lat } = await viewer.camera()
    const [west, south, east, north] = largest.bbox
    assert.ok(lng > west - 0.01 && lng < east + 0.01 && lat > south - 0.01 && lat < north + 0.01)
    // And the file holds what is listed.
    const [file] = await Promise.all([page.waitForEvent('download'), table.getByRole('button', { name: '导出 CSV' }).click()])
    const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n')
    assert.equal(lines.length, some + 1)
    assert.match(lines[0], /^\ufeff?.*地类编码/)
  })

  scenario('shapes are drawn, kept, buffered, and asked for what is inside', '/?layers=dltb&open=draw', async (viewer, page) => {
    const tool = panel(page, '绘制与缓冲')
    await tool.getByRole('button', { name: '矩形' }).click()
    const box = await page.locator('.maplibregl-canvas').boundingBox()
    await page.mouse.click(box.x + 200, box.y + 200)
    await page.mouse.move(box.x + 300, box.y + 280, { steps: 4 })
    await page.mouse.click(box.x + 300, box.y + 280)
    await tool.getByText('已绘图形 (1)').waitFor()
    await tool.getByText(/平方米/).first().waitFor()
    await tool.getByRole('button', { name: '区内要素' }).click()
    await tool.getByRole('status').filter({ hasText: '地类图斑' }).waitFor()
    // By coordinates, without a mouse; 100 m round a point are 3.1 ha.
    await tool.getByText('按坐标绘制').click()
    await tool.getByRole('textbox', { name: '坐标表' }).fill('112.0445, 22.9154')
    await tool.getByRole('button', { name: '生成图形' }).click()
    await tool.getByText('已绘图形 (2)').waitFor()
    await tool.getByRole('listitem').nth(1).getByRole('button', { name: '缓冲区' }).click()
    await tool.getByText('已绘图形 (3)').waitFor()
    const size = await tool.getByRole('listitem').nth(2).innerText()
    assert.ok(Math.abs(number(/([\d,.]+) 平方米/.exec(size)[1]) - Math.PI * 1e4) < 200, size)
    // Closed and loaded anew, they are still there.
    await page.keyboard.press('Escape')
    await page.reload()
    await viewer.mapIdle()
    assert.ok((await page.evaluate(() => window.__map.getStyle().sources['panel:drawings'].data.features.length)) === 3)
  })

  scenario('coordinates are converted by the server into every system', '/?layers=&open=coordinates#map=15/22.9154/112.0445', async (viewer, page) => {
    const tool = panel(page, '坐标工具')
    await tool.getByRole('button', { name: '取地图中心' }).click()
    const all = tool.getByRole('region', { name: '图上所取的点，各坐标系' })
    await all.getByText('BD-09（百度）').waitFor()
    const text = await all.innerText()
    const [, x, y] = /X=(\d+\.\d+) Y=(607\d+\.\d+)/.exec(text)
    assert.ok(Math.abs(Number(x) - 2535549.022) < 2 && Math.abs(Number(y) - 607155.572) < 2, text)
    await tool.getByRole('combobox', { name: '输入坐标系' }).selectOption('4546')
    await tool.getByRole('combobox', { name: '转换为' }).selectOption('4490')
    await tool.getByRole('textbox', { name: '坐标' }).fill('607155.572, 2535549.022')
    await tool.getByRole('button', { name: '转换', exact: true }).click()
    await tool.getByText(/X 与 Y 标反/).waitFor()
    assert.match(await tool.getByRole('region', { name: '转换结果' }).innerText(), /112\.0444?\d/)
  })

  scenario('a layer is counted by class and division, and a class is picked out', '/?layers=dltb', async (viewer, page) => {
    await page.getByRole('button', { name: '查询统计' }).click()
    const tool = panel(page, '查询统计')
    const bars = tool.getByRole('table', { name: /按地类/ })
    await bars.waitFor()
    assert.ok((await tool.getByRole('table', { name: '按行政区' }).getByRole('row').count()) >= 1)
    await bars.getByRole('button').first().click()
    await viewer.mapIdle()
    assert.equal(await page.evaluate(() => new Set(window.__map.queryRenderedFeatures({ layers: ['dltb:fill'] }).map((f) => f.properties.dlbm)).size <= 1), true)
    await page.waitForURL(/filter=/)
  })

  scenario('a bookmark and a short link bring everything back', '/?layers=dltb:40,road&order=own&open=measure', async (viewer, page) => {
    await page.getByRole('button', { name: '书签与分享', exact: true }).click()
    const tool = panel(page, '书签与分享')
    await tool.getByRole('textbox', { name: '书签名称' }).fill('会议')
    await tool.getByRole('button', { name: '存为书签' }).click()
    await tool.getByRole('button', { name: '打开书签会议' }).waitFor()
    await tool.getByRole('button', { name: '生成短链接' }).click()
    const link = await tool.getByRole('textbox', { name: '短链接' }).inputValue()
    assert.match(link, /\/\?link=[a-z2-7]{10}$/)
    const left = await viewer.camera()
    await viewer.row('地类图斑').click()
    await viewer.lookAt(left.lng + 0.05, left.lat, 12)
    await tool.getByRole('button', { name: '打开书签会议' }).click()
    await page.waitForFunction((zoom) => Math.abs(window.__map.getZoom() - zoom) < 0.01, left.zoom)
    await viewer.mapIdle()
    assert.match(page.url(), /layers=dltb:40,road/)
    // Another browser, which knows nothing of this one.
    const other = await openPage(browser, `/?link=${new URL(link).searchParams.get('link')}`)
    try {
      const there = await other.camera()
      assert.ok(Math.abs(there.lng - left.lng) < 1e-3 && Math.abs(there.zoom - left.zoom) < 0.01)
      assert.equal(await other.page.evaluate(() => window.__map.getPaintProperty('dltb:fill', 'fill-layer-opacity')), 0.4)
      assert.match(other.page.url(), /order=own/)
      await panel(other.page, '书签与分享').waitFor()
      other.assertClean()
    } finally {
      await other.page.context().close()
    }
  })

  test('a short link that nobody made is told', { skip, timeout: 120_000 }, async () => {
    const viewer = await openPage(browser, '/?link=aaaaaaaaaa')
    try {
      await viewer.page.getByRole('alert').getByText('没有这个短链接').waitFor()
    } finally {
      await viewer.page.context().close()
    }
  })

  scenario('the task tray asks for a token, and lists imports with it', '/?layers=', async (viewer, page) => {
    const { stdout } = await promisify(execFile)(process.env.MAPSERVER, ['token', 'create', `e2e-${process.pid}`, '--rights', 'import,read:public,read:status'])
    const token = /onemap_\S+/.exec(stdout)[0]
    await page.getByRole('button', { name: '任务' }).click()
    const tool = panel(page, '任务')
    await tool.getByRole('button', { name: '登录' }).click()
    await page.getByLabel('访问令牌').fill(token)
    await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
    await tool.getByText(/没有任务|完成/).first().waitFor()
  })

  scenario('large type makes the page larger, and is remembered', '/?layers=road', async (viewer, page) => {
    const bar = page.getByRole('banner')
    const before = (await bar.boundingBox()).height
    await page.getByRole('button', { name: '大字' }).click()
    await page.reload()
    await viewer.mapIdle()
    assert.ok((await bar.boundingBox()).height > before * 1.2)
    const spot = await viewer.onScreen((await viewer.camera()).lng, (await viewer.camera()).lat)
    await page.mouse.move(spot.x, spot.y)
    await page.getByRole('region', { name: '状态栏' }).getByText('光标').waitFor()
  })

  // Last: it publishes a version, which others should not see.
  describe('with two versions of a layer', () => {
    let folder
    before(async () => {
      if (skip) return
      folder = await mkdtemp(path.join(tmpdir(), 'onemap-versions-'))
      const { features } = await (await fetch(`${url}/api/v1/layers/mineral_site/features?limit=1000`)).json()
      const file = path.join(folder, 'mineral_site.geojson')
      await writeFile(file, JSON.stringify({ type: 'FeatureCollection', features: features.slice(0, 1).map(({ geometry, properties }) => ({ type: 'Feature', geometry, properties })) }))
      await promisify(execFile)(process.env.MAPSERVER, ['import', file, '--layer', 'mineral_site', '--crs', 'EPSG:4490', '--publish'])
    })
    after(() => folder && rm(folder, { recursive: true }))

    test('the version before is looked at, and compared with this one', { skip, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, `/?layers=mineral_site${await hashAt('mineral_site', 9)}`)
      const { page } = viewer
      try {
        await page.getByRole('tab', { name: /已选图层/ }).click()
        await page.getByRole('button', { name: '筛选与版本' }).click()
        await page.getByRole('combobox', { name: '版本' }).selectOption('1')
        await viewer.mapIdle()
        assert.match(page.url(), /layers=mineral_site@1/)
        assert.match(await page.evaluate(() => window.__map.getStyle().sources.mineral_site.url), /mineral_site@1\.json$/)
        await page.getByRole('combobox', { name: '版本' }).selectOption('')
        await page.getByRole('button', { name: '对比分析' }).click()
        const line = page.getByRole('slider', { name: '卷帘位置' })
        await line.waitFor()
        await page.waitForFunction(() => window.__second?.getStyle()?.sources.mineral_site?.url?.includes('@1'))
        await line.press('ArrowRight')
        await line.press('Shift+ArrowRight')
        assert.equal(await line.getAttribute('aria-valuenow'), '61')
        await viewer.lookAt((await viewer.camera()).lng + 0.01, (await viewer.camera()).lat, 10)
        const apart = () => page.evaluate(() => ['lng', 'lat'].map((k) => Math.abs(window.__map.getCenter()[k] - window.__second.getCenter()[k])))
        assert.ok((await apart()).every((d) => d < 1e-9), 'both maps look at the same place')
        await page.getByRole('button', { name: '分屏' }).click()
        await line.waitFor({ state: 'detached' })
        await viewer.mapIdle()
        assert.ok((await apart()).every((d) => d < 1e-9))
        await page.getByRole('button', { name: '结束对比' }).click()
        await page.waitForFunction(() => document.querySelectorAll('canvas.maplibregl-canvas').length === 1)
        viewer.assertClean()
      } finally {
        await page.context().close()
      }
    })

    test('an open map takes over a version that others roll back', { skip, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, `/?layers=mineral_site${await hashAt('mineral_site', 9)}`)
      const { page } = viewer
      try {
        const before = await viewer.rendered('mineral_site')
        await promisify(execFile)(process.env.MAPSERVER, ['rollback', 'mineral_site'])
        // Asked now, as when somebody comes back to the page, instead of at the next half minute.
        await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
        await page.getByRole('status').filter({ hasText: '已更新：' }).waitFor()
        await viewer.mapIdle()
        assert.ok((await viewer.rendered('mineral_site')) > before, 'the version before has more sites')
        viewer.assertClean()
      } finally {
        await page.context().close()
      }
    })
  })
})
