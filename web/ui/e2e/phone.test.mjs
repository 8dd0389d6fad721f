// The phone page against the real server: answers before typing, GCJ-02, and
// reports that survive the loss of the network and of the page.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { skip, startBrowser, url } from './page.mjs'

const program = process.env.MAPSERVER
const reason = skip || (!program && process.env.CI !== 'true' && 'MAPSERVER is not set: nobody can be let in')
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const wcag = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']

/** The middle of a micro-grid, and its code. */
async function someCell() {
  const answer = await fetch(`${url}/api/v1/layers/grid_micro/features?limit=1`)
  const [cell] = (await answer.json()).features
  const ring = cell.geometry.coordinates.flat(cell.geometry.type === 'MultiPolygon' ? 1 : 0)[0]
  const lon = ring.reduce((sum, p) => sum + p[0], 0) / ring.length
  const lat = ring.reduce((sum, p) => sum + p[1], 0) / ring.length
  const place = await (await fetch(`${url}/api/v1/grid/locate?lon=${lon}&lat=${lat}`)).json()
  const town = place.chain.find((c) => c.layer === 'division_town') ?? place.chain.find((c) => c.layer === 'grid_large')
  return { lon, lat, code: place.cell.code, name: place.cell.name, town: town.code }
}

/** A one-time link for a new worker of a cell, as the administrator sends it. */
async function linkFor(name, cell) {
  const { stdout } = await promisify(execFile)(program, ['user', 'add', name, '--cell', cell, '--public-url', url])
  return stdout.trim()
}

/** A phone at a place; files are what its camera takes. */
async function phone(browser, at, { permissions = ['geolocation'], locale = 'zh-CN' } = {}) {
  const context = await browser.newContext({
    viewport: { width: 360, height: 780 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    locale,
    timezoneId: 'Asia/Shanghai',
    geolocation: { longitude: at.lon, latitude: at.lat, accuracy: 12 },
    permissions,
    reducedMotion: 'reduce',
  })
  const faults = []
  const requests = []
  const watch = (page) => {
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && !/net::ERR_INTERNET_DISCONNECTED|Failed to load resource/.test(m.text()) && faults.push(m.text()))
    page.on('pageerror', (e) => faults.push(`page error: ${e.message}`))
    page.on('request', (r) => requests.push(r.url()))
    return page
  }
  return { context, faults, requests, open: async (path = '/m/?e2e=1') => {
    const page = watch(await context.newPage())
    await page.goto(path.startsWith('http') ? path : `${url}${path}`)
    return page
  } }
}

/** Keeps a picture for docs/pictures where PICTURES names a folder. */
const shoot = async (page, name) => {
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` })
}

/** Pictures drawn in the page, as a camera would give them; each another. */
async function photos(page, n, seed) {
  return Promise.all(
    Array.from({ length: n }, async (_, i) => {
      const base64 = await page.evaluate(async (hue) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 })
        const pen = canvas.getContext('2d')
        pen.fillStyle = `hsl(${hue} 60% 50%)`
        pen.fillRect(0, 0, 640, 480)
        return canvas.toDataURL('image/jpeg').split(',')[1]
      }, (seed * 97 + i * 37) % 360)
      return { name: `photo-${seed}-${i}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') }
    }),
  )
}

async function report(page, text, seed) {
  await page.getByRole('button', { name: '公共安全' }).click()
  await page.getByRole('button', { name: '滑坡崩塌险情' }).click()
  await page.getByLabel('情况描述').fill(text)
  await page.locator('input[type=file]').setInputFiles(await photos(page, 3, seed))
  await page.locator('.photo').nth(2).waitFor()
  if (seed === 1) {
    await page.getByLabel('情况描述').scrollIntoViewIfNeeded()
    await shoot(page, 'phone-report')
  }
  await page.getByRole('button', { name: '提交' }).click()
}

describe('the phone page', { skip: reason, concurrency: false }, () => {
  let browser
  let cell
  before(async () => {
    browser = await startBrowser()
    cell = await someCell()
  })
  after(() => browser?.close())

  test('is small, and loads nothing from elsewhere', async () => {
    const p = await phone(browser, cell)
    const page = await p.open()
    await page.getByRole('region', { name: '所在网格' }).waitFor()
    const code = [...new Set(p.requests)].filter((r) => r === `${url}/m/` || /\/assets\/.*\.(js|css)$/.test(r))
    const sizes = await Promise.all(code.map(async (r) => gzipSync(Buffer.from(await (await fetch(r)).arrayBuffer()), { level: 9 }).length))
    const total = sizes.reduce((a, b) => a + b, 0)
    console.log(`# the form: ${(total / 1000).toFixed(1)} kB gzip in ${code.length} files`)
    assert.ok(total <= 130_000, `${total} bytes`)
    assert.deepEqual(p.requests.filter((r) => !r.startsWith(`${url}/`) && !/^(data|blob):/.test(r)), [])
    assert.deepEqual(p.faults, [])
    await p.context.close()
  })

  test('names the cell, whom to call, dangers and shelters before anything is typed; the phone numbers after signing in', async () => {
    const p = await phone(browser, cell)
    const page = await p.open()
    const card = page.getByRole('region', { name: '所在网格' })
    await card.getByText(cell.name).waitFor()
    assert.equal(await card.getByRole('link', { name: /拨打/ }).count(), 0)
    await page.getByRole('region', { name: '附近 500 米风险' }).waitFor()
    await page.getByRole('region', { name: '最近避险点' }).waitFor()
    await page.goto(await linkFor('网格员甲', cell.code))
    await card.getByRole('link', { name: /拨打/ }).first().waitFor()
    assert.equal(new URL(page.url()).hash, '')
    await shoot(page, 'phone-where')
    await page.getByRole('button', { name: '紧急呼叫' }).click()
    assert.equal(await page.getByRole('link', { name: '报警 110' }).getAttribute('href'), 'tel:110')
    assert.deepEqual(p.faults, [])
    await p.context.close()
  })

  test('moves a GCJ-02 position 620 m the right way, and remembers it', async () => {
    const p = await phone(browser, cell)
    let page = await p.open()
    const shown = async () => (await page.locator('.place strong').textContent()).split(', ').map(Number)
    await page.locator('.place strong').waitFor()
    const before = await shown()
    await page.getByRole('button', { name: '位置不对？' }).click()
    await page.getByLabel('本机坐标系').selectOption('gcj02')
    await page.waitForFunction((was) => !document.querySelector('.place strong').textContent.startsWith(was), before[0].toFixed(6))
    const after = await shown()
    const east = (after[0] - before[0]) * 102_600
    const north = (after[1] - before[1]) * 110_750
    assert.ok(east < -400 && north > 200 && Math.abs(Math.hypot(east, north) - 620) < 60, `${east}, ${north}`)
    await page.close()
    page = await p.open()
    await page.locator('.place strong').waitFor()
    assert.deepEqual(await shown(), after)
    await p.context.close()
  })

  test('says why there is no position, and takes one set by hand', async () => {
    const p = await phone(browser, cell, { permissions: [] })
    const page = await p.open()
    await page.getByText('没有定位权限').waitFor()
    await page.getByRole('button', { name: '位置不对？' }).click()
    await page.getByRole('button', { name: '在地图上标记' }).click()
    await page.getByRole('button', { name: '用这个位置' }).waitFor({ timeout: 60_000 })
    if (process.env.PICTURES) {
      await page.waitForFunction(() => window.__map?.areTilesLoaded(), undefined, { timeout: 60_000 })
      await page.locator('.frame').scrollIntoViewIfNeeded()
      await shoot(page, 'phone-pin')
    }
    await page.getByRole('button', { name: '用这个位置' }).click()
    await page.getByText('手动标记').waitFor()
    assert.deepEqual(p.faults, [])
    await p.context.close()
  })

  test('three reports with photos made without network, the page killed: three incidents, nine photos, none twice', async () => {
    const p = await phone(browser, cell)
    let page = await p.open(await linkFor('网格员乙', cell.code))
    await page.waitForFunction(() => navigator.serviceWorker.controller)
    await page.getByRole('button', { name: '我的' }).click()
    await page.getByText(/，.* 更新$/).first().waitFor() // the pack of the town is kept
    await p.context.setOffline(true)
    await page.reload()
    await page.getByText('离线', { exact: true }).waitFor()
    const card = page.getByRole('region', { name: '所在网格' })
    await card.getByText(cell.name).waitFor()
    await card.getByText('离线包答复').waitFor()
    await card.getByRole('link', { name: /拨打/ }).first().waitFor()
    for (const n of [1, 2, 3]) {
      await report(page, `离线上报 ${n}`, n)
      await page.getByText(`待传 ${n}`).first().waitFor()
    }
    await page.close() // as the system does with pages of the background
    page = await p.open()
    await page.getByText('待传 3').first().waitFor()
    await p.context.setOffline(false)
    await page.evaluate(() => window.dispatchEvent(new Event('online')))
    await page.getByText(/已上报，编号/).waitFor({ timeout: 60_000 })
    await page.waitForFunction(() => !document.body.innerText.includes('待传 '), undefined, { timeout: 60_000 })
    await page.evaluate(() => window.dispatchEvent(new Event('online'))) // a forced retry
    await page.getByRole('button', { name: '我的' }).click()
    await page.getByText('没有待传的事件').waitFor()
    await page.getByText('离线上报 3').waitFor()
    await shoot(page, 'phone-mine')
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem('onemap.phone.session')).token)
    const headers = { Authorization: `Bearer ${kept}` }
    const { incidents } = await (await fetch(`${url}/api/v1/incidents?limit=100`, { headers })).json()
    const ours = incidents.filter((i) => i.text.startsWith('离线上报'))
    assert.equal(ours.length, 3)
    let pictures = 0
    for (const { id, cell: at } of ours) {
      assert.equal(at, cell.code)
      pictures += (await (await fetch(`${url}/api/v1/incidents/${id}`, { headers })).json()).photos.length
    }
    assert.equal(pictures, 9)
    assert.deepEqual(p.faults, [])
    await p.context.close()
  })

  test('has no fault that axe sees, and no English word left over in Chinese', async () => {
    const p = await phone(browser, cell)
    const page = await p.open()
    await page.getByRole('region', { name: '所在网格' }).getByText(cell.name).waitFor()
    for (const tab of ['上报', '我的']) {
      await page.getByRole('navigation').getByRole('button', { name: tab }).click()
      await page.evaluate(axe)
      const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), wcag)
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), [])
    }
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByText('Nothing waits to be sent').waitFor()
    await p.context.close()
  })
})
