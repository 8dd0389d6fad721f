// Does the five tasks of the map's users as somebody new would, by what the page
// says and no other knowledge of it, times them, and takes a picture of every
// step into docs/pictures/tasks:
//
//   MAPSERVER=build/mapserver ONEMAP_URL=http://127.0.0.1:8080 npm run task:pictures [staff|keeper|worker|system|operator]
//
// The server needs the demonstration city, and the keeper's task publishes a
// version and takes it back. A task that takes two minutes or more is a failure.
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashAt, startBrowser, url } from '../page.mjs'
import { shoot } from './shoot.mjs'
import { run, terminal } from './terminal.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const folder = path.join(here, '../../../../docs/pictures/tasks')
const program = path.resolve(process.env.MAPSERVER ?? path.join(here, '../../../../build/mapserver'))
const limit = 120_000
const browser = await startBrowser()

/** A person at an office computer that has never seen the page. */
async function newcomer(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', acceptDownloads: true, ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(limit)
  return page
}

/** Waits until nothing is asked for and the map, if there is one, is still. */
async function settled(page) {
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

/** Numbers the pictures of a task. */
function pictures(task) {
  let n = 0
  return async (page, name) => {
    await settled(page)
    await shoot(page, path.join(folder, `${task}-${++n}-${name}.webp`))
  }
}

const parcels = await hashAt('dltb', 14)
const [lon, lat] = parcels.split('/').slice(1).reverse().map(Number)
const d = 0.006
const redLine = { type: 'Polygon', coordinates: [[[lon - d, lat - d], [lon + d, lat - d], [lon + d, lat + d * 0.7], [lon, lat + d], [lon - d, lat + d * 0.6], [lon - d, lat - d]]] }

const tasks = {
  /** Does the red line of a project touch protected land? A map of it for the meeting. */
  async staff() {
    const page = await newcomer()
    const take = pictures('staff')
    await page.goto(url)
    await page.getByRole('dialog', { name: '新手引导' }).waitFor()
    await take(page, 'arrive')
    await page.getByRole('button', { name: '跳过' }).click()
    await page.getByRole('button', { name: '合规审查' }).click()
    await page.getByLabel('红线文件').setInputFiles({ name: '西江新城一期红线.geojson', mimeType: 'application/geo+json', buffer: Buffer.from(JSON.stringify(redLine)) })
    await page.getByLabel('项目名称').fill('西江新城一期')
    await take(page, 'red-line')
    await page.getByRole('button', { name: '开始审查' }).click()
    await page.getByText('分图层结论').waitFor()
    await take(page, 'findings')
    await page.getByRole('button', { name: '出图', exact: true }).click()
    const print = page.locator('[data-panel=print]')
    await print.locator('figure img').waitFor()
    await print.getByLabel('常用比例尺').selectOption('10000')
    await print.getByRole('button', { name: '移到地图中心' }).click()
    await take(page, 'print')
    await print.getByRole('button', { name: 'PDF', exact: true }).click()
    await print.getByRole('button', { name: /^下载/ }).or(print.getByRole('link', { name: /^下载/ })).first().waitFor()
    await print.getByText(/已提交/).scrollIntoViewIfNeeded()
    await take(page, 'sheet')
    await page.context().close()
  },

  /** A delivery, in GBK and with faults, as departments send it: what is wrong is said, it is published, and taken back. */
  async keeper() {
    const { text } = await run(`${program} token create 水务局数据员 --rights import,publish,read:public,read:status`)
    const [token] = /onemap_\S+/.exec(text)
    const dir = await mkdtemp(path.join(os.tmpdir(), 'onemap-delivery-'))
    const { features } = await (await fetch(`${url}/api/v1/layers/waterlogging_area/features?limit=1000`)).json()
    const rows = features.map(({ geometry, properties: p }, i) => ({ type: 'Feature', geometry, properties: { wlog_code: p.wlog_code, wlog_name: i === 1 ? '' : p.wlog_name, eng_scal: p.eng_scal, remark: '' } }))
    const [x, y] = rows[0].geometry.coordinates.flat(Infinity)
    rows.push({ type: 'Feature', geometry: { type: 'Polygon', coordinates: [[[x, y + 0.01], [x + 0.008, y + 0.018], [x + 0.008, y + 0.01], [x, y + 0.018], [x, y + 0.01]]] }, properties: { wlog_code: 'W2026-01', wlog_name: '新增涝区', eng_scal: '3', remark: '' } })
    await writeFile(path.join(dir, 'in.geojson'), JSON.stringify({ type: 'FeatureCollection', features: rows }))
    await run(`cd ${dir} && ogr2ogr -f 'ESRI Shapefile' 涝区2026.shp in.geojson -a_srs EPSG:4490 -lco ENCODING=GBK -nlt POLYGON -skipfailures && rm 涝区2026.cpg`)
    try {
      const page = await newcomer()
      const take = pictures('keeper')
      await page.goto(`${url}/?layers=waterlogging_area,division_county,river`)
      await page.getByRole('button', { name: '数据汇交' }).click()
      const panel = page.locator('[data-panel=import]')
      await panel.getByRole('button', { name: '登录' }).click()
      await page.getByLabel('访问令牌').fill(token)
      await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
      await page.getByLabel('选择文件').setInputFiles(['shp', 'shx', 'dbf', 'prj'].map((ending) => path.join(dir, `涝区2026.${ending}`)))
      await panel.getByText('将合为 涝区2026.zip 上传').waitFor()
      await take(page, 'file')
      await page.getByRole('button', { name: '开始导入' }).click()
      await panel.locator('[data-job][data-state=done]').waitFor()
      await panel.locator('[data-score]').waitFor()
      await panel.locator('[data-score]').evaluate((e) => e.scrollIntoView({ block: 'start' }))
      await take(page, 'report')
      const was = (await (await fetch(`${url}/api/v1/layers/waterlogging_area`)).json()).published_version
      await panel.getByRole('button', { name: /^发布 v\d+$/ }).click()
      await panel.getByText(/已发布 v\d+，地图已更新/).waitFor()
      await panel.locator('[data-version-state]').evaluate((e) => e.scrollIntoView({ block: 'center' }))
      await take(page, 'published')
      await panel.getByRole('button', { name: `回滚到 v${was}` }).click()
      await page.getByRole('button', { name: `确定: 回滚到 v${was}` }).click()
      await panel.getByText(`已回滚到 v${was}`).waitFor()
      await take(page, 'taken-back')
      await page.context().close()
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  },

  /** A worker's phone: where am I, whom to call, what is near; a report. */
  async worker() {
    const cell = (await (await fetch(`${url}/api/v1/layers/grid_micro/features?limit=1`)).json()).features[0]
    const ring = cell.geometry.coordinates.flat(cell.geometry.type === 'MultiPolygon' ? 1 : 0)[0]
    const [longitude, latitude] = [0, 1].map((axis) => ring.reduce((sum, p) => sum + p[axis], 0) / ring.length)
    const place = await (await fetch(`${url}/api/v1/grid/locate?lon=${longitude}&lat=${latitude}`)).json()
    const { text: link } = await run(`${program} user add 网格员${Date.now() % 100000} --cell ${place.cell.code} --public-url ${url} 2>/dev/null`)
    const page = await newcomer({ viewport: { width: 360, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, geolocation: { longitude, latitude, accuracy: 12 }, permissions: ['geolocation'] })
    const take = pictures('worker')
    await page.goto(link.trim().split(/\s/)[0])
    await page.getByRole('link', { name: /拨打/ }).first().waitFor()
    await take(page, 'where')
    await page.getByRole('button', { name: '公共安全' }).click()
    await page.getByRole('button', { name: '滑坡崩塌险情' }).click()
    await page.getByLabel('情况描述').fill('屋后山坡开裂约 3 米，有碎石滚落，已劝离两户')
    const photo = await page.evaluate(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 800, height: 600 })
      const pen = canvas.getContext('2d')
      const sky = pen.createLinearGradient(0, 0, 0, 600)
      sky.addColorStop(0, '#9cc4e4')
      sky.addColorStop(0.45, '#dfe9ef')
      sky.addColorStop(0.46, '#5d7d4a')
      sky.addColorStop(1, '#8a6b45')
      pen.fillStyle = sky
      pen.fillRect(0, 0, 800, 600)
      return canvas.toDataURL('image/jpeg', 0.8).split(',')[1]
    })
    await page.locator('input[type=file]').setInputFiles({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(photo, 'base64') })
    await page.locator('.photo').first().waitFor()
    await page.getByLabel('情况描述').scrollIntoViewIfNeeded()
    await take(page, 'report')
    await page.getByRole('button', { name: '提交' }).click()
    await page.getByRole('button', { name: '我的' }).click()
    await page.getByText(/已受理|已上报|待受理|已提交|已送达/).first().waitFor()
    await take(page, 'sent')
    await page.context().close()
  },

  /** Another system asks: point to cell, point to risk, layer to features, product to service. */
  async system() {
    const at = `lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`
    const [{ id: product }] = (await (await fetch(`${url}/api/v1/products?limit=1`)).json()).products
    const groups = [
      ['cell', '微网格与值守：坐标 → 网格', [`curl -s "$U/api/v1/grid/locate?${at}" | jq '{code: .cell.code, name: .cell.name, chain: [.chain[].name]}'`, `curl -s "$U/api/v1/risk?${at}&radius=500" | jq '{risks: [.risks[]? | {layer, name, level, distance_m}][:2], shelters: [.shelters[]? | {name, distance_m}][:1]}'`]],
      ['layer', '图层 → 要素与瓦片', [`curl -s "$U/api/v1/layers/dltb/features?limit=1" | jq -c '.features[0].properties | {bsm, dlbm, dlmc, tbmj}'`, `curl -s -o /dev/null -w '%{http_code} %{content_type} %{size_download} bytes %{time_total} s\\n' "$U/tiles/dltb,road/14/$(( ${Math.floor(((lon + 180) / 360) * 2 ** 14)} ))/${Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** 14)}.mvt"`]],
      ['service', '产品 → WMTS 服务', [`curl -s "$U/api/v1/products/${product}" | jq '{id, title: .content.title, state: .state_name}'`, `curl -s "$U/services/${product}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities" | head -c 700`]],
    ]
    const take = pictures('system')
    for (const [name, title, lines] of groups) {
      const entries = []
      for (const line of lines) entries.push({ line, ...(await run(line, { env: { U: url } })) })
      for (const { line, text } of entries) assert.ok(text.trim().length > 2, `${line} answers`)
      const page = await terminal(browser, title, entries.map(({ line, text }) => ({ line: line.replaceAll('$U', url), text })), 20)
      await take(page, name)
      await page.close()
    }
  },

  /** The operator starts a service from nothing and asks whether it is well. */
  async operator() {
    const data = await mkdtemp(path.join(os.tmpdir(), 'onemap-new-'))
    await chmod(data, 0o711) // PostgreSQL's own user must pass
    const env = { ONEMAP_DATA: data }
    const take = pictures('operator')
    const serve = 'mapserver serve --demo --scale tiny --listen 127.0.0.1:0'
    const paths = { ...env, PATH: `${path.dirname(program)}:${process.env.PATH}` }
    const started = await run(serve, { env: paths, stopAt: /^ready .*$/m })
    try {
      const shown = started.text.replace(/onemap_[\w-]+/g, 'onemap_…').split('\n').filter((l) => !/^time=/.test(l) && !/生成演示城市|导入演示|loading|generating/.test(l) || /\(9\/10\)/.test(l)).join('\n')
      const first = await terminal(browser, '首次启动', [{ line: serve, text: shown }], 24)
      await take(first, 'start')
      await first.close()
      const doctor = await run('mapserver doctor', { env: paths })
      const second = await terminal(browser, '自检', [{ line: 'mapserver doctor', text: doctor.text }, { line: 'mapserver layers | head -8', ...(await run('mapserver layers | head -8', { env: paths })) }], 26)
      await take(second, 'doctor')
      await second.close()
    } finally {
      await started.stop()
      await rm(data, { recursive: true, force: true })
    }
  },
}

try {
  for (const [name, task] of Object.entries(tasks)) {
    if (process.argv[2] && process.argv[2] !== name) continue
    const begun = Date.now()
    await task()
    const seconds = (Date.now() - begun) / 1000
    console.log(`${name}: ${seconds.toFixed(1)} s`)
    assert.ok(seconds * 1000 < limit, `${name} takes ${seconds} s`)
  }
} finally {
  await browser.close()
}
