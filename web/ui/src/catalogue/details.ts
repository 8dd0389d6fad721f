// Fields and dictionaries, asked for once each.
import { api } from '../api/client'
import type { Dictionary, LayerDetails } from '../api/types'

export interface Details {
  layer: LayerDetails
  dictionaries: Map<string, Dictionary>
}

const asked = new Map<string, Promise<unknown>>()

/** Remembers an answer; a failure is forgotten, so that the next call asks again. */
function once<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const known = asked.get(key) as Promise<T> | undefined
  if (known) return known
  const answer = ask()
  asked.set(key, answer)
  answer.catch(() => asked.delete(key))
  return answer
}

/** Loads a layer's fields and the dictionaries that its fields use. */
export async function loadDetails(id: string): Promise<Details> {
  const layer = await once(`layer:${id}`, () => api.layer(id))
  const names = [...new Set(layer.fields.flatMap((f) => (f.dictionary ? [f.dictionary] : [])))]
  const dictionaries = await Promise.all(names.map((name) => once(`dictionary:${name}`, () => api.dictionary(name))))
  return { layer, dictionaries: new Map(dictionaries.map((d) => [d.id, d])) }
}
