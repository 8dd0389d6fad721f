// Shows a product on the map, as the address names it: ?product=id or id@version.
import { api } from '../api/client'
import { useCatalogue } from '../catalogue/store'
import type { ShownLayer } from '../map/urlState'
import { productServer } from './server'

const form = /^([a-z][a-z0-9-]{0,47})(?:@(\d{1,6}))?$/

/** layers are those that the address names of it; undefined is all. Fails as the server's answers do. */
export async function followProduct(text: string, layers: readonly ShownLayer[] | undefined, inOwnOrder: boolean): Promise<void> {
  const [, id, version] = form.exec(text) ?? []
  if (!id) return
  const store = useCatalogue()
  const [product, style] = await Promise.all([productServer.get(id), api.productStyle(id, version ?? '')])
  const { title: name, title_en: name_en } = product.content
  store.showProduct({ id, name, name_en, ...(version ? { version: Number(version) } : {}) }, style)
  if (layers) store.apply(layers, inOwnOrder)
}
