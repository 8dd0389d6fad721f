// The look of a layer is changed with simple controls, and put back.
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

describe('looks of layers', { skip: reason }, () => {
  let browser
  let token
  before(async () => {
    browser = await startBrowser()
    const { stdout } = await promisify(execFile)(program, ['token', 'create', `stylist-${process.pid}`, '--rights', 'compose,read:public,read:status'])
    token = /onemap_\S+/.exec(stdout)[0]
  })
  after(() => browser?.close())

  test('a width is changed, saved, seen on the map, and the shipped look restored', async () => {
    const viewer = await openPage(browser, '/?layers=dike&open=style:dike')
    const { page } = viewer
    const panel = page.getByRole('region', { name: '图层样式' })
    await panel.getByText('随图层提供的样式').waitFor()
    await panel.getByRole('button', { name: '登录' }).click()
    await page.getByLabel('访问令牌').fill(token)
    await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
    await panel.getByLabel('修改说明').fill('堤防加粗')
    const width = panel.locator('input[type=number]').first()
    const before = await width.inputValue()
    const widthOf = () => page.evaluate(() => JSON.stringify(window.__map.getStyle().layers.filter((l) => l.metadata?.['onemap:layer'] === 'dike').map((l) => [l.paint, l.layout, l.minzoom, l.maxzoom])))
    const drawn = await widthOf()
    const most = Number(await width.getAttribute('max'))
    await width.fill(String(Math.min(most, Number(before) + 1)))
    await width.blur()
    await panel.getByText('1 处修改').waitFor()
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }))
    assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), [])
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/styling.png` })
    await panel.getByRole('button', { name: '保存为新版本' }).click()
    await panel.getByText(/已保存为第 \d+ 版/).waitFor()
    await viewer.mapIdle()
    assert.notEqual(await widthOf(), drawn)
    const kept = await (await fetch(`${url}/api/v1/styles/dike`)).json()
    assert.ok(kept.number >= 1)
    await panel.getByText('历史版本').click()
    await panel.getByRole('button', { name: '恢复随图层提供的样式' }).click()
    await panel.getByText(/已保存为第 \d+ 版/).waitFor()
    await viewer.mapIdle()
    assert.equal(await widthOf(), drawn)
    viewer.assertClean()
    await page.context().close()
  })

  test('JSON that cannot be drawn is refused in words', async () => {
    const viewer = await openPage(browser, '/?layers=dike&open=style:dike')
    const { page } = viewer
    const panel = page.getByRole('region', { name: '图层样式' })
    await panel.getByRole('button', { name: '登录' }).click()
    await page.getByLabel('访问令牌').fill(token)
    // Who signs in is shown what they may see. Warnings come as a stream, so the network is never idle.
    const catalogue = page.waitForResponse((r) => new URL(r.url()).pathname === '/api/v1/style.json')
    await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
    await panel.getByLabel('修改说明').waitFor()
    await (await catalogue).finished()
    await viewer.mapIdle()
    await panel.getByRole('button', { name: 'JSON' }).click()
    await panel.getByRole('textbox', { name: 'JSON' }).fill('{"layers": [')
    await panel.getByRole('button', { name: '检查' }).click()
    await panel.getByText('不是 JSON').waitFor()
    await page.context().close()
  })
})
