export const zh = {
  coordinates: {
    help: '每行一个坐标：十进制度、度分秒，或 X= Y=（X 为北，Y 为东）。也可在图上点取。',
    positions: '坐标',
    from: '输入坐标系',
    to: '转换为',
    convert: '转换',
    centre: '取地图中心',
    result: '转换结果',
    all: '图上所取的点，各坐标系',
    dms: '度分秒',
    copy: '复制',
    copied: '已复制',
    locate: '定位',
    locateNth: '定位第 {n} 个坐标',
    swapped: '看起来 X 与 Y 标反了：第 {n} 行的北坐标在后。请核对。',
    none: '请输入坐标',
  },
}

export const en = {
  coordinates: {
    help: 'A position a line: decimal degrees, degrees minutes seconds, or X= Y= where X is north and Y is east. Or click one on the map.',
    positions: 'Positions',
    from: 'System of the input',
    to: 'Convert to',
    convert: 'Convert',
    centre: 'Take the map centre',
    result: 'Result',
    all: 'The place on the map in every system',
    dms: 'Degrees, minutes, seconds',
    copy: 'Copy',
    copied: 'Copied',
    locate: 'Locate',
    locateNth: 'Locate position {n}',
    swapped: 'X and Y seem to be swapped: the northing of line {n} comes second. Please check.',
    none: 'Type a position',
  },
}
