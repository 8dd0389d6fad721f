// Package compliance checks a project's red line against the one map (合规审查):
// what it takes of which layer, how much, and what the rules say of that.
//
//	rules.go    sets of rules, which are data
//	check.go    a check: every rule asked of one version of its layer
//	land.go     the land classes of the whole
//	store.go    checks are kept, and can be run again
//	page.go, workbook.go, shapefile.go   what a check says on paper and as files
//
// Package web hands it the red line in EPSG:4490; overlay cuts the layers, area
// measures the pieces. An answer names the versions it was taken from and hashes
// what was asked and what was found, so that it can be repeated. It gives no
// permission: it says what a person has to decide about.
package compliance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"onemap/layers"
)

// ErrUnknownRuleSet reports a set of rules that isn't there.
var ErrUnknownRuleSet = errors.New("compliance: unknown rule set")

// ErrInvalidRules reports a file of rules that cannot be used.
var ErrInvalidRules = errors.New("compliance: invalid rules")

// Verdict is what a rule, or a check, comes to.
type Verdict string

// The verdicts, from the mildest to the gravest.
const (
	Compliant  Verdict = "compliant"  // 符合
	Notice     Verdict = "notice"     // 提示: to be kept in mind
	Unchecked  Verdict = "unchecked"  // 未审查: there was nothing to check against
	Restricted Verdict = "restricted" // 限制: somebody has to agree
	Prohibited Verdict = "prohibited" // 禁止
)

var gravity = []Verdict{Compliant, Notice, Unchecked, Restricted, Prohibited}

var verdictNames = map[Verdict][2]string{
	Compliant: {"符合", "Compliant"}, Notice: {"提示", "To be noted"}, Unchecked: {"未审查", "Not checked"},
	Restricted: {"限制", "Restricted"}, Prohibited: {"禁止", "Prohibited"},
}

// Name is the verdict in Chinese.
func (v Verdict) Name() string { return verdictNames[v][0] }

// NameEN is the verdict in English.
func (v Verdict) NameEN() string { return verdictNames[v][1] }

func graver(a, b Verdict) Verdict {
	if slices.Index(gravity, a) < slices.Index(gravity, b) {
		return b
	}
	return a
}

// Relation says what a rule looks for.
type Relation string

// The relations a rule can look for.
const (
	Overlaps Relation = "overlaps" // features that the red line takes a part of
	Within   Relation = "within"   // what of the red line lies outside the layer
	Near     Relation = "near"     // features within a distance
)

// Where chooses features of a layer by the values of a field.
type Where struct {
	Field  string   `json:"field"`
	Values []string `json:"values"`
}

// Rule asks one thing of one layer.
type Rule struct {
	ID             string   `json:"id"`
	Layer          string   `json:"layer"`
	Name           string   `json:"name"`
	NameEN         string   `json:"name_en"`
	Relation       Relation `json:"relation"`
	DistanceM      float64  `json:"distance_m,omitempty"` // metres, of near
	Where          *Where   `json:"where,omitempty"`
	Verdict        Verdict  `json:"verdict"`                   // where it is found
	ToleranceM2    float64  `json:"tolerance_m2,omitempty"`    // an area up to this is told, but changes no verdict
	ToleranceShare float64  `json:"tolerance_share,omitempty"` // likewise a share of the red line: 0.01 is 1 %
	Basis          string   `json:"basis"`                     // the law or decree, Chinese
	Advice         string   `json:"advice"`                    // Chinese
	AdviceEN       string   `json:"advice_en"`
}

// RuleSet is the rules for one kind of project.
type RuleSet struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Name    string `json:"name"`
	NameEN  string `json:"name_en"`
	Source  string `json:"source"`
	Rules   []Rule `json:"rules"`
}

// LandGroup is one of the three groups of land classes.
type LandGroup struct {
	Name   string   `json:"name"`
	NameEN string   `json:"name_en"`
	Codes  []string `json:"codes"` // beginnings of class codes
}

// LandUse says which layer the land classes are read from, and how they are grouped.
type LandUse struct {
	Layer   string      `json:"layer"`
	Code    string      `json:"code"` // the field with the class's code
	Name    string      `json:"name"` // the field with its name
	Source  string      `json:"source"`
	Version string      `json:"version"`
	Groups  []LandGroup `json:"groups"`
}

// Group is the group of a class: the one with the longest beginning of its code.
// A code that none has is in no group.
func (u LandUse) Group(code string) string {
	name, longest := "", 0
	for _, g := range u.Groups {
		for _, c := range g.Codes {
			if strings.HasPrefix(code, c) && len(c) > longest {
				name, longest = g.Name, len(c)
			}
		}
	}
	return name
}

// Rules are all sets, and how land is classed.
type Rules struct {
	Sets []RuleSet
	Land LandUse
}

// Set returns a set of rules; else an [ErrUnknownRuleSet] that names those there are.
func (r Rules) Set(id string) (RuleSet, error) {
	ids := make([]string, len(r.Sets))
	for i, s := range r.Sets {
		if s.ID == id {
			return s, nil
		}
		ids[i] = s.ID
	}
	return RuleSet{}, fmt.Errorf("%w: %.60q; there are %s", ErrUnknownRuleSet, id, strings.Join(ids, ", "))
}

// ReadRules reads compliance/*.json and landuse/land_classes.json, and holds them
// to the layers' definitions. The first fault is an [ErrInvalidRules] that names
// file and rule.
func ReadRules(files fs.FS, defs []layers.Definition) (Rules, error) {
	var r Rules
	if err := readJSON(files, "landuse/land_classes.json", &r.Land); err != nil {
		return Rules{}, err
	}
	names, err := fs.Glob(files, "compliance/*.json")
	if err != nil {
		return Rules{}, fmt.Errorf("%w: %w", ErrInvalidRules, err)
	}
	for _, name := range names {
		var s RuleSet
		if err := readJSON(files, name, &s); err != nil {
			return Rules{}, err
		}
		if s.ID+".json" != path.Base(name) || s.Version == "" || s.Name == "" || s.NameEN == "" || len(s.Rules) == 0 {
			return Rules{}, fmt.Errorf("%w: %s: id must be the file's name; version, name, name_en and rules given", ErrInvalidRules, name)
		}
		if err := s.check(defs); err != nil {
			return Rules{}, err
		}
		r.Sets = append(r.Sets, s)
	}
	return r, r.Land.check(defs)
}

func readJSON(files fs.FS, name string, into any) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidRules, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalidRules, name, err)
	}
	return nil
}

func definition(defs []layers.Definition, id string) (layers.Definition, bool) {
	i := slices.IndexFunc(defs, func(d layers.Definition) bool { return d.ID == id })
	if i < 0 {
		return layers.Definition{}, false
	}
	return defs[i], true
}

// MaxDistanceM is how far a rule may look round a red line, in metres.
const MaxDistanceM = 5000

func (s RuleSet) check(defs []layers.Definition) error {
	seen := map[string]bool{}
	for _, rule := range s.Rules {
		wrong := func(format string, args ...any) error {
			return fmt.Errorf("%w: %s, rule %s: %s", ErrInvalidRules, s.ID, rule.ID, fmt.Sprintf(format, args...))
		}
		def, known := definition(defs, rule.Layer)
		switch {
		case rule.ID == "" || seen[rule.ID] || rule.Name == "" || rule.NameEN == "" || rule.Advice == "" || rule.AdviceEN == "" || rule.Basis == "":
			return wrong("id must be new; name, name_en, basis, advice and advice_en given")
		case !known:
			return wrong("there is no layer %q", rule.Layer)
		case !slices.Contains([]Verdict{Notice, Restricted, Prohibited}, rule.Verdict):
			return wrong("verdict %q is none of notice, restricted, prohibited", rule.Verdict)
		case !slices.Contains([]Relation{Overlaps, Within, Near}, rule.Relation):
			return wrong("relation %q is none of overlaps, within, near", rule.Relation)
		case rule.Relation == Within && def.Geometry != layers.Polygon:
			return wrong("layer %s has no polygons to lie within", rule.Layer)
		case (rule.Relation == Near) != (rule.DistanceM > 0), rule.DistanceM < 0, rule.DistanceM > MaxDistanceM:
			return wrong("near, and only that, has a distance_m, up to %d", MaxDistanceM)
		case rule.ToleranceM2 < 0 || rule.ToleranceShare < 0 || rule.ToleranceShare > 1:
			return wrong("tolerance_m2 must not be negative, tolerance_share be from 0 to 1")
		}
		if rule.Where != nil {
			if _, ok := def.Field(rule.Where.Field); !ok || len(rule.Where.Values) == 0 {
				return wrong("where needs a field of %s and values", rule.Layer)
			}
		}
		seen[rule.ID] = true
	}
	return nil
}

func (u LandUse) check(defs []layers.Definition) error {
	def, ok := definition(defs, u.Layer)
	if !ok || def.Geometry != layers.Polygon {
		return fmt.Errorf("%w: land classes: layer %q must be one of polygons", ErrInvalidRules, u.Layer)
	}
	for _, name := range []string{u.Code, u.Name} {
		if _, ok := def.Field(name); !ok {
			return fmt.Errorf("%w: land classes: %s has no field %q", ErrInvalidRules, u.Layer, name)
		}
	}
	if len(u.Groups) == 0 {
		return fmt.Errorf("%w: land classes: groups must be given", ErrInvalidRules)
	}
	return nil
}
