// Products: the gallery, a product's page, and a new one made of the view.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openPage, skip, startBrowser, url } from './page.mjs'

const program = process.env.MAPSERVER
const reason = skip || (!program && process.env.CI !== 'true' && 'MAPSERVER is not set: nobody can be let in')
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const own = `e2e-${process.pid}-`

async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }))
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
}

const picture = (page, name) => process.env.PICTURES && page.screenshot({ path: `${process.env.PICTURES}/${name}.png` })
const everyPicture = (page) => page.waitForFunction(() => [...document.images].filter((i) => i.getBoundingClientRect().top < innerHeight).every((i) => i.complete && i.naturalWidth > 0), undefined, { timeout: 60_000 })

describe('map products', { skip: reason, timeout: 300_000 }, () => {
  let browser
  let token
  let published
  before(async () => {
    browser = await startBrowser()
    const { stdout } = await promisify(execFile)(program, ['token', 'create', `composer-${process.pid}`, '--rights', 'compose,approve,export,read:public,read:status'])
    token = /onemap_\S+/.exec(stdout)[0]
    published = (await (await fetch(`${url}/api/v1/products?limit=500`)).json()).products
  })
  after(async () => {
    // What was made is retired or, where it never was published, deleted.
    const headers = { Authorization: `Bearer ${token}` }
    const all = (await (await fetch(`${url}/api/v1/products?limit=500`, { headers })).json()).products ?? []
    for (const one of all.filter((p) => p.id.startsWith(own))) {
      if (one.state === 'published') await fetch(`${url}/api/v1/products/${one.id}/transitions`, { method: 'POST', headers, body: JSON.stringify({ to: 'retired', reason: '测试结束', revision: one.revision }) })
      else if (one.state === 'draft') await fetch(`${url}/api/v1/products/${one.id}`, { method: 'DELETE', headers })
    }
    await browser?.close()
  })

  async function signIn(page, name = '登录') {
    await page.getByRole('banner').getByRole('button', { name }).click()
    await page.getByLabel('访问令牌').fill(token)
    await page.getByRole('dialog').getByRole('button', { name }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }

  test('the gallery is searched, filtered and sorted, and opens the map and a page', async () => {
    const viewer = await openPage(browser, '/products', { ready: false })
    const { page } = viewer
    const cards = page.locator('[data-product]')
    await cards.first().waitFor()
    const shown = published.filter((p) => p.state === 'published').length
    assert.equal(await cards.count(), shown)
    await page.getByText(/已发布 \d+ 个，规划 150 个/).waitFor()
    await everyPicture(page)
    assert.deepEqual(await violations(page), [])
    await picture(page, 'viewer-gallery')
    const themes = page.getByRole('group', { name: '按专题' }).getByRole('button')
    await themes.nth(1).press('Enter')
    const some = await cards.count()
    assert.ok(some > 0 && some < shown)
    await themes.first().press('Enter')
    const one = published.find((p) => p.content.layers.length > 0 && p.content.secrecy === 'public')
    await page.getByLabel('搜索图产品').fill(one.content.title)
    await page.locator(`[data-product="${one.id}"]`).waitFor()
    assert.ok((await cards.count()) < shown)
    await page.locator(`[data-product="${one.id}"]`).getByRole('button', { name: /^打开地图/ }).click()
    await viewer.mapIdle()
    await page.getByText(`图产品：${one.content.title}`).waitFor()
    const ids = await page.evaluate(() => [...new Set(window.__map.getStyle().layers.map((l) => l.metadata?.['onemap:layer']).filter(Boolean))])
    assert.deepEqual(ids.sort(), one.content.layers.map((l) => l.id).sort())
    await page.reload()
    await viewer.mapIdle()
    await page.getByRole('link', { name: `图产品：${one.content.title}` }).click()
    await page.getByRole('heading', { name: one.content.title }).waitFor()
    await page.getByRole('heading', { name: '版本', exact: true }).waitFor()
    assert.equal(await page.getByLabel('WMTS', { exact: true }).inputValue(), `${url}/services/${one.id}/wmts/1.0.0/WMTSCapabilities.xml`)
    await page.getByRole('button', { name: '复制WMTS' }).click()
    await page.getByRole('button', { name: '复制WMTS' }).getByText('已复制').waitFor()
    await everyPicture(page)
    assert.deepEqual(await violations(page), [])
    await picture(page, 'viewer-product-page')
    viewer.assertClean()
    await page.context().close()
  })

  test('a sheet of a product is ordered from its card', async () => {
    const viewer = await openPage(browser, '/products', { ready: false })
    const { page } = viewer
    await page.locator('[data-product]').first().getByRole('button', { name: /^PNG/ }).click()
    await page.locator('li[data-state=done]').first().waitFor({ timeout: 120_000 })
    viewer.assertClean()
    await page.context().close()
  })

  test('a new user makes and publishes a product of the view in under two minutes, changes it, and reads yesterday’s version', async () => {
    const viewer = await openPage(browser, '/?layers=division_county,division_town,river:60#map=11/22.93/112.04')
    const { page } = viewer
    await signIn(page)
    const began = Date.now()
    await page.getByRole('link', { name: '图产品', exact: true }).click()
    await page.getByRole('link', { name: '以当前视图编制' }).click()
    const panel = page.locator('[data-panel=compose]')
    await panel.getByText('校验通过').waitFor({ timeout: 60_000 })
    await panel.getByLabel('中文图名').or(panel.getByLabel('图名', { exact: true })).fill(`榃滨水系图 ${process.pid}`)
    await panel.getByLabel('标识').fill(`${own}rivers`)
    await panel.getByText('校验通过').waitFor({ timeout: 60_000 })
    assert.deepEqual(await violations(page), [])
    await picture(page, 'viewer-product-compose')
    await panel.getByRole('button', { name: '保存并发布' }).click()
    await panel.getByText(/已保存：榃滨水系图.*第 1 版，发布/).waitFor({ timeout: 60_000 })
    assert.ok(Date.now() - began < 120_000, 'it took less than two minutes')
    const made = await (await fetch(`${url}/api/v1/products/${own}rivers`, { headers: { Authorization: `Bearer ${token}` } })).json()
    assert.equal(made.state, 'published')
    assert.deepEqual(made.content.layers.map((l) => l.id).sort(), ['division_county', 'division_town', 'river'])
    assert.equal(made.content.layers.find((l) => l.id === 'river').opacity, 0.6)
    assert.deepEqual(made.history.map((s) => s.to), ['draft', 'checked', 'approved', 'published'])
    // What it says is changed: a new version; the old one is still there.
    await panel.getByLabel('图名', { exact: true }).fill(`榃滨水系图（修订） ${process.pid}`)
    await panel.getByLabel('修改说明').fill('更正图名')
    await panel.getByRole('button', { name: '保存修改' }).click()
    await panel.getByText(/第 2 版，发布/).waitFor()
    await panel.getByRole('link', { name: '打开产品页' }).click()
    await page.getByRole('heading', { name: /榃滨水系图（修订）/ }).waitFor()
    await page.getByRole('cell', { name: /更正图名/ }).waitFor()
    await page.getByRole('button', { name: '查看第 1 版' }).click()
    await page.getByText(/图产品：榃滨水系图 \d+（第 1 版）|（第 1 版）/).waitFor()
    await viewer.mapIdle()
    await page.goBack()
    await page.getByRole('button', { name: '下线' }).click()
    await page.getByText('请填写原因').waitFor()
    await page.getByLabel('原因').fill('测试结束')
    await page.getByRole('button', { name: '下线' }).click()
    await page.getByText('下线').first().waitFor()
    await page.getByRole('region', { name: '经过' }).getByText(/测试结束/).waitFor()
    viewer.assertClean()
    await page.context().close()
  })

  test('what is wrong stands at its field', async () => {
    const viewer = await openPage(browser, '/?layers=river&open=compose')
    const { page } = viewer
    const panel = page.locator('[data-panel=compose]')
    await panel.getByText('编制图产品需要登录').waitFor()
    await signIn(page)
    await panel.getByText('校验通过').waitFor({ timeout: 60_000 })
    await panel.getByLabel('审图号').fill('粤X一号')
    await panel.locator('[data-field=approval_number]').getByRole('alert').getByText(/应为审图号/).waitFor()
    await panel.getByLabel('审图号').fill('')
    await panel.getByLabel('数据日期').fill('明天')
    await panel.locator('[data-field=data_date]').getByRole('alert').getByText(/应为数据的日期/).waitFor()
    assert.deepEqual(await violations(page), [])
    await page.context().close()
  })

  test('in English and in large type', async () => {
    const viewer = await openPage(browser, '/products', { ready: false, locale: 'en-GB' })
    const { page } = viewer
    await page.getByRole('button', { name: /^Large/ }).click()
    await page.locator('[data-product]').first().waitFor()
    assert.deepEqual(await violations(page), [])
    viewer.assertClean()
    await page.context().close()
  })
})
