// Takes the state of the page as it is, and brings it back.
import { useRouter } from 'vue-router'
import { useCatalogue } from '../catalogue/store'
import { useDrawings } from '../drawing/store'
import { readGround, readLayers } from '../map/urlState'
import { stateOf, type ViewerState } from './state'

export function useState() {
  const router = useRouter()
  const store = useCatalogue()
  const drawings = useDrawings()

  function take(): ViewerState {
    return stateOf(window.location.search, window.location.hash, drawings.drawings)
  }

  /** Shows a state. The map reads its camera from the hash by itself. */
  async function show({ query, hash, drawings: drawn }: ViewerState): Promise<void> {
    if (drawn.length > 0) drawings.set(drawn)
    const read = new URLSearchParams(query)
    // The browser tests' own mark stays.
    const { e2e } = router.currentRoute.value.query
    await router.push({ name: 'map', query: { ...Object.fromEntries(read), e2e }, hash })
    // The router keeps quiet about a hash: MapLibre listens for the browser's own event.
    window.dispatchEvent(new HashChangeEvent('hashchange'))
    store.ground = readGround(read.get('terrain'), read.get('hillshade'))
    const layers = readLayers(read.get('layers'), read.get('filter'))
    if (layers && store.loaded) store.apply(layers, read.get('order') === 'own')
  }

  return { take, show }
}
