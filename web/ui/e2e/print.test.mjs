// Sheets: the frame on the map, the preview, files of the server, and the
// browser's own print.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openPage, skip, startBrowser, url } from './page.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const run = promisify(execFile)

async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }))
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
}

/** Opens the panel and waits for the first preview. */
async function openPrint(browser, { layers = 'division_county,division_town,river:60,road', locale = 'zh-CN', at = '11/22.93/112.04', prepare } = {}) {
  const viewer = await openPage(browser, `/?layers=${layers}&open=print#map=${at}`, { locale, prepare })
  const panel = viewer.page.locator('[data-panel=print]')
  await panel.locator('figure img').waitFor()
  return { viewer, page: viewer.page, panel }
}

/** Does something that changes the sheet, and returns the plan and the request that the page made of it. */
async function planned(page, change) {
  const answer = page.waitForResponse((r) => r.url().endsWith('/api/v1/sheets/plan') && r.ok())
  await change()
  const response = await answer
  return { plan: await response.json(), body: response.request().postDataJSON() }
}

const picture = (page, name) => process.env.PICTURES && page.screenshot({ path: `${process.env.PICTURES}/${name}.png` })

describe('print', { skip }, () => {
  let browser
  let folder
  before(async () => {
    browser = await startBrowser()
    folder = await mkdtemp(join(tmpdir(), 'print-'))
  })
  after(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('the sheet is what the map shows, and its extent is the same at 96, 150 and 300 dpi', async () => {
    const { viewer, page, panel } = await openPrint(browser)
    const scale = panel.getByLabel('比例尺', { exact: true }).first()
    const { plan, body } = await planned(page, async () => {
      await scale.fill('1.25万')
      await scale.press('Enter')
    })
    assert.equal(await scale.inputValue(), '1:12 500')
    assert.deepEqual(body.layers, ['division_county', 'division_town', 'river', 'road'].sort((a, b) => body.layers.indexOf(a) - body.layers.indexOf(b)))
    assert.deepEqual(body.views, [{ layer: 'river', opacity: 0.6 }])
    const extents = []
    for (const dpi of [96, 150, 300]) {
      const answer = await fetch(`${url}/api/v1/sheets/plan`, { method: 'POST', body: JSON.stringify({ ...body, dpi }) })
      extents.push((await answer.json()).pages[0].extent_m)
    }
    assert.deepEqual(extents[1], extents[0])
    assert.deepEqual(extents[2], extents[0])
    const [one] = plan.pages
    const [left, top, right, bottom] = one.frame_mm
    assert.ok(Math.abs(one.extent_m[2] - one.extent_m[0] - (right - left) * 12.5) < 1e-6, 'the width on the ground')
    assert.ok(Math.abs(one.extent_m[3] - one.extent_m[1] - (bottom - top) * 12.5) < 1e-6, 'the height on the ground')
    assert.equal(one.scale_bar.millimetres, one.scale_bar.metres / 12.5)
    await scale.fill('很大')
    await scale.press('Enter')
    await panel.getByText('请填 1:200').waitFor()
    viewer.assertClean()
    await page.context().close()
  })

  test('the frame is moved by the mouse, by keys and by buttons', async () => {
    const { viewer, page, panel } = await openPrint(browser)
    const { plan: before_ } = await planned(page, () => panel.getByLabel('常用比例尺').selectOption('10000'))
    await panel.getByRole('button', { name: '缩放至图廓' }).click()
    await viewer.mapIdle()
    const ring = before_.pages[0].ring
    const middle = { lon: (ring[0][0] + ring[16][0]) / 2, lat: (ring[0][1] + ring[16][1]) / 2 }
    const at = await viewer.onScreen(middle.lon, middle.lat)
    const camera = await viewer.camera()
    const { plan: dragged } = await planned(page, async () => {
      await page.mouse.move(at.x, at.y)
      await page.mouse.down()
      await page.mouse.move(at.x - 40, at.y - 30, { steps: 5 })
      await page.mouse.up()
    })
    assert.deepEqual(await viewer.camera(), camera, 'the map itself stays')
    const by = (plan, other) => [plan.pages[0].extent_m[0] - other.pages[0].extent_m[0], plan.pages[0].extent_m[1] - other.pages[0].extent_m[1]]
    const [east, north] = by(dragged, before_)
    assert.ok(east < -100 && north > 100, `dragged by ${east}, ${north} m`)
    const width = dragged.pages[0].extent_m[2] - dragged.pages[0].extent_m[0]
    const button = panel.getByRole('button', { name: '向东移' })
    await button.focus()
    const { plan: keyed } = await planned(page, () => page.keyboard.press('Shift+ArrowRight'))
    assert.ok(Math.abs(by(keyed, dragged)[0] / width - 1) < 0.02, 'a whole frame to the east')
    const { plan: clicked } = await planned(page, () => button.click())
    assert.ok(Math.abs(by(clicked, keyed)[0] / width - 0.1) < 0.005, 'a tenth to the east')
    viewer.assertClean()
    await page.context().close()
  })

  test('a PDF has its title, 榃滨镇 and one page, its scale bar the right length; the tray has it', async () => {
    // What was drawn is on the sheet too.
    const drawn = [{ id: 'tan', name: '榃滨镇', geometry: { type: 'Point', coordinates: [112.04, 22.93] } }]
    const prepare = (page) => page.addInitScript((all) => localStorage.setItem('onemap.drawings', all), JSON.stringify(drawn))
    const { viewer, page, panel } = await openPrint(browser, { prepare, at: '10/22.93/112.04' })
    await planned(page, () => panel.getByLabel('常用比例尺').selectOption('200000'))
    await planned(page, async () => {
      await panel.getByLabel('图名', { exact: true }).last().fill('榃滨镇打印样图')
      await panel.getByLabel('图名', { exact: true }).last().press('Tab')
    })
    await page.waitForFunction(() => document.querySelector('[data-panel=print] figure')?.getAttribute('aria-busy') === 'false')
    assert.deepEqual(await violations(page), [])
    await picture(page, 'viewer-print')
    await panel.getByRole('group', { name: '输出' }).getByRole('button', { name: 'PDF' }).click()
    const row = panel.locator('li[data-state=done]', { hasText: '榃滨镇打印样图.pdf' })
    await row.waitFor({ timeout: 60_000 })
    const [download] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: /^下载/ }).click()])
    const file = join(folder, 'sheet.pdf')
    await download.saveAs(file)
    const { stdout: info } = await run('pdfinfo', [file])
    assert.match(info, /Pages:\s+1\b/)
    assert.match(info, /Page size:\s+841\.\d+ x 595\.\d+ pts/)
    const { stdout: text } = await run('pdftotext', [file, '-'])
    const lines = text.split('\n').map((l) => l.trim())
    for (const want of ['榃滨镇打印样图', '榃滨镇', '1 : 200 000']) assert.ok(lines.some((l) => l === want || (want !== '榃滨镇' && l.includes(want))), `the PDF says ${want}`)
    // The figures of the bar stand over its marks: from 0 to the next is a quarter of it.
    const { stdout: boxes } = await run('pdftotext', ['-bbox', file, '-'])
    const words = [...boxes.matchAll(/xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</g)].map(([, x0, y0, x1, , word]) => ({ middle: (Number(x0) + Number(x1)) / 2, y: Number(y0), word }))
    const unit = words.filter((w) => w.word === '千米' || w.word.endsWith('千米')).at(-1)
    assert.ok(unit, 'the bar has its unit')
    const figures = words.filter((w) => Math.abs(w.y - unit.y) < 3 && /^\d+(\.\d+)?$/.test(w.word)).sort((a, b) => a.middle - b.middle)
    const zero = figures.findIndex((w) => w.word === '0')
    const millimetres = ((figures[zero + 1].middle - figures[zero].middle) / 72) * 25.4
    assert.ok(Math.abs(millimetres - Number(figures[zero + 1].word) * 5) < 0.1, `${figures[zero + 1].word} km are ${millimetres} mm`)
    await page.getByRole('button', { name: '任务', exact: true }).click()
    const task = page.locator('[data-panel=tasks] li', { hasText: '榃滨镇打印样图.pdf' })
    await task.getByText('完成').waitFor()
    await task.getByRole('button', { name: /^删除/ }).click()
    await task.waitFor({ state: 'detached' })
    viewer.assertClean()
    await page.context().close()
  })

  test('the browser prints one page of exactly the paper', async () => {
    const prepare = (page) => page.addInitScript(() => (window.print = () => (window.__printed = true)))
    const { viewer, page, panel } = await openPrint(browser, { prepare })
    await planned(page, () => panel.getByLabel('纸张').selectOption('A3'))
    await panel.getByRole('button', { name: '浏览器打印' }).click()
    await page.waitForFunction(() => window.__printed, undefined, { timeout: 60_000 })
    const file = join(folder, 'browser.pdf')
    await writeFile(file, await page.pdf({ preferCSSPageSize: true }))
    const { stdout } = await run('pdfinfo', [file])
    assert.match(stdout, /Pages:\s+1\b/)
    const [, w, h] = /Page size:\s+([\d.]+) x ([\d.]+)/.exec(stdout)
    assert.ok(Math.abs((w / 72) * 25.4 - 420) < 0.5 && Math.abs((h / 72) * 25.4 - 297) < 0.5, `${w} × ${h} pt`)
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')))
    await page.locator('#print-page').waitFor({ state: 'detached' })
    viewer.assertClean()
    await page.context().close()
  })

  test('several sheets have an index, and nothing on the map is no sheet', async () => {
    const { viewer, page, panel } = await openPrint(browser)
    const { plan } = await planned(page, async () => {
      await panel.getByLabel('列', { exact: true }).fill('2')
    })
    assert.equal(plan.pages.length, 3)
    await panel.getByText('第 1 页，共 3 页').waitFor()
    viewer.assertClean()
    await page.context().close()
  })

  test('in English and in large type', async () => {
    const { viewer, page, panel } = await openPrint(browser, { locale: 'en-GB' })
    await page.getByRole('button', { name: /^Large/ }).click()
    await panel.getByRole('button', { name: 'Print in the browser' }).waitFor()
    assert.deepEqual(await violations(page), [])
    viewer.assertClean()
    await page.context().close()
  })
})
