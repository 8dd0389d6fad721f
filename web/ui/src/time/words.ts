export const zh = {
  time: {
    day: '时点与版本',
    slider: '时点',
    help: '按各图层版本的发布日期查看当时的图。当时尚未发布的图层不显示。',
    now: '当前',
    play: '播放',
    stop: '停止',
    one: '已选图层都只有一个发布时点，没有可比的历史。',
    reading: '正在读取版本…',
    layer: '图层',
    version: '当时的版本',
    none: '当时没有',
    newest: '第 {n} 版（当前）',
    older: '第 {n} 版',
    back: '回到当前',
  },
}

export const en = {
  time: {
    day: 'Time and versions',
    slider: 'Time',
    help: 'What the map was like, by the days on which versions were published. Layers that were not there yet are not shown.',
    now: 'Now',
    play: 'Play',
    stop: 'Stop',
    one: 'All selected layers have been published on one day alone: there is no history to look at.',
    reading: 'Reading the versions…',
    layer: 'Layer',
    version: 'Version of then',
    none: 'not there then',
    newest: 'Version {n} (now)',
    older: 'Version {n}',
    back: 'Back to now',
  },
}
