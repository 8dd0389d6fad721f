// The picture that the server draws of a style, beside the browser's of the same
// style and place: outside of labels and icons they must look alike.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'

const program = process.env.MAPSERVER // the program that serves, with its ONEMAP_DATA or DATABASE_URL
const reason = skip || (!program && process.env.CI !== 'true' && 'MAPSERVER is not set: no program to draw with')

describe('the server draws what the browser draws', { skip: reason }, () => {
  let browser
  let folder
  before(async () => {
    browser = await startBrowser()
    folder = await mkdtemp(path.join(tmpdir(), 'onemap-render-'))
  })
  after(async () => {
    await browser?.close()
    if (folder) await rm(folder, { recursive: true })
  })

  /** The mean difference of two PNGs of one size, as a part of the whole range. */
  const difference = (page, a, b) =>
    page.evaluate(async (sources) => {
      const [p, q] = await Promise.all(
        sources.map(async (source) => {
          const image = new Image()
          image.src = source
          await image.decode()
          const canvas = new OffscreenCanvas(image.width, image.height)
          const context = canvas.getContext('2d')
          context.drawImage(image, 0, 0)
          return context.getImageData(0, 0, image.width, image.height)
        }),
      )
      if (p.width !== q.width || p.height !== q.height) return 1
      let sum = 0
      for (let i = 0; i < p.data.length; i++) if (i % 4 !== 3) sum += Math.abs(p.data[i] - q.data[i])
      return sum / (p.width * p.height * 3 * 255)
    }, [a, b].map((png) => `data:image/png;base64,${png.toString('base64')}`))

  for (const [layers, at, zoom] of [
    ['dltb,road,river,water_body,division_city,division_county', 'dltb', 13],
    ['dltb,road,public_welfare_forest,yjjbnttb,building', 'building', 15.5],
    ['division_city,division_county,dltb,river,road', 'dltb', 10],
  ]) {
    test(`${layers} at zoom ${zoom}`, async () => {
      const viewer = await openPage(browser, `/?layers=${layers}${await hashAt(at, zoom)}`)
      const page = viewer.page
      await page.evaluate(() => {
        const map = window.__map
        for (const layer of map.getStyle().layers) if (layer.type === 'symbol' || layer.type === 'hillshade') map.setLayoutProperty(layer.id, 'visibility', 'none')
      })
      await viewer.mapIdle()
      const { style, box, width, height, theirs } = await page.evaluate(async () => {
        const map = window.__map
        const style = map.getStyle()
        // A canvas of WebGL can be read in the frame that draws it alone.
        const drawn = new Promise((done) => map.once('render', () => done(map.getCanvas().toDataURL())))
        map.triggerRepaint()
        const b = map.getBounds()
        return { style, box: [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()], width: map.getCanvas().width, height: map.getCanvas().height, theirs: await drawn }
      })
      const known = new Set(layers.split(','))
      style.layers = style.layers.filter((l) => l.type === 'background' || (l.type !== 'symbol' && known.has(l.metadata?.['onemap:layer']) && l.layout?.visibility !== 'none'))
      assert.ok(style.layers.length > 3, 'the page shows the layers')
      const document = path.join(folder, 'style.json')
      const out = path.join(folder, 'ours.png')
      await writeFile(document, JSON.stringify({ version: 8, sources: style.sources, layers: style.layers }))
      await promisify(execFile)(program, ['render', '--layers', layers, '--style', document, '--bbox-crs', 'EPSG:4490', `--bbox=${box.join(',')}`, '--size', `${width}x${height}`, '--out', out])
      const mean = await difference(page, await readFile(out), Buffer.from(theirs.split(',')[1], 'base64'))
      if (process.env.KEEP_PICTURES) {
        await writeFile(path.join(process.env.KEEP_PICTURES, `${at}-${zoom}-ours.png`), await readFile(out))
        await writeFile(path.join(process.env.KEEP_PICTURES, `${at}-${zoom}-maplibre.png`), Buffer.from(theirs.split(',')[1], 'base64'))
      }
      console.log(`mean difference of ${layers} at zoom ${zoom} from ${url}: ${(mean * 100).toFixed(2)} %`)
      assert.ok(mean < 0.03, `mean difference ${(mean * 100).toFixed(2)} %`)
      await page.context().close()
    })
  }
})
