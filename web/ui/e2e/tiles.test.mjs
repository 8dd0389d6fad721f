import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'

/** The server's own report of a layer's tiles, once its archive is built. */
async function reportOf(layer) {
  for (let tries = 0; tries < 120; tries++) {
    const { layers } = await (await fetch(`${url}/tiles/${layer}/report.json`)).json()
    if (layers[0].archive) return layers[0]
    await new Promise((done) => setTimeout(done, 500))
  }
  assert.fail(`${layer} has no archive after a minute`)
}

describe('the panel of tile sizes', () => {
  let browser
  let parcels // the camera at a place with parcels
  let report
  before(async () => {
    if (skip) return
    browser = await startBrowser()
    parcels = await hashAt('dltb', 13)
    report = await reportOf('dltb')
  })
  after(() => browser?.close())

  /** Opens the page with parcels alone, runs the steps, and fails on whatever went wrong in it. */
  const scenario = (name, query, steps) =>
    test(name, { skip, timeout: 180_000 }, async () => {
      const viewer = await openPage(browser, `/?layers=dltb${query}${parcels}`)
      try {
        await steps(viewer, viewer.page.getByRole('region', { name: '瓦片大小' }))
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  scenario('measures the tile at the centre as the server sends it', '&open=tiles', async ({ page }, panel) => {
    const caption = panel.locator('table.here caption')
    await caption.waitFor()
    const [, z, x, y] = (await caption.textContent()).match(/(\d+)\/(\d+)\/(\d+)/)
    assert.equal(z, '13')
    const tile = await fetch(`${url}/tiles/dltb/${z}/${x}/${y}.mvt`)
    const bytes = (await tile.arrayBuffer()).byteLength // fetch unpacks it
    const [amount, unit] = (await caption.textContent()).match(/([\d.,]+)\s*([kK]i?B|MB|B)/).slice(1)
    const factor = { B: 1, kB: 1e3, KB: 1e3, KiB: 1024, MB: 1e6 }[unit]
    assert.ok(Math.abs(Number(amount.replace(',', '')) * factor - bytes) <= 0.06 * bytes + 60, `${amount} ${unit} said, ${bytes} bytes sent`)
    const layers = await panel.locator('table.here tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)))
    const parcelsRow = layers.find(([layer]) => layer === 'dltb')
    assert.ok(parcelsRow && Number(parcelsRow[2]) > 0, `no features of dltb in ${JSON.stringify(layers)}`)
    await page.waitForFunction(() => window.__map.getStyle().layers.some((l) => l.id.startsWith('panel:tiles'))) // the tiles have borders on the map
  })

  scenario('shows what the archive holds at each zoom, and marks the one in view', '&open=tiles', async (viewer, panel) => {
    const table = panel.locator('table[data-layer=dltb]')
    await table.waitFor()
    const rows = await table.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)))
    assert.deepEqual(
      rows.map((row) => [Number(row[0]), Number(row[1].replaceAll(',', '')), Number(row[5].replaceAll(',', ''))]),
      report.zooms.map((zoom) => [zoom.zoom, zoom.tiles, zoom.features]),
    )
    const now = () => table.locator('tr[aria-current=true] th').textContent()
    assert.equal(await now(), '13')
    const { lng, lat } = await viewer.camera()
    await viewer.lookAt(lng, lat, 10)
    assert.equal(await now(), '10')
  })

  scenario('is opened with its button and closed with Escape, and the address follows', '', async ({ page }, panel) => {
    assert.equal(await panel.count(), 0)
    const button = page.getByRole('button', { name: '瓦片大小', exact: true })
    await button.click()
    await panel.waitFor()
    assert.equal(await button.getAttribute('aria-pressed'), 'true')
    assert.match(page.url(), /[?&]open=tiles(&|#|$)/)
    assert.match(page.url(), /layers=dltb/)
    await page.keyboard.press('Escape') // the focus is in the panel
    await panel.waitFor({ state: 'detached' })
    assert.doesNotMatch(page.url(), /open=/)
    assert.equal(await button.getAttribute('aria-pressed'), 'false')
  })
})
