// Puts files into one ZIP without packing them, so that the parts of a Shapefile
// travel together. The files are read piece by piece; the ZIP refers to them and
// is never in memory as a whole.

const piece = 4 << 20

const table = (() => {
  const t = new Uint32Array(256)
  for (let n = 0; n < 256; n++) {
    let c = n
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    t[n] = c >>> 0
  }
  return t
})()

/** Continues a CRC-32 with more bytes; begin with 0. */
export function crc32(before: number, bytes: Uint8Array): number {
  let c = ~before
  for (const byte of bytes) c = (table[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8)
  return ~c >>> 0
}

interface Member {
  name: Uint8Array
  crc: number
  size: number
  offset: number
}

/** The fields that a member's own header and its line in the directory share. */
function described({ name, crc, size }: Member): number[] {
  const two = (n: number) => [n & 0xff, n >>> 8]
  const four = (n: number) => [n & 0xff, (n >>> 8) & 0xff, (n >>> 16) & 0xff, n >>> 24]
  // Version 2.0; names are UTF-8; stored; midnight of 1 January 1980.
  return [...two(20), ...two(0x0800), ...two(0), ...two(0), ...two(0x21), ...four(crc), ...four(size), ...four(size), ...two(name.length), ...two(0)]
}

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0))
const little = (n: number, bytes: number) => Array.from({ length: bytes }, (_, i) => Math.floor(n / 2 ** (8 * i)) & 0xff)

/** Files of the same name in different folders stay apart. */
export async function zipOf(files: readonly File[], signal?: AbortSignal): Promise<Blob> {
  const parts: BlobPart[] = []
  const members: Member[] = []
  let offset = 0
  for (const file of files) {
    let crc = 0
    for (let at = 0; at < file.size; at += piece) {
      if (signal?.aborted) throw new DOMException('aborted', 'AbortError')
      crc = crc32(crc, new Uint8Array(await file.slice(at, at + piece).arrayBuffer()))
    }
    const member: Member = { name: new TextEncoder().encode(file.name), crc, size: file.size, offset }
    const header = new Uint8Array([...ascii('PK\x03\x04'), ...described(member), ...member.name])
    parts.push(header, file)
    members.push(member)
    offset += header.length + file.size
  }
  const directory = members.flatMap((m) => [...ascii('PK\x01\x02'), ...little(20, 2), ...described(m), ...little(0, 2), ...little(0, 2), ...little(0, 2), ...little(0, 4), ...little(m.offset, 4), ...m.name])
  const end = [...ascii('PK\x05\x06'), 0, 0, 0, 0, ...little(members.length, 2), ...little(members.length, 2), ...little(directory.length, 4), ...little(offset, 4), 0, 0]
  return new Blob([...parts, new Uint8Array(directory), new Uint8Array(end)], { type: 'application/zip' })
}
