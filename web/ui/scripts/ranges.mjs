// Unicode ranges as CSS writes them: "U+4E00", "U+4E00-4EFF".

/** Returns the code points of the ranges, ascending and once each. */
export function expandRanges(ranges) {
  const points = new Set()
  for (const range of ranges) {
    const [first, last = first] = range.trim().replace(/^U\+/i, '').split('-').map((hex) => Number.parseInt(hex, 16))
    for (let p = first; p <= last; p++) points.add(p)
  }
  return [...points].sort((a, b) => a - b)
}

/** Returns the fewest ranges that hold exactly these ascending code points. */
export function compressRanges(points) {
  const ranges = []
  for (let i = 0; i < points.length; ) {
    let j = i
    while (points[j + 1] === points[j] + 1) j++
    const hex = (p) => p.toString(16).toUpperCase()
    ranges.push(i === j ? `U+${hex(points[i])}` : `U+${hex(points[i])}-${hex(points[j])}`)
    i = j + 1
  }
  return ranges
}
