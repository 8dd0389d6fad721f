// Drives the page's user actions, and tells how long the server took for every
// call of them. The table goes to the terminal; the last line is the figures as
// JSON, for bench/page.
//
//   ONEMAP_URL=http://127.0.0.1:8080 node e2e/actions.mjs [rounds]
import { hashAt, openPage, startBrowser, url } from './page.mjs'

const rounds = Number(process.argv[2] ?? 5)
const browser = await startBrowser()
const calls = new Map()

/** An address without what is the question's own: numbers, ids, layers' lists. */
function endpoint(method, address) {
  const { pathname } = new URL(address)
  const kind = pathname
    .replace(/^\/tiles\/[^/]+\/\d+\/\d+\/\d+\.mvt$/, '/tiles/{layers}/{z}/{x}/{y}.mvt')
    .replace(/^\/tiles\/[^/]+\.json$/, '/tiles/{layers}.json')
    .replace(/^\/tiles\/[^/]+\/report\.json$/, '/tiles/{layers}/report.json')
    .replace(/^(\/api\/v1\/(?:layers|dictionaries|links|styles|compliance|products|sheets))\/[^/]+/, '$1/{id}')
    .replace(/\/features\/\d+$/, '/features/{fid}')
  return `${method} ${kind}`
}

/** Milliseconds from the request's last byte to the answer's last; what the browser had kept is no call. */
function record(page) {
  page.on('requestfinished', async (request) => {
    const address = request.url()
    if (!/\/(api|tiles)\//.test(address) || /\/events$/.test(new URL(address).pathname)) return
    const response = await request.response()
    if (!response || response.fromServiceWorker()) return
    const timing = request.timing()
    if (timing.responseStart < 0 || timing.requestStart < 0) return
    const taken = timing.responseEnd - timing.requestStart
    const key = endpoint(request.method(), address)
    calls.set(key, [...(calls.get(key) ?? []), taken])
  })
}

const at = await hashAt('dltb', 14)
const centre = at.split('/').slice(1).reverse().map(Number)
const towns = (await (await fetch(`${url}/api/v1/layers/division_town/features?limit=60`)).json()).features.map((f) => f.properties.name)
const place = (n) => [centre[0] + ((n * 37) % 21 - 10) * 0.004, centre[1] + ((n * 53) % 17 - 8) * 0.004]

/** A red line of about 50 hectares, each round another. */
function redLine(n) {
  const [lon, lat] = place(n)
  const r = 0.0036
  return { type: 'Polygon', coordinates: [[...Array.from({ length: 12 }, (_, i) => [lon + r * Math.cos((i * Math.PI) / 6), lat + r * 0.95 * Math.sin((i * Math.PI) / 6)]), [lon + r, lat]]] }
}

const actions = {
  async arrive() {
    await (await open('/')).page.context().close()
  },
  async look(n) {
    const viewer = await open(`/?layers=dltb,road,river,place_name${at}`)
    for (const [lon, lat] of [place(n), place(n + 1), place(n + 2)]) await viewer.lookAt(lon, lat, 12 + (n % 4))
    await viewer.page.context().close()
  },
  async ask(n) {
    const viewer = await open(`/?layers=dltb,road,river,division_town,grid_micro,house${at}`)
    const box = await viewer.page.locator('.maplibregl-canvas').boundingBox()
    for (let i = 0; i < 6; i++) {
      await viewer.page.mouse.click(box.x + 80 + ((n * 61 + i * 83) % 400), box.y + 80 + ((n * 41 + i * 97) % 400))
      await viewer.results().getByText(/平方米|个图层|没有已显示/).first().waitFor()
    }
    await viewer.page.context().close()
  },
  async search(n) {
    const viewer = await open('/?layers=road')
    const box = viewer.page.getByRole('combobox', { name: /搜索图层、地名/ })
    for (const text of [towns[n % towns.length], 'yunan', 'lpz', '村委会', '2535549, 607155', 'dltb']) {
      await box.fill('')
      await box.pressSequentially(text, { delay: 15 })
      await viewer.page.getByRole('option').first().waitFor()
    }
    await viewer.page.context().close()
  },
  async table(n) {
    const viewer = await open(`/?layers=dltb&open=table:dltb${at}`)
    const region = viewer.page.getByRole('region', { name: /地类图斑属性表/ })
    const loaded = () => viewer.page.waitForFunction(() => document.querySelector('tr[aria-rowindex] td') && !document.querySelector('tr[aria-rowindex] td').textContent.includes('…'))
    await loaded()
    for (const part of [0.3, 0.7, 1]) {
      await region.evaluate((e, p) => (e.scrollTop = e.scrollHeight * p), part)
      await loaded()
    }
    await region.getByRole('columnheader', { name: /图斑面积/ }).getByRole('button', { name: /图斑面积/ }).first().click()
    await loaded()
    await region.getByRole('button', { name: n % 2 === 0 ? /^统计地类编码/ : /^统计图斑面积/ }).click()
    await viewer.page.getByText('不同值').waitFor()
    await viewer.page.context().close()
  },
  async statistics() {
    const viewer = await open(`/?layers=dltb&open=statistics:dltb${at}`)
    await viewer.page.getByRole('table', { name: '按行政区' }).waitFor()
    await viewer.page.context().close()
  },
  async draw() {
    const viewer = await open(`/?layers=dltb,road&open=draw${at}`)
    const tool = viewer.page.locator('[data-panel=draw]')
    await tool.getByRole('button', { name: '矩形' }).click()
    const box = await viewer.page.locator('.maplibregl-canvas').boundingBox()
    await viewer.page.mouse.click(box.x + 200, box.y + 200)
    await viewer.page.mouse.move(box.x + 330, box.y + 300, { steps: 3 })
    await viewer.page.mouse.click(box.x + 330, box.y + 300)
    await tool.getByText('已绘图形 (1)').waitFor()
    await tool.getByRole('button', { name: '缓冲区' }).click()
    await tool.getByText('已绘图形 (2)').waitFor()
    await tool.getByRole('button', { name: '区内要素' }).first().click()
    await tool.getByRole('status').filter({ hasText: '地类图斑' }).waitFor()
    await viewer.page.context().close()
  },
  async comply(n) {
    const viewer = await open(`/?open=compliance${at}`)
    await viewer.page.getByLabel('红线文件').setInputFiles({ name: '红线.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(redLine(n))) })
    await viewer.page.getByRole('button', { name: '开始审查' }).click()
    await viewer.page.getByText('分图层结论').waitFor({ timeout: 60_000 })
    await viewer.page.context().close()
  },
  async convert() {
    const viewer = await open('/?open=coordinates')
    await viewer.page.getByRole('button', { name: '取地图中心' }).click()
    await viewer.page.getByText('BD-09（百度）').last().waitFor()
    await viewer.page.context().close()
  },
  async share() {
    const viewer = await open(`/?layers=dltb&open=bookmarks${at}`)
    await viewer.page.getByRole('button', { name: '生成短链接' }).click()
    await viewer.page.getByRole('textbox', { name: '短链接' }).waitFor()
    await viewer.page.context().close()
  },
  async compare() {
    const viewer = await open(`/?layers=dltb&open=compare,time${at}`)
    await viewer.page.waitForFunction(() => window.__second?.areTilesLoaded())
    await viewer.page.context().close()
  },
  async list() {
    const viewer = await open('/list/dltb', { ready: false })
    await viewer.page.getByRole('cell').first().waitFor()
    await viewer.page.getByRole('button', { name: '下一页' }).click()
    await viewer.page.getByText(/第 2 页/).waitFor()
    await viewer.page.context().close()
  },
  async phone(n) {
    const [longitude, latitude] = place(n)
    const context = await browser.newContext({ viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true, locale: 'zh-CN', geolocation: { longitude, latitude, accuracy: 12 }, permissions: ['geolocation'], serviceWorkers: 'block' })
    const page = await context.newPage()
    record(page)
    await page.goto(`${url}/m/`)
    await page.getByRole('region', { name: '最近避险点' }).waitFor()
    await context.close()
  },
}

async function open(path, options = {}) {
  return openPage(browser, path, { ...options, prepare: async (page) => record(page) })
}

const rank = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))]

try {
  for (let n = 0; n < rounds; n++) {
    for (const [name, act] of Object.entries(actions)) {
      try {
        await act(n)
      } catch (thrown) {
        throw new Error(`${name}, round ${n + 1}: ${thrown.message}`, { cause: thrown })
      }
    }
  }
} finally {
  await browser.close()
}
const rows = [...calls].map(([name, taken]) => ({ name, calls: taken.length, p50: rank(taken, 0.5), p95: rank(taken, 0.95), worst: Math.max(...taken) })).sort((a, b) => b.p95 - a.p95)
for (const { name, calls: n, p50, p95, worst } of rows) console.error(`${name.padEnd(52)} ${String(n).padStart(6)} calls  p50 ${p50.toFixed(0).padStart(5)}  p95 ${p95.toFixed(0).padStart(5)}  worst ${worst.toFixed(0).padStart(6)} ms`)
console.log(JSON.stringify(rows))
