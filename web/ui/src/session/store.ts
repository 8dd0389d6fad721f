// Who uses the viewer. Signing in is a token that was pasted, or the one-time
// code of a link; the token itself stays in token.ts and api/client.ts.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { api, ApiError, asApiError, onRefusedToken } from '../api/client'
import { browserPlaces, forget, keep, kept, type Kept } from './token'

export const useSession = defineStore('session', () => {
  const session = shallowRef<Kept | undefined>(kept(browserPlaces(), Date.now()))
  const failure = shallowRef<ApiError>()
  const busy = ref(false)
  /** The dialog is open. */
  const asking = ref(false)

  onRefusedToken((error) => {
    forget(browserPlaces())
    session.value = undefined
    failure.value = error
  })

  function take(next: Kept, remember: boolean): void {
    if (!keep(browserPlaces(), next, remember)) {
      failure.value = new ApiError('not-kept', '浏览器不允许保存登录状态；请允许本站保存数据后重试。', 'The browser does not let the page keep the sign-in; allow it to store data and try again.')
      return
    }
    session.value = next
  }

  async function attempt(work: () => Promise<void>): Promise<boolean> {
    busy.value = true
    failure.value = undefined
    try {
      await work()
    } catch (thrown) {
      failure.value = asApiError(thrown)
    } finally {
      busy.value = false
    }
    return failure.value === undefined
  }

  /** Signs in with a token, if the server knows it. */
  function withToken(token: string, remember: boolean): Promise<boolean> {
    return attempt(async () => take({ token, name: await api.whoIs(token), expires_at: '' }, remember))
  }

  /** Exchanges the code of a link. It can be used once, so what it brings is kept on the computer. */
  function withCode(code: string): Promise<boolean> {
    return attempt(async () => {
      const { token, name, expires_at } = await api.exchange(code)
      take({ token, name, expires_at }, true)
    })
  }

  /**
   * Signs out: the session of a link ends on the server too; a program's token, which may be in use
   * elsewhere, stays valid there. Here the token is forgotten in any case; that the server
   * could not be told is a failure to show.
   */
  async function leave(): Promise<void> {
    const token = session.value?.token
    forget(browserPlaces())
    session.value = undefined
    if (token) await attempt(() => api.signOut(token))
  }

  return { session, failure, busy, asking, withToken, withCode, leave }
})
