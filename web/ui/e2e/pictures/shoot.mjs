// Takes pictures of pages, as WebP of at most 100 kB, which a browser makes of
// its own screenshots: no other program is needed.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

const most = 100_000

/** Writes what the page shows to a file, so many pixels wide. */
export async function shoot(page, file, width = 960) {
  const png = (await page.screenshot()).toString('base64')
  // In a page of its own: the policy of the application's allows no such image.
  const desk = await page.context().browser().newPage()
  try {
    for (const quality of [0.85, 0.75, 0.6, 0.45]) {
      const webp = await desk.evaluate(
        async ([base64, wide, q]) => {
          const image = new Image()
          image.src = `data:image/png;base64,${base64}`
          await image.decode()
          const canvas = Object.assign(document.createElement('canvas'), { width: Math.min(wide, image.width), height: Math.round((image.height * Math.min(wide, image.width)) / image.width) })
          const pen = canvas.getContext('2d')
          pen.imageSmoothingQuality = 'high'
          pen.drawImage(image, 0, 0, canvas.width, canvas.height)
          return canvas.toDataURL('image/webp', q).split(',')[1]
        },
        [png, width, quality],
      )
      const bytes = Buffer.from(webp, 'base64')
      if (bytes.length > most) continue
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, bytes)
      if (process.env.LOOK) await writeFile(path.join(process.env.LOOK, `${path.basename(file, '.webp')}.png`), Buffer.from(png, 'base64'))
      console.log(`${path.relative(process.cwd(), file)}\t${bytes.length} bytes`)
      return
    }
    throw new Error(`${file} is above ${most} bytes at the lowest quality`)
  } finally {
    await desk.close()
  }
}
