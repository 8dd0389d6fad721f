// The bearer token of whoever uses the viewer: where it is kept, and how a link
// brings one. Only this file knows the names under which it is kept.

/** Who is signed in, as it is kept. */
export interface Kept {
  token: string
  /** "" where the server does not tell: a token may lack the right to ask. */
  name: string
  /** When it ends, RFC 3339; "" is not known. */
  expires_at: string
}

/** The two places: the tab's, which ends with it, and the computer's. */
export interface Places {
  tab: Storage
  computer: Storage
}

const key = 'onemap.session'

/** No secret is longer; the server's have 43 to 100 characters. */
const longest = 400

export function browserPlaces(): Places {
  return { tab: window.sessionStorage, computer: window.localStorage }
}

/** What is kept and has not ended, the tab's before the computer's. */
export function kept(places: Places, now: number): Kept | undefined {
  return read(places.tab, now) ?? read(places.computer, now)
}

function read(from: Storage, now: number): Kept | undefined {
  try {
    const found = JSON.parse(from.getItem(key) ?? 'null') as Partial<Kept> | null
    if (typeof found?.token !== 'string' || !tokenForm(found.token)) return undefined
    const expires = found.expires_at ?? ''
    if (expires !== '' && !(Date.parse(expires) > now)) return undefined
    return { token: found.token, name: found.name ?? '', expires_at: expires }
  } catch {
    return undefined
  }
}

/** Keeps a session in one place and in no other. A browser that keeps nothing is told by false. */
export function keep(places: Places, session: Kept, remember: boolean): boolean {
  forget(places)
  try {
    ;(remember ? places.computer : places.tab).setItem(key, JSON.stringify(session))
    return true
  } catch {
    return false
  }
}

export function forget(places: Places): void {
  places.tab.removeItem(key)
  places.computer.removeItem(key)
}

/** What was pasted, without "Bearer" and blanks; "" if it cannot be a token. */
export function pastedToken(text: string): string {
  const token = text.trim().replace(/^(authorization:\s*)?bearer\s+/i, '')
  return tokenForm(token) ? token : ''
}

/** A header takes visible ASCII only. */
function tokenForm(text: string): boolean {
  return text.length > 0 && text.length <= longest && /^[\x21-\x7e]+$/.test(text)
}

/** The one-time code of a link, "#signin=CODE", and the hash without it. */
export function codeOf(hash: string): { code: string; rest: string } {
  let code = ''
  const rest = hash
    .replace(/^#/, '')
    .split('&')
    .filter((part) => {
      if (!part.startsWith('signin=')) return part !== ''
      code = part.slice('signin='.length)
      return false
    })
    .join('&')
  return { code, rest: rest === '' ? '' : `#${rest}` }
}
