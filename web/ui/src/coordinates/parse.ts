// Coordinates as people type them: degrees in many spellings, and survey
// coordinates with X (north) and Y (east) in either order. Longitudes and
// latitudes are taken as CGCS2000; what they are is not known here.

export type Typed =
  | { kind: 'lonlat'; lon: number; lat: number }
  /** Metres of EPSG:4546, 4547, 4525 or 4526. swapped: X and Y stood in the other order. */
  | { kind: 'survey'; crs: string; east: number; north: number; swapped: boolean }

/** Yunfu and its surroundings in degrees; what is outside is not meant, or is in the other order. */
const lonRange = [108, 116] as const
const latRange = [20, 26] as const

const within = (n: number, [low, high]: readonly [number, number]) => n >= low && n <= high

/** Reads one position, or returns undefined if the text is none in or around Yunfu. */
export function parsePosition(text: string): Typed | undefined {
  const tidy = text
    .normalize('NFKC')
    .trim()
    .replace(/[′’]/g, "'")
    .replace(/[″”“]/g, '"')
    .replace(/''/g, '"')
    .replace(/东经|经度/g, ' E ')
    .replace(/北纬|纬度/g, ' N ')
    .replace(/[;、()[\]]/g, ' ')
  if (tidy === '' || tidy.length > 120) return undefined
  return survey(tidy) ?? degrees(tidy)
}

function survey(text: string): Typed | undefined {
  const named = /^X\s*[=:]?\s*(\d+(?:\.\d+)?)[\s,]+Y\s*[=:]?\s*(\d+(?:\.\d+)?)$/i.exec(text)
  const plain = named ?? /^(\d{6,8}(?:\.\d+)?)[\s,]+(\d{6,8}(?:\.\d+)?)$/.exec(text)
  if (!plain) return undefined
  const a = Number(plain[1])
  const b = Number(plain[2])
  // The northing is told by its size: 2.2 to 2.9 million metres here.
  const isNorth = (n: number) => n >= 2_200_000 && n <= 2_900_000
  if (isNorth(a) === isNorth(b)) return undefined
  const [north, east] = isNorth(a) ? [a, b] : [b, a]
  const crs = zoneOf(east)
  return crs ? { kind: 'survey', crs, east, north, swapped: !isNorth(a) } : undefined
}

/** The system by the easting: with a zone number in front 4525 or 4526, without one 4546, the city's own. */
function zoneOf(east: number): string | undefined {
  if (within(east, [100_000, 900_000])) return '4546'
  if (within(east, [37_100_000, 37_900_000])) return '4525'
  if (within(east, [38_100_000, 38_900_000])) return '4526'
  return undefined
}

function degrees(text: string): Typed | undefined {
  const parts = angles(text)
  if (parts?.length !== 2) return undefined
  const [one, other] = parts as [Angle, Angle]
  if (one.axis && one.axis === other.axis) return undefined
  let [lon, lat] = one.axis === 'lat' || other.axis === 'lon' ? [other.value, one.value] : [one.value, other.value]
  // Without letters the order is told by the size.
  if (!one.axis && !other.axis && within(lon, latRange) && within(lat, lonRange)) [lon, lat] = [lat, lon]
  return within(lon, lonRange) && within(lat, latRange) ? { kind: 'lonlat', lon, lat } : undefined
}

interface Angle {
  value: number
  axis?: 'lon' | 'lat'
}

function angles(text: string): Angle[] | undefined {
  const number = '(\\d{1,3}(?:\\.\\d+)?)'
  const letter = '([EWNS])?'
  const marked = new RegExp(`${letter}\\s*${number}\\s*[°度]\\s*(?:${number}\\s*['分]\\s*)?(?:${number}\\s*["秒]\\s*)?${letter}`, 'gi')
  const found = [...text.matchAll(marked)]
  if (found.length > 0) {
    const rest = text.replace(marked, '').replace(/[\s,]/g, '')
    return rest === '' ? found.flatMap((m) => angle(m[2], m[3], m[4], m[1] ?? m[5])) : undefined
  }
  // Plain numbers: two of decimal degrees, or six of degrees, minutes and seconds.
  const [, first, middle, last] = /^([EWNS])?\s*([\d.\s,EWNS]+?)\s*([EWNS])?$/i.exec(text) ?? []
  if (middle === undefined) return undefined
  const pieces = `${first ?? ''}${middle}${last ?? ''}`.match(/[EWNS]|\d+(?:\.\d+)?|[^\s,\dEWNS.]/gi) ?? []
  const numbers = pieces.filter((p) => /\d/.test(p))
  const letters = pieces.filter((p) => /[EWNS]/i.test(p))
  const [l1, l2] = letters.length === 2 ? letters : []
  if (numbers.length === 2) return [...angle(numbers[0], undefined, undefined, l1), ...angle(numbers[1], undefined, undefined, l2)]
  if (numbers.length === 6) return [...angle(numbers[0], numbers[1], numbers[2], l1), ...angle(numbers[3], numbers[4], numbers[5], l2)]
  return undefined
}

function angle(d: string | undefined, m: string | undefined, s: string | undefined, letter: string | undefined): Angle[] {
  const minutes = Number(m ?? 0)
  const seconds = Number(s ?? 0)
  if (minutes >= 60 || seconds >= 60) return []
  const axis = letter === undefined ? undefined : /[EW]/i.test(letter) ? 'lon' : 'lat'
  const sign = letter !== undefined && /[WS]/i.test(letter) ? -1 : 1
  return [{ value: sign * (Number(d) + minutes / 60 + seconds / 3600), axis }]
}
