// Sheets that the server draws: ordered here, followed until they end, fetched.
// Orders of nobody in particular are guarded by their ids alone, so the browser
// keeps those of its own.
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { api, ApiError, asApiError } from '../api/client'
import { isActive, readIds, type SheetOrder } from './orders'

const key = 'onemap.sheets'
const path = '/api/v1/sheets'

export const useSheets = defineStore('sheets', () => {
  const orders = shallowRef<readonly SheetOrder[]>([])
  const failure = shallowRef<ApiError>()
  const active = computed(() => orders.value.some(isActive))
  let timer = 0

  function ids(): string[] {
    try {
      return readIds(JSON.parse(localStorage.getItem(key) ?? '[]'))
    } catch {
      return []
    }
  }

  function keep(next: readonly string[]): void {
    try {
      localStorage.setItem(key, JSON.stringify(readIds(next)))
    } catch {
      // Without a store the page knows its orders until it is closed.
    }
  }

  function put(one: SheetOrder): void {
    const at = orders.value.findIndex((o) => o.id === one.id)
    orders.value = at < 0 ? [one, ...orders.value] : orders.value.map((o) => (o.id === one.id ? one : o))
  }

  /** Orders a sheet of layers, or of a product. */
  async function order(body: object, product = ''): Promise<SheetOrder> {
    const one = await api.post<SheetOrder>(product ? `/api/v1/products/${encodeURIComponent(product)}/sheets` : path, body)
    keep([one.id, ...ids()])
    put(one)
    follow()
    return one
  }

  async function refresh(id: string): Promise<void> {
    try {
      put(await api.get<SheetOrder>(`${path}/${id}`))
    } catch (thrown) {
      const error = asApiError(thrown)
      if (error.code !== 'unknown-sheet') throw error
      forget(id)
    }
  }

  /** Looks again at what goes on, once a second. */
  function follow(): void {
    window.clearTimeout(timer)
    if (!active.value) return
    timer = window.setTimeout(async () => {
      let patience = follow
      try {
        for (const one of orders.value.filter(isActive)) await refresh(one.id)
        failure.value = undefined
      } catch (thrown) {
        failure.value = asApiError(thrown)
        patience = () => (timer = window.setTimeout(follow, 5000))
      }
      patience()
    }, 1000)
  }

  /** The orders that the browser knows, and those of whoever is signed in. */
  async function load(signedIn: boolean): Promise<void> {
    try {
      if (signedIn) for (const one of (await api.get<{ sheets: SheetOrder[] }>(`${path}?limit=20`)).sheets.reverse()) put(one)
      for (const id of ids().reverse()) if (!orders.value.some((o) => o.id === id)) await refresh(id)
      failure.value = undefined
    } catch (thrown) {
      failure.value = asApiError(thrown)
    }
    follow()
  }

  function forget(id: string): void {
    orders.value = orders.value.filter((o) => o.id !== id)
    keep(ids().filter((one) => one !== id))
  }

  /** Cancels an order that goes on; removes one that has ended. */
  async function end(one: SheetOrder): Promise<void> {
    await api.remove(`${path}/${one.id}`)
    if (isActive(one)) await refresh(one.id)
    else forget(one.id)
  }

  /** Gives the file to the user. */
  async function save(one: SheetOrder): Promise<void> {
    saveBlob(one.filename, (await api.download(`${path}/${one.id}/content`)).blob)
  }

  return { orders, failure, active, order, load, end, save }
})

export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}
