export const zh = {
  tour: {
    label: '新手引导',
    count: '第 {n} 步，共 {all} 步',
    skip: '跳过',
    back: '上一步',
    next: '下一步',
    done: '完成',
    keys: '左右方向键翻页，Esc 跳过。以后可在“帮助”中重新打开。',
    steps: {
      layers: { title: '在这里选图层', text: '勾选图层即可显示在图上；上方的框可按名称、拼音、部门或年份查找。“已选图层”里调整顺序、透明度和筛选，下方是图例。' },
      search: { title: '搜索一切', text: '按 Ctrl+K 开始输入：图层、地名、图斑编号，或任意写法的坐标，回车即到。' },
      ask: { title: '点一下，看这里有什么', text: '在图上点击任何位置，右侧列出该处所有已显示图层的要素、属性和面积（平方米、亩、公顷）。滚轮缩放，拖动平移。' },
      tools: { title: '地图工具', text: '属性表、量算、绘制与缓冲、坐标转换、年度版本、书签与分享，都在这一列。' },
      modules: { title: '业务功能', text: '查询统计、对比分析、合规审查等功能在顶部。需要登录的功能会提示登录；不清楚时点“帮助”。' },
    },
  },
}

export const en = {
  tour: {
    label: 'First steps',
    count: 'Step {n} of {all}',
    skip: 'Skip',
    back: 'Back',
    next: 'Next',
    done: 'Done',
    keys: 'Arrow keys turn pages, Escape skips. “Help” begins it again.',
    steps: {
      layers: { title: 'Choose layers here', text: 'Ticked layers are shown; the box above finds them by name, pinyin, department or year. “Selected” has their order, opacity and filters, with the legend below.' },
      search: { title: 'Search for anything', text: 'Press Ctrl+K and type: layers, places, parcel numbers, or coordinates in any spelling. Enter goes there.' },
      ask: { title: 'Click to see what is there', text: 'A click on the map lists what the shown layers have there, with attributes and areas in square metres, mu and hectares. The wheel zooms, dragging moves.' },
      tools: { title: 'Tools of the map', text: 'Attribute table, measuring, drawing and buffers, coordinates, versions, bookmarks and links are in this strip.' },
      modules: { title: 'Modules', text: 'Statistics, comparing, compliance checks and more are at the top. What needs a sign-in asks for it; “Help” explains the rest.' },
    },
  },
}
