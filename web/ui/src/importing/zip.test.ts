import { describe, expect, test } from 'vitest'
import { crc32, zipOf } from './zip'

const text = (s: string) => new TextEncoder().encode(s)
const file = (name: string, content: string) => {
  const blob = new Blob([content])
  return Object.assign(blob, { name, lastModified: 0 }) as unknown as File
}

describe('the ZIP', () => {
  test('has the sums of its members', () => {
    expect(crc32(0, text('123456789'))).toBe(0xcbf43926)
    expect(crc32(crc32(0, text('1234')), text('56789'))).toBe(0xcbf43926)
  })
  test('has each member where the directory says', async () => {
    const zip = new DataView(await (await zipOf([file('永农.shp', 'one'), file('永农.dbf', 'second')])).arrayBuffer())
    const end = zip.byteLength - 22
    expect(zip.getUint32(end, true)).toBe(0x06054b50)
    expect(zip.getUint16(end + 10, true)).toBe(2)
    let at = zip.getUint32(end + 16, true)
    const found: string[] = []
    for (let i = 0; i < 2; i++) {
      expect(zip.getUint32(at, true)).toBe(0x02014b50)
      const [size, nameLength, offset] = [zip.getUint32(at + 24, true), zip.getUint16(at + 28, true), zip.getUint32(at + 42, true)]
      expect(zip.getUint32(offset, true)).toBe(0x04034b50)
      expect(zip.getUint16(offset + 6, true)).toBe(0x0800) // names are UTF-8
      const name = new TextDecoder().decode(new Uint8Array(zip.buffer, at + 46, nameLength))
      const content = new Uint8Array(zip.buffer, offset + 30 + nameLength, size)
      expect(zip.getUint32(offset + 14, true)).toBe(crc32(0, content))
      found.push(`${name}=${new TextDecoder().decode(content)}`)
      at += 46 + nameLength
    }
    expect(found).toEqual(['永农.shp=one', '永农.dbf=second'])
    expect(at).toBe(end)
  })
  test('is not made once it is cancelled', async () => {
    const cancelled = new AbortController()
    cancelled.abort()
    await expect(zipOf([file('a', 'x')], cancelled.signal)).rejects.toThrow(/abort/)
  })
})
