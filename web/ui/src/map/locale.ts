// MapLibre's own words, in Chinese. English is what MapLibre has itself.

export const zhCN = {
  'AttributionControl.ToggleAttribution': '显示或隐藏数据来源',
  'AttributionControl.MapFeedback': '地图反馈',
  'FullscreenControl.Enter': '全屏',
  'FullscreenControl.Exit': '退出全屏',
  'GeolocateControl.FindMyLocation': '定位到我的位置',
  'GeolocateControl.LocationNotAvailable': '无法定位',
  'LogoControl.Title': 'MapLibre 标志',
  'Map.Title': '地图：方向键平移，加减号缩放',
  'Marker.Title': '地图标记',
  'NavigationControl.ResetBearing': '拖动旋转，点击回到正北',
  'NavigationControl.ZoomIn': '放大',
  'NavigationControl.ZoomOut': '缩小',
  'Popup.Close': '关闭',
  'ScaleControl.Feet': '英尺',
  'ScaleControl.Meters': '米',
  'ScaleControl.Kilometers': '千米',
  'ScaleControl.Miles': '英里',
  'ScaleControl.NauticalMiles': '海里',
  'GlobeControl.Enable': '球面显示',
  'GlobeControl.Disable': '平面显示',
  'TerrainControl.Enable': '显示地形',
  'TerrainControl.Disable': '关闭地形',
  'CooperativeGesturesHandler.WindowsHelpText': '按住 Ctrl 滚动以缩放地图',
  'CooperativeGesturesHandler.MacHelpText': '按住 ⌘ 滚动以缩放地图',
  'CooperativeGesturesHandler.MobileHelpText': '用两根手指移动地图',
}

export const en = { 'Map.Title': 'Map: arrow keys move it, plus and minus zoom' }
