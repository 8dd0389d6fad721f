import { describe, expect, it } from 'vitest'
import { changeOf, grouped, numberFrom, valueOf, withColour, withEdit, type Control } from './change'

const width: Control = { id: 'number:line/line-width', group: 'widths', kind: 'number', label: '宽', label_en: 'Width', value: 2, min: 0.5, max: 12 }
const colour: Control = { id: 'colour:river.line', group: 'colours', kind: 'colour', label: '线', label_en: 'Line', value: { screen: '#112233', print: '#445566' } }

describe('edits of a look', () => {
  it('are what differs from the look', () => {
    const edits = withEdit({}, width, 3)
    expect(valueOf(width, edits)).toBe(3)
    expect(withEdit(edits, width, 2)).toEqual({})
  })
  it('send of a colour only the palettes that were changed', () => {
    const edits = withColour({}, colour, 'screen', '#000000')
    expect(valueOf(colour, edits)).toEqual({ screen: '#000000', print: '#445566' })
    expect(changeOf([width, colour], edits)).toEqual({ 'colour:river.line': { screen: '#000000' } })
    expect(withColour(edits, colour, 'screen', '#112233')).toEqual({})
  })
  it('hold numbers within bounds, and take nothing that is none', () => {
    expect([numberFrom('40', width), numberFrom('0', width), numberFrom('3.5', width), numberFrom('', width), numberFrom('x', width)]).toEqual([12, 0.5, 3.5, undefined, undefined])
  })
  it('stand in groups, empty ones left out', () => {
    expect(grouped([width, colour]).map(([g]) => g)).toEqual(['colours', 'widths'])
  })
})
