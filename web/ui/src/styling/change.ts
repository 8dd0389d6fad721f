// The simple controls of a layer's look, as the server describes them, and what of
// them was changed. Pure: the panel draws it.

export type Value = boolean | number | string | Readonly<Record<string, string>>

export interface Control {
  id: string
  group: 'general' | 'colours' | 'widths' | 'labels' | 'zooms' | 'opacity'
  kind: 'colour' | 'number' | 'choice' | 'switch'
  label: string
  label_en: string
  value: Value
  min?: number
  max?: number
  step?: number
  unit?: string
  choices?: { value: string; label: string; label_en: string }[]
}

export interface Palette {
  id: string
  name: string
  name_en: string
}

export interface LayerStyle {
  layer: string
  number: number
  made_by?: string
  made_at?: string
  note?: string
  fragment: unknown
  controls: Control[]
  palettes: Palette[]
}

export interface StyleVersion {
  number: number
  note?: string
  made_by?: string
  made_at?: string
}

/** New values by control; of a colour, by palette. */
export type Edits = Readonly<Record<string, Value>>

const same = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b)

/** The value that a control has now. */
export function valueOf(control: Control, edits: Edits): Value {
  return edits[control.id] ?? control.value
}

/** The edits with one more; a value put back to what it was is no edit. */
export function withEdit(edits: Edits, control: Control, value: Value): Edits {
  const rest = Object.fromEntries(Object.entries(edits).filter(([id]) => id !== control.id))
  return same(value, control.value) ? rest : { ...rest, [control.id]: value }
}

/** A colour in one palette; the others stay. */
export function withColour(edits: Edits, control: Control, palette: string, colour: string): Edits {
  return withEdit(edits, control, { ...(valueOf(control, edits) as Record<string, string>), [palette]: colour })
}

/** A number from a field, held within what the control allows; undefined for what is none. */
export function numberFrom(text: string, control: Control): number | undefined {
  const n = Number(text)
  if (text.trim() === '' || !Number.isFinite(n)) return undefined
  return Math.max(control.min ?? -Infinity, Math.min(control.max ?? Infinity, n))
}

/** What is sent: of a colour only the palettes that were changed. */
export function changeOf(controls: readonly Control[], edits: Edits): Record<string, Value> {
  const sent: Record<string, Value> = {}
  for (const control of controls) {
    const value = edits[control.id]
    if (value === undefined) continue
    if (control.kind !== 'colour') sent[control.id] = value
    else {
      const was = control.value as Record<string, string>
      sent[control.id] = Object.fromEntries(Object.entries(value as Record<string, string>).filter(([palette, colour]) => was[palette] !== colour))
    }
  }
  return sent
}

/** The controls by group, in the server's order, without empty groups. */
export function grouped(controls: readonly Control[]): [Control['group'], Control[]][] {
  const groups: Control['group'][] = ['general', 'colours', 'widths', 'labels', 'zooms', 'opacity']
  return groups.flatMap((g): [Control['group'], Control[]][] => {
    const of = controls.filter((c) => c.group === g)
    return of.length > 0 ? [[g, of]] : []
  })
}
