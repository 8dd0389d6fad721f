import { describe, expect, test } from 'vitest'
import { groupOf, heatLevel, iconOf, noFilters, openStates, queryOf, readArgument, states, withIncident } from './board'
import { momentText } from '../live/moments'
import { drawSymbol } from '../map/symbols'
import type { Incident } from './types'

const one = (id: number, state = 'reported') => ({ id, state }) as Incident

describe('the board of incidents', () => {
  test('writes its filters as the server reads them', () => {
    expect(queryOf(noFilters())).toBe('')
    expect(queryOf({ ...noFilters(), states: ['reported', 'filed'], kind: '02', text: ' 井盖 ' }, { limit: '5' })).toBe('limit=5&state=reported%2Cfiled&kind=02&text=%E4%BA%95%E7%9B%96')
  })
  test('keeps the newest first, changes one in its place, and lets go of what no longer fits', () => {
    const list = [one(9), one(5), one(2)]
    expect(withIncident(list, 7, one(7)).map((i) => i.id)).toEqual([9, 7, 5, 2])
    expect(withIncident(list, 1, one(1)).map((i) => i.id)).toEqual([9, 5, 2, 1])
    expect(withIncident(list, 5, one(5, 'closed')).map((i) => `${i.id} ${i.state}`)).toEqual(['9 reported', '5 closed', '2 reported'])
    expect(withIncident(list, 5, undefined).map((i) => i.id)).toEqual([9, 2])
  })
  test('shows every state by a shape of its group, not by colour alone', () => {
    const shapes = new Set(states.map((s) => iconOf(groupOf(s)).split(':')[1]))
    expect(shapes.size).toBe(5)
    for (const state of states) expect(drawSymbol(iconOf(groupOf(state)), 1)).toBeTruthy()
    expect(openStates).not.toContain('closed')
  })
  test('reads what the address asks for', () => {
    expect(readArgument('12')).toEqual({ id: 12 })
    expect(readArgument('cell:445302001')).toEqual({ cell: '445302001' })
    expect([readArgument(''), readArgument('0'), readArgument('cell:%'), readArgument('x')]).toEqual([{}, {}, {}, {}])
  })
  test('counts by cells that are large enough to see', () => expect([8, 12, 15].map((z) => heatLevel(z).layer)).toEqual(['division_town', 'division_village', 'grid_small']))
  test('tells moments as Beijing has them', () => expect(momentText('2026-05-01T00:30:00Z')).toBe('2026-05-01 08:30'))
})
