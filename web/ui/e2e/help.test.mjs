// The tour of the first visit.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { violations } from './axe.mjs'
import { skip, startBrowser, url } from './page.mjs'

describe('first steps', () => {
  let browser
  before(async () => skip || (browser = await startBrowser()))
  after(() => browser?.close())

  /** A page in a browser of its own; path is taken as it is, without what the other tests add. */
  async function visit(path, { locale = 'zh-CN' } = {}) {
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale, reducedMotion: 'reduce', timezoneId: 'Asia/Shanghai' })
    const page = await context.newPage()
    const faults = []
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && faults.push(m.text()))
    page.on('pageerror', (e) => faults.push(e.message))
    await page.goto(`${url}${path}`)
    return { page, context, faults }
  }

  for (const [language, locale, label, title] of [['Chinese', 'zh-CN', '新手引导', '在这里选图层'], ['English', 'en-GB', 'First steps', 'Choose layers here']]) {
    test(`the first visit has a tour of five steps, in ${language}`, { skip, timeout: 120_000 }, async () => {
      const { page, context, faults } = await visit('/', { locale })
      try {
        const tour = page.getByRole('dialog', { name: label })
        await tour.getByRole('heading', { name: title }).waitFor()
        const headings = []
        for (let i = 0; i < 5; i++) {
          headings.push(await tour.getByRole('heading').innerText())
          assert.ok(await page.evaluate(() => document.activeElement?.tagName === 'H2'), 'the focus is at the heading')
          assert.deepEqual(await violations(page), [], `step ${i + 1}`)
          const card = await tour.locator('.card').boundingBox()
          assert.ok(card.x >= 0 && card.y >= 0 && card.x + card.width <= 1366 && card.y + card.height <= 768, 'the card is in the window')
          if (i < 4) await page.keyboard.press('ArrowRight')
          await page.waitForFunction((last) => document.querySelector('dialog.tour h2')?.textContent !== last || document.querySelectorAll('dialog.tour .hint').length > 0, headings.at(-1))
        }
        assert.equal(new Set(headings).size, 5)
        await page.keyboard.press('ArrowLeft')
        await page.getByText(language === 'Chinese' ? '第 4 步，共 5 步' : 'Step 4 of 5').waitFor()
        await page.keyboard.press('Escape')
        await tour.waitFor({ state: 'detached' })
        await page.reload()
        await page.getByRole('tree').waitFor()
        assert.equal(await tour.count(), 0, 'it is remembered')
        await page.goto(`${url}/help`)
        await page.getByRole('link', { name: language === 'Chinese' ? '重看新手引导' : 'Take the tour again' }).click()
        await tour.waitFor()
        await tour.getByRole('button', { name: language === 'Chinese' ? '跳过' : 'Skip' }).click()
        await tour.waitFor({ state: 'detached' })
        await page.waitForFunction(() => !location.search.includes('tour'))
        assert.deepEqual(faults, [])
      } finally {
        await context.close()
      }
    })
  }

  test('who follows a link is not stopped by the tour', { skip, timeout: 120_000 }, async () => {
    const { page, context } = await visit('/?layers=road#map=12/22.9/112.04')
    try {
      await page.getByRole('tree').waitFor()
      await page.locator('canvas.maplibregl-canvas').waitFor()
      assert.equal(await page.locator('dialog.tour').count(), 0)
    } finally {
      await context.close()
    }
  })
})
