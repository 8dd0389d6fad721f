// What whoever is signed in may do, as the server says. Nothing is decided by
// it: it tells which buttons to offer, the server decides.
import { ref, shallowRef, watch } from 'vue'
import { api } from '../api/client'
import { useSession } from './store'

export function useRights() {
  const session = useSession()
  const rights = shallowRef<readonly string[]>([])
  /** The server has been asked since the last change. */
  const known = ref(false)

  watch(
    () => session.session?.token ?? '',
    async (token) => {
      known.value = false
      const answer = await api.get<{ rights: string[] | null }>('/api/v1/sessions/current').catch(() => undefined)
      if (token !== (session.session?.token ?? '')) return
      rights.value = answer?.rights ?? []
      known.value = true
    },
    { immediate: true },
  )

  const may = (right: string): boolean => rights.value.includes(right)
  return { session, known, may }
}
