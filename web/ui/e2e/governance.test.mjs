// The governance screens against the real server: incidents come live and are
// handled step by step, warnings are published, drawn and cancelled, and figures
// are those of the API.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openPage, skip, startBrowser, url } from './page.mjs'

const program = process.env.MAPSERVER
const reason = skip || (!program && process.env.CI !== 'true' && 'MAPSERVER is not set: nobody can be let in')
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const run = async (...given) => (await promisify(execFile)(program, given)).stdout.trim()

async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), rules)
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
}

/** What the API says, to a token or to anybody. */
async function api(path, { token, method = 'GET', body } = {}) {
  const headers = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}) }
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}

/** A place well within a micro-grid, and its cell. */
async function somePlace() {
  const { features } = await api('/api/v1/layers/grid_micro/features?limit=5')
  for (const { geometry } of features) {
    const ring = geometry.coordinates.flat(geometry.type === 'MultiPolygon' ? 1 : 0)[0]
    const lon = ring.reduce((sum, p) => sum + p[0], 0) / ring.length
    const lat = ring.reduce((sum, p) => sum + p[1], 0) / ring.length
    const place = await api(`/api/v1/grid/locate?lon=${lon}&lat=${lat}`).catch(() => undefined)
    if (place?.cell.layer === 'grid_micro') return { lon, lat, code: place.cell.code, name: place.cell.name }
  }
  return assert.fail('no place in a micro-grid')
}

const shoot = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` })
}

describe('the governance screens', { skip: reason, concurrency: false }, () => {
  let browser
  let place
  let worker // reports
  let handler // handles, warns, and sees reports of deliveries
  before(async () => {
    browser = await startBrowser()
    place = await somePlace()
    const stamp = Date.now()
    worker = await run('token', 'create', `worker-${stamp}`, '--rights', 'report')
    handler = await run('token', 'create', `handler-${stamp}`, '--rights', 'report,handle,warn,import')
  })
  after(() => browser?.close())

  const scenario = (name, path, steps) =>
    test(name, { timeout: 240_000 }, async () => {
      const viewer = await openPage(browser, path())
      try {
        await steps(viewer)
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  async function signIn({ page }) {
    await page.getByRole('banner').getByRole('button', { name: '登录' }).click()
    await page.getByLabel('访问令牌').fill(handler)
    await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }

  /** Both languages and large type have to stay clean. */
  async function cleanInAllDresses(page) {
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: '大字' }).click()
    assert.deepEqual(await violations(page), [], 'in large type')
    await page.getByRole('button', { name: '大字' }).click()
    await page.getByRole('button', { name: 'English' }).click()
    assert.deepEqual(await violations(page), [], 'in English')
    await page.getByRole('button', { name: '中文' }).click()
  }

  const report = (text) =>
    api('/api/v1/incidents', { token: worker, method: 'POST', body: { client_id: `e2e-${Date.now()}-${Math.random().toString(36).slice(2)}`, kind: '0201', text, lon: place.lon, lat: place.lat, accuracy: 8 } })

  scenario('an incident comes live onto the board and is handled to its end, with reasons', () => `/?open=incidents#map=14/${place.lat}/${place.lon}`, async (viewer) => {
    const { page } = viewer
    const panel = page.locator('[data-panel=incidents]')
    await panel.getByText('登录后按权限查看与处置').waitFor()
    assert.deepEqual(await violations(page), [], 'signed out')
    await signIn(viewer)
    await panel.locator('.live', { hasText: '实时' }).waitFor()
    await panel.locator('[data-summary]').waitFor()

    const text = `坡脚出现裂缝 ${Date.now()}`
    const { id } = await report(text)
    const row = panel.locator(`[data-id="${id}"]`)
    await row.waitFor()
    assert.match(await row.innerText(), /滑坡崩塌险情[\s\S]*新[\s\S]*已上报/)
    assert.ok((await row.innerText()).includes(text))
    // The counts are the API's.
    const counts = await api('/api/v1/incidents/counts', { token: handler })
    await panel.getByText(`未办结 ${counts.open} 件，共 ${counts.count} 件`).waitFor()
    assert.match(await panel.locator('[data-state=reported]').innerText(), new RegExp(`${counts.by_state.reported}$`))
    await viewer.mapIdle()
    assert.ok((await page.evaluate(() => window.__map.queryRenderedFeatures({ layers: ['panel:incidents:point', 'panel:incidents:cluster'] }).length)) > 0, 'incidents are drawn')
    await cleanInAllDresses(page)

    // By keyboard: along the rows and into one.
    await panel.locator('[data-id]').first().focus()
    await page.keyboard.press('ArrowDown')
    assert.equal(await page.evaluate(() => document.activeElement.dataset.id), await panel.locator('[data-id]').nth(1).getAttribute('data-id'))
    await row.focus()
    await page.keyboard.press('Enter')
    const detail = panel.locator(`[data-incident="${id}"]`)
    await detail.waitFor()
    await page.waitForURL(new RegExp(`incidents:${id}`))
    await page.waitForFunction(() => window.__map.getLayer('panel:incidents:picked:ring') && window.__map.queryRenderedFeatures({ layers: ['panel:incidents:picked:ring'] }).length > 0)

    // What the server offers, no more and no less; a reason where it wants one.
    const whole = await api(`/api/v1/incidents/${id}`, { token: handler })
    assert.deepEqual(await detail.locator('[data-step]').evaluateAll((all) => all.map((e) => e.dataset.step)), whole.next.map((n) => n.to))
    await cleanInAllDresses(page)
    await detail.locator('[data-step=rejected]').click()
    await detail.getByRole('button', { name: '确认：不予立案' }).click()
    await detail.getByRole('alert').waitFor()
    assert.deepEqual(await violations(page), [], 'a reason is missing')

    const take = async (to, why, more = async () => {}) => {
      await detail.locator(`[data-step=${to}]`).click()
      await more()
      await detail.getByLabel('原因').fill(why)
      await detail.getByRole('button', { name: /^确认：/ }).click()
      await detail.locator(`.history [data-to=${to}]`).last().waitFor()
    }
    const reasons = ['现场核实属实', '符合立案条件', '请立即处置', '已到现场', '已设置警戒并清理', '复核通过', '处置完毕']
    await take('verified', reasons[0])
    await take('filed', reasons[1])
    await take('dispatched', reasons[2], () => detail.getByLabel('派遣给').fill('应急管理局'))
    assert.match(await detail.locator('dl').innerText(), /应急管理局/)
    await take('in_progress', reasons[3])
    await take('handled', reasons[4])
    await take('checked', reasons[5])
    await take('closed', reasons[6])
    await detail.getByText('这件事件已办结').waitFor()
    const ended = await api(`/api/v1/incidents/${id}`, { token: handler })
    assert.equal(ended.state, 'closed')
    assert.deepEqual(ended.history.slice(1).map((s) => s.why), reasons)
    for (const step of ended.history) assert.ok((await detail.locator('.history').innerText()).includes(step.by))

    await detail.getByRole('button', { name: /返回列表/ }).click()
    await panel.locator('[data-summary]').waitFor()
    await row.waitFor({ state: 'detached' })
    await panel.locator('[data-state=closed]').click()
    await row.waitFor()

    // The heat by cell has the API's numbers; what is listed can be saved.
    await panel.getByRole('group', { name: '按状态' }).getByRole('button', { name: /^全部/ }).click()
    await viewer.lookAt(place.lon, place.lat, 10)
    await shoot(page, 'viewer-incidents')
    await panel.getByRole('button', { name: '网格热度' }).click()
    const heat = await api('/api/v1/incidents/heat?level=town', { token: handler })
    await page.waitForFunction((n) => window.__map.getLayer('panel:incidents:heat:number') && window.__map.queryRenderedFeatures({ layers: ['panel:incidents:heat:number'] }).some((f) => f.properties.count === n), heat.cells[0].count)
    assert.deepEqual(await violations(page), [], 'heat')
    const saved = page.waitForEvent('download')
    await panel.getByRole('button', { name: 'XLSX' }).click()
    assert.ok((await stat(await (await saved).path())).size > 1000)
  })

  scenario('a warning that is drawn appears on the map and in an answer about risk, and is cancelled', () => `/?open=warnings#map=13/${place.lat}/${place.lon}`, async (viewer) => {
    const { page } = viewer
    const panel = page.locator('[data-panel=warnings]')
    await panel.getByText('发布、更新、解除预警需登录').waitFor()
    assert.deepEqual(await violations(page), [], 'signed out')
    await signIn(viewer)
    await panel.getByRole('button', { name: '发布预警' }).click()
    const name = `测试山洪预警 ${Date.now()}`
    await panel.getByRole('button', { name: '发布', exact: true }).click()
    await panel.getByText('请填写标题').waitFor()
    await panel.getByLabel('种类').selectOption('flash_flood')
    await panel.getByLabel('红色').check()
    await panel.getByLabel('标题').fill(name)
    await panel.getByLabel('内容').fill('演示：上游雨量已达警戒。')
    await panel.getByLabel('防御指引').fill('演示：沿河人员撤离。')
    await panel.getByLabel('发布单位').fill('演示应急办')
    await cleanInAllDresses(page)
    await panel.getByRole('button', { name: '在图上画范围' }).click()
    // Beside the drawer.
    await viewer.lookAt(place.lon + 0.02, place.lat, 13)
    const near = 0.004
    for (const [x, y] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) {
      const at = await viewer.onScreen(place.lon + x * near, place.lat + y * near)
      await page.mouse.click(at.x, at.y)
    }
    await panel.getByText('已画 4 点').waitFor()
    await panel.getByRole('button', { name: '发布', exact: true }).click()
    await panel.getByText(`已发布：${name}`).waitFor()
    const { warnings } = await api('/api/v1/warnings?state=active')
    const one = warnings.find((w) => w.headline === name)
    assert.equal(one?.colour, 'red')
    await page.waitForFunction((id) => window.__map.getLayer('panel:warnings:fill') && window.__map.queryRenderedFeatures({ layers: ['panel:warnings:fill'] }).some((f) => f.properties.id === id && f.properties.picked), one.id)
    await cleanInAllDresses(page)

    const held = async () => (await api(`/api/v1/risk?lon=${place.lon}&lat=${place.lat}`)).active_warnings.some((w) => w.headline === name)
    const until = async (wanted) => {
      for (const end = Date.now() + 30_000; (await held()) !== wanted; ) assert.ok(Date.now() < end, `the answer about risk: ${!wanted}`)
    }
    await until(true)

    // Where the panel is closed it is told of as long as it is in view.
    await panel.getByRole('button', { name: '关闭预警' }).click()
    const banner = page.getByRole('complementary', { name: /生效预警/ })
    await banner.getByText(name).waitFor()
    await cleanInAllDresses(page)
    await banner.getByRole('button', { name: '收起预警提示' }).click()
    await banner.waitFor({ state: 'detached' })
    const modules = page.getByRole('navigation', { name: '功能' })
    await modules.getByRole('button', { name: '治理' }).click()
    assert.deepEqual(await violations(page), [], 'the menu of governance')
    await modules.getByRole('button', { name: '预警' }).click()
    const row = panel.locator(`[data-id="${one.id}"]`)
    await row.waitFor()
    await viewer.mapIdle()
    await cleanInAllDresses(page)
    await row.click()
    const detail = panel.locator(`[data-warning="${one.id}"]`)

    // As a CAP message it says the same.
    const saved = page.waitForEvent('download')
    await detail.getByRole('button', { name: '导出 CAP 1.2' }).click()
    const message = await readFile(await (await saved).path(), 'utf8')
    assert.ok(message.includes(name) && message.includes('<severity>Extreme</severity>'))

    await detail.getByRole('button', { name: '更新预警' }).click()
    await panel.getByLabel('橙色').check()
    await panel.getByLabel('原因').fill('雨势减弱')
    await panel.getByRole('button', { name: '保存更新' }).click()
    await detail.locator('[data-action=update]').waitFor()
    await detail.getByRole('button', { name: '解除预警' }).click()
    await detail.getByLabel('原因').fill('雨停')
    await detail.getByRole('button', { name: '确认解除' }).click()
    await detail.locator('[data-state=cancelled]').waitFor()
    assert.match(await detail.locator('ol').innerText(), /雨停/)
    await until(false)
    await detail.getByRole('button', { name: /返回列表/ }).click()
    await panel.getByRole('list', { name: '预警列表' }).or(panel.getByText('没有这类预警')).waitFor()
    await row.waitFor({ state: 'detached' })

    // Another's message comes in.
    const theirs = message.replaceAll(/<identifier>[^<]*</g, `<identifier>other-${Date.now()}<`).replaceAll(/<sender>[^<]*</g, '<sender>other@yunfu<')
    await panel.getByLabel('导入 CAP 文件').setInputFiles({ name: 'message.xml', mimeType: 'application/cap+xml', buffer: Buffer.from(theirs) })
    await panel.getByText('已收取 CAP 消息').waitFor()
    await panel.getByRole('button', { name: '解除预警' }).click()
    await panel.getByRole('button', { name: '确认解除' }).click()
    await panel.locator('article [data-state=cancelled]').waitFor()
  })

  scenario("the demonstration's warnings are listed and drawn", () => '/?open=warnings', async (viewer) => {
    const { page } = viewer
    const panel = page.locator('[data-panel=warnings]')
    await panel.getByText('【演示】暴雨黄色预警').waitFor()
    const { warnings } = await api('/api/v1/warnings?state=active')
    for (const w of warnings.filter((one) => one.issuer.startsWith('演示数据'))) assert.ok(await panel.locator(`[data-id="${w.id}"]`).count(), w.headline)
    await panel.locator('[data-colour=yellow]').first().click()
    await panel.getByRole('button', { name: /返回列表/ }).click()
    await panel.locator('[data-colour=yellow]').first().waitFor()
    await viewer.mapIdle()
    await shoot(page, 'viewer-warnings')
  })

  scenario("a cell is picked on the map, and its summary is the API's", () => `/?open=cell#map=15/${place.lat}/${place.lon}`, async (viewer) => {
    const { page } = viewer
    const panel = page.locator('[data-panel=cell]')
    await panel.getByText('点击地图，或按名称').waitFor()
    const at = await viewer.onScreen(place.lon, place.lat)
    await page.mouse.click(at.x, at.y)
    const code = panel.locator('[data-code]')
    await code.filter({ hasText: place.code }).waitFor()
    await page.waitForURL(new RegExp(`cell:${place.code}`))
    await signIn(viewer)
    await panel.locator('[data-incidents]').waitFor()
    const summary = await api(`/api/v1/grid/cells/${place.code}/summary`, { token: handler })
    const { properties } = await api(`/api/v1/grid/cells/${place.code}`)
    const filled = summary.layers.filter((l) => l.count > 0)
    assert.equal(await panel.locator('[data-layer]').count(), filled.length)
    for (const layer of filled) {
      const row = await panel.locator(`[data-layer="${layer.layer}"]`).innerText()
      assert.ok(row.includes(layer.count.toLocaleString('en-US')), row)
      if (layer.area_m2 !== undefined) assert.ok(row.includes((layer.area_m2 / 1e4).toLocaleString('en-US', { minimumFractionDigits: 4, maximumFractionDigits: 4 })), row)
    }
    assert.equal(await panel.locator('[data-population]').innerText(), summary.population.toLocaleString('en-US'))
    const text = await panel.innerText()
    assert.ok(text.includes(`未办结 ${summary.incidents.open} 件，共 ${summary.incidents.count} 件`))
    for (const one of [...summary.duty.map((d) => d.title), ...properties.neighbours.map((n) => n.name), ...summary.chain.map((c) => c.name)]) assert.ok(text.includes(one), one)
    await viewer.mapIdle()
    assert.ok((await page.evaluate(() => window.__map.queryRenderedFeatures({ layers: ['panel:cell:fill'] }).length)) > 0, 'the cell is drawn')
    await cleanInAllDresses(page)
    await shoot(page, 'viewer-cell')

    // Printed it is alone on the paper; the address leads back; the search finds cells.
    await page.evaluate(() => (window.print = () => (window.__printed = document.querySelector('.printed-part')?.textContent ?? '')))
    await panel.getByRole('button', { name: '打印' }).click()
    await page.waitForFunction((wanted) => window.__printed?.includes(wanted), place.code)
    await page.reload()
    await code.filter({ hasText: place.code }).waitFor()
    await panel.getByRole('searchbox', { name: '网格或行政区的名称、编码' }).fill(place.code.slice(0, 6))
    await page.keyboard.press('Enter')
    await code.filter({ hasText: new RegExp(`^${place.code.slice(0, 6)}\\s`) }).waitFor()
    await panel.getByText('县级以上只计数').waitFor()
    await viewer.mapIdle()
  })

  test("the figures of the quality page are the API's", { timeout: 240_000 }, async () => {
    const viewer = await openPage(browser, '/quality', { ready: false })
    const { page } = viewer
    try {
      const board = await api('/api/v1/quality')
      await page.locator('tr[data-layer]').first().waitFor()
      assert.equal(await page.locator('tr[data-layer]').count(), board.layers.length)
      const shown = (c) => c.versions.find((v) => v.version === c.published_version) ?? c.versions[0]
      const told = Object.fromEntries(await page.locator('tr[data-layer]').evaluateAll((rows) => rows.map((r) => [r.dataset.layer, { points: r.querySelector('[data-points]').innerText, cells: [...r.querySelectorAll('td')].map((d) => d.innerText) }])))
      for (const c of board.layers) {
        const v = shown(c)
        assert.equal(told[c.layer].points, v?.points == null ? '—' : v.points.toFixed(1), c.layer)
        if (v) assert.deepEqual(told[c.layer].cells.slice(5, 9), ['a', 'b', 'c', 'd'].map((k) => v.defects[k].toLocaleString('en-US')), c.layer)
      }
      for (const d of board.departments) assert.ok((await page.locator('aside tr').filter({ hasText: d.name }).first().innerText()).includes(d.points === null ? '—' : d.points.toFixed(1)), d.name)
      await cleanInAllDresses(page)
      await shoot(page, 'viewer-quality')

      await page.getByRole('button', { name: '更新时效' }).click()
      const late = board.layers.filter((c) => c.freshness.overdue)
      await page.getByRole('status').filter({ hasText: `${board.layers.length} 个图层，${late.length} 个逾期` }).waitFor()
      await page.getByLabel('只看逾期').check()
      assert.equal(await page.locator('tr[data-layer]').count(), late.length)
      await page.getByLabel('只看逾期').uncheck()
      assert.deepEqual(await violations(page), [], 'freshness')
      const saved = page.waitForEvent('download')
      await page.getByRole('button', { name: 'XLSX' }).click()
      assert.ok((await stat(await (await saved).path())).size > 3000)

      // Down to the rules of a version, and to its report.
      const worst = board.layers.find((c) => shown(c)?.defects.c > 0 || shown(c)?.defects.d > 0) ?? board.layers.find((c) => shown(c)?.measured)
      await page.locator(`tr[data-layer="${worst.layer}"]`).getByRole('button').click()
      await page.waitForURL(new RegExp(`/quality/${worst.layer}`))
      const one = await api(`/api/v1/quality/${worst.layer}`)
      const found = shown(one).findings.filter((f) => f.count > 0)
      await page.locator('[data-version]').first().waitFor()
      assert.deepEqual(await page.locator('tr[data-rule]').evaluateAll((rows) => rows.map((r) => [r.dataset.rule, r.querySelector('.number').innerText])), found.map((f) => [f.rule, f.count.toLocaleString('en-US')]))
      await page.getByText('查看质检报告原文需登录').waitFor()
      await signIn(viewer)
      const report = page.waitForEvent('download')
      await page.getByRole('button', { name: '质检报告（XLSX）' }).click()
      assert.ok((await stat(await (await report).path())).size > 3000)
      await cleanInAllDresses(page)
      await page.getByRole('button', { name: /返回总表/ }).click()
      await page.locator('tr[data-layer]').first().waitFor()
      viewer.assertClean()
    } finally {
      await page.context().close()
    }
  })
})
