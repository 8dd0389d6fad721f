// The open panels. The address is the state, so that a link, a reload and the
// back button lead to what was open.
import { computed } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { readOpen, withoutPanel, withPanel, writeOpen, type OpenPanel } from './openPanels'
import { panelOf, type PanelPlace } from './registry'

export function usePanels() {
  const route = useRoute()
  const router = useRouter()

  const open = computed<OpenPanel[]>(() => {
    const text = route.query.open
    return typeof text === 'string' ? readOpen(text, panelOf) : []
  })

  function at(place: PanelPlace): OpenPanel | undefined {
    return open.value.find((o) => o.entry.place === place)
  }

  function isOpen(id: string): boolean {
    return open.value.some((o) => o.entry.id === id)
  }

  /** Opens a panel, on the map module. The back button closes it again. */
  function show(id: string, argument = ''): void {
    const entry = panelOf(id)
    if (entry) void router.push(to(withPanel(open.value, entry, argument)))
  }

  function close(id: string): void {
    void router.replace(to(withoutPanel(open.value, id)))
  }

  function toggle(id: string): void {
    // Beside the map, on a page of its own, a panel that the address names is not in sight.
    if (isOpen(id) && route.name === 'map') close(id)
    else show(id)
  }

  /** Changes what an open panel is about, without a step for the back button. */
  function setArgument(id: string, argument: string): void {
    void router.replace(to(open.value.map((o) => (o.entry.id === id ? { ...o, argument } : o))))
  }

  function to(next: readonly OpenPanel[]) {
    const query: LocationQueryRaw = { ...route.query, open: next.length > 0 ? writeOpen(next) : undefined }
    // The hash is MapLibre's: take it as it stands.
    return { name: 'map', query, hash: window.location.hash }
  }

  return { open, at, isOpen, show, close, toggle, setArgument }
}
