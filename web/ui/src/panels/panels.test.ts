import { describe, expect, test } from 'vitest'
import { checkedOverlay, type Overlay } from './mapAccess'
import { readOpen, withoutPanel, withPanel, writeOpen } from './openPanels'
import { checked, panels, type PanelEntry } from './registry'

const entry = (id: string, place: PanelEntry['place']): PanelEntry => ({ id, place, button: 'none', title: { zh: id, en: id }, icon: {}, load: async () => ({ component: {} }) })
const table = entry('table', 'bottom')
const measure = entry('measure', 'side')
const draw = entry('draw', 'side')
const find = (id: string) => [table, measure, draw].find((p) => p.id === id)
const ids = (text: string) => readOpen(text, find).map((o) => [o.entry.id, o.argument])

describe('the open panels in the address', () => {
  test('come back as they were written', () => {
    const open = withPanel(withPanel([], table, 'dltb,100%:a'), measure)
    expect(writeOpen(open)).toBe('table:dltb%2C100%25:a,measure')
    expect(readOpen(writeOpen(open), find)).toEqual(open)
  })
  test('are one a place', () => {
    expect(ids('measure,draw')).toEqual([['draw', '']])
    expect(withPanel(withPanel([], measure), draw).map((o) => o.entry.id)).toEqual(['draw'])
  })
  test('that nobody knows are left out', () => expect(ids('nothing,table:dltb,,')).toEqual([['table', 'dltb']]))
  test('with a broken escape stand as they are', () => expect(ids('table:%zz')).toEqual([['table', '%zz']]))
  test('have arguments of bounded length', () => expect(readOpen(`table:${'x'.repeat(9999)}`, find)[0]?.argument).toHaveLength(400))
  test('are closed by name', () => expect(withoutPanel(withPanel([], table), 'table')).toEqual([]))
})

describe('the table of panels', () => {
  test('has no two of a name, and only names that fit an address', () => {
    expect(() => checked([table, table])).toThrow(/two panels/)
    expect(() => checked([entry('A:b', 'side')])).toThrow(/address/)
  })
  test.each(panels.map((p) => [p.id, p] as const))('%s has a title in both languages, an icon, and loads', async (_, panel) => {
    expect(panel.title.zh).toMatch(/\p{Script=Han}/u)
    expect(panel.title.en).not.toMatch(/\p{Script=Han}|^$/u)
    expect(panel.icon).toBeTruthy()
    const module = await panel.load()
    expect(module.component).toBeTruthy()
    expect(Object.keys(module.words?.zh ?? {})).toEqual(Object.keys(module.words?.en ?? {}))
  }, 30_000)
})

test('an overlay may not take the ids of tools, which would outlive it', () => {
  const overlay = (id: string): Overlay => ({ sources: { [id]: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } }, layers: [{ id: `${id}:line`, type: 'line', source: id }] })
  expect(checkedOverlay(overlay('panel:measure'))).toEqual(overlay('panel:measure'))
  expect(() => checkedOverlay(overlay('tool:measure'))).toThrow(/tool:measure/)
  expect(() => checkedOverlay({ ...overlay('panel:x'), layers: [{ id: 'tool:x', type: 'line', source: 'panel:x' }] })).toThrow(/tool:x/)
})
