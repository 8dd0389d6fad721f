// Where the phone is and what is known of it: at once from the pack, then, with a
// network, from the server.
import { ref, shallowRef, watch, type Ref } from 'vue'
import type { Database, StoredPack } from './database'
import { answerFrom } from './pack'
import { doubtsOf, locate, onMap, PositionError, type Doubt, type Position, type System } from './position'
import { townOf, type PhoneServer } from './server'
import type { Where } from './types'

export interface WhereState {
  position: Ref<Position | undefined>
  system: Ref<System>
  trouble: Ref<'' | PositionError['reason']>
  locating: Ref<boolean>
  doubts: Ref<Doubt[]>
  where: Ref<Where | undefined>
  /** Nobody could say what is there. */
  unknown: Ref<boolean>
  packs: Ref<StoredPack[]>
  find(): Promise<void>
  pin(lon: number, lat: number): void
  accept(): void
  /** Asks again: somebody signed in, who may see more. */
  again(): Promise<void>
  fetchPack(code: string): Promise<void>
}

const systemKey = 'system'

export function useWhere(database: Promise<Database>, server: PhoneServer): WhereState {
  const position = shallowRef<Position>()
  const system = ref<System>('CRS84')
  const trouble = ref<'' | PositionError['reason']>('')
  const locating = ref(false)
  const doubts = ref<Doubt[]>([])
  const where = shallowRef<Where>()
  const unknown = ref(false)
  const packs = shallowRef<StoredPack[]>([])

  const remembered = database.then(async (db) => {
    packs.value = await db.getAll('packs')
    const known = await db.get('settings', systemKey)
    if (known === 'gcj02' || known === 'bd09') system.value = known
  })
  watch(system, async (now) => {
    await (await database).put('settings', now, systemKey)
    if (position.value && position.value.provider !== 'pin') take({ ...position.value, system: now })
  })

  function take(p: Position): void {
    position.value = p
    doubts.value = doubtsOf(p, Date.now())
    void ask(p)
  }

  async function ask(p: Position): Promise<void> {
    await remembered
    const at = onMap(p)
    const known = packs.value.map(({ pack }) => answerFrom(pack, at)).find(Boolean)
    where.value = known
    unknown.value = false
    try {
      const fresh = await server.where(at, p.provider === 'pin' ? undefined : p.accuracy)
      if (position.value !== p) return // it moved meanwhile
      where.value = fresh
      const town = townOf(fresh.chain)
      if (town && !packs.value.some((one) => one.code === town)) void fetchPack(town).catch(() => undefined)
    } catch {
      if (position.value === p) unknown.value = !known
    }
  }

  async function fetchPack(code: string): Promise<void> {
    const known = packs.value.find((p) => p.code === code)
    const fresh = await server.pack(code, known?.etag ?? '')
    const stored: StoredPack | undefined = fresh ? { code, etag: fresh.etag, fetched: Date.now(), pack: fresh.pack } : known && { ...known, fetched: Date.now() }
    if (!stored) return
    const db = await database
    await db.put('packs', stored)
    packs.value = await db.getAll('packs')
  }

  return {
    position,
    system,
    trouble,
    locating,
    doubts,
    where,
    unknown,
    packs,
    fetchPack,
    async find() {
      locating.value = true
      trouble.value = ''
      await remembered
      try {
        take(await locate(system.value))
      } catch (thrown) {
        trouble.value = thrown instanceof PositionError ? thrown.reason : 'unavailable'
      } finally {
        locating.value = false
      }
    },
    pin: (lon, lat) => take({ lon, lat, system: 'CRS84', time: Date.now(), provider: 'pin' }),
    accept: () => (doubts.value = []),
    async again() {
      if (position.value) await ask(position.value)
      for (const { code } of packs.value) await fetchPack(code).catch(() => undefined)
    },
  }
}
