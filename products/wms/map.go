package wms

import (
	"encoding/hex"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/products/kvp"
)

// parseMap reads the parameters of a map. Those of a question about one need
// neither layers nor a format that is drawn.
func (s Service) parseMap(p kvp.Params, r *Request, asked bool) (*Map, error) {
	m := Map{DPI: 96, Format: PNG}
	if v := p.Get("version"); v == "" && !p.Has("wmtver") {
		return nil, missing("VERSION")
	}
	if text := p.Get("exceptions"); text != "" {
		if _, ok := mannerOf(text); !ok {
			return nil, invalid("EXCEPTIONS", text, "应为 XML、INIMAGE 或 BLANK", "must be XML, INIMAGE or BLANK")
		}
	}
	format := p.Get("format")
	if !asked || format != "" {
		var err error
		if m.Format, err = formatOf(format, Formats(), asked); err != nil {
			r.Manner = AsXML // no picture can be made to tell it in
			return nil, err
		}
	}
	var err error
	if m.Width, err = side(p, "WIDTH"); err == nil {
		m.Height, err = side(p, "HEIGHT")
	}
	if err != nil {
		r.Manner = AsXML
		return nil, err
	}
	switch text := strings.ToLower(p.Get("transparent")); text {
	case "", "false", "0":
	case "true", "1":
		m.Transparent = true
	default:
		return nil, invalid("TRANSPARENT", text, "应为 TRUE 或 FALSE", "must be TRUE or FALSE")
	}
	r.Picture = m
	if m.Background, err = colour(p); err != nil {
		return nil, err
	}
	if m.DPI, err = dpi(p); err != nil {
		return nil, err
	}
	if m.Layers, err = s.layers(p, "LAYERS", asked); err != nil {
		return nil, err
	}
	if err := styles(p, len(m.Layers)); err != nil {
		return nil, err
	}
	if err := m.place(p, r.Version); err != nil {
		return nil, err
	}
	if text := p.Get("time"); text != "" && !strings.EqualFold(text, "current") {
		m.Time = text
	}
	return &m, nil
}

func formatOf(text string, offered []Format, lenient bool) (Format, error) {
	kind, _, _ := strings.Cut(strings.ToLower(text), ";")
	kind = strings.TrimSpace(kind)
	switch kind {
	case "image/jpg":
		kind = string(JPEG)
	case "image/png8":
		kind = string(PNG)
	}
	if slices.Contains(offered, Format(kind)) {
		return Format(kind), nil
	}
	if lenient {
		return PNG, nil
	}
	if text == "" {
		return "", missing("FORMAT")
	}
	var names []string
	for _, f := range offered {
		names = append(names, string(f))
	}
	list := strings.Join(names, ", ")
	return "", wrong(InvalidFormat, "FORMAT", text, "应为 "+list, "must be one of "+list)
}

func side(p kvp.Params, name string) (int, error) {
	text := p.Get(name)
	if text == "" {
		return 0, missing(name)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxSide {
		return 0, invalid(name, text, "应为 1 至 "+strconv.Itoa(MaxSide)+" 像素的整数；更大的图请分块请求或制作图幅", "must be a whole number of pixels from 1 to "+strconv.Itoa(MaxSide)+"; ask for a larger map in parts, or as a sheet")
	}
	return n, nil
}

func colour(p kvp.Params) (*[3]uint8, error) {
	text := p.Get("bgcolor")
	if text == "" {
		return nil, nil
	}
	digits := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(text), "0x"), "#")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 3 {
		return nil, invalid("BGCOLOR", text, "应为 0xRRGGBB", "must be 0xRRGGBB")
	}
	return &[3]uint8{b[0], b[1], b[2]}, nil
}

// dpi reads what QGIS, MapServer and GeoServer call the resolution.
func dpi(p kvp.Params) (float64, error) {
	text := p.Get("dpi")
	if text == "" {
		text = p.Get("map_resolution")
	}
	if text == "" {
		if option, ok := strings.CutPrefix(strings.ToLower(p.Get("format_options")), "dpi:"); ok {
			text = option
		}
	}
	if text == "" {
		return 96, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 24 && v <= 1200) {
		return 0, invalid("DPI", text, "应为 24 至 1200", "must be from 24 to 1200")
	}
	return v, nil
}

// layers reads a list of layers. A group stands for its members.
func (s Service) layers(p kvp.Params, name string, optional bool) ([]string, error) {
	list, err := p.List(name, MaxLayers)
	if err != nil {
		return nil, invalid(name, p.Get(name), "最多 "+strconv.Itoa(MaxLayers)+" 个图层", "at most "+strconv.Itoa(MaxLayers)+" layers")
	}
	if len(list) == 0 {
		if optional {
			return nil, nil
		}
		return nil, missing(name)
	}
	for _, id := range list {
		known := id == s.ID || slices.ContainsFunc(s.Layers, func(l Layer) bool { return l.ID == id })
		if !known {
			return nil, wrong(LayerNotDefined, name, id, "没有这个图层", "there is no such layer")
		}
	}
	return list, nil
}

// styles checks the list of styles: each layer has only its default.
func styles(p kvp.Params, layers int) error {
	list, err := p.List("styles", MaxLayers)
	if err != nil || len(list) > layers {
		return wrong(StyleNotDefined, "STYLES", p.Get("styles"), "样式多于图层", "there are more styles than layers")
	}
	for _, name := range list {
		if name != "" && !strings.EqualFold(name, defaultStyle) {
			return wrong(StyleNotDefined, "STYLES", name, "应为空或 default", "must be empty or default")
		}
	}
	return nil
}

const defaultStyle = "default"

// place reads the system and the box.
func (m *Map) place(p kvp.Params, v Version) error {
	name := "CRS"
	if v == V111 {
		name = "SRS"
	}
	text := p.Get(name)
	if text == "" {
		return missing(name)
	}
	var ok bool
	if m.System, ok = systemNamed(text, v); !ok {
		var names []string
		for _, s := range Systems() {
			names = append(names, s.Name)
		}
		list := strings.Join(names, ", ")
		return wrong(InvalidCRS, name, text, "应为 "+list, "must be one of "+list)
	}
	boxText := p.Get("bbox")
	if boxText == "" {
		return missing("BBOX")
	}
	const zh, en = "应为四个数 minx,miny,maxx,maxy，且前两个小于后两个；WMS 1.3.0 按坐标系自身的轴序", "must be four numbers minx,miny,maxx,maxy, the first two below the others; in WMS 1.3.0 in the system's own order of axes"
	parts := strings.Split(boxText, ",")
	if len(parts) != 4 {
		return invalid("BBOX", boxText, zh, en)
	}
	var n [4]float64
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseFloat(strings.TrimSpace(part), 64); err != nil || !(math.Abs(n[i]) <= 1e9) {
			return invalid("BBOX", boxText, zh, en)
		}
	}
	n = m.System.order(v, n)
	if !(n[0] < n[2] && n[1] < n[3]) {
		return invalid("BBOX", boxText, zh, en)
	}
	m.Box = orb.Bound{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}
	return nil
}
