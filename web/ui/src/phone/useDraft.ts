// The report that is being written, kept with every change so that a page that
// dies loses nothing.
import { ref, toRaw, watch, type Ref } from 'vue'
import type { Database, Draft } from './database'
import { newId } from './outbox'

const empty = (): Draft => ({ clientId: newId(), kind: '', text: '', photos: [] })
const key = 'now'

export interface DraftState {
  draft: Ref<Draft>
  ready: Promise<void>
  /** There is no room for more. */
  full: Ref<boolean>
  clear(): Promise<void>
}

export function useDraft(database: Promise<Database>): DraftState {
  const draft = ref(empty()) as Ref<Draft>
  const full = ref(false)
  const plain = (): Draft => ({ ...toRaw(draft.value), photos: draft.value.photos.map((p) => ({ ...toRaw(p) })) })
  const save = async () => {
    try {
      await (await database).put('draft', plain(), key)
      full.value = false
    } catch {
      full.value = true
    }
  }
  const ready = database.then(async (db) => {
    const kept = await db.get('draft', key)
    if (kept) draft.value = kept
    watch(draft, save, { deep: true })
  })
  return {
    draft,
    ready,
    full,
    async clear() {
      draft.value = empty()
      await save()
    },
  }
}
