export const zh = {
  compare: {
    title: '对比分析',
    way: '对比方式',
    ways: { swipe: '卷帘', split: '分屏', blink: '闪烁' },
    line: '卷帘位置',
    right: '右侧图层与版本',
    blinkNote: '闪烁时交替显示',
    show: '显示{name}',
    version: '{name}的版本',
    newest: '当前版本',
    versionOf: '第 {n} 版，{day}',
    add: '添加图层',
    close: '结束对比',
    left: '左：当前地图',
    rightMap: '右侧地图',
  },
}

export const en = {
  compare: {
    title: 'Compare',
    way: 'How to compare',
    ways: { swipe: 'Swipe', split: 'Side by side', blink: 'Blink' },
    line: 'Position of the line',
    right: 'Layers and versions at the right',
    blinkNote: 'While blinking they take turns',
    show: 'Show {name}',
    version: 'Version of {name}',
    newest: 'Newest version',
    versionOf: 'Version {n}, {day}',
    add: 'Add a layer',
    close: 'End comparing',
    left: 'Left: the map',
    rightMap: 'The map at the right',
  },
}
