// The layer tree as data: themes and their layers, filtered by what the user
// types, and where the keyboard moves. LayerTree.vue only draws it.
import type { Catalogue, Layer, Theme } from '../api/types'

export interface TreeNode {
  /** "theme:water" or the layer's id: unique in the tree. */
  key: string
  level: 1 | 2
  theme: Theme
  layer?: Layer
  expanded: boolean
  /** Place among its siblings, from 1, and how many they are, as aria-posinset and aria-setsize. */
  position: number
  siblings: number
  /** Of a theme: layers that are shown, and layers that match the search. */
  shownCount: number
  layerCount: number
}

/**
 * Tells whether the layer answers to the words typed: its name in either
 * language, id, department, source, year of publication, or the pinyin of name
 * or department. Every word must be found somewhere; pinyin from a beginning.
 */
export function matches(layer: Layer, search: string): boolean {
  const text = [layer.name, layer.name_en, layer.id, layer.department, layer.source, layer.published_at?.slice(0, 4) ?? ''].join(' ').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word) || (layer.pinyin ?? []).some((spelled) => spelled.startsWith(word)))
}

/** Tells whether there is something to show. */
export function isPublished(layer: Layer): boolean {
  return layer.published_version !== null
}

/**
 * Lists the visible rows of the tree, themes in the catalogue's order. While
 * something is searched, only themes with a match are listed, all open.
 */
export function visibleNodes(catalogue: Catalogue, search: string, closed: ReadonlySet<string>, shown: ReadonlySet<string>): TreeNode[] {
  const searching = search.trim() !== ''
  const found = catalogue.themes
    .map((theme) => ({ theme, layers: catalogue.layers.filter((l) => l.theme === theme.id && (!searching || matches(l, search.trim()))) }))
    .filter(({ layers }) => layers.length > 0)
  return found.flatMap(({ theme, layers }, i) => {
    const expanded = searching || !closed.has(theme.id)
    const counts = { shownCount: layers.filter((l) => shown.has(l.id)).length, layerCount: layers.length }
    const head: TreeNode = { key: `theme:${theme.id}`, level: 1, theme, expanded, position: i + 1, siblings: found.length, ...counts }
    if (!expanded) return [head]
    const rows = layers.map<TreeNode>((layer, j) => ({ key: layer.id, level: 2, theme, layer, expanded: false, position: j + 1, siblings: layers.length, shownCount: 0, layerCount: 0 }))
    return [head, ...rows]
  })
}

export type TreeAction = { kind: 'focus'; key: string } | { kind: 'open' | 'close'; theme: string } | { kind: 'toggle'; layer: string }

/**
 * Says what a key does in the tree, as the ARIA authoring practices have it.
 * undefined: the key is not the tree's, and the browser should have it.
 */
export function keyAction(nodes: readonly TreeNode[], focused: string, key: string, name: (node: TreeNode) => string): TreeAction | undefined {
  const at = nodes.findIndex((n) => n.key === focused)
  const node = nodes[at]
  if (!node) return undefined
  const focus = (to: TreeNode | undefined): TreeAction | undefined => (to ? { kind: 'focus', key: to.key } : undefined)
  switch (key) {
    case 'ArrowDown':
      return focus(nodes[at + 1])
    case 'ArrowUp':
      return focus(nodes[at - 1])
    case 'Home':
      return focus(nodes[0])
    case 'End':
      return focus(nodes[nodes.length - 1])
    case 'ArrowRight':
      if (node.level === 2) return undefined
      return node.expanded ? focus(nodes[at + 1]) : { kind: 'open', theme: node.theme.id }
    case 'ArrowLeft':
      if (node.level === 2) return focus(nodes.find((n) => n.key === `theme:${node.theme.id}`))
      return node.expanded ? { kind: 'close', theme: node.theme.id } : undefined
    case ' ':
    case 'Enter':
      if (node.layer) return isPublished(node.layer) ? { kind: 'toggle', layer: node.layer.id } : undefined
      return { kind: node.expanded ? 'close' : 'open', theme: node.theme.id }
    default:
      return key.length === 1 ? focus(typedAhead(nodes, at, key, name)) : undefined
  }
}

/** The next row, going round, whose name starts with the letter. */
function typedAhead(nodes: readonly TreeNode[], at: number, letter: string, name: (node: TreeNode) => string): TreeNode | undefined {
  const order = [...nodes.slice(at + 1), ...nodes.slice(0, at)]
  return order.find((n) => name(n).toLowerCase().startsWith(letter.toLowerCase()))
}
