// Pictures as they are sent: at most 1600 pixels a side, JPEG, with the time and
// the place drawn in. What the camera wrote beside the picture is not kept.

export const mostPhotos = 9
const longest = 1600
const quality = 0.8

/** The size of a picture whose longer side is at most so many pixels. */
export function fit(width: number, height: number, most = longest): [number, number] {
  const share = Math.min(1, most / Math.max(width, height, 1))
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))]
}

/** Prepares a picture from the camera; lines are drawn at its foot. Fails on a file that is no picture. */
export async function prepare(file: Blob, lines: readonly string[]): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const [width, height] = fit(bitmap.width, bitmap.height)
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no canvas')
  pen.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const size = Math.max(14, Math.round(width / 40))
  pen.font = `${size}px sans-serif`
  pen.textBaseline = 'bottom'
  lines.forEach((line, i) => {
    const y = height - size * 0.6 - (lines.length - 1 - i) * size * 1.35
    pen.lineWidth = size / 5
    pen.strokeStyle = 'rgba(0,0,0,0.65)'
    pen.strokeText(line, size * 0.6, y, width - size)
    pen.fillStyle = '#ffffff'
    pen.fillText(line, size * 0.6, y, width - size)
  })
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/jpeg', quality))
}
