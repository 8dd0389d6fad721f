import { describe, expect, test } from 'vitest'
import { drawSymbol, markNames, shapeNames } from './symbols'

function pixel(image: { width: number; data: Uint8ClampedArray }, x: number, y: number): number[] {
  const at = (y * image.width + x) * 4
  return [...image.data.slice(at, at + 4)]
}

function draw(id: string, ratio = 2) {
  const image = drawSymbol(id, ratio)
  if (!image) throw new Error(`${id} was not drawn`)
  return image
}

describe('hatches', () => {
  for (const id of ['hatch:0:#12623a:10:1.6', 'hatch:45:#2a7d2a', 'hatch:90:#3d5fb8:10:1.2', 'hatch:135:#d32f2f:14:1.4', 'cross:#d50032:9:1.2', 'dots:#1f8a78:12:2.2', 'marks:ring:#1d6b40']) {
    test(`${id} repeats without a seam`, () => {
      // Over the edge the ink changes no faster than it does inside the tile.
      const image = draw(id)
      const n = image.width
      const ink = (x: number, y: number) => pixel(image, x % n, y % n)[3] ?? 0
      const steps = (x: (i: number) => number, y: (i: number) => number, dx: number, dy: number) =>
        Array.from({ length: n }, (_, i) => Math.abs(ink(x(i), y(i)) - ink(x(i) + dx, y(i) + dy))).reduce((a, b) => a + b)
      const inside = (dx: number, dy: number) => Math.max(...Array.from({ length: n - 1 }, (_, k) => steps((i) => (dx ? k : i), (i) => (dy ? k : i), dx, dy)))
      expect(steps(() => n - 1, (i) => i, 1, 0)).toBeLessThanOrEqual(inside(1, 0) * 1.01)
      expect(steps((i) => i, () => n - 1, 0, 1)).toBeLessThanOrEqual(inside(0, 1) * 1.01)
      expect(image.data.some((v, i) => i % 4 === 3 && v > 200)).toBe(true)
    })
  }
  test('a hatch at 45 degrees is constant along its lines, also over the edge', () => {
    const image = draw('hatch:45:#2a7d2a:12:2')
    const n = image.width
    for (let i = 0; i < n; i++) expect(pixel(image, i, (n - i) % n)).toEqual(pixel(image, 0, 0))
    expect(pixel(image, 0, 0)).toEqual([0x2a, 0x7d, 0x2a, expect.any(Number)])
  })
})

describe('icons', () => {
  for (const shape of shapeNames) {
    test(`${shape} has its colour inside, a white halo round it, and empty corners`, () => {
      const image = draw(`icon:${shape}:#1d6fb8`)
      const pixels = Array.from({ length: image.width * image.height }, (_, i) => [...image.data.slice(i * 4, i * 4 + 4)])
      const coloured = pixels.filter(([r, g, b, a]) => r === 0x1d && g === 0x6f && b === 0xb8 && a === 255).length
      const white = pixels.filter(([r, g, b, a]) => r === 255 && g === 255 && b === 255 && a === 255).length
      expect(coloured / pixels.length).toBeGreaterThan(0.1)
      expect(white).toBeGreaterThan(20)
      for (const [x, y] of [[0, 0], [image.width - 1, 0]] as const) expect(pixel(image, x, y)[3]).toBeLessThan(128)
    })
  }
})

describe('marks', () => {
  for (const shape of [...markNames, ...shapeNames]) {
    test(`${shape} stands twice in its square, with room between`, () => {
      const image = draw(`marks:${shape}:#1d6b40:24:9`)
      const inked = (x: number, y: number) => (pixel(image, x, y)[3] ?? 0) > 0
      const count = (x0: number, y0: number) => Array.from({ length: 576 }, (_, i) => inked(x0 + (i % 24), y0 + Math.floor(i / 24))).filter(Boolean).length
      expect(count(0, 0)).toBeGreaterThan(20)
      expect(count(24, 24)).toBe(count(0, 0))
      expect(count(24, 0) + count(0, 24)).toBe(0)
    })
  }
})

test('a name of another kind is not drawn', () => {
  for (const id of ['', 'marker', 'hatch:30:#2a7d2a', 'hatch:45:red', 'icon:unicorn:#000000', 'dots:#000000:0', 'marks:unicorn:#000000']) expect(drawSymbol(id, 2)).toBeUndefined()
})

test('the pixel ratio scales the image', () => {
  expect(draw('icon:drop:#000000:20', 3).width).toBe(60)
})
