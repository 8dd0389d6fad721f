// What the panel shows, as it stands in the page's address.

export type View = { kind: 'form' } | { kind: 'job'; id: number } | { kind: 'version'; layer: string; number: number } | { kind: 'history'; layer: string }

const name = /^[a-z][a-z0-9_]{0,47}$/

/** What nobody could have written is the form. */
export function readView(argument: string): View {
  const [, id] = /^(\d{1,15})$/.exec(argument) ?? []
  if (id) return { kind: 'job', id: Number(id) }
  const [, layer, number] = /^([a-z][a-z0-9_]*)@(\d{1,6})$/.exec(argument) ?? []
  if (layer && name.test(layer) && number) return { kind: 'version', layer, number: Number(number) }
  return name.test(argument) ? { kind: 'history', layer: argument } : { kind: 'form' }
}

export function writeView(view: View): string {
  if (view.kind === 'job') return String(view.id)
  if (view.kind === 'version') return `${view.layer}@${view.number}`
  return view.kind === 'history' ? view.layer : ''
}
