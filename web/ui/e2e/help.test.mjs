// The pages beside the map that explain and check: tour, help, /diag.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { violations } from './axe.mjs'
import { openPage, skip, startBrowser, url } from './page.mjs'

describe('first steps', () => {
  let browser
  before(async () => skip || (browser = await startBrowser()))
  after(() => browser?.close())

  /** A page in a browser of its own; path is taken as it is, without what the other tests add. */
  async function visit(path, { locale = 'zh-CN', ...more } = {}) {
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale, reducedMotion: 'reduce', timezoneId: 'Asia/Shanghai', ...more })
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

  for (const [language, locale] of [['Chinese', 'zh-CN'], ['English', 'en-GB']]) {
    test(`the help is searched, and loads pictures as they come into sight, in ${language}`, { skip, timeout: 120_000 }, async () => {
      const { page, context, faults } = await visit('/help', { locale })
      const pictures = []
      page.on('request', (r) => r.resourceType() === 'image' && pictures.push(r.url()))
      try {
        const sections = page.locator('article section')
        await sections.first().waitFor()
        const all = await sections.count()
        assert.ok(all >= 16)
        assert.deepEqual(await violations(page), [])
        const tested = await page.evaluate(() => [...document.images].map((i) => [i.loading, i.src]))
        assert.ok(tested.length >= 10 && tested.every(([loading]) => loading === 'lazy'))
        const text = await page.locator('article').innerText()
        if (language === 'English') assert.doesNotMatch(text, /\p{Script=Han}/u)
        assert.doesNotMatch(text, /help\.\w+/, 'no word is missing')
        await page.getByRole('searchbox').fill(language === 'Chinese' ? '红线 报告' : 'red line report')
        await page.waitForFunction((n) => document.querySelectorAll('article section').length < n, all)
        await sections.getByRole('heading', { name: language === 'Chinese' ? '审查项目红线' : 'Check a red line' }).waitFor()
        await page.getByRole('searchbox').fill('')
        await page.getByRole('navigation', { name: language === 'Chinese' ? '目录' : 'Contents' }).getByRole('link').last().click()
        await page.waitForFunction(() => [...document.images].at(-1).naturalWidth > 0)
        assert.deepEqual(faults, [])
      } finally {
        await context.close()
      }
    })
  }

  test('on paper the help is whole, without bar and contents', { skip, timeout: 120_000 }, async () => {
    const { page, context } = await visit('/help')
    try {
      await page.locator('article section').first().waitFor()
      await page.emulateMedia({ media: 'print' })
      assert.equal(await page.getByRole('banner').isVisible(), false)
      const pdf = await page.pdf({ format: 'A4' })
      const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length
      assert.ok(pages >= 4, `${pages} pages: what is out of sight is printed too`)
    } finally {
      await context.close()
    }
  })

  for (const [language, locale, copy, note] of [['Chinese', 'zh-CN', '复制为文本', '留意'], ['English', 'en-GB', 'Copy as text', 'Note']]) {
    test(`the check of the environment measures and copies, in ${language}`, { skip, timeout: 180_000 }, async () => {
      const { page, context, faults } = await visit('/diag', { locale, permissions: ['geolocation', 'clipboard-read', 'clipboard-write'], geolocation: { longitude: 112.0445, latitude: 22.9154, accuracy: 12 } })
      try {
        const line = (name) => page.locator(`[data-check=${name}]`)
        await line('webgl2').waitFor()
        assert.equal(await line('gpu').getAttribute('data-state'), 'note', 'drawn by the processor here')
        assert.match(await line('gpu').innerText(), /SwiftShader/)
        for (const good of ['https', 'rare', 'chinese', 'server', 'page', 'health', 'ready', 'indexedDB']) assert.equal(await line(good).getAttribute('data-state'), 'good', good)
        await page.getByRole('button', { name: language === 'Chinese' ? '测定位' : 'Try the position' }).click()
        await line('position').getByText(/WGS-84 112\.0445/).waitFor()
        await page.getByRole('button', { name: language === 'Chinese' ? '测绘图流畅度' : 'Measure how smoothly' }).click()
        await line('frames').getByText(/p95 [\d.]+ ms/).waitFor({ timeout: 90_000 })
        assert.deepEqual(await violations(page), [])
        await page.getByRole('button', { name: copy }).click()
        await page.getByText(language === 'Chinese' ? '已复制' : 'Copied').waitFor()
        const text = await page.evaluate(() => navigator.clipboard.readText())
        assert.match(text, new RegExp(`${note}\\t[^\\t]+\\t.*SwiftShader`))
        assert.match(text, /112\.044500, 22\.915400/)
        assert.doesNotMatch(text, /diagnosis\./)
        if (language === 'English') assert.deepEqual(text.match(/\p{Script=Han}+/gu) ?? [], ['云浮一张图'])
        assert.deepEqual(faults, [])
      } finally {
        await context.close()
      }
    })
  }

  test('the check works where the map does not, and says so', { skip, timeout: 120_000 }, async () => {
    const blind = await startBrowser({ webgl: false })
    try {
      const viewer = await openPage(blind, '/diag', { ready: false })
      await viewer.page.locator('[data-check=webgl2][data-state=bad]').waitFor()
      await viewer.page.getByText('硬件加速').first().waitFor()
    } finally {
      await blind.close()
    }
  })

  test('without HTTPS the check says what does not work, and copying still does', { skip, timeout: 120_000 }, async () => {
    const intranet = await startBrowser({ more: ['--host-resolver-rules=MAP onemap.intranet 127.0.0.1'] })
    try {
      const page = await (await intranet.newContext({ locale: 'zh-CN' })).newPage()
      await page.goto(`${url.replace('127.0.0.1', 'onemap.intranet')}/diag`)
      await page.locator('[data-check=https][data-state=bad]').waitFor()
      await page.getByRole('button', { name: '测定位' }).click()
      await page.locator('[data-check=position]').getByText('没有 HTTPS').waitFor()
      await page.getByRole('button', { name: '复制为文本' }).click()
      await page.getByText('已复制').waitFor()
      // The phone page takes a pin set by hand there.
      await page.goto(`${url.replace('127.0.0.1', 'onemap.intranet')}/m/`)
      await page.getByText(/HTTPS/).first().waitFor()
    } finally {
      await intranet.close()
    }
  })
})
