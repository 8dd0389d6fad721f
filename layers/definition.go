package layers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"onemap/access"
)

// ErrInvalidDefinition reports a theme, layer or dictionary file that cannot be used.
var ErrInvalidDefinition = errors.New("layers: invalid definition")

// GeometryKind is the family of shapes that a layer holds. In store every kind
// is the Multi form, so that one column type takes both "one" and "several".
type GeometryKind string

// The kinds of geometry a layer can hold.
const (
	Point      GeometryKind = "point"
	LineString GeometryKind = "line"
	Polygon    GeometryKind = "polygon"
)

// PostGISType returns the geometry type of the layer's column, e.g. "MultiPolygon".
func (k GeometryKind) PostGISType() string {
	switch k {
	case Point:
		return "MultiPoint"
	case LineString:
		return "MultiLineString"
	default:
		return "MultiPolygon"
	}
}

// FieldType is the type of a field's values.
type FieldType string

// The types a field can have, with the PostgreSQL type that stores them.
const (
	Text    FieldType = "text"    // text
	Integer FieldType = "integer" // bigint
	Real    FieldType = "real"    // double precision
	Decimal FieldType = "decimal" // numeric(18, scale), for amounts that must add up exactly
	Date    FieldType = "date"    // date
	Time    FieldType = "time"    // timestamptz
	Boolean FieldType = "boolean" // boolean
)

// Sensitivity says who may see a layer; see GB/T 43697-2024 and the provincial levels.
type Sensitivity string

// The levels of sensitivity. Secret data never enters the system.
const (
	Public    Sensitivity = "public"
	Internal  Sensitivity = "internal"
	Sensitive Sensitivity = "sensitive"
)

// Theme is a department's shelf of the one map, as 自然资源 or 水利.
type Theme struct {
	ID     string `json:"id"`
	Name   string `json:"name"`    // Chinese
	NameEN string `json:"name_en"` // English
}

// Field is one attribute of a layer.
type Field struct {
	Name       string    `json:"name"`                 // column name: lower case, as the standard writes it
	Label      string    `json:"label"`                // Chinese
	LabelEN    string    `json:"label_en"`             // English
	Type       FieldType `json:"type"`                 //
	Length     int       `json:"length,omitempty"`     // longest text, in characters; 0 is no limit
	Scale      int       `json:"scale,omitempty"`      // decimal places of a Decimal
	Unit       string    `json:"unit,omitempty"`       // as "m²", "hm²", "10⁴ m³"
	Required   bool      `json:"required,omitempty"`   // a row without it is rejected
	Dictionary string    `json:"dictionary,omitempty"` // id of the code table that the values come from
	Aliases    []string  `json:"aliases,omitempty"`    // other names that deliveries use for the field
	InTiles    bool      `json:"in_tiles,omitempty"`   // carried by vector tiles; else only by the API
	Searched   bool      `json:"searched,omitempty"`   // names that search finds features by, beside the layer's key and label
	Personal   Personal  `json:"personal,omitempty"`   // it says who somebody is or how to reach them
}

// Personal is why a field holds personal data, which says whose right to see it is asked.
type Personal string

// What people personal fields are about; "" is nobody.
const (
	OnDuty Personal = "duty"  // people on duty: names and phones of chiefs, workers, keepers
	Owner  Personal = "owner" // owners, tenants, householders
)

// Right is the right that seeing the field whole needs, or "" for fields that aren't personal.
func (p Personal) Right() access.Right {
	switch p {
	case OnDuty:
		return access.ReadDuty
	case Owner:
		return access.ReadPersonal
	default:
		return ""
	}
}

// SearchKind is what search takes a layer's features for.
type SearchKind string

// The kinds of features that search tells apart.
const (
	PlaceKind    SearchKind = "place"    // named places
	DivisionKind SearchKind = "division" // administrative divisions
	GridKind     SearchKind = "grid"     // grid cells
	ParcelKind   SearchKind = "parcel"   // parcels and other pieces of ground, known by their codes
	FeatureKind  SearchKind = "feature"  // anything else
)

// Definition describes one layer: what it is, which fields its features have,
// and at which zooms it is drawn. Definitions are data files; see data/layers.
type Definition struct {
	ID          string       `json:"id"`
	Theme       string       `json:"theme"`
	Position    int          `json:"position"` // in the theme's list, from 1
	Name        string       `json:"name"`     // Chinese
	NameEN      string       `json:"name_en"`  // English
	Aliases     []string     `json:"aliases,omitempty"`
	Geometry    GeometryKind `json:"geometry"`
	Key         []string     `json:"key"`                   // fields that together name a feature in every version
	Label       string       `json:"label_field"`           // the field drawn as the feature's name, or ""
	Class       string       `json:"class_field,omitempty"` // the tile field that names a feature's class: small polygons go to neighbours of the same
	Rank        string       `json:"rank_field,omitempty"`  // the number by which features are kept where not all have room: more is kept longer or, with "-" in front, less
	MinZoom     int          `json:"min_zoom"`              // lowest zoom of its tiles, 0 to 18
	MaxZoom     int          `json:"max_zoom"`              // highest zoom of its tiles; viewers overzoom beyond it
	Sensitivity Sensitivity  `json:"sensitivity"`
	Department  string       `json:"department"`           // who keeps it, Chinese
	Source      string       `json:"source"`               // standard or decree that the field list follows
	Cycle       string       `json:"cycle,omitempty"`      // update cycle, Chinese, as "每年"
	SearchAs    SearchKind   `json:"search_as,omitempty"`  // what search takes its features for; "" is [FeatureKind]
	KeepExtra   bool         `json:"keep_extra,omitempty"` // what deliveries have beyond the fields is kept in the column extra
	Fields      []Field      `json:"fields"`
	Rules       []Rule       `json:"rules,omitempty"` // checks beside those that follow from the fields
}

// Field returns the field with that name.
func (d Definition) Field(name string) (Field, bool) {
	i := slices.IndexFunc(d.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return d.Fields[i], true
}

// labelSuffix ends the name of a tile layer of label points, and no layer's id.
const labelSuffix = "_label"

// LabelLayer is the name of the tile layer with the label points of a polygon
// layer, one to a feature, or "" for a layer that has none: its names are drawn
// where its features are, or it has no names.
func (d Definition) LabelLayer() string {
	if d.Geometry != Polygon || d.Label == "" {
		return ""
	}
	return d.ID + labelSuffix
}

// ReadRight is the right that reading the layer needs.
func (d Definition) ReadRight() access.Right {
	if d.Sensitivity == Public {
		return access.ReadPublic
	}
	return access.ReadInternal
}

// TileFields returns the fields that vector tiles carry, in the layer's order.
func (d Definition) TileFields() []Field {
	var fields []Field
	for _, f := range d.Fields {
		if f.InTiles {
			fields = append(fields, f)
		}
	}
	return fields
}

// Dictionary is a code table, as the land classes of 三调.
type Dictionary struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	NameEN  string  `json:"name_en"`
	Source  string  `json:"source"` // standard or document that the codes are from
	AsOf    string  `json:"as_of"`  // day or year of that source
	Entries []Entry `json:"entries"`
}

// Entry is one code of a [Dictionary].
type Entry struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameEN string `json:"name_en,omitempty"`
	Colour string `json:"colour,omitempty"` // as "#31AD69", where the source gives one
}

// Definitions is all that is defined: the shelves, the layers on them in
// drawing-list order, and the code tables their fields use.
type Definitions struct {
	Themes       []Theme
	Layers       []Definition
	Dictionaries []Dictionary
	Outline      [][2]float64 // the city's coarse outline, a closed ring, longitude and latitude; nil is not known
}

// ReadDefinitions reads the outline in city, themes.json, layers/*.json and dictionaries/*.json.
// Every file is checked against the others; the first fault is an
// [ErrInvalidDefinition] that names the file and the member.
func ReadDefinitions(files fs.FS) (Definitions, error) {
	var defs Definitions
	if err := readStrict(files, "themes.json", &defs.Themes); err != nil {
		return Definitions{}, err
	}
	var err error
	if defs.Dictionaries, err = readFolder[Dictionary](files, "dictionaries"); err != nil {
		return Definitions{}, err
	}
	if defs.Layers, err = readFolder[Definition](files, "layers"); err != nil {
		return Definitions{}, err
	}
	if defs.Outline, err = readOutline(files); err != nil {
		return Definitions{}, err
	}
	order := map[string]int{}
	for i, t := range defs.Themes {
		order[t.ID] = i
	}
	slices.SortStableFunc(defs.Layers, func(a, b Definition) int {
		return cmp.Or(order[a.Theme]-order[b.Theme], a.Position-b.Position)
	})
	return defs, defs.check()
}

func readFolder[T any](files fs.FS, folder string) ([]T, error) {
	names, err := fs.Glob(files, folder+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalidDefinition, folder, err)
	}
	all := make([]T, len(names))
	for i, name := range names {
		if err := readStrict(files, name, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readStrict(files fs.FS, name string, into any) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidDefinition, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalidDefinition, path.Base(name), err)
	}
	return nil
}

// identifier is what ids and field names may look like: they become table and
// column names, tile layer names and parts of addresses. PostgreSQL cuts names
// at 63 bytes; a layer's tables add a version suffix.
var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// reserved are the columns that every feature table has of its own.
var reserved = []string{"fid", "extra", "geom", "geom_3857"}

func (defs Definitions) check() error {
	themes, dictionaries, layers := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, t := range defs.Themes {
		if !identifier.MatchString(t.ID) || t.Name == "" || t.NameEN == "" || themes[t.ID] {
			return fmt.Errorf("%w: theme %q: id must be new and match %s, name and name_en given", ErrInvalidDefinition, t.ID, identifier)
		}
		themes[t.ID] = true
	}
	for _, d := range defs.Dictionaries {
		if !identifier.MatchString(d.ID) || dictionaries[d.ID] || len(d.Entries) == 0 || d.Source == "" {
			return fmt.Errorf("%w: dictionary %q: id must be new and match %s, source and entries given", ErrInvalidDefinition, d.ID, identifier)
		}
		dictionaries[d.ID] = true
		codes := map[string]bool{}
		for _, e := range d.Entries {
			if e.Code == "" || e.Name == "" || codes[e.Code] {
				return fmt.Errorf("%w: dictionary %s: code %q is empty, unnamed or given twice", ErrInvalidDefinition, d.ID, e.Code)
			}
			codes[e.Code] = true
		}
	}
	for _, l := range defs.Layers {
		if layers[l.ID] {
			return fmt.Errorf("%w: layer %s is defined twice", ErrInvalidDefinition, l.ID)
		}
		layers[l.ID] = true
		if !themes[l.Theme] {
			return fmt.Errorf("%w: layer %s: theme %q is not in themes.json", ErrInvalidDefinition, l.ID, l.Theme)
		}
		if err := l.check(dictionaries); err != nil {
			return err
		}
	}
	return nil
}

func (d Definition) check(dictionaries map[string]bool) error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: layer %s: %s", ErrInvalidDefinition, d.ID, fmt.Sprintf(format, args...))
	}
	switch {
	case !identifier.MatchString(d.ID):
		return wrong("id must match %s", identifier)
	case strings.HasSuffix(d.ID, labelSuffix):
		return wrong("id must not end in %s: tiles name the layers of label points so", labelSuffix)
	case d.Name == "" || d.NameEN == "" || d.Department == "" || d.Source == "":
		return wrong("name, name_en, department and source must be given")
	case !slices.Contains([]GeometryKind{Point, LineString, Polygon}, d.Geometry):
		return wrong("geometry %q is none of point, line, polygon", d.Geometry)
	case !slices.Contains([]Sensitivity{Public, Internal, Sensitive}, d.Sensitivity):
		return wrong("sensitivity %q is none of public, internal, sensitive", d.Sensitivity)
	case d.MinZoom < 0 || d.MaxZoom > 18 || d.MinZoom > d.MaxZoom:
		return wrong("zooms %d to %d are not within 0 to 18", d.MinZoom, d.MaxZoom)
	case !slices.Contains([]SearchKind{"", PlaceKind, DivisionKind, GridKind, ParcelKind, FeatureKind}, d.SearchAs):
		return wrong("search_as %q is none of place, division, grid, parcel, feature", d.SearchAs)
	case len(d.Key) == 0:
		return wrong("key must name at least one field")
	}
	seen := map[string]bool{}
	for _, f := range d.Fields {
		switch {
		case !identifier.MatchString(f.Name) || slices.Contains(reserved, f.Name) || seen[f.Name]:
			return wrong("field %q: name must be new, match %s and be none of %s", f.Name, identifier, strings.Join(reserved, ", "))
		case f.Label == "" || f.LabelEN == "":
			return wrong("field %s: label and label_en must be given", f.Name)
		case !slices.Contains([]FieldType{Text, Integer, Real, Decimal, Date, Time, Boolean}, f.Type):
			return wrong("field %s: type %q is unknown", f.Name, f.Type)
		case f.Dictionary != "" && !dictionaries[f.Dictionary]:
			return wrong("field %s: dictionary %q is not defined", f.Name, f.Dictionary)
		}
		seen[f.Name] = true
		switch {
		case !slices.Contains([]Personal{"", OnDuty, Owner}, f.Personal):
			return wrong("field %s: personal %q is none of duty, owner", f.Name, f.Personal)
		case f.Personal != "" && (slices.Contains(d.Key, f.Name) || d.Label == f.Name || f.InTiles):
			return wrong("field %s: what is personal cannot be a key or a label, nor be carried by tiles", f.Name)
		case f.Searched && (f.Type != Text || f.Dictionary != ""):
			return wrong("field %s: only texts without a dictionary are searched", f.Name)
		}
	}
	for _, name := range append(slices.Clone(d.Key), d.Label) {
		if name != "" && !seen[name] {
			return wrong("key or label field %q is not among the fields", name)
		}
	}
	if f, ok := d.Field(d.Class); d.Class != "" && (!ok || !f.InTiles || f.Type != Text) {
		return wrong("class field %q must be a text field that tiles carry", d.Class)
	}
	if f, ok := d.Field(strings.TrimPrefix(d.Rank, "-")); d.Rank != "" && (!ok || !slices.Contains([]FieldType{Integer, Real, Decimal}, f.Type)) {
		return wrong("rank field %q must be a field of numbers", d.Rank)
	}
	return d.checkRules()
}
