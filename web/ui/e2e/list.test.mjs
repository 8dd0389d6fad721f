import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openPage, skip, startBrowser } from './page.mjs'

describe('the list module', () => {
  test('stands in for the map where there is no WebGL', { skip, timeout: 120_000 }, async () => {
    const browser = await startBrowser({ webgl: false })
    try {
      const viewer = await openPage(browser, '/', { ready: false })
      await viewer.page.getByText('此浏览器无法显示地图').waitFor()
      assert.match(viewer.page.url(), /\/list/)
      assert.equal(await viewer.page.getByRole('link', { name: '一张图浏览' }).count(), 0, 'no module that cannot work is offered')
      await viewer.page.getByLabel('选择图层').selectOption('division_county')
      await viewer.page.getByRole('cell').first().waitFor()
      assert.equal(await viewer.page.getByRole('button', { name: '在图上看' }).count(), 0)
      const foreign = viewer.faults.filter((f) => !/WebGL|GPU/i.test(f))
      assert.deepEqual(foreign, [])
    } finally {
      await browser.close()
    }
  })

  describe('beside the map', () => {
    let browser
    before(async () => skip || (browser = await startBrowser()))
    after(() => browser?.close())

    test('turns pages, and leads from a feature to its place', { skip, timeout: 120_000 }, async () => {
      const viewer = await openPage(browser, '/list/dltb', { ready: false })
      const { page } = viewer
      try {
        const first = await page.getByRole('row').nth(1).innerText()
        await page.getByRole('button', { name: '下一页' }).click()
        await page.getByText(/第 2 页/).waitFor()
        assert.notEqual(await page.getByRole('row').nth(1).innerText(), first)
        await page.getByRole('button', { name: '回到第一页' }).click()
        await page.getByText(/第 1 页/).waitFor()
        await page.getByRole('button', { name: '在图上看' }).first().click()
        await viewer.mapIdle()
        await page.waitForFunction(() => window.__map.getZoom() > 11)
        await viewer.mapIdle()
        assert.ok((await viewer.rendered('dltb')) > 0)
        assert.equal(await page.evaluate(() => window.__map.querySourceFeatures('onemap:selection').length > 0), true)
        viewer.assertClean()
      } finally {
        await page.context().close()
      }
    })
  })
})
