export const zh = {
  measure: {
    kind: '量算内容',
    length: '长度',
    area: '面积',
    how: '在图上点选各点，双击或回车结束，退格撤回一点。也可移动地图，再按“在中心加点”。',
    centre: '在中心加点',
    undo: '撤回一点',
    finish: '结束',
    clear: '重新量算',
    total: '总长',
    perimeter: '周长',
    points: '点数',
    legs: '各段长度',
    ellipsoid: '按 CGCS2000 椭球计算，不是平面量算。',
  },
}

export const en = {
  measure: {
    kind: 'What to measure',
    length: 'Length',
    area: 'Area',
    how: 'Click the points on the map; double click or Enter ends, Backspace takes one back. Or move the map and add its centre.',
    centre: 'Add the centre',
    undo: 'Take one back',
    finish: 'End',
    clear: 'Start again',
    total: 'Length',
    perimeter: 'Perimeter',
    points: 'Points',
    legs: 'Lengths of the legs',
    ellipsoid: 'Computed on the CGCS2000 ellipsoid, not on the plane.',
  },
}
