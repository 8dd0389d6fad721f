// The coordinate systems that the tool offers; their names at the server, and
// how positions are written in them.

export interface System {
  id: string
  /** How the server writes a position in it. */
  form: 'decimal' | 'dms' | 'survey'
  name: { zh: string; en: string }
}

export const systems: readonly System[] = [
  { id: '4490', form: 'decimal', name: { zh: 'CGCS2000 经纬度（4490）', en: 'CGCS2000 degrees (4490)' } },
  { id: '4546', form: 'survey', name: { zh: 'CGCS2000 3° 带 111°E（4546）', en: 'CGCS2000 3° zone 111°E (4546)' } },
  { id: '4525', form: 'survey', name: { zh: 'CGCS2000 3° 带 37 带号（4525）', en: 'CGCS2000 3° zone 37, numbered (4525)' } },
  { id: '4547', form: 'survey', name: { zh: 'CGCS2000 3° 带 114°E（4547）', en: 'CGCS2000 3° zone 114°E (4547)' } },
  { id: '4526', form: 'survey', name: { zh: 'CGCS2000 3° 带 38 带号（4526）', en: 'CGCS2000 3° zone 38, numbered (4526)' } },
  { id: '4326', form: 'decimal', name: { zh: 'WGS 84 经纬度（4326）', en: 'WGS 84 degrees (4326)' } },
  { id: '3857', form: 'decimal', name: { zh: 'Web 墨卡托（3857）', en: 'Web Mercator (3857)' } },
  { id: 'gcj02', form: 'decimal', name: { zh: 'GCJ-02（高德、腾讯）', en: 'GCJ-02 (Amap, Tencent)' } },
  { id: 'bd09', form: 'decimal', name: { zh: 'BD-09（百度）', en: 'BD-09 (Baidu)' } },
]

export const mostPositions = 1000

/** The positions of a text, one a line. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n|\|/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, mostPositions)
}
