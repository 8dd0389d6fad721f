package risk

import (
	"context"
	"errors"
	"fmt"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// ErrTooMuch reports a box with more dangers than are told at once.
var ErrTooMuch = errors.New("risk: too many dangers")

// Sketch is a danger or a shelter with its shape, for those who answer by
// themselves where nobody can be asked, as a phone without signal.
type Sketch struct {
	Layer    string            `json:"layer"`
	Kind     string            `json:"kind"`
	Name     string            `json:"name"` // of the kind, Chinese
	NameEN   string            `json:"name_en"`
	Title    string            `json:"title,omitempty"`    // of the feature
	Level    *Level            `json:"level,omitempty"`    // of a danger; nil where the source has none
	Word     string            `json:"word,omitempty"`     // the source's own level, Chinese
	Settled  bool              `json:"settled,omitempty"`  // it was dealt with
	Capacity *float64          `json:"capacity,omitempty"` // of a shelter, persons
	Geometry *geojson.Geometry `json:"geometry"`           // EPSG:4490, rounded to 7 decimals, 1 cm
}

// Sketches are the dangers and shelters of a box.
type Sketches struct {
	Dangers  []Sketch       `json:"risks"`
	Shelters []Sketch       `json:"shelters"`
	Versions map[string]int `json:"versions"` // of the layers that were read
	Missing  []string       `json:"missing"`  // not published, or not for who asks
}

// Sketch returns the published dangers and shelters whose envelope meets a box in
// EPSG:4490 degrees, in the order of the rules and of the features' numbers. What
// the context's principal may not read is left out. More than most of them are an
// [ErrTooMuch].
func (s *Set) Sketch(ctx context.Context, box orb.Bound, most int) (Sketches, error) {
	p, err := s.follower.Get()
	if err != nil {
		return Sketches{}, fmt.Errorf("risk: %w", err)
	}
	found := Sketches{Dangers: []Sketch{}, Shelters: []Sketch{}, Versions: map[string]int{}, Missing: append([]string{}, p.missing...)}
	take := func(l *loaded, into *[]Sketch) error {
		if !l.open(ctx) {
			if l != nil {
				found.Missing = append(found.Missing, l.source.Layer)
			}
			return nil
		}
		found.Versions[l.source.Layer] = l.layer.Published.Number
		for _, one := range l.index.items {
			if !one.shape.Bound().Intersects(box) {
				continue
			}
			if len(found.Dangers)+len(found.Shelters) == most {
				return fmt.Errorf("%w: more than %d", ErrTooMuch, most)
			}
			*into = append(*into, Sketch{
				Layer: l.source.Layer, Kind: l.source.Kind, Name: l.source.Name, NameEN: l.source.NameEN, Title: one.title,
				Level: s.rules.Level(one.rank), Word: one.word, Settled: one.settled, Capacity: one.capacity,
				Geometry: geojson.NewGeometry(orb.Round(orb.Clone(one.shape.Geometry()), 1e7)),
			})
		}
		return nil
	}
	for _, l := range p.sources {
		if err := take(l, &found.Dangers); err != nil {
			return Sketches{}, err
		}
	}
	return found, take(p.shelters, &found.Shelters)
}
