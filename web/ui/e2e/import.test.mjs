// Imports against the real server: files that this test makes are brought in,
// checked, looked at on the map, published and taken back.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { crc32, deflateRawSync } from 'node:zlib'
import { openPage, skip, startBrowser, url } from './page.mjs'

const program = process.env.MAPSERVER
const reason = skip || (!program && process.env.CI !== 'true' && 'MAPSERVER is not set: nobody can be let in')
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const layer = 'waterlogging_area'
const spoken = '涝区'

const call = promisify(execFile)
const run = async (...given) => (await call(program, given)).stdout.trim()
const picture = (page, name) => process.env.PICTURES && page.screenshot({ path: `${process.env.PICTURES}/viewer-import-${name}.png` })

async function violations(page) {
  await page.evaluate(axe)
  const found = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), rules)
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)
}

const square = (lon, lat, half) => ({ type: 'Polygon', coordinates: [[[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half], [lon - half, lat - half]]] })
const area = (code, name, geometry) => ({ type: 'Feature', properties: { wlog_code: code, wlog_name: name, eng_scal: '3', remark: '测试' }, geometry })

/** A ZIP of one member; declared is the size that it says of itself. */
function zipOf(name, content) {
  const packed = deflateRawSync(content)
  const title = Buffer.from(name)
  const shared = Buffer.alloc(26)
  shared.writeUInt16LE(20, 0)
  shared.writeUInt16LE(0x0800, 2)
  shared.writeUInt16LE(8, 4)
  shared.writeUInt16LE(0x21, 8)
  shared.writeUInt32LE(crc32(content), 10)
  shared.writeUInt32LE(packed.length, 14)
  shared.writeUInt32LE(content.length, 18)
  shared.writeUInt16LE(title.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, title])
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), shared, Buffer.alloc(14), title])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length + packed.length, 16)
  return Buffer.concat([local, packed, central, end])
}

describe('the import panel', () => {
  let browser
  let token
  let dir
  let base
  before(async () => {
    if (reason) return
    browser = await startBrowser()
    token = await run('token', 'create', `keeper-${Date.now()}`, '--rights', 'import,publish')
    dir = await mkdtemp(join(tmpdir(), 'onemap-import-'))
    base = (await ask(`/api/v1/layers/${layer}/features?limit=1000`)).features
    assert.ok(base.length >= 2, 'the city has waterlogging areas')
  })
  after(async () => {
    await browser?.close()
    if (dir) await rm(dir, { recursive: true })
  })

  async function ask(path) {
    const answer = await fetch(url + path, { headers: { Authorization: `Bearer ${token}` } })
    assert.equal(answer.status, 200, await answer.clone().text())
    return answer.json()
  }

  const publishedNow = async () => (await ask(`/api/v1/layers/${layer}`)).published_version

  const scenario = (name, steps, { signedIn = true, ...options } = {}) =>
    test(name, { skip: reason, timeout: 240_000 }, async () => {
      const prepare = (page) => signedIn && page.addInitScript((t) => sessionStorage.setItem('onemap.session', JSON.stringify({ token: t, name: 'keeper', expires_at: '' })), token)
      const viewer = await openPage(browser, '/?open=import', { ...options, prepare })
      try {
        await steps(viewer, viewer.page)
        viewer.assertClean()
      } catch (thrown) {
        if (process.env.PICTURES) await viewer.page.screenshot({ path: `${process.env.PICTURES}/failed.png` })
        throw thrown
      } finally {
        await viewer.page.context().close()
      }
    })

  const collection = (features) => Buffer.from(JSON.stringify({ type: 'FeatureCollection', features }))
  const file = (name, buffer) => ({ name, mimeType: 'application/octet-stream', buffer })
  const panel = (page) => page.locator('[data-panel=import]')
  const ended = async (page) => {
    await panel(page).locator('[data-job][data-state=done], [data-job][data-state=failed], [data-job][data-state=cancelled]').waitFor({ timeout: 120_000 })
    return panel(page).locator('[data-job]').getAttribute('data-state')
  }

  /** What the layer has now: one changed, one gone, one new; and faults of three kinds. */
  async function shapefile() {
    const [first, , ...rest] = base
    const corner = (f) => f.geometry.coordinates.flat(Infinity)
    const [lon, lat] = corner(first)
    const features = [
      ...[first, ...rest].map((f, i) => ({ type: 'Feature', geometry: f.geometry, properties: { wlog_code: f.properties.wlog_code, wlog_name: i === 0 ? '榃滨镇新涝区' : f.properties.wlog_name, eng_scal: f.properties.eng_scal, remark: '' } })),
      area('E2E-NEW', '新增涝区', square(lon + 0.01, lat, 0.004)),
      area('E2E-OUT', '市外涝区', square(112.85, 22.0, 0.004)),
      area('E2E-BOW', '自相交涝区', { type: 'Polygon', coordinates: [[[lon, lat + 0.01], [lon + 0.008, lat + 0.018], [lon + 0.008, lat + 0.01], [lon, lat + 0.018], [lon, lat + 0.01]]] }),
      area('E2E-NIL', '', square(lon - 0.01, lat, 0.004)),
    ]
    await writeFile(join(dir, 'in.geojson'), collection(features))
    await call('ogr2ogr', ['-f', 'ESRI Shapefile', join(dir, '涝区2026.shp'), join(dir, 'in.geojson'), '-a_srs', 'EPSG:4490', '-lco', 'ENCODING=GBK', '-nlt', 'POLYGON', '-skipfailures'])
    await rm(join(dir, '涝区2026.cpg'))
    const parts = ['shp', 'shx', 'dbf', 'prj'].map((ending) => join(dir, `涝区2026.${ending}`))
    const table = await readFile(parts[2])
    table[29] = 0 // nor does the table say what it is written in
    await writeFile(parts[2], table)
    assert.ok(!table.includes(Buffer.from('榃滨镇')), 'the table is not UTF-8')
    return parts
  }

  scenario('says that a sign-in is needed, and what it brings', async (_, page) => {
    await page.getByText('导入数据需要登录').waitFor()
    assert.deepEqual(await violations(page), [])
    await panel(page).getByRole('button', { name: '登录' }).click()
    await page.getByLabel('访问令牌').fill(token)
    await page.getByRole('dialog').getByRole('button', { name: '登录' }).click()
    await panel(page).getByText('把文件拖到这里').waitFor()
  }, { signedIn: false })

  scenario('brings in a Shapefile in GBK, shows its faults on the map, publishes it and takes it back', async (viewer, page) => {
    const was = await publishedNow()
    await page.getByLabel('选择文件').setInputFiles(await shapefile())
    await panel(page).getByText('将合为 涝区2026.zip 上传').waitFor()
    assert.equal(await page.getByLabel('目标图层').inputValue(), layer, 'the name says which layer')
    await panel(page).getByText('选项：').click()
    await panel(page).getByText('不检查的规则').waitFor()
    assert.deepEqual(await violations(page), [])
    await picture(page, 'form')
    await page.getByRole('button', { name: '开始导入' }).click()
    await panel(page).locator('[data-stage=upload]').waitFor()
    assert.equal(await ended(page), 'done')
    await panel(page).locator('[data-score]').waitFor()
    await viewer.mapIdle()

    const number = Number(await panel(page).locator('[data-version]').getAttribute('data-version'))
    const { report } = await ask(`/api/v1/layers/${layer}/versions/${number}`)
    assert.ok(number > was)
    assert.match(await panel(page).locator('[data-encoding]').innerText(), /^GB18030/)
    assert.match(await panel(page).locator('[data-crs]').innerText(), /EPSG:4490/)
    assert.equal(report.rejected, 1, 'the row without a name')
    assert.match(await panel(page).locator('[data-counts]').innerText(), new RegExp(`读 ${report.read}，收 ${report.accepted}（修复 ${report.repaired}），拒 1`))
    for (const r of report.quality.rules.filter((one) => one.count > 0)) assert.ok((await panel(page).locator(`[data-rule="${r.rule.id}"]`).innerText()).includes(r.title), r.rule.id)
    assert.deepEqual(await violations(page), [])

    // A fault is found on the map, and every fault that has a place is drawn.
    const drawn = (id) => page.evaluate((l) => (window.__map.getLayer(l) ? window.__map.queryRenderedFeatures({ layers: [l] }).map((f) => f.properties) : []), id)
    await panel(page).getByRole('button', { name: '位于市域之外：在地图上看' }).click()
    await viewer.mapIdle()
    await page.waitForFunction(() => window.__map.getLayer('panel:import:picked') && window.__map.queryRenderedFeatures({ layers: ['panel:import:picked'] }).length > 0)
    const camera = await viewer.camera()
    assert.ok(Math.abs(camera.lat - 22.0) < 0.02, `the map looks at the fault, not at ${camera.lng} ${camera.lat}`)
    assert.ok((await drawn('panel:import:points')).some((p) => p.picked === true), 'the place of the fault is marked')
    await viewer.mapIdle()
    await panel(page).locator('[data-score]').evaluate((e) => e.scrollIntoView({ block: 'start' }))
    await picture(page, 'report')

    // Differences.
    const difference = await ask(`/api/v1/layers/${layer}/versions/${number}/difference`)
    assert.ok(difference.added >= 3 && difference.removed === 1 && difference.changed >= 1, JSON.stringify(difference))
    for (const kind of ['added', 'removed', 'changed']) assert.match(await panel(page).locator(`[data-kind=${kind}]`).innerText(), new RegExp(`\\b${difference[kind]}\\b`))
    await page.getByRole('button', { name: '列出: 变更' }).click()
    await panel(page).locator('.feature').first().click()
    await viewer.mapIdle()
    await page.getByLabel('旧（已发布').check()
    await viewer.mapIdle()
    for (const id of ['panel:import:new', 'panel:import:old', 'panel:import:difference']) assert.ok((await drawn(id)).length > 0, `${id} is drawn`)
    await panel(page).locator('[data-preview]').evaluate((e) => e.scrollIntoView({ block: 'end' }))
    await picture(page, 'differences')

    // Files of the report.
    for (const [name, ending] of [['Excel', 'xlsx'], ['网页', 'html'], ['CSV', 'csv'], ['JSON', 'json']]) {
      const saved = page.waitForEvent('download')
      await panel(page).getByRole('button', { name, exact: true }).click()
      const got = await saved
      assert.match(got.suggestedFilename(), new RegExp(`\\.${ending}$`))
      assert.ok((await stat(await got.path())).size > 200, name)
    }

    // The refused row is corrected and comes in with a version of its own.
    const held = panel(page).locator('[data-held]')
    await held.locator('[data-row]').getByRole('button', { name: '地图' }).click()
    await held.locator('[data-row]').getByRole('button', { name: '忽略' }).click()
    await held.locator('[data-state=discarded]').waitFor()
    await held.getByRole('button', { name: '恢复' }).click()
    await held.locator('[data-state=open]').waitFor()
    await held.getByRole('button', { name: '更正' }).click()
    await held.getByLabel('涝区名称').fill('补名涝区')
    await held.getByRole('button', { name: '保存' }).click()
    await held.locator('[data-state=corrected]').waitFor()
    await held.scrollIntoViewIfNeeded()
    await picture(page, 'refused')
    assert.deepEqual(await violations(page), [])
    await held.getByRole('button', { name: '重试已更正的行' }).click()
    await panel(page).locator(`[data-version="${number + 1}"]`).waitFor({ timeout: 60_000 })

    // Published, in the list of versions, and rolled back.
    await page.getByRole('button', { name: `发布 v${number + 1}`, exact: true }).click()
    await panel(page).getByText(`已发布 v${number + 1}，地图已更新`).waitFor()
    assert.equal(await publishedNow(), number + 1)
    await panel(page).locator('[data-version-state]').evaluate((e) => e.scrollIntoView({ block: 'center' }))
    await viewer.mapIdle()
    await picture(page, 'published')
    await panel(page).getByRole('button', { name: '版本与交付' }).click()
    await panel(page).locator(`[data-version-row="${number + 1}"][data-state=published]`).waitFor()
    assert.equal(await panel(page).locator(`[data-version-row="${was}"]`).getAttribute('data-state'), 'retired')
    assert.deepEqual(await violations(page), [])
    await picture(page, 'history')
    await page.reload()
    await panel(page).getByRole('button', { name: `查看 v${number + 1}` }).click()
    await panel(page).getByRole('button', { name: `回滚到 v${was}` }).click()
    await page.getByRole('button', { name: `确定: 回滚到 v${was}` }).click()
    await panel(page).getByText(`已回滚到 v${was}`).waitFor()
    assert.equal(await publishedNow(), was)

    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Larger letters' }).or(page.getByTitle('Larger letters and buttons')).first().click()
    await panel(page).getByText('Quality report').waitFor()
    assert.deepEqual(await violations(page), [])
  })

  scenario('tells what is wrong with files that cannot be read, and what to do', async (_, page) => {
    const cases = [
      ['broken.zip', Buffer.concat([zipOf('a.geojson', collection([])).subarray(0, 40), Buffer.alloc(300)]), 'archive-damaged'],
      ['bomb.zip', zipOf('a.geojson', Buffer.alloc(300 << 20)), 'archive-refused'],
      ['lines.geojson', Buffer.from('this is no map'), 'format-not-supported'],
    ]
    for (const [name, content, code] of cases) {
      await page.getByLabel('选择文件').setInputFiles(file(name, content))
      await page.getByLabel('目标图层').selectOption(layer)
      await page.getByRole('button', { name: '开始导入' }).click()
      assert.equal(await ended(page), 'failed', name)
      const told = await panel(page).getByRole('alert').innerText()
      assert.ok(told.includes(code) && /怎么办/.test(told) && /[\p{Script=Han}]{4}/u.test(told), `${name}: ${told}`)
      if (name === 'bomb.zip') await picture(page, 'refusal')
      assert.deepEqual(await violations(page), [])
      await page.getByRole('button', { name: '导入另一个文件' }).click()
    }
  })

  scenario('takes swapped axes once it is told, and only checks where that is asked', async (_, page) => {
    const features = Array.from({ length: 5 }, (_, i) => area(`E2E-AX${i}`, `轴${i}`, square(22.9 + i / 50, 112.04, 0.004)))
    await page.getByLabel('选择文件').setInputFiles(file('轴.geojson', collection(features)))
    await page.getByLabel('目标图层').selectOption(layer)
    await page.getByLabel('只检查，不入库').check()
    await page.getByRole('button', { name: '开始检查' }).click()
    assert.equal(await ended(page), 'failed')
    assert.match(await panel(page).getByRole('alert').innerText(), /axes-swapped/)
    await page.getByRole('button', { name: '改选项后重新导入' }).click()
    await page.getByLabel('坐标 X、Y 写反了').check()
    // The fields of the file are known by now.
    await panel(page).locator('[data-field=wlog_name] select').waitFor()
    assert.equal(await panel(page).locator('[data-field=wlog_name] select').inputValue(), 'wlog_name', 'what the file calls it is known from the import that failed')
    await page.getByLabel('只检查，不入库').check()
    await page.getByRole('button', { name: '开始检查' }).click()
    await panel(page).getByText('这是只检查的结果').waitFor({ timeout: 60_000 })
    assert.equal(await ended(page), 'done')
    assert.match(await panel(page).locator('[data-counts]').innerText(), /读 5，收 5/)
  })

  scenario('maps fields that the server did not know', async (_, page) => {
    const features = Array.from({ length: 3 }, (_, i) => ({ ...area('', '', square(112.04 + i / 50, 22.9, 0.004)), properties: { 代码: `E2E-F${i}`, 涝区全名: `名${i}` } }))
    await page.getByLabel('选择文件').setInputFiles(file('字段.geojson', collection(features)))
    await page.getByLabel('目标图层').selectOption(layer)
    await page.getByRole('button', { name: '开始导入' }).click()
    assert.equal(await ended(page), 'failed')
    assert.match(await panel(page).getByRole('alert').innerText(), /required-fields-missing/)
    await page.getByRole('button', { name: '改选项后重新导入' }).click()
    const select = (field) => panel(page).locator(`[data-field=${field}] select`)
    await select('wlog_code').selectOption('代码')
    await select('wlog_name').selectOption('涝区全名')
    assert.deepEqual(await violations(page), [])
    await panel(page).locator('[data-field=wlog_code]').scrollIntoViewIfNeeded()
    await picture(page, 'fields')
    await page.getByLabel('只检查，不入库').check()
    await page.getByRole('button', { name: '开始检查' }).click()
    await panel(page).getByText('这是只检查的结果').waitFor({ timeout: 60_000 })
    assert.match(await panel(page).locator('[data-counts]').innerText(), /读 3，收 3/)
  })

  scenario('lets the server recognise the layer, by fields alone', async (_, page) => {
    const features = [area('E2E-R1', '认出一', square(112.04, 22.9, 0.004))]
    await page.getByLabel('选择文件').setInputFiles(file('2026.geojson', collection(features)))
    assert.equal(await page.getByLabel('目标图层').inputValue(), '')
    await page.getByLabel('只检查，不入库').check()
    await page.getByRole('button', { name: '开始检查' }).click()
    await panel(page).getByText('这是只检查的结果').waitFor({ timeout: 60_000 })
    assert.match(await panel(page).locator('[data-job]').innerText(), new RegExp(spoken))
  })

  scenario('refuses a file beyond the limit before a byte is sent', async (viewer, page) => {
    const { max_import_bytes: most } = await ask('/api/v1/info')
    const large = join(dir, 'large.zip')
    const handle = await open(large, 'w')
    await handle.truncate(most + 1) // a hole: nothing is written
    await handle.close()
    await page.getByLabel('选择文件').setInputFiles(large)
    await panel(page).getByText('超过上限').waitFor()
    await page.getByRole('button', { name: '开始导入' }).click()
    await panel(page).getByText('超过上限').waitFor()
    assert.equal(viewer.requests.filter((r) => /imports\/\d+/.test(r)).length, 0)
    await picture(page, 'too-large')
    assert.deepEqual(await violations(page), [])
  })

  scenario('is cancelled half way', async (_, page) => {
    const slow = await page.context().newCDPSession(page)
    const half = 112.04
    const features = Array.from({ length: 12_000 }, (_, i) => area(`E2E-C${i}`, `取消${i}`, square(half + (i % 100) / 500, 22.9 + i / 50_000, 0.0001)))
    const content = collection(features)
    await page.getByLabel('选择文件').setInputFiles(file('慢.geojson', content))
    await page.getByLabel('目标图层').selectOption(layer)
    await slow.send('Network.enable')
    await slow.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: content.length / 12 })
    await page.getByRole('button', { name: '开始导入' }).click()
    await page.waitForFunction(() => document.querySelector('[data-panel=import] progress')?.value >= 0.45, undefined, { timeout: 60_000 })
    assert.match(await panel(page).locator('[data-telling]').innerText(), /已上传 .+ \/ .+\/s.*约剩/)
    await picture(page, 'upload')
    await panel(page).getByRole('button', { name: '取消' }).click()
    assert.equal(await ended(page), 'cancelled')
    await panel(page).getByText('已取消，没有留下任何数据').waitFor()
    const job = await ask(`/api/v1/imports/${await panel(page).locator('[data-job]').getAttribute('data-job')}`)
    assert.deepEqual([job.state, job.version], ['cancelled', null])
  })

  scenario('is done by keyboard alone', async (_, page) => {
    const was = await publishedNow()
    const reach = async (target) => {
      for (let i = 0; i < 120; i++) {
        if (await target.evaluate((e) => e === document.activeElement).catch(() => false)) return
        await page.keyboard.press('Tab')
      }
      assert.fail(`Tab does not lead to ${target}`)
    }
    await panel(page).getByRole('heading', { level: 2 }).focus()
    await reach(page.getByLabel('选择文件'))
    const choosing = page.waitForEvent('filechooser')
    await page.keyboard.press('Space')
    await (await choosing).setFiles(file('涝区.geojson', collection(base.map((f) => ({ ...f, properties: { ...f.properties, remark: `键盘 ${Date.now()}` } })))))
    await reach(page.getByRole('button', { name: '开始导入' }))
    await page.keyboard.press('Enter')
    assert.equal(await ended(page), 'done')
    await panel(page).locator('[data-version]').waitFor()
    const number = Number(await panel(page).locator('[data-version]').getAttribute('data-version'))
    await reach(page.getByRole('button', { name: `发布 v${number}`, exact: true }))
    await page.keyboard.press('Enter')
    await panel(page).getByText(`已发布 v${number}`).first().waitFor()
    await reach(panel(page).getByRole('button', { name: `回滚到 v${was}` }))
    await page.keyboard.press('Enter')
    await reach(page.getByRole('button', { name: `确定: 回滚到 v${was}` }))
    await page.keyboard.press('Enter')
    await panel(page).getByText(`已回滚到 v${was}`).waitFor()
    assert.equal(await publishedNow(), was)
    await page.keyboard.press('Escape')
    await panel(page).waitFor({ state: 'detached' })
  })
})
