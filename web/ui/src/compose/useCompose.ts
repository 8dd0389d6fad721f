// The product that is composed: begun, checked while it is typed, saved and
// taken through its steps.
import { computed, onUnmounted, ref, shallowRef, watch } from 'vue'
import { api, ApiError, asApiError } from '../api/client'
import type { Field } from '../api/types'
import { loadDetails } from '../catalogue/details'
import { useCatalogue } from '../catalogue/store'
import { useMapAccess } from '../panels/mapAccess'
import { productServer } from '../products/server'
import type { Content, WholeProduct } from '../products/types'
import { contentOfMap, fieldOf, idOf, layersOf, nextId, sent, type ShownMap } from './content'

/** argument() is the id of the product that is edited, "" a new one; signedIn() whether anybody is. */
export function useCompose(argument: () => string, signedIn: () => boolean) {
  const store = useCatalogue()
  const access = useMapAccess()
  const content = ref<Content>()
  const product = shallowRef<WholeProduct>()
  const id = ref('')
  const why = ref('')
  const ownId = ref(false)
  const picture = shallowRef<Blob>()
  const checking = ref(false)
  const busy = ref(false)
  /** Why what was typed can't be saved. */
  const wrong = shallowRef<ApiError>()
  const failure = shallowRef<ApiError>()
  const field = computed(() => (wrong.value ? fieldOf(wrong.value.field) : ''))

  async function shownMap(): Promise<ShownMap> {
    const fields = new Map<string, readonly Field[]>()
    for (const s of store.shown) if (s.where) fields.set(s.id, (await loadDetails(s.id)).layer.fields)
    return { shown: store.shown, layers: new Map(store.catalogue.layers.map((l) => [l.id, l])), fields, bounds: access.view.value?.bounds }
  }

  const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10) // in Beijing

  async function attempt(work: () => Promise<void>): Promise<void> {
    busy.value = true
    failure.value = undefined
    try {
      await work()
    } catch (thrown) {
      const error = asApiError(thrown)
      if (error.field) wrong.value = error
      else failure.value = error
    } finally {
      busy.value = false
    }
  }

  /** Begins with the product of that id, or with what the map shows. */
  function begin(): Promise<void> {
    return attempt(async () => {
      wrong.value = undefined
      picture.value = undefined
      if (argument()) return take(await productServer.get(argument()))
      product.value = undefined
      content.value = contentOfMap(await shownMap(), today())
      id.value = idOf(content.value.title_en)
      ownId.value = false
    })
  }

  function take(one: WholeProduct): void {
    product.value = one
    id.value = one.id
    content.value = structured(one.content)
    why.value = ''
  }

  const structured = (one: Content) => JSON.parse(JSON.stringify(one)) as Content

  async function layersFromMap(): Promise<void> {
    const map = await shownMap()
    if (content.value) content.value.layers = layersOf(map)
  }

  let asking: AbortController | undefined
  let timer = 0
  /** The server says what is wrong, and draws it where nothing is. */
  async function check(): Promise<void> {
    asking?.abort()
    window.clearTimeout(timer)
    if (!content.value || !signedIn()) return
    const controller = (asking = new AbortController())
    checking.value = true
    await new Promise((done) => (timer = window.setTimeout(done, 400)))
    if (controller.signal.aborted) return
    try {
      picture.value = await productServer.preview(sent(content.value), controller.signal)
      wrong.value = undefined
      failure.value = undefined
    } catch (thrown) {
      if (controller.signal.aborted) return
      const error = asApiError(thrown)
      if (error.field) wrong.value = error
      else failure.value = error
    }
    checking.value = false
  }
  watch([content, signedIn], () => void check(), { deep: true })
  onUnmounted(() => {
    asking?.abort()
    window.clearTimeout(timer)
  })

  /** An id that nobody chose gives way to one that is taken. */
  async function create(asked: Content): Promise<WholeProduct> {
    for (let tries = 0; ; tries++) {
      try {
        return await productServer.create(id.value, asked, why.value.trim())
      } catch (thrown) {
        if (!(thrown instanceof ApiError) || thrown.code !== 'product-exists' || ownId.value || tries >= 50) throw thrown
        id.value = nextId(id.value)
      }
    }
  }

  async function keep(): Promise<void> {
    if (!content.value) return
    const asked = sent(content.value)
    const old = product.value
    take(old ? await productServer.update(old.id, asked, old.revision, why.value.trim()) : await create(asked))
  }

  const onward = ['checked', 'approved', 'published'] as const

  /** Saves; publish takes the product through the steps that whoever works on it may take. */
  function save(publish: boolean): Promise<void> {
    return attempt(async () => {
      const reason = why.value.trim()
      await keep()
      while (publish && product.value) {
        const { id: of, next, revision } = product.value
        const step = next.find((n) => onward.some((to) => to === n.to))
        if (!step) return
        product.value = await productServer.move(of, step.to, reason, revision)
      }
    })
  }

  function remove(): Promise<void> {
    return attempt(async () => {
      const one = product.value
      if (one) await api.remove(`/api/v1/products/${encodeURIComponent(one.id)}`)
      product.value = undefined
    })
  }

  return { content, product, id, ownId, why, picture, checking, busy, wrong, failure, field, begin, take, layersFromMap, save, remove }
}
