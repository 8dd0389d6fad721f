import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { zhCN } from '../map/locale'
import en from './en'
import { initialLocale } from './index'
import zh from './zh'

const han = /\p{Script=Han}/u

function paths(messages: object, prefix = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) => (typeof value === 'string' ? [prefix + key] : paths(value as object, `${prefix}${key}.`)))
}

function texts(messages: object): string[] {
  return Object.values(messages).flatMap((value) => (typeof value === 'string' ? [value] : texts(value as object)))
}

/** The words of the panels, which are loaded with them. The phone page has its own form of words, which its type holds to both languages. */
const ofPanels = Object.entries(import.meta.glob<{ zh: object; en: object }>(['../*/words.ts', '!../phone/words.ts'], { eager: true }))

describe.each(ofPanels)('the words of %s', (_, words) => {
  test('have the same keys in both languages', () => expect(paths(words.en).sort()).toEqual(paths(words.zh).sort()))
  test('have no Chinese in English, and no empty text', () => expect([...texts(words.en).filter((text) => han.test(text)), ...[...texts(words.zh), ...texts(words.en)].filter((text) => text.trim() === '')]).toEqual([]))
  test('stand under keys of their own', () => {
    const others = [...Object.keys(zh), ...ofPanels.filter(([, w]) => w !== words).flatMap(([, w]) => Object.keys(w.zh))]
    expect(Object.keys(words.zh).filter((key) => others.includes(key))).toEqual([])
  })
})

describe('the two languages', () => {
  test('have the same keys', () => expect(paths(en).sort()).toEqual(paths(zh).sort()))
  test('have the same gaps to fill in', () => {
    const gaps = (messages: object) => texts(messages).map((text) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort().join())
    expect(gaps(en)).toEqual(gaps(zh))
  })
  test('English has no Chinese but the language names', () => expect(texts(en).filter((text) => han.test(text))).toEqual(['中文']))
  test('no text is empty', () => expect([...texts(zh), ...texts(en)].filter((text) => text.trim() === '')).toEqual([]))
})

test("every one of MapLibre's own words is in Chinese", () => {
  const declared = readFileSync('node_modules/maplibre-gl/dist/maplibre-gl.d.ts', 'utf8')
  const keys = new Set([...declared.matchAll(/^\s*"([A-Z]\w+\.[A-Z]\w+)": string;/gm)].map((m) => m[1]))
  expect(keys.size).toBeGreaterThanOrEqual(25)
  expect(Object.keys(zhCN).sort()).toEqual([...keys].sort())
  for (const [key, text] of Object.entries(zhCN)) expect(text, key).toMatch(han)
})

test('the language of the last visit wins, then the browser, then Chinese', () => {
  expect(initialLocale('en', ['zh-CN'])).toBe('en')
  expect(initialLocale(null, ['en-GB', 'zh-CN'])).toBe('en')
  expect(initialLocale(null, ['zh-CN'])).toBe('zh')
  expect(initialLocale('fr', [])).toBe('zh')
})
