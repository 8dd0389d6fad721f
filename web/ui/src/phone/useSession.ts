// Who uses the phone. The token of the session is kept until it ends or is given up.
import { ref, type Ref } from 'vue'
import { HttpError } from './outbox'
import type { PhoneServer } from './server'
import type { Session } from './types'

const key = 'onemap.phone.session'

/** The session that was kept, or nothing. */
export function storedSession(now: number): Session | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Session | null
    return kept && Date.parse(kept.expires_at) > now ? kept : undefined
  } catch {
    return undefined
  }
}

export interface SessionState {
  session: Ref<Session | undefined>
  /** The link of the address could not be used. */
  badLink: Ref<boolean>
  /** Takes the one-time code out of the address and exchanges it. */
  enter(): Promise<boolean>
  leave(): Promise<void>
}

export function useSession(session: Ref<Session | undefined>, server: PhoneServer): SessionState {
  const badLink = ref(false)
  return {
    session,
    badLink,
    async enter() {
      const code = new URLSearchParams(window.location.hash.slice(1)).get('signin')
      if (!code) return false
      try {
        session.value = await server.signIn(code)
        localStorage.setItem(key, JSON.stringify(session.value))
      } catch (thrown) {
        if (!(thrown instanceof HttpError)) return false // no network: the code is still good, so it stays in the address
        badLink.value = true
      }
      history.replaceState(null, '', window.location.pathname)
      return session.value !== undefined
    },
    async leave() {
      await server.signOut().catch(() => undefined)
      session.value = undefined
      localStorage.removeItem(key)
    },
  }
}
