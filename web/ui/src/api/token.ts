// The token of whoever is signed in. It lives as long as the browser's tab and
// goes to this origin alone.
import { ref } from 'vue'

const kept = 'onemap.token'

/** The token, or "" for anybody. */
export const token = ref(sessionStorage.getItem(kept) ?? '')

/** Takes or forgets a token. The page is loaded anew by the caller where layers depend on it. */
export function setToken(next: string): void {
  token.value = next.trim()
  if (token.value) sessionStorage.setItem(kept, token.value)
  else sessionStorage.removeItem(kept)
}

/** The header that says who asks. */
export function authorization(): Record<string, string> {
  return token.value ? { Authorization: `Bearer ${token.value}` } : {}
}
