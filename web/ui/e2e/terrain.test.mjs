import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

describe('the ground: shading, terrain, heights', () => {
  let browser
  let buildings // the camera at a place with buildings
  before(async () => {
    if (skip) return
    browser = await startBrowser()
    buildings = await hashAt('building', 15)
  })
  after(() => browser?.close())

  const scenario = (name, address, steps, options) =>
    test(name, { skip, timeout: 240_000 }, async () => {
      const viewer = await openPage(browser, address.includes('#') ? address : address + buildings, options)
      try {
        await steps(viewer, viewer.page)
        viewer.assertClean()
      } finally {
        await viewer.page.context().close()
      }
    })

  const panel = (page, name = '三维与地形') => page.getByRole('region', { name, exact: true })
  const terrain = (page) => page.evaluate(() => window.__map.getTerrain()?.exaggeration ?? 0)
  const layerTypes = (page) => page.evaluate(() => window.__map.getStyle().layers.map((l) => l.type))
  const serverHeight = async ({ lng, lat }) => (await (await fetch(`${url}/api/v1/elevation?lon=${lng}&lat=${lat}`)).json()).elevation_m

  /** The map's own height of its centre, once its mesh has come. */
  async function mapHeight(viewer, exaggeration) {
    await viewer.mapIdle()
    const told = await viewer.page.waitForFunction(() => window.__map.queryTerrainElevation(window.__map.getCenter()) || undefined)
    return (await told.jsonValue()) / exaggeration
  }

  scenario('the map is shaded where there is an elevation model, and need not be', '/?layers=division_city,road&open=terrain#map=10/22.8/111.7', async (viewer, page) => {
    assert.ok((await layerTypes(page)).includes('hillshade'))
    assert.ok(viewer.requests.some((r) => /\/terrain\/ground\/\d+\/\d+\/\d+\.png\?v=/.test(r)), 'tiles of heights are asked for, with their tag')
    await panel(page).getByText(/高程范围/).waitFor()
    await panel(page).getByLabel('地形晕渲').press('Space')
    await page.waitForURL(/hillshade=off/)
    await viewer.mapIdle()
    assert.ok(!(await layerTypes(page)).includes('hillshade'))
    await page.reload()
    await viewer.mapIdle()
    assert.ok(!(await layerTypes(page)).includes('hillshade'), 'the address knows')
  })

  scenario('the ground stands up, tells the heights that the server tells, and lies down again', '/?layers=building', async (viewer, page) => {
    assert.equal(viewer.requests.filter((r) => /\/assets\/(terrain|TerrainPanel)-/.test(r)).length, 0, 'the panel is no part of the first view')
    await page.getByRole('button', { name: '三维与地形', exact: true }).press('Enter')
    await panel(page).getByLabel('三维地形').press('Space')
    await page.waitForURL(/terrain=1\.5/)
    await page.waitForFunction(() => window.__map.getTerrain() && window.__map.getPitch() > 50)
    const centre = await viewer.camera()
    const [ours, theirs] = [await mapHeight(viewer, 1.5), await serverHeight(centre)]
    assert.ok(Math.abs(ours - theirs) < 25, `the map says ${ours} m, the server ${theirs} m`) // the mesh of the browser is coarser
    const types = await layerTypes(page)
    assert.ok(types.includes('fill-extrusion'), 'buildings are bodies')
    // As high as the keyboard says.
    const slider = panel(page).getByRole('slider', { name: '高程夸张' })
    await slider.press('End')
    await page.waitForURL(/terrain=3/)
    await page.waitForFunction(() => window.__map.getTerrain()?.exaggeration === 3)
    // The server's height of the centre is told, and under the pointer the map's.
    await panel(page).locator('.centre').getByText(/[\d,]+ 米/).waitFor()
    const box = await page.evaluate(() => window.__map.getCanvas().getBoundingClientRect().toJSON())
    await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2)
    await panel(page).locator('.pointer').getByText(/[\d,]+ 米/).waitFor()
    // Back to a flat map, seen from above.
    await panel(page).getByLabel('三维地形').press('Space')
    await page.waitForURL((u) => !u.searchParams.has('terrain'))
    await page.waitForFunction(() => !window.__map.getTerrain() && window.__map.getPitch() === 0)
    await viewer.mapIdle()
    assert.ok(!(await layerTypes(page)).includes('fill-extrusion'))
    assert.equal(await terrain(page), 0)
  })

  scenario('identify and the tree keep working in 3D, which the address opens', '/?layers=dltb&terrain=2', async (viewer, page) => {
    assert.equal(await terrain(page), 2)
    await mapHeight(viewer, 2)
    const spot = await viewer.somewhereOn('dltb')
    await page.mouse.click(spot.x, spot.y)
    await viewer.results().getByText(/平方米|个图层/).first().waitFor()
    await page.keyboard.press('Escape')
    await viewer.page.getByRole('searchbox').fill('道路')
    await viewer.row('道路').click()
    await page.waitForURL(/layers=[^&]*road/)
    await viewer.mapIdle()
    assert.equal(await terrain(page), 2, 'a change of layers leaves the ground as it is')
  })

  for (const [locale, name, large] of [['zh-CN', '三维与地形', true], ['en-US', '3D and terrain', false]]) {
    scenario(`the panel has no violations by axe, ${locale}`, '/?layers=road&open=terrain&terrain=1.5', async (viewer, page) => {
      await panel(page, name).locator('.centre').getByText(/\d/).waitFor()
      if (large) await page.getByRole('button', { name: '大字' }).click()
      await page.evaluate(axe)
      const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`), [])
    }, { locale })
  }
})
