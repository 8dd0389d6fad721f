package importers

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"onemap/importers/gdal"
	"onemap/layers"
)

// FieldMatch says which field of the file a field of the layer is filled from.
type FieldMatch struct {
	Field  string `json:"field"`
	Label  string `json:"label"`
	Source string `json:"source"` // as the file calls it
	By     string `json:"by"`     // name, alias, label, truncated, option; or extra, see keptBeside

	// Attribute is what its value is called in the quarantine, where that is not Source.
	Attribute string `json:"attribute,omitempty"`

	source int // index in the file
	target int // index in the layer
}

// mapping is the decision on which fields are filled from what.
type mapping struct {
	matches []FieldMatch
	unused  []int    // fields of the file that the layer hasn't
	missing []string // fields of the layer that the file hasn't; none of them required
	remarks []reason // on names that are cut off and could be several fields'
}

// sourceField is a field of the file.
type sourceField struct {
	name  string
	alias string // that its author gave it beside the name; "" is none
	kind  gdal.FieldType
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

// fits says how well a file's type suits a field's; more is better, 0 is a type
// whose values may or may not do, as text for a number.
func fits(field layers.FieldType, source gdal.FieldType) int {
	suits := map[layers.FieldType][]gdal.FieldType{ // from the best
		layers.Text:    {gdal.String, gdal.Integer},
		layers.Integer: {gdal.Integer, gdal.Real},
		layers.Real:    {gdal.Real, gdal.Integer},
		layers.Decimal: {gdal.Real, gdal.Integer},
		layers.Date:    {gdal.DateTime},
		layers.Time:    {gdal.DateTime},
		layers.Boolean: {gdal.Integer},
	}[field]
	if i := slices.Index(suits, source); i >= 0 {
		return len(suits) - i
	}
	return 0
}

// mapFields finds the file's fields for the layer's, each at most once. Names
// are compared without case; of several that match equally the one is taken
// whose type fits best, and of those the first. cut says that the file's names may
// have been cut to ten bytes of the charset, as a DBF's are. A required field that the file
// lacks is an [ErrFields]. explicit says for fields of the file which field of the
// layer they fill, whatever their names; "-" is none.
func mapFields(def layers.Definition, source []sourceField, charset Charset, cut bool, explicit map[string]string) (mapping, error) {
	var m mapping
	from := make([]int, len(def.Fields)) // index in the file, or -1
	for i := range from {
		from[i] = -1
	}
	taken := make([]bool, len(source))
	names := make([]string, len(source))
	for j, f := range source {
		names[j] = f.name
	}
	by := make([]string, len(def.Fields))
	assign := func(how string, names func(layers.Field) []string, called func(sourceField) string) {
		for i, field := range def.Fields {
			if from[i] >= 0 {
				continue
			}
			for j, f := range source {
				if taken[j] || !slices.ContainsFunc(names(field), func(n string) bool { return plainName(n) != "" && plainName(n) == plainName(called(f)) }) {
					continue
				}
				if from[i] < 0 || fits(field.Type, f.kind) > fits(field.Type, source[from[i]].kind) {
					from[i] = j
				}
			}
			if from[i] >= 0 {
				taken[from[i]], by[i] = true, how
			}
		}
	}
	for _, which := range slices.Sorted(maps.Keys(explicit)) {
		j, i, err := explicitMatch(def, names, which, explicit[which])
		if err != nil {
			return m, err
		}
		taken[j] = true
		if i >= 0 {
			from[i], by[i] = j, "option"
		}
	}
	ignored := slices.Clone(taken)
	for _, called := range []func(sourceField) string{
		func(f sourceField) string { return f.name },
		func(f sourceField) string { return f.alias },
	} {
		for _, matcher := range matchers {
			assign(matcher.by, matcher.names, called)
		}
	}
	if cut {
		m.remarks = matchTruncated(def, source, charset, from, taken, by)
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
	for j := range names {
		if !taken[j] || ignored[j] && !slices.Contains(from, j) {
			m.unused = append(m.unused, j)
		}
	}
	if len(required) > 0 {
		return m, problem(ErrFields,
			"文件缺少必填字段：%[1]s。文件里的字段有：%[2]s。请补齐字段，用 --map 源字段=图层字段 指定，或在图层定义里为其加上别名%[3]s",
			"the file lacks required fields: %[1]s. Its fields are: %[2]s. Add them, name them with --map SOURCE=FIELD, or give the layer's definition an alias for them%[4]s",
			strings.Join(required, "、"), listSome(names), m.said(func(r reason) string { return "。" + r.zh }), m.said(func(r reason) string { return ". " + r.en }))
	}
	return m, nil
}

// said joins the remarks.
func (m *mapping) said(in func(reason) string) string {
	var all strings.Builder
	for _, r := range m.remarks {
		all.WriteString(in(r))
	}
	return all.String()
}

// explicitMatch finds the fields of one explicit pair: j in the file, by name or
// by its place as "#7", i in the layer, or -1 for "-".
func explicitMatch(def layers.Definition, names []string, source, field string) (j, i int, err error) {
	j = slices.IndexFunc(names, func(n string) bool { return plainName(n) == plainName(source) })
	if number, err := strconv.Atoi(strings.TrimPrefix(source, "#")); j < 0 && err == nil && source[0] == '#' && number >= 1 && number <= len(names) {
		j = number - 1
	}
	if j < 0 {
		return 0, 0, problem(ErrFields, "--map：文件里没有字段 %[1]q；有：%[2]s", "--map: the file has no field %[1]q; it has: %[2]s", source, listSome(names))
	}
	if field == "-" {
		return j, -1, nil
	}
	i = slices.IndexFunc(def.Fields, func(f layers.Field) bool { return plainName(f.Name) == plainName(field) })
	if i < 0 {
		var all []string
		for _, f := range def.Fields {
			all = append(all, f.Name)
		}
		return 0, 0, problem(ErrFields, "--map：图层没有字段 %[1]q；有：%[2]s", "--map: the layer has no field %[1]q; it has: %[2]s", field, listSome(all))
	}
	return j, i, nil
}

// ParseMap reads an explicit mapping as a person writes it: "源字段=图层字段,…"; a
// field of the layer that is "-" leaves the source's out. What is no such text is
// an [ErrFields].
func ParseMap(text string) (map[string]string, error) {
	pairs := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		source, field, ok := strings.Cut(part, "=")
		source, field = strings.TrimSpace(source), strings.TrimSpace(field)
		if _, twice := pairs[source]; !ok || source == "" || field == "" || twice {
			return nil, problem(ErrFields, "--map 应为 源字段=图层字段,…，而不是 %[1]q", "--map must be SOURCE=FIELD,…, not %[1]q", part)
		}
		pairs[source] = field
	}
	return pairs, nil
}
