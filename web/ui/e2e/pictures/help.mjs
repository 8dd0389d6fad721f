// Makes the pictures of the help, src/help/pictures, from a running server with
// the demonstration city:
//
//   ONEMAP_URL=http://127.0.0.1:8080 npm run help:pictures
//
// It fails where a page does not get as far as its picture shows.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashAt, openPage, startBrowser, url } from '../page.mjs'
import { shoot } from './shoot.mjs'

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../src/help/pictures')
const only = process.argv[2]
const browser = await startBrowser()
const parcels = await hashAt('dltb', 14)
const near = parcels.split('/').slice(1).reverse().map(Number)

const panel = (page, name) => page.locator(`[data-panel=${name}]`)

/** A ring round the parcels, as a red line. */
function redLine() {
  const [lon, lat] = near
  const d = 0.006
  return { type: 'Polygon', coordinates: [[[lon - d, lat - d], [lon + d, lat - d], [lon + d, lat + d * 0.7], [lon, lat + d], [lon - d, lat + d * 0.6], [lon - d, lat - d]]] }
}

const scenes = {
  layers: [`/?layers=dltb:70,road,river${parcels}`, async ({ page }) => page.getByRole('tab', { name: /已选图层/ }).click()],
  search: [
    `/?layers=division_county,division_town,road,river`,
    async ({ page }) => {
      await page.getByRole('combobox', { name: /搜索图层、地名/ }).fill('yunan')
      await page.getByRole('option').nth(2).waitFor()
    },
  ],
  identify: [
    `/?layers=dltb,road${parcels}`,
    async (viewer) => {
      const spot = await viewer.somewhereOn('dltb')
      await viewer.page.mouse.click(spot.x, spot.y)
      await viewer.results().getByText('平方米').waitFor()
    },
  ],
  compliance: [
    `/?layers=dltb&open=compliance${parcels}`,
    async (viewer) => {
      const { page } = viewer
      await page.getByLabel('红线文件').setInputFiles({ name: '红线.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(redLine())) })
      await page.getByLabel('项目名称').fill('西江新城一期')
      await page.getByRole('button', { name: '开始审查' }).click()
      await page.getByText('分图层结论').waitFor({ timeout: 120_000 })
    },
  ],
  measure: [
    `/?layers=dltb,road&open=measure${parcels}`,
    async ({ page }) => {
      await panel(page, 'measure').getByRole('button', { name: '面积' }).click()
      const box = await page.locator('.maplibregl-canvas').boundingBox()
      for (const [x, y] of [[180, 180], [380, 200], [400, 420], [200, 440]]) await page.mouse.click(box.x + x, box.y + y)
      await panel(page, 'measure').getByRole('button', { name: '结束', exact: true }).click()
    },
  ],
  draw: [
    `/?layers=dltb&open=draw${parcels}`,
    async ({ page }) => {
      const tool = panel(page, 'draw')
      await tool.getByRole('button', { name: '矩形' }).click()
      const box = await page.locator('.maplibregl-canvas').boundingBox()
      await page.mouse.click(box.x + 200, box.y + 200)
      await page.mouse.move(box.x + 360, box.y + 330, { steps: 4 })
      await page.mouse.click(box.x + 360, box.y + 330)
      await tool.getByText('已绘图形 (1)').waitFor()
      await tool.getByRole('button', { name: '缓冲区' }).click()
      await tool.getByText('已绘图形 (2)').waitFor()
      await tool.getByRole('button', { name: '区内要素' }).first().click()
      await tool.getByRole('status').filter({ hasText: '地类图斑' }).waitFor()
    },
  ],
  table: [
    `/?layers=dltb&open=table:dltb${parcels}`,
    async ({ page }) => {
      await page.getByRole('button', { name: /^统计地类编码/ }).click()
      await page.getByText('不同值').waitFor()
    },
  ],
  statistics: [`/?layers=dltb&open=statistics:dltb${parcels.replace('=14/', '=12/')}`, async ({ page }) => page.getByRole('table', { name: '按行政区' }).waitFor()],
  compare: [
    `/?layers=dltb,road&open=compare:swipe~dltb:40${parcels}`,
    async ({ page }) => {
      await page.getByRole('slider', { name: '卷帘位置' }).waitFor()
      await page.waitForFunction(() => window.__second?.isStyleLoaded() && window.__second.areTilesLoaded())
    },
  ],
  coordinates: [
    `/?layers=division_town,road,river&open=coordinates${parcels.replace('=14/', '=12/')}`,
    async ({ page }) => {
      await page.getByRole('button', { name: '取地图中心' }).click()
      await page.getByText('BD-09（百度）').last().waitFor()
    },
  ],
  bookmarks: [
    `/?layers=dltb,road&open=bookmarks${parcels}`,
    async ({ page }) => {
      const tool = panel(page, 'bookmarks')
      await tool.getByRole('textbox', { name: '书签名称' }).fill('周三例会')
      await tool.getByRole('button', { name: '存为书签' }).click()
      await tool.getByRole('button', { name: '生成短链接' }).click()
      await tool.getByRole('textbox', { name: '短链接' }).waitFor()
    },
  ],
  faults: ['/diag', async ({ page }) => page.locator('[data-check=health]').waitFor(), { ready: false }],
}

/** The phone beside itself: where one is, and the report. */
async function phone() {
  const cell = (await (await fetch(`${url}/api/v1/layers/grid_micro/features?limit=1`)).json()).features[0]
  const ring = cell.geometry.coordinates.flat(cell.geometry.type === 'MultiPolygon' ? 1 : 0)[0]
  const [longitude, latitude] = [0, 1].map((axis) => ring.reduce((sum, p) => sum + p[axis], 0) / ring.length)
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, deviceScaleFactor: 1.5, isMobile: true, hasTouch: true, locale: 'zh-CN', geolocation: { longitude, latitude, accuracy: 12 }, permissions: ['geolocation'], timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(`${url}/m/`)
  await page.getByRole('region', { name: '最近避险点' }).waitFor()
  const frames = [(await page.screenshot()).toString('base64')]
  await page.getByLabel('情况描述').scrollIntoViewIfNeeded()
  frames.push((await page.screenshot()).toString('base64'))
  await context.close()
  const sheet = await browser.newPage({ viewport: { width: 960, height: 540 } })
  await sheet.setContent(`<body style="margin:0;display:flex;justify-content:center;gap:40px;background:#eef1f6;padding:10px">${frames.map((f) => `<img src="data:image/png;base64,${f}" style="height:520px;border:1px solid #888">`).join('')}</body>`)
  await sheet.waitForFunction(() => [...document.images].every((i) => i.complete && i.naturalWidth > 0))
  await shoot(sheet, path.join(folder, 'phone.webp'))
  await sheet.close()
}

try {
  for (const [name, [address, steps, options]] of Object.entries(scenes)) {
    if (only && only !== name) continue
    const viewer = await openPage(browser, address, options)
    await viewer.page.setViewportSize({ width: 1280, height: 720 })
    await steps(viewer)
    if (options?.ready !== false) await viewer.mapIdle()
    await shoot(viewer.page, path.join(folder, `${name}.webp`))
    viewer.assertClean()
    await viewer.page.context().close()
  }
  if (!only || only === 'phone') await phone()
} finally {
  await browser.close()
}
