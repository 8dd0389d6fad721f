package importers

import (
	"encoding/json"
	"math"
	"time"

	"onemap/importers/gdal"
	"onemap/layers"
)

// lost says that a field that was to be kept beside the layer's couldn't be.
type lost struct {
	field string
	*reason
}

// keptBeside lists the fields that are kept in the column extra, for those who
// take rows out of quarantine.
func (s *source) keptBeside() []FieldMatch {
	names := s.attributeNames()
	var kept []FieldMatch
	for _, i := range s.extras {
		m := FieldMatch{Field: layers.ExtraColumn, Source: s.names[i], By: layers.ExtraColumn}
		if names[i] != s.names[i] {
			m.Attribute = names[i]
		}
		kept = append(kept, m)
	}
	return kept
}

// extra returns the values of the fields that are kept beyond the layer's, as a
// JSON object by their names in the file; nil is none. Texts that aren't are left
// out, and told.
func (s *source) extra(values []gdal.Value) (_ json.RawMessage, dropped []lost) {
	values = values[len(values)-len(s.extras):]
	kept := map[string]any{}
	for i, column := range s.extras {
		name := s.names[column]
		switch v := values[i]; v.Kind {
		case gdal.Null:
		case gdal.Int:
			kept[name] = v.Int
		case gdal.Float:
			if !math.IsNaN(v.Float - v.Float) {
				kept[name] = v.Float
			}
		case gdal.Moment:
			text, _, _ := textOf(v, s.charset)
			if v.Zoned {
				text = v.Time.Format(time.RFC3339)
			}
			kept[name] = text
		default:
			text, _, ok := textOf(v, s.charset)
			if !ok {
				dropped = append(dropped, lost{name, newReason("附加字段的文字不是有效的 %s 编码，未保留", "the text of this further field is not valid %s and was left out", s.charset.Name)})
				continue
			}
			if text != "" {
				kept[name] = text
			}
		}
	}
	if len(kept) == 0 {
		return nil, dropped
	}
	text, err := json.Marshal(kept) // keys come in order, so that the same row gives the same bytes
	if err != nil {
		return nil, append(dropped, lost{"extra", newReason("附加字段无法保留", "further fields can't be kept")})
	}
	return text, dropped
}
