// The rows of the table of panels, in the order of their buttons.
import { Bell, Brush, Clock, CollectionTag, DocumentAdd, Edit, Finished, Grid, List, Location, OfficeBuilding, Printer, ScaleToOriginal, Switch, Tickets, TrendCharts, Upload, Warning } from '@element-plus/icons-vue'
import MountainIcon from './MountainIcon.vue'
import type { PanelEntry } from './registry'

export const entries: PanelEntry[] = [
  { id: 'statistics', place: 'side', button: 'bar', title: { zh: '查询统计', en: 'Statistics' }, icon: TrendCharts, load: () => import('../statistics').then((m) => m.default) },
  { id: 'compare', place: 'over', button: 'bar', title: { zh: '对比分析', en: 'Compare' }, icon: Switch, load: () => import('../compare').then((m) => m.default) },
  { id: 'table', place: 'bottom', button: 'strip', title: { zh: '属性表', en: 'Attribute table' }, icon: List, load: () => import('../table').then((m) => m.default) },
  { id: 'measure', place: 'side', button: 'strip', title: { zh: '量算', en: 'Measure' }, icon: ScaleToOriginal, load: () => import('../measure').then((m) => m.default) },
  { id: 'compliance', place: 'side', wide: true, button: 'bar', title: { zh: '合规审查', en: 'Compliance check' }, icon: Finished, load: () => import('../compliance').then((m) => m.default) },
  { id: 'print', place: 'side', wide: true, button: 'bar', title: { zh: '出图', en: 'Print' }, icon: Printer, load: () => import('../print').then((m) => m.default) },
  { id: 'incidents', place: 'side', wide: true, button: 'bar', menu: 'governance', title: { zh: '事件', en: 'Incidents' }, icon: Bell, load: () => import('../incidents').then((m) => m.default) },
  { id: 'warnings', place: 'side', wide: true, button: 'bar', menu: 'governance', title: { zh: '预警', en: 'Warnings' }, icon: Warning, load: () => import('../warnings').then((m) => m.default) },
  { id: 'cell', place: 'side', wide: true, button: 'bar', menu: 'governance', title: { zh: '一格全息', en: 'Cell summary' }, icon: OfficeBuilding, load: () => import('../cell').then((m) => m.default) },
  { id: 'draw', place: 'side', button: 'strip', title: { zh: '绘制与缓冲', en: 'Draw and buffer' }, icon: Edit, load: () => import('../drawing').then((m) => m.default) },
  { id: 'coordinates', place: 'side', button: 'strip', title: { zh: '坐标工具', en: 'Coordinates' }, icon: Location, load: () => import('../coordinates').then((m) => m.default) },
  { id: 'time', place: 'side', button: 'strip', title: { zh: '年度与版本', en: 'Time and versions' }, icon: Clock, load: () => import('../time').then((m) => m.default) },
  { id: 'bookmarks', place: 'side', button: 'strip', title: { zh: '书签与分享', en: 'Bookmarks and links' }, icon: CollectionTag, load: () => import('../bookmarks').then((m) => m.default) },
  { id: 'terrain', place: 'side', button: 'strip', title: { zh: '三维与地形', en: '3D and terrain' }, icon: MountainIcon, load: () => import('../terrain').then((m) => m.default) },
  { id: 'style', place: 'side', button: 'strip', title: { zh: '图层样式', en: 'Layer looks' }, icon: Brush, load: () => import('../styling').then((m) => m.default) },
  { id: 'tiles', place: 'side', wide: true, button: 'strip', title: { zh: '瓦片大小', en: 'Tile sizes' }, icon: Grid, load: () => import('../tiles').then((m) => m.default) },
  { id: 'import', place: 'side', wide: true, button: 'bar', title: { zh: '数据汇交', en: 'Import' }, icon: Upload, load: () => import('../importing').then((m) => m.default) },
  { id: 'compose', place: 'side', wide: true, button: 'none', title: { zh: '编制图产品', en: 'Compose a product' }, icon: DocumentAdd, load: () => import('../compose').then((m) => m.default) },
  { id: 'tasks', place: 'side', button: 'bar', title: { zh: '任务', en: 'Tasks' }, icon: Tickets, load: () => import('../tasks').then((m) => m.default) },
]
