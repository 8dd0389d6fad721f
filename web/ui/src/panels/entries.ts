// The rows of the table of panels, in the order of their buttons.
import { Finished, ScaleToOriginal } from '@element-plus/icons-vue'
import type { PanelEntry } from './registry'

export const entries: PanelEntry[] = [
  { id: 'measure', place: 'side', button: 'strip', title: { zh: '量算', en: 'Measure' }, icon: ScaleToOriginal, load: () => import('../measure').then((m) => m.default) },
  { id: 'compliance', place: 'side', wide: true, button: 'bar', title: { zh: '合规审查', en: 'Compliance check' }, icon: Finished, load: () => import('../compliance').then((m) => m.default) },
]
