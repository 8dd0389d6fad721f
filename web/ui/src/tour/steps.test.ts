import { beforeEach, describe, expect, test } from 'vitest'
import { begins, beside, remember, seen, steps } from './steps'
import { en, zh } from './words'

beforeEach(() => localStorage.clear())

describe('the tour', () => {
  test('begins on the bare map, once', () => {
    expect(begins('/', '', '')).toBe(true)
    for (const [path, search, hash] of [['/list', '', ''], ['/', '?link=abc', ''], ['/', '', '#map=9/22/112']] as const) expect(begins(path, search, hash)).toBe(false)
    remember()
    expect(seen()).toBe(true)
    expect(begins('/', '', '')).toBe(false)
  })
  test('has words for each of its five steps', () => {
    expect(steps).toHaveLength(5)
    for (const { tour } of [zh, en]) expect(Object.keys(tour.steps)).toEqual(steps.map((s) => s.id))
  })
})

describe('a card', () => {
  const screen = { width: 1366, height: 768 }
  const card = { width: 360, height: 200 }
  test('stands right of a panel at the left, left of one at the right', () => {
    expect(beside({ left: 0, top: 48, width: 320, height: 690 }, card, screen)).toEqual({ left: 334, top: 48 })
    expect(beside({ left: 1318, top: 60, width: 36, height: 500 }, card, screen)).toEqual({ left: 944, top: 60 })
  })
  test('stands below a bar, and inside what fills the window', () => {
    expect(beside({ left: 200, top: 0, width: 1100, height: 48 }, card, screen)).toEqual({ left: 200, top: 62 })
    expect(beside({ left: 0, top: 0, width: 1366, height: 768 }, card, screen)).toEqual({ left: 503, top: 284 })
  })
  test('never leaves the window', () => expect(beside({ left: 1340, top: 750, width: 20, height: 10 }, card, screen)).toEqual({ left: 966, top: 554 }))
})
