// Every pair of text and ground that the frame uses can be read: WCAG AA, 4.5:1.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const tokens = Object.fromEntries([...readFileSync('src/theme.css', 'utf8').matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/gi)].map((m) => [m[1], m[2]])) as Record<string, string>

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const part = Number.parseInt(colour.slice(i, i + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

describe('contrast', () => {
  const white = '--paper'
  const pairs: [string, string][] = [
    ['--bar-text', '--bar'],
    ['--bar-text', '--bar-active'],
    ['--paper', '--el-color-primary-light-3'], // a button that is pointed at
    ['--ink', white],
    ['--ink-soft', white],
    ['--ink-soft', '--paper-soft'],
    ['--ink', '--paper-soft'],
    ['--accent', white],
    ['--accent', '--paper-soft'],
    ['--notice-text', '--notice'],
    ['--danger', white],
    ['--el-color-primary', white],
    ['--el-color-success', white],
    ['--el-color-warning', white],
    ['--el-color-danger', white],
    ['--el-color-info', white],
    ['--el-text-color-primary', white],
    ['--el-text-color-regular', white],
    ['--el-text-color-secondary', white],
    ['--el-text-color-placeholder', white],
    ['--el-color-primary', '--el-color-primary-light-9'],
  ]
  for (const [text, ground] of pairs) {
    test(`${text} on ${ground}`, () => {
      expect(tokens[text], text).toBeDefined()
      expect(tokens[ground], ground).toBeDefined()
      expect(contrast(tokens[text] ?? '', tokens[ground] ?? '')).toBeGreaterThanOrEqual(4.5)
    })
  }
})
