import { readdirSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readOpen } from '../panels/openPanels'
import { panelOf } from '../panels/registry'
import { found, topics } from './topics'

const folder = 'src/help/pictures'
const pictures = readdirSync(folder).filter((name) => name.endsWith('.webp'))

describe('the help', () => {
  test('says the same in both languages', () => {
    for (const { id, words } of topics) {
      expect(words.en.steps.length, id).toBe(words.zh.steps.length)
      expect(!words.en.note, id).toBe(!words.zh.note)
      expect(JSON.stringify(words.en), id).not.toMatch(/\p{Script=Han}/u)
      expect(words.zh.title, id).toMatch(/\p{Script=Han}/u)
    }
    expect(new Set(topics.map((t) => t.id)).size).toBe(topics.length)
  })
  test('has the pictures it names, no other, none above 100 kB', () => {
    expect(pictures.sort()).toEqual(topics.flatMap((t) => (t.picture ? [`${t.id}.webp`] : [])).sort())
    for (const one of pictures) expect(statSync(`${folder}/${one}`).size, one).toBeLessThanOrEqual(100_000)
  })
  test('opens panels that there are', () => {
    for (const { id, open } of topics) {
      const panel = new URL(open ?? '/', 'http://x.invalid').searchParams.get('open')
      if (panel) expect(readOpen(panel, panelOf), id).toHaveLength(1)
    }
  })
  test('is searched by every word that was typed', () => {
    expect(found(topics, '红线 报告', 'zh').map((t) => t.id)).toContain('compliance')
    expect(found(topics, 'WMTS', 'zh').map((t) => t.id)).toEqual(['products', 'services'])
    expect(found(topics, '没有这个词', 'zh')).toEqual([])
    expect(found(topics, ' ', 'en')).toHaveLength(topics.length)
  })
})
