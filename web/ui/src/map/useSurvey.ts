// Survey coordinates of a moving place; empty until proj4 has come.
import { computed, shallowRef, type Ref } from 'vue'
import { formatSurvey, type LonLat } from './coordinates'
import { loadToSurvey, type ToSurvey } from './projection'

export function useSurvey(place: Readonly<Ref<LonLat | undefined>>) {
  const toSurvey = shallowRef<ToSurvey>()
  void loadToSurvey().then((convert) => (toSurvey.value = convert))
  const text = computed(() => (place.value && toSurvey.value ? formatSurvey(toSurvey.value(place.value)) : ''))
  return { text }
}
