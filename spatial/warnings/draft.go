package warnings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// Draft is a warning as a request writes it: its content, with the polygon as
// GeoJSON in the request's system, and, to change one, why and which revision is
// meant to be changed.
type Draft struct {
	Content
	Polygon  *geojson.Geometry `json:"polygon,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Revision int               `json:"revision,omitempty"` // 0 is whichever is newest
}

// ReadDraft reads a JSON object onto what a warning said before: members that are
// left out stay. Unknown members and values of the wrong kind are a [ContentError].
// The polygon is handed on as it is written; hasPolygon tells whether there is one.
func ReadDraft(text []byte, before Content) (d Draft, hasPolygon bool, err error) {
	d.Content = before
	d.Divisions = append([]string(nil), before.Divisions...)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return d, false, draftError(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return d, false, &ContentError{"(body)", "JSON 对象之后还有内容", "there is something after the object"}
	}
	if d.Polygon == nil {
		return d, false, nil
	}
	switch g := d.Polygon.Geometry().(type) {
	case orb.Polygon:
		d.Content.Polygon = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		d.Content.Polygon = g
	default:
		return d, false, &ContentError{"polygon", "应为 GeoJSON 的 Polygon 或 MultiPolygon", "must be a GeoJSON Polygon or MultiPolygon"}
	}
	for _, polygon := range d.Content.Polygon {
		for _, ring := range polygon {
			if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
				return d, false, &ContentError{"polygon", "环应至少有四个坐标，且首尾相同", "a ring needs four positions or more, the last equal to the first"}
			}
		}
	}
	return d, true, nil
}

// draftError names the member that a JSON error is about.
func draftError(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return &ContentError{strings.TrimPrefix(kind.Field, "Content."), "类型不对，应为 " + kind.Type.String(), "must be a " + kind.Type.String()}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return &ContentError{name, "未知成员", "unknown member"}
	}
	if strings.Contains(err.Error(), "parsing time") {
		return &ContentError{"valid_from, valid_to", "应为带时区的时刻，如 2026-05-01T08:00:00+08:00", "must be times with their zone, as 2026-05-01T08:00:00+08:00"}
	}
	return &ContentError{"(body)", "应为 JSON 对象", fmt.Sprintf("must be a JSON object: %v", err)}
}
