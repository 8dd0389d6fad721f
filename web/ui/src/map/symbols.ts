// Draws the images that the style names, for the map and for the legend alike:
//
//   hatch:45:#2a7d2a[:12[:1.6]]  parallel lines at 0, 45, 90 or 135 degrees;
//                                optional spacing and line width in CSS pixels
//   cross:#2a7d2a[:12[:1.6]]     two directions of lines, at 45 and 135 degrees
//   dots:#2a7d2a[:10[:2.4]]      dots; optional spacing and diameter
//   marks:paddy:#8a6d1f[:24[:9]] a shape, repeated; optional spacing and size
//   icon:drop:#1d6fb8[:20]       a shape with a white halo; optional size
//
// Everything is computed, nothing is fetched, so that a pixel is the same on
// every machine and in a test.

export interface SymbolImage {
  width: number
  height: number
  /** Straight (not premultiplied) RGBA. */
  data: Uint8ClampedArray<ArrayBuffer>
}

/** Tells whether a point, in CSS pixels, is painted; 1 is the colour, 2 the white halo, 0 nothing. */
type Painter = (x: number, y: number) => 0 | 1 | 2

const samples = 4 // to a side of a pixel

/** Draws the image of that name, or returns undefined for a name of another kind. */
export function drawSymbol(id: string, pixelRatio: number): SymbolImage | undefined {
  const [kind, ...parts] = id.split(':')
  switch (kind) {
    case 'hatch':
      return hatch(Number(parts[0]), parts[1], Number(parts[2] ?? 12), Number(parts[3] ?? 1.6), pixelRatio)
    case 'cross': {
      const spacing = Number(parts[1] ?? 12)
      const width = Number(parts[2] ?? 1.6) * Math.SQRT2
      const near = (n: number) => modulo(n + width / 2, spacing) < width
      return paint(spacing, parts[0], pixelRatio, (x, y) => (near(x + y) || near(x - y) ? 1 : 0))
    }
    case 'dots': {
      const spacing = Number(parts[1] ?? 10)
      const radius = Number(parts[2] ?? 2.4) / 2
      return paint(spacing, parts[0], pixelRatio, (x, y) => (Math.hypot(x - spacing / 2, y - spacing / 2) <= radius ? 1 : 0))
    }
    case 'marks':
      return marks(parts[0] ?? '', parts[1], Number(parts[2] ?? 24), Number(parts[3] ?? 9), pixelRatio)
    case 'icon':
      return icon(parts[0] ?? '', parts[1], Number(parts[2] ?? 20), pixelRatio)
    default:
      return undefined
  }
}

function hatch(angle: number, colour: string | undefined, spacing: number, width: number, pixelRatio: number) {
  const slanted = angle === 45 || angle === 135
  const across = slanted ? width * Math.SQRT2 : width
  const along: Record<number, (x: number, y: number) => number> = {
    0: (_, y) => y,
    45: (x, y) => x + y,
    90: (x) => x,
    135: (x, y) => x - y,
  }
  const position = along[angle]
  if (!position) return undefined
  return paint(spacing, colour, pixelRatio, (x, y) => (modulo(position(x, y) + across / 2, spacing) < across ? 1 : 0))
}

// Shapes fill the square from -1 to 1, y growing downward.
const shapes: Record<string, (x: number, y: number) => boolean> = {
  circle: (x, y) => Math.hypot(x, y) <= 0.8,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.7,
  diamond: (x, y) => Math.abs(x) + Math.abs(y) <= 0.95,
  triangle: (x, y) => y <= 0.7 && y >= -0.9 + Math.abs(x) * 1.9,
  drop: (x, y) => (y >= 0.2 ? Math.hypot(x, y - 0.2) <= 0.65 : Math.abs(x) <= (0.65 * (y + 0.95)) / 1.15),
  house: (x, y) => (y <= -0.05 ? Math.abs(x) <= (y + 0.9) * 1.1 : Math.abs(x) <= 0.65 && y <= 0.75),
  plus: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.8 && Math.min(Math.abs(x), Math.abs(y)) <= 0.3,
  star: (x, y) => insideStar(x, y),
  bolt: (x, y) => (y < 0.1 ? x <= 0.5 - y * 0.2 && x >= -0.45 - y * 0.55 && y >= -0.9 && x <= 0.45 : x >= -0.15 && x <= 0.45 - (y - 0.1) * 0.75 && y <= 0.9),
  tree: (x, y) => (y <= 0.45 ? y >= -0.9 && Math.abs(x) <= ((y + 0.9) / 1.35) * 0.75 : Math.abs(x) <= 0.16 && y <= 0.9),
  flag: (x, y) => (Math.abs(x + 0.55) <= 0.13 && Math.abs(y) <= 0.9) || (x >= -0.55 && y >= -0.9 && y <= 0.2 && x <= 0.8 - Math.abs(y + 0.35) * 0.6),
  gate: (x, y) => Math.abs(x) <= 0.8 && Math.abs(y) <= 0.8 && (y <= -0.45 || Math.abs(x) >= 0.5 || Math.abs(x) <= 0.13),
}

/** Half the width of a mark's lines. */
const stroke = 0.13

type Line = readonly [number, number, number, number]

/** Draws lines, each from a place to another. */
function strokes(...lines: Line[]): (x: number, y: number) => boolean {
  return (x, y) =>
    lines.some(([x1, y1, x2, y2]) => {
      const [dx, dy] = [x2 - x1, y2 - y1]
      const t = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)))
      return Math.hypot(x - x1 - t * dx, y - y1 - t * dy) <= stroke
    })
}

const orchardStem = strokes([0, 0.07, 0, 0.85], [0, 0.85, 0.45, 0.85])

// The marks of land cover that surveyors' maps carry, after the shapes of the
// symbols for vegetation and soil in GB/T 20257.
const markShapes: typeof shapes = {
  paddy: strokes([0, -0.8, 0, 0.8], [-0.5, 0.2, 0, 0.8], [0.5, 0.2, 0, 0.8]),
  watered: strokes([-0.7, 0.6, 0.7, 0.6], [0, -0.7, 0, 0.6]),
  dry: strokes([-0.8, 0.6, 0.8, 0.6], [-0.35, -0.6, -0.35, 0.6], [0.35, -0.6, 0.35, 0.6]),
  orchard: (x, y) => Math.abs(Math.hypot(x, y + 0.38) - 0.42) <= stroke || orchardStem(x, y),
  tea: strokes([0, 0.8, 0, 0], [0, 0, -0.55, -0.7], [0, 0, 0.55, -0.7]),
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.72) <= stroke,
  bamboo: strokes([0, -0.8, 0, 0.8], [0, -0.8, -0.75, 0.05], [0, -0.8, 0.75, 0.05]),
  bush: (x, y) => y <= 0.35 && Math.hypot(x, y - 0.35) <= 0.7,
  sprout: (x, y) => Math.hypot(x, y) <= 0.36,
  grass: strokes([-0.3, -0.6, -0.3, 0.6], [0.3, -0.6, 0.3, 0.6]),
  marsh: strokes([-0.8, -0.5, 0.1, -0.5], [-0.3, 0, 0.8, 0], [-0.7, 0.5, 0.2, 0.5]),
  wave: (x, y) => Math.abs(x) <= 0.9 && Math.abs(y - 0.3 * Math.sin(Math.PI * x)) <= stroke * 1.3,
  saltire: strokes([-0.6, -0.6, 0.6, 0.6], [-0.6, 0.6, 0.6, -0.6]),
}

/** The shapes that icon: may name; marks: may name them too. */
export const shapeNames = Object.keys(shapes)

/** The shapes that only marks: may name: their lines are too thin for a halo. */
export const markNames = Object.keys(markShapes)

function insideStar(x: number, y: number): boolean {
  const turn = (2 * Math.PI) / 5
  const angle = modulo(Math.atan2(x, -y) + turn / 2, turn) - turn / 2
  const radius = Math.hypot(x, y)
  const outer = 0.95
  const inner = 0.42
  // Distance to the edge between the outer tip and the inner corner, by the law of sines.
  const half = turn / 2
  const a = Math.abs(angle)
  const edge = (outer * inner * Math.sin(half)) / (outer * Math.sin(a) + inner * Math.sin(half - a))
  return radius <= edge
}

/** Repeats a shape twice in a square, as on the fields of one colour of a board of two by two. */
function marks(shape: string, colour: string | undefined, spacing: number, size: number, pixelRatio: number) {
  const inside = markShapes[shape] ?? shapes[shape]
  if (!inside) return undefined
  const reach = size / 2
  const [near, far] = [spacing / 4, (spacing * 3) / 4]
  return paint(spacing, colour, pixelRatio, (x, y) => (inside((x - near) / reach, (y - near) / reach) || inside((x - far) / reach, (y - far) / reach) ? 1 : 0))
}

function icon(shape: string, colour: string | undefined, size: number, pixelRatio: number) {
  const inside = shapes[shape]
  if (!inside) return undefined
  const reach = size / 2
  const halo = 1.5 / reach
  const ring = Array.from({ length: 12 }, (_, i) => [Math.cos((i * Math.PI) / 6) * halo, Math.sin((i * Math.PI) / 6) * halo] as const)
  return paint(size, colour, pixelRatio, (px, py) => {
    const x = (px / reach - 1) * 1.15
    const y = (py / reach - 1) * 1.15
    if (inside(x, y)) return 1
    return ring.some(([dx, dy]) => inside(x + dx, y + dy)) ? 2 : 0
  })
}

function paint(size: number, colour: string | undefined, pixelRatio: number, painter: Painter): SymbolImage | undefined {
  const rgb = parseHex(colour ?? '')
  const side = Math.round(size * pixelRatio)
  if (!rgb || !(side > 0 && side <= 512)) return undefined
  const data = new Uint8ClampedArray(side * side * 4)
  const scale = size / side
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      let coloured = 0
      let white = 0
      for (let i = 0; i < samples * samples; i++) {
        const hit = painter((column + ((i % samples) + 0.5) / samples) * scale, (row + (Math.floor(i / samples) + 0.5) / samples) * scale)
        if (hit === 1) coloured++
        else if (hit === 2) white++
      }
      const painted = coloured + white
      if (painted === 0) continue
      const at = (row * side + column) * 4
      for (let channel = 0; channel < 3; channel++) data[at + channel] = ((rgb[channel] ?? 0) * coloured + 255 * white) / painted
      data[at + 3] = (255 * painted) / (samples * samples)
    }
  }
  return { width: side, height: side, data }
}

function parseHex(colour: string): [number, number, number] | undefined {
  const found = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour)
  if (!found) return undefined
  return [Number.parseInt(found[1] ?? '', 16), Number.parseInt(found[2] ?? '', 16), Number.parseInt(found[3] ?? '', 16)]
}

function modulo(n: number, m: number): number {
  return ((n % m) + m) % m
}
