package wms

import (
	"strconv"
	"strings"

	"onemap/products/info"
	"onemap/products/kvp"
)

func (s Service) parseInfo(p kvp.Params, r *Request) (*Info, error) {
	m, err := s.parseMap(p, r, true)
	r.Manner = AsXML // the answer is no picture
	if err != nil {
		return nil, err
	}
	q := Info{Map: *m, Format: info.JSON, MostEach: 1}
	if q.Layers, err = s.layers(p, "QUERY_LAYERS", false); err != nil {
		return nil, err
	}
	if text := p.Get("info_format"); text != "" {
		var ok bool
		if q.Format, ok = info.Named(text); !ok {
			zh, en := info.Names()
			return nil, wrong(InvalidFormat, "INFO_FORMAT", text, zh, en)
		}
	}
	if text := p.Get("feature_count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, invalid("FEATURE_COUNT", text, "应为正整数", "must be a positive whole number")
		}
		q.MostEach = min(n, 50)
	}
	names := [2]string{"I", "J"}
	if r.Version == V111 {
		names = [2]string{"X", "Y"}
	}
	for i, to := range []*int{&q.Column, &q.Row} {
		text := p.Get(names[i])
		if text == "" {
			text = p.Get([2][2]string{{"X", "Y"}, {"I", "J"}}[versionIndex(r.Version)][i]) // the other version's name
		}
		if text == "" {
			return nil, missing(names[i])
		}
		n, err := strconv.Atoi(text)
		if most := []int{m.Width, m.Height}[i]; err != nil || n < 0 || n >= most {
			return nil, wrong(InvalidPoint, names[i], text, "应为图内像素 0 至 "+strconv.Itoa(most-1), "must be a pixel of the map, 0 to "+strconv.Itoa(most-1))
		}
		*to = n
	}
	return &q, nil
}

// versionIndex is 0 for 1.3.0 and 1 for 1.1.1.
func versionIndex(v Version) int {
	if v == V111 {
		return 1
	}
	return 0
}

func (s Service) parseLegend(p kvp.Params) (*LegendRequest, error) {
	l := LegendRequest{}
	name := "LAYER"
	if !p.Has(name) && p.Has("layers") {
		name = "LAYERS"
	}
	list, err := s.layers(p, name, false)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 {
		return nil, invalid(name, p.Get(name), "应为一个图层", "must be one layer")
	}
	l.Layer = list[0]
	if err := styles(p, 1); err != nil {
		return nil, err
	}
	if style := p.Get("style"); style != "" && !strings.EqualFold(style, defaultStyle) {
		return nil, wrong(StyleNotDefined, "STYLE", style, "应为空或 default", "must be empty or default")
	}
	format := p.Get("format")
	if format == "" {
		format = string(PNG)
	}
	if l.Format, err = formatOf(format, []Format{PNG, JPEG, SVG}, false); err != nil {
		return nil, err
	}
	if text := p.Get("scale"); text != "" {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v > 0 && v < 1e10) {
			return nil, invalid("SCALE", text, "应为比例尺分母", "must be a scale's denominator")
		}
		l.Scale = v
	}
	return &l, nil
}
