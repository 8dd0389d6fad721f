import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { violations } from './axe.mjs'
import { hashAt, openPage, skip, startBrowser } from './page.mjs'

describe('accessibility by axe', () => {
  let browser
  before(async () => skip || (browser = await startBrowser()))
  after(() => browser?.close())

  const states = {
    'the map as it starts': ['/', async () => {}],
    'with results open': [
      async () => `/?layers=dltb,road${await hashAt('dltb', 13)}`,
      async (viewer) => {
        const spot = await viewer.somewhereOn('dltb')
        await viewer.page.mouse.click(spot.x, spot.y)
        await viewer.results().getByText(/平方米|个图层/).first().waitFor()
      },
    ],
    'the selected layers, one of them explained': [
      '/?layers=dltb,road',
      async (viewer) => {
        await viewer.page.getByRole('tab', { name: /已选图层/ }).click()
        await viewer.page.getByText('图层信息').first().click()
      },
    ],
    'the selected layers, one of them filtered': [
      '/?layers=dltb',
      async (viewer) => {
        await viewer.page.getByRole('tab', { name: /已选图层/ }).click()
        await viewer.page.getByRole('button', { name: '筛选与版本' }).click()
        await viewer.page.getByRole('button', { name: /添加条件/ }).click()
      },
    ],
    'the search box with suggestions': [
      '/',
      async (viewer) => {
        await viewer.page.getByRole('combobox', { name: /搜索图层、地名/ }).fill('地类')
        await viewer.page.getByRole('option').first().waitFor()
        await viewer.page.keyboard.press('ArrowDown')
      },
    ],
    'the attribute table with statistics, and measuring beside it': [
      '/?layers=dltb&open=table:dltb,measure',
      async (viewer) => {
        await viewer.page.getByRole('button', { name: /^统计地类编码/ }).click()
        await viewer.page.getByText('不同值').waitFor()
        await viewer.page.getByRole('button', { name: /^筛选/ }).last().click()
      },
    ],
    'drawing': ['/?open=draw', async (viewer) => viewer.page.getByText('已绘图形').waitFor()],
    'coordinates': [
      '/?open=coordinates',
      async (viewer) => {
        await viewer.page.getByRole('button', { name: '取地图中心' }).click()
        await viewer.page.getByText('BD-09（百度）').last().waitFor()
      },
    ],
    'statistics, in large type': [
      '/?layers=dltb&open=statistics:dltb',
      async (viewer) => {
        await viewer.page.getByRole('button', { name: '大字' }).click()
        await viewer.page.getByRole('table', { name: '按行政区' }).waitFor()
      },
    ],
    'time, and comparing': [
      '/?layers=dltb&open=time,compare',
      async (viewer) => {
        await viewer.page.getByRole('slider', { name: '卷帘位置' }).waitFor()
        await viewer.page.getByText('当时的版本').waitFor()
      },
    ],
    'bookmarks': ['/?open=bookmarks', async (viewer) => viewer.page.getByRole('button', { name: '生成短链接' }).click()],
    'tasks': ['/?open=tasks', async (viewer) => viewer.page.getByText('查看导入任务需要令牌').waitFor()],
    'in English': ['/', async (viewer) => viewer.page.getByRole('button', { name: 'English' }).click()],
  }
  for (const [name, [path, steps]] of Object.entries(states)) {
    test(name, { skip, timeout: 120_000 }, async () => {
      const viewer = await openPage(browser, typeof path === 'function' ? await path() : path)
      try {
        await steps(viewer)
        assert.deepEqual(await violations(viewer.page), [])
      } finally {
        await viewer.page.context().close()
      }
    })
  }

  test('the list of features', { skip, timeout: 120_000 }, async () => {
    const viewer = await openPage(browser, '/list/division_county', { ready: false })
    try {
      await viewer.page.getByRole('cell').first().waitFor()
      assert.deepEqual(await violations(viewer.page), [])
    } finally {
      await viewer.page.context().close()
    }
  })
})
