// The compliance check against the real server: a red line that crosses layers is
// uploaded, and what the page says is what the API says.
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
const ruleSet = 'construction_land'

const run = async (...given) => (await promisify(execFile)(program, given)).stdout.trim()

async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), rules)
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
}

async function ask(redline, token) {
  const answer = await fetch(`${url}/api/v1/compliance?rule_set=${ruleSet}`, { method: 'POST', body: JSON.stringify(redline), headers: { 'Content-Type': 'application/geo+json', Authorization: `Bearer ${token}` } })
  assert.equal(answer.status, 201, await answer.clone().text())
  return answer.json()
}

const taken = (answer) => answer.findings.filter((f) => f.relation === 'overlaps' && f.area?.m2 > 0 && f.finding !== 'compliant')

/** A red line that crosses two layers at least, and what the API says of it. */
async function crossing(token) {
  const page = await (await fetch(`${url}/api/v1/layers/yjjbnttb/features?limit=12`)).json()
  for (const feature of page.features ?? []) {
    const [lon, lat] = feature.geometry.coordinates.flat(Infinity)
    for (const half of [0.004, 0.012]) {
      const ring = [[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]].map(([x, y]) => [lon + x, lat + y])
      const redline = { type: 'Polygon', coordinates: [ring] }
      const answer = await ask(redline, token)
      if (taken(answer).length >= 2) return { redline, answer }
    }
  }
  return assert.fail('no red line near permanent farmland crosses two layers')
}

const figure = (n, digits) => n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

describe('the compliance check', () => {
  let browser
  let token
  let site
  before(async () => {
    if (reason) return
    browser = await startBrowser()
    token = await run('token', 'create', `surveyor-${Date.now()}`, '--rights', 'report')
    site = await crossing(token)
  })
  after(() => browser?.close())

  const scenario = (name, path, steps, options) =>
    test(name, { skip: reason, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, path, options)
      try {
        await steps(viewer)
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  async function signIn({ page }) {
    await page.getByRole('banner').getByRole('button', { name: '登录' }).click()
    await page.getByLabel('访问令牌').fill(`Bearer ${token}`)
    await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }

  async function check({ page }) {
    await page.getByLabel('红线文件').setInputFiles({ name: '红线.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(site.redline)) })
    await page.getByLabel('规则集').selectOption(ruleSet)
    await page.getByLabel('项目名称').fill('西江新城一期')
    await page.getByLabel('申报面积').fill((site.answer.area.hectares * 1.01).toFixed(4))
    await page.getByLabel('面积单位').selectOption('ha')
    await page.getByRole('button', { name: '开始审查' }).click()
    await page.getByText('分图层结论').waitFor({ timeout: 60_000 })
  }

  scenario('says what the API says, on the map too', '/?open=compliance', async (viewer) => {
    const { page } = viewer
    await page.getByLabel('规则集').locator('option').nth(2).waitFor({ state: 'attached' })
    assert.deepEqual(await violations(page), [])
    await signIn(viewer)
    await page.getByText('还没有审查记录').or(page.locator('.entry').first()).waitFor()
    await check(viewer)
    await viewer.mapIdle()

    const wanted = taken(site.answer)
    for (const f of site.answer.findings) {
      const row = page.locator(`[data-rule="${f.id}"]`)
      const text = await row.innerText()
      assert.ok(text.includes(f.name) && text.includes(f.finding_name), text)
      if (f.area?.m2 > 0) assert.ok(text.includes(`${figure(f.area.m2, 2)} 平方米 · ${figure(f.area.mu, 3)} 亩 · ${figure(f.area.hectares, 4)} 公顷`), text)
    }
    for (const f of wanted) assert.equal(await page.locator(`[data-rule="${f.id}"]`).getAttribute('data-outcome'), 'taken')
    assert.ok((await page.locator('[data-area=redline]').innerText()).includes(figure(site.answer.area.m2, 2)))
    const sums = await page.locator('[data-sums]').innerText()
    assert.match(sums, /地类合计[\s\S]*一致/)
    assert.match(sums, /申报[\s\S]*不一致/, 'one percent more is told')
    assert.deepEqual(await violations(page), [])

    // From the row to the map, and from the map to the row.
    const drawn = () => page.evaluate(() => window.__map.queryRenderedFeatures({ layers: ['panel:compliance:fill'] }).map((f) => [f.properties.key, f.properties.picked]))
    assert.ok(new Set((await drawn()).map(([key]) => key.split(':')[0])).size >= 2, 'pieces of two layers are drawn')
    const largest = wanted[0].pieces.reduce((best, p, i, all) => (p.area.m2 > all[best].area.m2 ? i : best), 0)
    const key = `${wanted[0].id}:${largest}`
    const piece = page.locator(`[data-piece="${key}"]`)
    if (!(await piece.isVisible())) await page.locator(`[data-rule="${wanted[0].id}"] summary`).first().click()
    await piece.click()
    await page.waitForFunction((k) => window.__map.queryRenderedFeatures({ layers: ['panel:compliance:fill'] }).some((f) => f.properties.key === k && f.properties.picked === true), key)
    await page.getByRole('button', { name: '看红线全貌' }).click()
    await viewer.mapIdle()
    const spot = await page.evaluate(() => {
      const box = window.__map.getCanvas().getBoundingClientRect()
      for (let y = 30; y < box.height - 30; y += 7) {
        for (let x = 60; x < box.width - 560; x += 7) {
          const [top] = window.__map.queryRenderedFeatures([x, y], { layers: ['panel:compliance:fill'] })
          if (top && !top.properties.picked) return { x: box.x + x, y: box.y + y, key: top.properties.key }
        }
      }
      return undefined
    })
    assert.ok(spot, 'another piece is in view beside the panel')
    await page.mouse.click(spot.x, spot.y)
    await page.locator(`[data-piece="${spot.key}"][aria-pressed=true]`).waitFor()
    await viewer.mapIdle()
    if (process.env.PICTURES) {
      await page.locator('.result').evaluate((e) => e.parentElement.scrollTo(0, 0))
      await page.screenshot({ path: `${process.env.PICTURES}/compliance.png` })
    }

    // Files carry the token.
    for (const [name, ending] of [['网页报告', '.html'], ['Excel', '.xlsx'], ['SHP', '.zip'], ['GeoJSON', '.geojson']]) {
      const saved = page.waitForEvent('download')
      await page.getByRole('button', { name, exact: true }).click()
      const file = await saved
      assert.match(file.suggestedFilename(), new RegExp(`^compliance_[0-9a-f]{8}\\${ending}$`))
      assert.ok((await stat(await file.path())).size > 500, name)
    }
    await page.getByRole('button', { name: '再次审查' }).click()
    await page.getByText('再次审查，结果相同').waitFor()
    await page.getByText('审查信息').click()
    assert.ok((await page.locator('.result').innerText()).includes(site.answer.answer_hash), 'the same red line and rules give the same hash')

    // The address leads back; the list has it.
    await page.reload()
    await page.getByText('分图层结论').waitFor()
    await page.getByRole('button', { name: '新的审查' }).click()
    await page.locator('.entry').filter({ hasText: '西江新城一期' }).first().click()
    await page.getByText('分图层结论').waitFor()
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByText('Layer by layer').waitFor()
    assert.deepEqual(await violations(page), [])
  })

  scenario('takes a polygon drawn on the map, of nobody in particular', '/?open=compliance#map=14/22.915/112.044', async (viewer) => {
    const { page } = viewer
    await page.getByRole('button', { name: '在图上画' }).click()
    await page.getByRole('button', { name: '开始审查' }).click()
    await page.getByText('红线至少要有三个点').waitFor()
    for (const [lon, lat] of [[112.028, 22.91], [112.038, 22.91], [112.038, 22.918]]) {
      const at = await viewer.onScreen(lon, lat)
      await page.mouse.click(at.x, at.y)
    }
    await page.getByText('已画 3 点').waitFor()
    await page.getByRole('button', { name: '开始审查' }).click()
    await page.getByText('分图层结论').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: '新的审查' }).click()
    await page.getByText('登录后，审查会记在您名下').waitFor()
  })

  test('a fault of the file is told in words', { skip: reason, timeout: 120_000 }, async () => {
    const { page } = await openPage(browser, '/?open=compliance')
    try {
      await page.getByLabel('红线文件').setInputFiles({ name: '红线.geojson', mimeType: 'application/geo+json', buffer: Buffer.from('{"type":"Point","coordinates":[112,22.9]}') })
      await page.getByRole('button', { name: '开始审查' }).click()
      const told = page.locator('[data-panel=compliance] [role=alert]')
      await told.waitFor()
      assert.match(await told.innerText(), /\p{Script=Han}{4}/u)
    } finally {
      await page.context().close()
    }
  })

  scenario(
    'a one-time link signs in and leaves the address; a token that ended is given up and the map stays',
    '/',
    async (viewer) => {
      const { page } = viewer
      const name = `handler-${Date.now()}`
      const link = await run('user', 'add', name, '--role', 'handler', '--public-url', url)
      await page.goto(link.replace('#', '?e2e=1#'))
      await page.getByRole('button', { name }).waitFor()
      await viewer.mapIdle()
      assert.doesNotMatch(page.url(), /signin/)
      await page.getByRole('button', { name }).click()
      assert.deepEqual(await violations(page), [])
      await page.getByRole('button', { name: '退出登录' }).click()
      await page.getByLabel('访问令牌').waitFor()
      await page.getByLabel('访问令牌').fill('不是令牌')
      await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
      await page.getByText('这不像访问令牌').waitFor()
      assert.deepEqual(await violations(page), [])
    },
  )
})
