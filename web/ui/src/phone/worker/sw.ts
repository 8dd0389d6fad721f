// The service worker of the phone page: the page itself opens without signal, and
// map tiles that were seen or fetched ahead are shown. Reports are not its business:
// they wait in the page's database. vite/phoneShell.ts puts the list of files in.

export {}
declare const self: ServiceWorkerGlobalScope
declare const __SHELL__: { version: string; files: string[] }

const shell = `onemap-shell-${__SHELL__.version}`
const tiles = 'onemap-tiles'
const mostTiles = 4000 // some 30 MB

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(shell)
      .then((cache) => cache.addAll(__SHELL__.files))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith('onemap-shell-') && n !== shell).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (url.pathname.startsWith('/assets/') || url.pathname.startsWith('/m/')) event.respondWith(ofShell(request))
  else if (url.pathname.startsWith('/tiles/') || url.pathname === '/api/v1/style.json') event.respondWith(ofMap(request))
})

/** The page of the network, or the one that was kept. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch {
    return (await caches.match('/m/')) ?? Response.error()
  }
}

/** Files of the build carry their hash: what was kept is right. */
async function ofShell(request: Request): Promise<Response> {
  const kept = await caches.match(request)
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.status === 200) await (await caches.open(shell)).put(request, answer.clone())
  return answer
}

/** The map of the network, and the one that was kept where there is none. */
async function ofMap(request: Request): Promise<Response> {
  const cache = await caches.open(tiles)
  try {
    const answer = await fetch(request)
    if (answer.status === 200) {
      await cache.put(request, answer.clone())
      void forget(cache)
    }
    return answer
  } catch {
    return (await cache.match(request)) ?? Response.error()
  }
}

/** Drops the oldest beyond what a phone should carry: a cache keeps the order in which things came. */
async function forget(cache: Cache): Promise<void> {
  const keys = await cache.keys()
  for (const old of keys.slice(0, Math.max(0, keys.length - mostTiles))) await cache.delete(old)
}
