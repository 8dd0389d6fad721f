// The services of a product as OpenLayers reads them: it must place a tile of every
// grid where the map of the same box is, to half a pixel. And the page of addresses.
import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hashAt, openPage, skip, startBrowser, url } from './page.mjs'

const library = path.join(path.dirname(fileURLToPath(import.meta.url)), '../node_modules/ol/dist/ol.js')

describe('services of a product', { skip }, () => {
  let browser
  let product
  let place
  before(async () => {
    browser = await startBrowser()
    product = await (await fetch(`${url}/api/v1/products/land-use`)).json()
    assert.equal(product.id, 'land-use', 'the server has the demonstration products')
    const [, lat, lon] = (await hashAt('dltb', 14)).slice('#map='.length).split('/').map(Number)
    place = [lon, lat]
  })
  after(async () => browser?.close())

  for (const [set, level, epsg] of [['c', 14, 4490], ['EPSG:4490', 13, 4490], ['w', 14, 3857], ['WebMercatorQuad', 14, 3857]]) {
    test(`OpenLayers places a tile of ${set}`, async () => {
      // The library is put into a page of the service, whose policy lets no foreign script in.
      const context = await browser.newContext({ bypassCSP: true })
      const page = await context.newPage()
      await page.goto(`${url}/services/${product.id}/`)
      await page.addScriptTag({ path: library })
      const found = await page.evaluate(
        async ({ id, set, level, epsg, place }) => {
          const ol = window.ol
          if (!ol.proj.get('EPSG:4490')) {
            // Without its metres OpenLayers takes a degree of a smaller sphere for the scales of the capabilities.
            const metersPerUnit = (Math.PI * 6378137) / 180
            ol.proj.addProjection(new ol.proj.Projection({ code: 'EPSG:4490', units: 'degrees', metersPerUnit, axisOrientation: 'neu', global: true, extent: [-180, -90, 180, 90] }))
          }
          const text = await (await fetch(`/services/${id}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities`)).text()
          const options = ol.source.WMTS.optionsFromCapabilities(new ol.format.WMTSCapabilities().read(text), { layer: id, matrixSet: set })
          const source = new ol.source.WMTS(options)
          const grid = source.getTileGrid()
          const projection = ol.proj.get(`EPSG:${epsg}`)
          const at = epsg === 4490 ? place : ol.proj.fromLonLat(place)
          const coord = grid.getTileCoordForCoordAndZ(at, grid.getMatrixIds().indexOf(String(level)))
          const extent = grid.getTileCoordExtent(coord)
          const address = source.getTileUrlFunction()(coord, 1, projection)
          const map = `/services/${id}/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=${id}&STYLES=&SRS=EPSG:${epsg}&BBOX=${extent.join(',')}&WIDTH=256&HEIGHT=256&FORMAT=image/png`
          const pixels = async (from) => {
            const answer = await fetch(from)
            if (!answer.ok) throw new Error(`${answer.status} ${from}: ${await answer.text()}`)
            const image = await createImageBitmap(await answer.blob())
            const canvas = new OffscreenCanvas(256, 256)
            const drawing = canvas.getContext('2d')
            drawing.drawImage(image, 0, 0)
            return { data: drawing.getImageData(0, 0, 256, 256).data, width: image.width }
          }
          const [tile, whole] = await Promise.all([pixels(address), pixels(map)])
          const difference = (dx, dy) => {
            let sum = 0
            let n = 0
            for (let y = 8; y < 248; y++) {
              for (let x = 8; x < 248; x++) {
                for (let k = 0; k < 3; k++) sum += Math.abs(tile.data[(y * 256 + x) * 4 + k] - whole.data[((y + dy) * 256 + x + dx) * 4 + k])
                n += 3
              }
            }
            return sum / n / 255
          }
          const shifted = []
          for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) if (dx !== 0 || dy !== 0) shifted.push(difference(dx, dy))
          return { here: difference(0, 0), elsewhere: Math.min(...shifted), width: tile.width, address }
        },
        { id: product.id, set, level, epsg, place },
      )
      console.log(`${set}: ${(found.here * 100).toFixed(2)} % in place, ${(found.elsewhere * 100).toFixed(2)} % a pixel away`)
      assert.equal(found.width, 256)
      assert.ok(found.elsewhere > 0.002, 'the tile shows something to compare')
      assert.ok(found.here < found.elsewhere / 2, `${found.address} lies ${found.here} in place, ${found.elsewhere} a pixel away`)
      await context.close()
    })
  }

  test('the page of addresses copies them', async () => {
    const viewer = await openPage(browser, `/services/${product.id}/`, { ready: false })
    const { page } = viewer
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const first = page.getByRole('button', { name: /复制/ }).first()
    await first.click()
    await page.getByRole('button', { name: /已复制/ }).waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /\/services\/.*\/wmts\?SERVICE=WMTS&REQUEST=GetCapabilities$/)
    viewer.assertClean()
    await page.context().close()
  })
})
