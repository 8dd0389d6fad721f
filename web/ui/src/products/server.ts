// What the server is asked about products.
import { api } from '../api/client'
import type { Indicator, Product, ProductStatistics, ProductVersion, Transition, WholeProduct, Content } from './types'

const path = (id: string) => `/api/v1/products/${encodeURIComponent(id)}`

export const productServer = {
  /** All that whoever asks may read, page by page. */
  async list(): Promise<Product[]> {
    const all: Product[] = []
    for (let after = ''; ; ) {
      const page = await api.get<{ products: Product[]; next_after: string }>(`/api/v1/products?${new URLSearchParams({ limit: '500', ...(after ? { after } : {}) })}`)
      all.push(...page.products)
      after = page.next_after
      if (!after) return all
    }
  },
  indicator: () => api.get<Indicator>('/api/v1/products/indicator'),
  get: (id: string) => api.get<WholeProduct>(path(id)),
  versions: async (id: string) => (await api.get<{ versions: ProductVersion[] }>(`${path(id)}/versions?limit=50`)).versions,
  statistics: (id: string) => api.get<ProductStatistics>(`${path(id)}/statistics`),
  create: (id: string, content: Content, why: string) => api.post<WholeProduct>('/api/v1/products', { id, content, why }),
  update: (id: string, content: Content, revision: number, why: string) => api.put<WholeProduct>(path(id), { content, revision, why }),
  move: (id: string, to: Transition['to'], reason: string, revision: number) => api.post<WholeProduct>(`${path(id)}/transitions`, { to, reason, revision }),
  /** Checks a content and draws it; nothing is kept. */
  preview: (content: Content, signal: AbortSignal) => api.picture('/api/v1/products/preview', { content }, signal),
}

/** Addresses of a product's services; base is the server's own. */
export function addressesOf(id: string, base: string): [name: string, address: string][] {
  const root = `${base}/services/${id}`
  return [
    ['page', `${root}/`],
    ['wmts', `${root}/wmts/1.0.0/WMTSCapabilities.xml`],
    ['wms', `${root}/wms?SERVICE=WMS&REQUEST=GetCapabilities`],
    ['xyz', `${root}/wmts/${id}/default/w/{z}/{y}/{x}.png`],
    ['style', `${root}/style.json`],
    ['tilejson', `${root}/tiles.json`],
    ['registration', `${base}/api/v1/products/${id}/registration.zip`],
  ]
}
