// The phone page's own words. Names of cells, dangers and kinds are the server's.
export interface Words {
  title: string
  offline: string
  waiting: string
  tabReport: string
  tabMine: string
  emergency: string
  emergencyHint: string
  police: string
  fire: string
  ambulance: string
  close: string
  locating: string
  locateAgain: string
  notHere: string
  place: string
  source: Record<'browser' | 'wechat' | 'bridge' | 'pin', string>
  system: string
  systemChoice: Record<'CRS84' | 'gcj02' | 'bd09', string>
  systemHint: string
  setPin: string
  pinHint: string
  pinDone: string
  pinAgain: string
  mapFails: string
  denied: string
  unavailable: string
  insecure: string
  inaccurate: string
  stale: string
  outside: string
  useAnyway: string
  cell: string
  nobody: string
  call: string
  masked: string
  dangers: string
  noDangers: string
  inside: string
  metres: string
  shelters: string
  noShelters: string
  persons: string
  walk: string
  warningsNow: string
  fromPack: string
  noAnswer: string
  report: string
  kind: string
  chooseClass: string
  text: string
  textHint: string
  photos: string
  addPhoto: string
  removePhoto: string
  badPhoto: string
  fullPhotos: string
  submit: string
  needKind: string
  needPlace: string
  submitted: string
  kept: string
  sendNow: string
  nothingWaits: string
  waitsNetwork: string
  tries: string
  needSignIn: string
  refused: string
  discard: string
  discardSure: string
  myReports: string
  noReports: string
  loadFails: string
  signInFirst: string
  signInBad: string
  signedIn: string
  signOut: string
  pack: string
  packMissing: string
  packGet: string
  packDone: string
  updateReady: string
  reload: string
  language: string
  storageFull: string
}

const zh: Words = {
  title: '事件上报',
  offline: '离线',
  waiting: '待传 {n}',
  tabReport: '上报',
  tabMine: '我的',
  emergency: '紧急呼叫',
  emergencyHint: '人身有危险时先打电话',
  police: '报警 110',
  fire: '消防 119',
  ambulance: '急救 120',
  close: '关闭',
  locating: '正在定位…',
  locateAgain: '重新定位',
  notHere: '位置不对？',
  place: '当前位置',
  source: { browser: '手机定位', wechat: '微信定位', bridge: '应用定位', pin: '手动标记' },
  system: '本机坐标系',
  systemChoice: { CRS84: 'WGS 84（默认）', gcj02: 'GCJ-02（火星坐标）', bd09: 'BD-09（百度）' },
  systemHint: '如果标记总是偏几百米，请换成 GCJ-02，设置会记住。',
  setPin: '在地图上标记',
  pinHint: '移动地图，使十字对准事发地点',
  pinDone: '用这个位置',
  pinAgain: '恢复手机定位',
  mapFails: '此设备不能显示地图，请直接填写经纬度。',
  denied: '没有定位权限。请在浏览器设置里允许定位，或在地图上标记。',
  unavailable: '暂时定不了位。请到开阔处重试，或在地图上标记。',
  insecure: '本页未使用 HTTPS，浏览器不允许定位。请在地图上标记。',
  inaccurate: '定位误差 {m} 米，可能不在这个网格。',
  stale: '定位是 {m} 分钟前的。',
  outside: '位置不在云浮市范围内。',
  useAnyway: '仍然使用',
  cell: '所在网格',
  nobody: '没有登记值守人员',
  call: '拨打',
  masked: '登录后显示电话',
  dangers: '附近 500 米风险',
  noDangers: '附近 500 米内没有登记的风险',
  inside: '就在其中',
  metres: '{m} 米',
  shelters: '最近避险点',
  noShelters: '没有登记的避险点',
  persons: '可容纳 {n} 人',
  walk: '方向 {d}',
  warningsNow: '生效预警',
  fromPack: '离线包答复，可能不是最新',
  noAnswer: '服务器没有应答，本机也没有这里的离线包。仍可填报，联网后自动上传。',
  report: '填报',
  kind: '类型',
  chooseClass: '选择类别',
  text: '情况描述',
  textHint: '发生了什么（可用输入法的语音输入）',
  photos: '照片',
  addPhoto: '拍照或选图',
  removePhoto: '删除第 {n} 张照片',
  badPhoto: '这个文件不是能读的图片',
  fullPhotos: '最多 {n} 张',
  submit: '提交',
  needKind: '请先选择类型',
  needPlace: '请先定位，或在地图上标记',
  submitted: '已上报，编号 {n}',
  kept: '已存在手机里，联网后自动上传',
  sendNow: '立即上传',
  nothingWaits: '没有待传的事件',
  waitsNetwork: '等待上传',
  tries: '已试 {n} 次',
  needSignIn: '需要重新登录后上传',
  refused: '服务器不收：{why}',
  discard: '删除',
  discardSure: '确定删除这条没有上传的事件？',
  myReports: '我上报的',
  noReports: '还没有上报过事件',
  loadFails: '暂时读不到，联网后重试',
  signInFirst: '本机没有登录。请打开管理员发来的登录链接；未登录时可以查网格与避险点，事件存在手机里。',
  signInBad: '登录链接无效或已用过，请向管理员再要一个。',
  signedIn: '{name} 已登录',
  signOut: '退出登录',
  pack: '离线包',
  packMissing: '还没有离线包：没有信号时将查不到网格与责任人。',
  packGet: '下载本镇离线包',
  packDone: '{name}，{d} 更新',
  updateReady: '有新版本',
  reload: '更新',
  language: 'English',
  storageFull: '手机存不下了：请先上传或删除旧的事件。',
}

const en: Words = {
  title: 'Report',
  offline: 'Offline',
  waiting: '{n} waiting',
  tabReport: 'Report',
  tabMine: 'Mine',
  emergency: 'Emergency call',
  emergencyHint: 'When somebody is in danger, call first',
  police: 'Police 110',
  fire: 'Fire 119',
  ambulance: 'Ambulance 120',
  close: 'Close',
  locating: 'Finding where you are…',
  locateAgain: 'Locate again',
  notHere: 'Wrong place?',
  place: 'Where you are',
  source: { browser: 'From the phone', wechat: 'From WeChat', bridge: 'From the app', pin: 'Set by hand' },
  system: "This phone's coordinates",
  systemChoice: { CRS84: 'WGS 84 (usual)', gcj02: 'GCJ-02', bd09: 'BD-09 (Baidu)' },
  systemHint: 'If the mark is always some hundred metres off, choose GCJ-02; it is remembered.',
  setPin: 'Set it on the map',
  pinHint: 'Move the map until the cross is on the place',
  pinDone: 'Use this place',
  pinAgain: "Back to the phone's position",
  mapFails: 'This device cannot show the map. Please type longitude and latitude.',
  denied: 'Locating is not allowed. Allow it in the browser, or set the place on the map.',
  unavailable: 'No position now. Try again under the open sky, or set it on the map.',
  insecure: 'This page is not on HTTPS, so the browser does not locate. Set the place on the map.',
  inaccurate: 'The position is known to {m} m only and may be in another cell.',
  stale: 'The position is {m} minutes old.',
  outside: 'The position is not in Yunfu.',
  useAnyway: 'Use it anyway',
  cell: 'Your grid cell',
  nobody: 'Nobody is recorded as on duty',
  call: 'Call',
  masked: 'Sign in to see phone numbers',
  dangers: 'Dangers within 500 m',
  noDangers: 'No danger is recorded within 500 m',
  inside: 'you are in it',
  metres: '{m} m',
  shelters: 'Nearest shelters',
  noShelters: 'No shelter is recorded',
  persons: 'for {n} people',
  walk: 'to the {d}',
  warningsNow: 'Warnings in force',
  fromPack: 'From the offline pack; may not be current',
  noAnswer: 'The server did not answer and there is no offline pack of this place. You can still report; it is sent later.',
  report: 'Report',
  kind: 'Kind',
  chooseClass: 'Choose a class',
  text: 'What happened',
  textHint: 'What you see (the keyboard can take dictation)',
  photos: 'Photos',
  addPhoto: 'Take or choose photos',
  removePhoto: 'Remove photo {n}',
  badPhoto: 'This file is no picture that can be read',
  fullPhotos: 'At most {n}',
  submit: 'Send',
  needKind: 'Choose a kind first',
  needPlace: 'Locate first, or set the place on the map',
  submitted: 'Reported, number {n}',
  kept: 'Kept on the phone; it is sent when there is a network',
  sendNow: 'Send now',
  nothingWaits: 'Nothing waits to be sent',
  waitsNetwork: 'Waits to be sent',
  tries: 'tried {n} times',
  needSignIn: 'Sign in again to send it',
  refused: 'The server refused it: {why}',
  discard: 'Delete',
  discardSure: 'Delete this report, which was not sent?',
  myReports: 'My reports',
  noReports: 'Nothing reported yet',
  loadFails: 'Cannot be read now; try again with a network',
  signInFirst: 'This phone is not signed in. Open the link that the administrator sent; until then cells and shelters are shown and reports are kept here.',
  signInBad: 'The link is not valid or was used before. Ask the administrator for another.',
  signedIn: '{name} is signed in',
  signOut: 'Sign out',
  pack: 'Offline pack',
  packMissing: 'There is no offline pack: without signal no cell and nobody on duty can be shown.',
  packGet: "Download this town's pack",
  packDone: '{name}, of {d}',
  updateReady: 'A new version is there',
  reload: 'Update',
  language: '中文',
  storageFull: 'The phone is full: send or delete older reports first.',
}

export type Locale = 'zh' | 'en'
export const words: Record<Locale, Words> = { zh, en }

/** Puts values into a text, as {n}. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

const winds = {
  zh: ['北', '东北', '东', '东南', '南', '西南', '西', '西北'],
  en: ['north', 'north-east', 'east', 'south-east', 'south', 'south-west', 'west', 'north-west'],
} as const

/** The direction from one position to another, as one of eight winds. */
export function wind(locale: Locale, from: readonly [number, number], to: readonly [number, number]): string {
  const x = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180)
  const eighth = Math.round(Math.atan2(x, to[1] - from[1]) / (Math.PI / 4))
  return winds[locale][(eighth + 8) % 8] as string
}
