// The rows of the table of panels, in the order of their buttons.
import { ScaleToOriginal } from '@element-plus/icons-vue'
import type { PanelEntry } from './registry'

export const entries: PanelEntry[] = [
  { id: 'measure', place: 'side', button: 'strip', title: { zh: '量算', en: 'Measure' }, icon: ScaleToOriginal, load: () => import('../measure').then((m) => m.default) },
]
