package importers

import (
	"slices"
	"strings"

	"golang.org/x/text/encoding"

	"onemap/layers"
)

// FieldMatch says which field of the file a field of the layer is filled from.
type FieldMatch struct {
	Field  string `json:"field"`
	Label  string `json:"label"`
	Source string `json:"source"` // as the file calls it
	By     string `json:"by"`     // name, alias, label or truncated

	source int // index in the file
	target int // index in the layer
}

// mapping is the decision on which fields are filled from what.
type mapping struct {
	matches []FieldMatch
	dropped []string // fields of the file that the layer hasn't
	missing []string // fields of the layer that the file hasn't; none of them required
}

// matchers are the ways a file's name can be a field's, from the surest.
var matchers = []struct {
	by    string
	names func(layers.Field) []string
}{
	{"name", func(f layers.Field) []string { return []string{f.Name} }},
	{"alias", func(f layers.Field) []string { return f.Aliases }},
	{"label", func(f layers.Field) []string { return []string{f.Label, f.LabelEN} }},
}

// mapFields finds the file's fields for the layer's, each at most once. Names
// are compared without case. cut says that the file's names may have been cut to
// ten bytes of the charset, as a DBF's are. A required field that the file
// lacks is an [ErrFields].
func mapFields(def layers.Definition, names []string, charset Charset, cut bool) (mapping, error) {
	var m mapping
	from := make([]int, len(def.Fields)) // index in the file, or -1
	for i := range from {
		from[i] = -1
	}
	taken := make([]bool, len(names))
	by := make([]string, len(def.Fields))
	assign := func(how string, same func(field layers.Field, name string) bool) {
		for i, field := range def.Fields {
			if from[i] >= 0 {
				continue
			}
			for j, name := range names {
				if !taken[j] && same(field, name) {
					from[i], taken[j], by[i] = j, true, how
					break
				}
			}
		}
	}
	for _, matcher := range matchers {
		assign(matcher.by, func(f layers.Field, name string) bool {
			return slices.ContainsFunc(matcher.names(f), func(n string) bool { return plainName(n) == plainName(name) })
		})
	}
	if cut {
		assign("truncated", func(f layers.Field, name string) bool {
			return slices.ContainsFunc(slices.Concat([]string{f.Name, f.Label, f.LabelEN}, f.Aliases), func(n string) bool {
				short, ok := truncate(n, charset)
				return ok && plainName(short) == plainName(name)
			})
		})
	}
	var required []string
	for i, field := range def.Fields {
		switch {
		case from[i] >= 0:
			m.matches = append(m.matches, FieldMatch{Field: field.Name, Label: field.Label, Source: names[from[i]], By: by[i], source: from[i], target: i})
		case field.Required:
			required = append(required, field.Name+"（"+field.Label+"）")
		default:
			m.missing = append(m.missing, field.Name)
		}
	}
	for j, name := range names {
		if !taken[j] {
			m.dropped = append(m.dropped, name)
		}
	}
	if len(required) > 0 {
		return m, problem(ErrFields,
			"文件缺少必填字段：%[1]s。文件里的字段有：%[2]s。请补齐字段，或在图层定义里为其加上别名",
			"the file lacks required fields: %[1]s. Its fields are: %[2]s. Add them, or give the layer's definition an alias for them",
			strings.Join(required, "、"), listSome(names))
	}
	return m, nil
}

// dbfNameLength is how many bytes of a field's name a DBF keeps.
const dbfNameLength = 10

// truncate returns what a DBF leaves of a name, or false if it keeps all of it.
func truncate(name string, charset Charset) (string, bool) {
	encoded := []byte(name)
	if charset.code != nil {
		var err error
		if encoded, err = encoding.ReplaceUnsupported(charset.code.NewEncoder()).Bytes(encoded); err != nil {
			return "", false
		}
	}
	if len(encoded) <= dbfNameLength {
		return "", false
	}
	short, _, ok := charset.decode(encoded[:dbfNameLength])
	return short, ok
}

// Names of columns that hold positions in a table.
var (
	eastNames  = []string{"lon", "lng", "long", "longitude", "经度", "东经", "x", "easting", "东坐标", "x坐标"}
	northNames = []string{"lat", "latitude", "纬度", "北纬", "y", "northing", "北坐标", "y坐标"}
)

// positionColumns finds the columns with longitude (or easting) and latitude (or
// northing), or -1.
func positionColumns(names []string) (x, y int) {
	find := func(wanted []string) int {
		for _, w := range wanted {
			if i := slices.IndexFunc(names, func(n string) bool { return plainName(n) == w }); i >= 0 {
				return i
			}
		}
		return -1
	}
	return find(eastNames), find(northNames)
}
