// The rows of a layer's table, page by page as they come into sight.
import { ref, shallowRef, type Ref } from 'vue'
import { api, asApiError, type ApiError, type TableQuestion } from '../api/client'
import type { TableRow } from '../api/types'
import { missingPages, pageSize, type Window } from './pages'

/** The most rows of a file, and how many of them are asked for at once. */
const exportLimit = 50_000
const exportPage = 1000

export function useRows(question: Readonly<Ref<TableQuestion>>, sort: Readonly<Ref<string>>) {
  const pages = shallowRef<ReadonlyMap<number, readonly TableRow[]>>(new Map())
  const total = ref<number>()
  const failure = shallowRef<ApiError>()
  let asked = new Set<number>()
  let asking = new AbortController()

  /** Forgets all rows, as for another question. */
  function forget(): void {
    asking.abort()
    asking = new AbortController()
    asked = new Set()
    pages.value = new Map()
    total.value = undefined
    failure.value = undefined
  }

  function rowAt(i: number): TableRow | undefined {
    return pages.value.get(Math.floor(i / pageSize))?.[i % pageSize]
  }

  /** Asks for the pages of the rows in sight. */
  async function need(window: Window): Promise<void> {
    const { signal } = asking
    await Promise.all(
      missingPages(window, (page) => asked.has(page)).map(async (page) => {
        asked.add(page)
        try {
          const answer = await api.table(question.value, { sort: sort.value, offset: page * pageSize, limit: pageSize }, signal)
          if (signal.aborted) return
          total.value = answer.total
          pages.value = new Map([...pages.value, [page, answer.rows]])
        } catch (thrown) {
          if (signal.aborted) return
          asked.delete(page)
          failure.value = asApiError(thrown)
        }
      }),
    )
  }

  /** All rows for a file, at most 50,000; progress is a share from 0 to 1. */
  async function all(shapes: boolean, progress: (share: number) => void, signal: AbortSignal): Promise<{ rows: TableRow[]; complete: boolean }> {
    const rows: TableRow[] = []
    for (;;) {
      const answer = await api.table(question.value, { sort: sort.value, offset: rows.length, limit: exportPage, shapes }, signal)
      rows.push(...answer.rows)
      const wanted = Math.min(answer.total, exportLimit)
      progress(wanted === 0 ? 1 : Math.min(1, rows.length / wanted))
      if (answer.rows.length === 0 || rows.length >= wanted) return { rows, complete: rows.length >= answer.total }
    }
  }

  return { total, failure, forget, rowAt, need, all }
}
