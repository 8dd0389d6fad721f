// What the phone keeps: reports that wait, the draft, packs, and settings.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Waiting } from './outbox'
import type { Pack } from './types'

export interface Draft {
  clientId: string
  kind: string
  text: string
  photos: { id: string; blob: Blob }[]
}

export interface StoredPack {
  code: string
  etag: string
  fetched: number
  pack: Pack
}

interface Schema extends DBSchema {
  outbox: { key: string; value: Waiting }
  draft: { key: string; value: Draft }
  packs: { key: string; value: StoredPack }
  settings: { key: string; value: unknown }
}

export type Database = IDBPDatabase<Schema>

export function openDatabase(name = 'onemap-phone'): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('outbox', { keyPath: 'clientId' })
      db.createObjectStore('draft')
      db.createObjectStore('packs', { keyPath: 'code' })
      db.createObjectStore('settings')
    },
  })
}
