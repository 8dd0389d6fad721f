// The sections of the help: what somebody wants to do, and how, step by step.
// Pictures are made by e2e/pictures/help.mjs under the same names.
import type { Locale } from '../i18n'

export interface TopicWords {
  title: string
  steps: string[]
  note?: string
  /** Other words that people look for it by. */
  also: string
}

export interface Topic {
  id: string
  /** Where in the page it is done; pages beside the viewer have addresses of their own. */
  open?: string
  /** A picture of that name is in pictures/. */
  picture?: true
  words: Record<Locale, TopicWords>
}

/** The sections that hold every word that was typed, in any order. */
export function found(all: readonly Topic[], text: string, locale: Locale): Topic[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean)
  return all.filter(({ words }) => {
    const { title, steps, note = '', also } = words[locale]
    const whole = [title, ...steps, note, also].join(' ').toLowerCase()
    return wanted.every((word) => whole.includes(word))
  })
}

export const topics: readonly Topic[] = [
  {
    id: 'layers',
    open: '/',
    words: {
      zh: { title: '找到并显示图层', steps: ['在左侧“资源目录”上方的框里输入名称、拼音首字母（如 dltb）、部门或年份。', '勾选图层，地图上立即显示；再点一次隐藏。', '到“已选图层”调整上下顺序（拖动或上下键）、透明度、筛选条件和版本；下方是当前画面的图例。'], note: '图层要放大到一定比例才显示时，会给出“放大可见”的按钮。', also: '目录 资源浏览 勾选 图例 透明度 顺序 筛选' },
      en: { title: 'Find and show layers', steps: ['Type a name, pinyin initials (dltb), a department or a year into the box above the catalogue at the left.', 'Tick a layer to show it, again to hide it.', 'Under “Selected”, change the order (by dragging or arrow keys), opacity, filters and version; the legend of what is in view is below.'], note: 'A layer that needs a closer look has a button that takes you there.', also: 'catalogue legend opacity order filter' },
    },
  },
  {
    id: 'search',
    open: '/',
    words: {
      zh: { title: '搜索地名、图斑与坐标', steps: ['按 Ctrl+K，或点顶部的搜索框。', '输入地名、图层、图斑编号、网格编码，汉字、拼音、首字母都可以；或粘贴坐标，度分秒、十进制度、CGCS2000 平面坐标都能认。', '用上下键选择，回车即到。'], note: '平面坐标写反 X、Y 或带带号时会自动识别并说明。', also: '查找 定位 拼音 经纬度 Ctrl+K' },
      en: { title: 'Search places, parcels and coordinates', steps: ['Press Ctrl+K, or click the box at the top.', 'Type a place, layer, parcel number or grid code, in characters, pinyin or initials; or paste coordinates in degrees or CGCS2000 metres.', 'Choose with the arrow keys; Enter goes there.'], note: 'Swapped X and Y and zone prefixes are recognised and told.', also: 'find locate pinyin' },
    },
  },
  {
    id: 'identify',
    open: '/?layers=dltb,road',
    words: {
      zh: { title: '查“这里有什么”', steps: ['先显示要查的图层。', '在图上点击；右侧列出该处各图层的要素。', '点其中一条看属性和面积；“缩放至要素”看全貌。对比分析时，右侧地图同样可以点。'], note: '面积按 CGCS2000 椭球计算，同时给平方米、亩、公顷。', also: '属性 点查 面积 亩 公顷 identify' },
      en: { title: 'Ask what is here', steps: ['Show the layers to ask.', 'Click the map; what the layers have there is listed at the right.', 'Open one for its attributes and area, “zoom to feature” for all of it. While comparing, the second map answers too.'], note: 'Areas are those on the CGCS2000 ellipsoid, in square metres, mu and hectares.', also: 'identify attributes area' },
    },
  },
  {
    id: 'compliance',
    open: '/?open=compliance',
    words: {
      zh: { title: '审查项目红线', steps: ['点顶部“合规审查”。', '选择红线文件（GeoJSON、SHP 的 ZIP、TXT 界址点、KML、DXF），或在图上画。', '选规则集，点“开始审查”；逐层看占用了什么、多少平方米和亩，碎块在图上高亮。', '下载报告（可打印的网页、Excel）和碎块文件。'], note: '报告写明数据版本、规则版本和红线校验值，日后可原样重算。', also: '红线 合规 占用 永久基本农田 生态保护红线 报告' },
      en: { title: 'Check a red line', steps: ['Open “Compliance check” at the top.', 'Choose the file of the red line (GeoJSON, SHP in a ZIP, TXT, KML, DXF), or draw it.', 'Choose a rule set and start; layer by layer see what is taken and how much, with the pieces on the map.', 'Save the report (a page to print, Excel) and the pieces.'], note: 'A report names versions of data and rules and the hash of the line, so that it can be repeated.', also: 'red line farmland protected report' },
    },
  },
  {
    id: 'measure',
    open: '/?open=measure',
    words: {
      zh: { title: '量长度和面积', steps: ['点地图右侧的“量算”。', '选“长度”或“面积”，在图上逐点点击，双击结束。', '不用鼠标时：移动地图，按“在中心加点”。'], note: '结果按 CGCS2000 椭球计算，不是屏幕投影。', also: '量算 距离 测距 测面 亩' },
      en: { title: 'Measure lengths and areas', steps: ['Open “Measure” at the right of the map.', 'Choose length or area, click point by point, double-click to end.', 'Without a mouse: move the map and press “add the centre”.'], note: 'Computed on the CGCS2000 ellipsoid, not on the screen.', also: 'distance' },
    },
  },
  {
    id: 'draw',
    open: '/?open=draw',
    words: {
      zh: { title: '绘制、缓冲与区内统计', steps: ['点右侧“绘制与缓冲”，选点、线、面、矩形或圆，在图上画；也可以粘贴坐标表生成。', '对画好的图形点“缓冲区”，填米数。', '点“区内要素”，得到已显示图层在区内的数量。'], note: '画的图形保存在这台电脑的浏览器里，下次打开还在。', also: '画图 标绘 缓冲 半径 撤销' },
      en: { title: 'Draw, buffer, and count inside', steps: ['Open “Draw and buffer”, choose point, line, polygon, rectangle or circle and draw; or paste a table of coordinates.', '“Buffer” makes an area so many metres round a shape.', '“What is inside” counts the shown layers in it.'], note: 'Shapes are kept in the browser of this computer.', also: 'sketch radius undo' },
    },
  },
  {
    id: 'table',
    open: '/?layers=dltb&open=table:dltb',
    words: {
      zh: { title: '属性表：筛选、排序、导出', steps: ['点右侧“属性表”，选图层。', '点字段名排序；“筛选”按字段加条件；字段旁的“统计”看个数、合计、分布。', '点一行到图上的位置；“导出 CSV”“导出 GeoJSON”下载当前筛选的结果。'], also: '表格 统计 导出 Excel CSV 下载' , note: '筛选、排序由服务器完成，几十万条也不卡。' },
      en: { title: 'The attribute table', steps: ['Open “Attribute table” and choose a layer.', 'Click a field to sort; “Filter” adds conditions; the mark beside a field shows its statistics.', 'A row leads to its place; “Export” saves what is listed as CSV or GeoJSON.'], also: 'filter sort export download excel', note: 'The server filters and sorts, so hundreds of thousands of rows stay quick.' },
    },
  },
  {
    id: 'statistics',
    open: '/?layers=dltb&open=statistics:dltb',
    words: {
      zh: { title: '按类别和行政区统计', steps: ['点顶部“查询统计”，选图层。', '看各类别、各镇街的数量和面积。', '点某一类，地图只显示这一类。'], also: '汇总 图表 柱状图 分类', note: '统计的是已发布版本的全部要素，不只是当前画面。' },
      en: { title: 'Count by class and division', steps: ['Open “Statistics” at the top and choose a layer.', 'See number and area by class and by town.', 'Click a class to show it alone.'], also: 'sum chart', note: 'All features of the published version count, not only those in view.' },
    },
  },
  {
    id: 'compare',
    open: '/?layers=dltb&open=compare',
    words: {
      zh: { title: '对比两期数据', steps: ['点顶部“对比分析”，选卷帘、分屏或闪烁。', '为右侧地图选图层和版本。', '拖动中间的线（或用方向键）对比；两边都可点击查询。'], also: '卷帘 分屏 历年 版本 变化', note: '要看某一天发布的数据，用右侧“年度与版本”。' },
      en: { title: 'Compare two states', steps: ['Open “Compare”, choose swipe, side by side, or blink.', 'Choose layers and versions of the right map.', 'Drag the line (or use arrow keys); both maps answer clicks.'], also: 'swipe split version change', note: 'For the data as published on a day, use “Time and versions”.' },
    },
  },
  {
    id: 'coordinates',
    open: '/?open=coordinates',
    words: {
      zh: { title: '换算坐标', steps: ['点右侧“坐标工具”。', '在图上点一下（或“取地图中心”），得到九种坐标系的值。', '或粘贴一批坐标，选来源和目标坐标系，点“转换”，再复制。'], also: 'CGCS2000 高斯 带号 GCJ-02 BD-09 度分秒 X Y', note: '图上坐标“X”是北坐标，“Y”是东坐标。' },
      en: { title: 'Convert coordinates', steps: ['Open “Coordinates”.', 'Click the map (or take its centre) for the place in nine systems.', 'Or paste positions, choose from and to, convert and copy.'], also: 'CGCS2000 GCJ-02 BD-09 degrees', note: 'A surveyor’s X is the northing and Y the easting.' },
    },
  },
  {
    id: 'bookmarks',
    open: '/?open=bookmarks',
    words: {
      zh: { title: '存书签、发给同事', steps: ['点右侧“书签与分享”。', '取名后“存为书签”，图层、顺序、筛选、视野都记住。', '“生成短链接”并复制；同事打开看到同样的画面，但只能看到其有权看的图层。'], also: '分享 链接 收藏 转发', note: '书签存在本机浏览器里，可导出成文件带走。' },
      en: { title: 'Bookmarks and links', steps: ['Open “Bookmarks and links”.', 'Name and save: layers, order, filters and view are kept.', 'Make a short link and copy it; a colleague sees the same, but only layers that colleague may see.'], also: 'share', note: 'Bookmarks are kept in this browser, and can be saved as a file.' },
    },
  },
  {
    id: 'phone',
    open: '/m/',
    words: {
      zh: { title: '手机上报事件（网格员）', steps: ['在手机上打开管理员发来的一次性链接，自动登录；以后直接打开 /m/。', '打开即见：所在网格、值守人员电话、附近风险和避险点。', '选类型、写情况、拍照，点“提交”。'], also: '网格员 上报 拍照 离线 微网格', note: '没有信号也能填报，照片存在手机里，有网后自动补传且只传一次。' },
      en: { title: 'Report from a phone', steps: ['Open the one-time link that the administrator sent; later just open /m/.', 'At once: your cell, whom to call, dangers and shelters near.', 'Choose a kind, describe, take photos, send.'], also: 'worker report photo offline', note: 'Without signal reports wait on the phone and are sent once when it is back.' },
    },
  },
  {
    id: 'sign-in',
    open: '/',
    words: {
      zh: { title: '登录与退出', steps: ['公开图层不用登录。', '管理员会发给您一次性链接或访问令牌：打开链接即登录；令牌粘贴到右上角“登录”里。', '用完点右上角您的名字，再点“退出登录”；用链接登录的，服务器上的登录同时失效。'], also: '令牌 密码 权限 退出', note: '公用电脑不要勾选“保持登录”。' },
      en: { title: 'Sign in and out', steps: ['Public layers need no sign-in.', 'The administrator sends a one-time link or an access token: the link signs you in; paste the token into “Sign in” at the top right.', 'When done, click your name and “Sign out”; a link’s session ends on the server too.'], also: 'token password right', note: 'Do not stay signed in on a shared computer.' },
    },
  },
  {
    id: 'keyboard',
    words: {
      zh: { title: '键盘与大字版', steps: ['Ctrl+K 搜索；Tab 在各部分间移动；图层目录中上下键移动、左右键展开收起、空格显示或隐藏。', '焦点在地图上时，方向键平移，加减号缩放；“查询地图中心”代替点击。', '顶部“大字”把文字和按钮放大四分之一，下次打开仍然有效。'], also: '快捷键 无障碍 放大 读屏', note: 'Esc 关闭当前面板或结果。' },
      en: { title: 'Keyboard and large type', steps: ['Ctrl+K searches; Tab goes from part to part; in the catalogue arrow keys move and unfold, Space shows or hides.', 'On the map, arrow keys move and plus and minus zoom; “ask at the centre” stands in for a click.', '“Large” at the top makes everything a quarter larger, next time too.'], also: 'shortcut accessibility screen reader', note: 'Escape closes a panel or the results.' },
    },
  },
  {
    id: 'services',
    words: {
      zh: { title: '在 QGIS、ArcGIS 或自己的系统里用', steps: ['每个已发布的地图产品有服务地址页 /services/产品编号/，WMTS、WMS、矢量瓦片地址可直接复制。', '查询接口见 /openapi.json：例如 GET /api/v1/grid/locate?lon=112.0386&lat=22.9308 返回所在网格和负责人。', '需要权限的接口在请求头写 Authorization: Bearer 令牌。'], also: '接口 API WMTS WMS 对接 开发', note: '令牌由管理员用 mapserver token create 发放，可随时收回。' },
      en: { title: 'Use it in QGIS, ArcGIS or your own system', steps: ['Every published map product has a page of addresses, /services/PRODUCT/, with WMTS, WMS and vector tiles to copy.', 'Questions are described in /openapi.json: GET /api/v1/grid/locate?lon=112.0386&lat=22.9308 gives the cell and who is on duty.', 'What needs rights takes the header Authorization: Bearer TOKEN.'], also: 'API developer', note: 'The administrator makes tokens with mapserver token create, and can revoke them.' },
    },
  },
  {
    id: 'faults',
    open: '/diag',
    words: {
      zh: { title: '地图空白、很慢或报错', steps: ['先按 F5 刷新。', '打开“运行环境检查”，看哪一项有问题，旁边写着怎么办。', '仍不行：点“复制为文本”，连同报错里的请求号发给管理员。'], also: '故障 空白 卡 WebGL 显卡 HTTPS 定位', note: '没有 WebGL 的电脑会自动改用要素列表，查询和导出照常。' },
      en: { title: 'An empty or slow map, or an error', steps: ['Press F5 first.', 'Open the environment check: what is wrong, and what to do, stands in each line.', 'Else copy it as text and send it to the administrator, with the request number of the error.'], also: 'fault blank slow WebGL', note: 'A computer without WebGL gets the list of features instead.' },
    },
  },
]
