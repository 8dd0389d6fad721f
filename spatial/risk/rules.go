package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// ErrRules reports a file of rules that can't be used.
var ErrRules = errors.New("risk: invalid rules")

// Level is one of the four levels that every kind of danger is brought to.
type Level struct {
	Rank   int    `json:"rank"`    // 1 is the lowest
	Name   string `json:"name"`    // Chinese: 低, 中, 高, 极高
	NameEN string `json:"name_en"` // English
}

// Step gives a rank to numbers below a bound; without one, to all others.
type Step struct {
	Below *float64 `json:"below,omitempty"`
	Rank  int      `json:"rank"`
}

// Grade says how a level follows from a field: from its codes or by steps.
type Grade struct {
	Field  string         `json:"field"`
	Ranks  map[string]int `json:"ranks,omitempty"`
	Steps  []Step         `json:"steps,omitempty"`
	Word   string         `json:"word,omitempty"` // of a value that has no dictionary; {} is the value
	WordEN string         `json:"word_en,omitempty"`
}

// rank is the level of a value, or 0.
func (g Grade) rank(value string) int {
	if len(g.Steps) == 0 {
		return g.Ranks[value]
	}
	n, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	for _, s := range g.Steps {
		if s.Below == nil || n < *s.Below {
			return s.Rank
		}
	}
	return 0
}

// Source says that the features of a layer are dangers, and of which kind.
type Source struct {
	Layer      string   `json:"layer"`
	Kind       string   `json:"kind"`
	Peril      string   `json:"peril"` // what a warning may be about
	Name       string   `json:"name"`  // Chinese
	NameEN     string   `json:"name_en"`
	Label      string   `json:"label"` // field that names one, or ""
	Grade      Grade    `json:"grade"`
	OnlyRanked bool     `json:"only_ranked,omitempty"` // features whose value has no rank are no danger
	Passing    bool     `json:"passing,omitempty"`     // a state of the day, such as the weather's: no standing zone of an exposure
	SettledBy  string   `json:"settled_by,omitempty"`  // field that, once filled, says that the danger was dealt with
	Show       []string `json:"show"`                  // fields that an answer carries; never persons
}

// Shelters says which layer holds the places to go to.
type Shelters struct {
	Layer    string `json:"layer"`
	Label    string `json:"label"`
	Capacity string `json:"capacity"` // field, in persons
	Kind     string `json:"kind"`
}

// Rules are what the package knows of the world; see data/risk/rules.json.
type Rules struct {
	Version  string        `json:"version"`
	Source   string        `json:"source"`
	Levels   []Level       `json:"levels"`
	Sources  []Source      `json:"sources"`
	Shelters Shelters      `json:"shelters"`
	Exposure ExposureRules `json:"exposure"`
}

// Level is the level with a rank; nil for 0.
func (r Rules) Level(rank int) *Level {
	if rank < 1 || rank > len(r.Levels) {
		return nil
	}
	return &r.Levels[rank-1]
}

// layers lists the ids of the layers that a [Set] holds.
func (r Rules) layers() []string {
	ids := []string{r.Shelters.Layer}
	for _, s := range r.Sources {
		ids = append(ids, s.Layer)
	}
	return ids
}

// shelterSource lets shelters be read like dangers.
func (r Rules) shelterSource() Source {
	return Source{
		Layer: r.Shelters.Layer, Kind: "shelter", Name: "避险点", NameEN: "Shelter", Label: r.Shelters.Label,
		Grade: Grade{Field: r.Shelters.Kind}, Show: []string{r.Shelters.Capacity},
	}
}

func (r Rules) check() error {
	if len(r.Levels) == 0 {
		return fmt.Errorf("%w: there are no levels", ErrRules)
	}
	for i, l := range r.Levels {
		if l.Rank != i+1 {
			return fmt.Errorf("%w: the ranks of levels must be 1, 2, 3 …", ErrRules)
		}
	}
	var seen []string
	for _, s := range r.Sources {
		if s.Layer == "" || s.Kind == "" || s.Grade.Field == "" || slices.Contains(seen, s.Layer) {
			return fmt.Errorf("%w: source %q needs a layer of its own, a kind and a grade", ErrRules, s.Layer)
		}
		seen = append(seen, s.Layer)
		ranks := make([]int, 0, len(s.Grade.Ranks)+len(s.Grade.Steps))
		for _, rank := range s.Grade.Ranks {
			ranks = append(ranks, rank)
		}
		for _, step := range s.Grade.Steps {
			ranks = append(ranks, step.Rank)
		}
		for _, rank := range ranks {
			if r.Level(rank) == nil {
				return fmt.Errorf("%w: source %s has a rank %d, which is no level", ErrRules, s.Layer, rank)
			}
		}
	}
	return nil
}

// ReadRules reads risk/rules.json and risk/rain.json of a tree of data files.
func ReadRules(files fs.FS) (Rules, RainRules, error) {
	var rules Rules
	var rain RainRules
	err := errors.Join(readJSON(files, "risk/rules.json", &rules), readJSON(files, "risk/rain.json", &rain))
	if err == nil {
		err = errors.Join(rules.check(), rain.check(rules))
	}
	return rules, rain, err
}

func readJSON(files fs.FS, name string, into any) error {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRules, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields() // a misspelt member must not silently mean nothing
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrRules, name, err)
	}
	return nil
}

// word fills a pattern.
func word(pattern, value string) string { return strings.ReplaceAll(pattern, "{}", value) }
