package risk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/layers"
	"onemap/spatial"
	"onemap/spatial/geodesic"
)

// ErrRadius reports a radius out of range.
var ErrRadius = errors.New("risk: radius out of range")

const (
	// MaxRadiusMetres is the farthest that dangers are looked for.
	MaxRadiusMetres = 10_000
	// MaxListed is the most dangers that an answer lists.
	MaxListed = 1000
	// MaxShelters is the most shelters that an answer lists.
	MaxShelters = 20
)

// Question asks for the dangers near a place.
type Question struct {
	At           orb.Point // EPSG:4490 degrees, longitude first
	RadiusMetres float64   // 0 to [MaxRadiusMetres]; 0 is the place itself
	Limit        int       // most dangers listed, 1 to [MaxListed]; all are counted
	Shelters     int       // how many of the nearest shelters, 0 to [MaxShelters]
}

func (q Question) check() error {
	if !(math.Abs(q.At[0]) <= 180 && math.Abs(q.At[1]) < 90) {
		return fmt.Errorf("%w: longitude %g, latitude %g", spatial.ErrOutsideWorld, q.At[0], q.At[1])
	}
	if !(q.RadiusMetres >= 0 && q.RadiusMetres <= MaxRadiusMetres) {
		return fmt.Errorf("%w: %g m is not within 0 to %d m", ErrRadius, q.RadiusMetres, MaxRadiusMetres)
	}
	return nil
}

// Place is a feature at a distance.
type Place struct {
	Layer          string          `json:"layer"`
	Version        int             `json:"version"`
	FID            int64           `json:"fid"`
	Key            string          `json:"key"`
	Kind           string          `json:"kind"`
	Name           string          `json:"name"` // of the kind, Chinese
	NameEN         string          `json:"name_en"`
	Title          string          `json:"title"`       // of the feature; may be ""
	DistanceMetres float64         `json:"distance_m"`  // on the ellipsoid, rounded to 1 cm; 0 inside
	BearingDegrees *float64        `json:"bearing_deg"` // to the nearest point, from true north, clockwise; null at distance 0
	Nearest        [2]float64      `json:"nearest"`     // that point, EPSG:4490, 7 decimals
	Attributes     json.RawMessage `json:"attributes"`
}

// Danger is a danger at a distance.
type Danger struct {
	Place
	Level    *Level  `json:"level"`     // null where the source has none
	Word     string  `json:"word"`      // the source's own, Chinese
	WordEN   string  `json:"word_en"`   // the same in English
	Settled  bool    `json:"settled"`   // it was dealt with, as a house that was mended and accepted
	Now      *Level  `json:"level_now"` // the higher of its level and of the warnings that concern it
	Warnings []int64 `json:"warnings"`  // ids of those
	peril    string  // what a warning may be about
}

// Shelter is a place to go to.
type Shelter struct {
	Place
	Capacity *float64 `json:"capacity"` // persons; null where it isn't known
}

// Count sums up the dangers of a kind within the radius.
type Count struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	NameEN  string `json:"name_en"`
	Count   int    `json:"count"`
	Highest *Level `json:"highest"` // of those not settled
}

// Answer is what is near a place.
type Answer struct {
	Dangers  []Danger       `json:"risks"` // nearest first
	Found    int            `json:"found"` // within the radius, listed or not
	Counts   []Count        `json:"counts"`
	Highest  *Level         `json:"highest"`   // of those within the radius that are not settled
	Now      *Level         `json:"level_now"` // the higher of that and of the warnings that hold at the place
	Shelters []Shelter      `json:"shelters"`
	Versions map[string]int `json:"versions"` // of the layers that were asked
	Missing  []string       `json:"missing"`  // layers of the rules that were not published, or that who asks may not read
	Rules    string         `json:"rules_version"`
}

// Ask tells the dangers at or within a radius and the nearest shelters, as they
// are published now, out of memory: some microseconds a danger. What the
// context's principal may not read is left out. A place or radius out of range
// is a [spatial.ErrOutsideWorld] or an [ErrRadius]; before the first load it is a
// [follow.ErrNotLoaded].
//
// Distances are to the nearest point of a shape whose edges are straight in
// longitude and latitude. PostGIS's geography takes edges for geodesics, which
// for edges of up to 1 km differ by 1 cm or less.
func (s *Set) Ask(ctx context.Context, q Question) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	p, err := s.follower.Get()
	if err != nil {
		return Answer{}, fmt.Errorf("risk: %w", err)
	}
	c := newCollector(s.rules, q)
	c.answer.Missing = append(c.answer.Missing, p.missing...)
	for _, one := range p.sources {
		if !one.open(ctx) {
			c.answer.Missing = append(c.answer.Missing, one.source.Layer)
			continue
		}
		c.add(one, one.index.within(c.plane, q.At, q.RadiusMetres))
	}
	if p.shelters.open(ctx) {
		c.shelters(p.shelters, p.shelters.index.nearest(c.plane, q.At, q.Shelters))
	} else if p.shelters != nil {
		c.answer.Missing = append(c.answer.Missing, p.shelters.source.Layer)
	}
	return c.done(), nil
}

// Opener opens a layer as it was at the time in question; see [layers.Store.OpenNamed].
type Opener func(ctx context.Context, layer string) (layers.Layer, error)

// AskAt answers as [Set.Ask] does, out of PostGIS and of the versions that open
// returns. It costs an indexed query a layer.
func AskAt(ctx context.Context, db *pgxpool.Pool, rules Rules, q Question, open Opener, dictionaries map[string]layers.Dictionary) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	c := newCollector(rules, q)
	for _, source := range rules.Sources {
		one, err := c.past(ctx, open, source)
		if err != nil || one == nil {
			if err != nil {
				return Answer{}, err
			}
			continue
		}
		box := c.plane.Around(q.RadiusMetres + 1)
		items, err := load(ctx, db, one.layer, source, dictionaries, &box)
		if err != nil {
			return Answer{}, err
		}
		one.index = newIndex(items)
		c.add(one, one.index.within(c.plane, q.At, q.RadiusMetres))
	}
	one, err := c.past(ctx, open, rules.shelterSource())
	if err != nil || one == nil || q.Shelters == 0 {
		return c.done(), err
	}
	for metres := 5000.0; ; metres *= 6 {
		box := c.plane.Around(metres)
		items, err := load(ctx, db, one.layer, one.source, dictionaries, &box)
		if err != nil {
			return Answer{}, err
		}
		one.index = newIndex(items)
		hits := one.index.nearest(c.plane, q.At, q.Shelters)
		if len(hits) == q.Shelters && hits[len(hits)-1].metres <= metres || metres > 100_000 {
			c.shelters(one, hits)
			return c.done(), nil
		}
	}
}

// collector puts an answer together.
type collector struct {
	rules  Rules
	q      Question
	plane  geodesic.Plane
	answer Answer
	hits   []sourcedHit
}

type sourcedHit struct {
	hit
	of *loaded
}

func newCollector(rules Rules, q Question) *collector {
	return &collector{
		rules: rules, q: q, plane: geodesic.NewPlane(q.At),
		answer: Answer{Dangers: []Danger{}, Counts: []Count{}, Shelters: []Shelter{}, Missing: []string{}, Versions: map[string]int{}, Rules: rules.Version},
	}
}

// past opens a layer as it was; nil where there was none, or it may not be read.
func (c *collector) past(ctx context.Context, open Opener, source Source) (*loaded, error) {
	l, err := open(ctx, source.Layer)
	if isAbsent(err) {
		c.answer.Missing = append(c.answer.Missing, source.Layer)
		return nil, nil
	}
	return &loaded{layer: l, source: source}, err
}

func (c *collector) add(of *loaded, hits []hit) {
	c.answer.Versions[of.source.Layer] = of.layer.Published.Number
	c.answer.Found += len(hits)
	i := slices.IndexFunc(c.answer.Counts, func(k Count) bool { return k.Kind == of.source.Kind })
	if i < 0 && len(hits) > 0 {
		i = len(c.answer.Counts)
		c.answer.Counts = append(c.answer.Counts, Count{Kind: of.source.Kind, Name: of.source.Name, NameEN: of.source.NameEN})
	}
	for _, h := range hits {
		c.hits = append(c.hits, sourcedHit{h, of})
		count := &c.answer.Counts[i]
		count.Count++
		if level := c.rules.Level(h.item.rank); !h.item.settled {
			count.Highest = higher(count.Highest, level)
			c.answer.Highest = higher(c.answer.Highest, level)
		}
	}
}

// higher is the higher of two levels, either of which may be nil.
func higher(a, b *Level) *Level {
	if a == nil || b != nil && b.Rank > a.Rank {
		return b
	}
	return a
}

func (c *collector) shelters(of *loaded, hits []hit) {
	c.answer.Versions[of.source.Layer] = of.layer.Published.Number
	for _, h := range hits {
		c.answer.Shelters = append(c.answer.Shelters, Shelter{place(sourcedHit{h, of}), h.item.capacity})
	}
}

// done lists the nearest dangers: by the plane first, which is cheap, then those
// that are listed as the ellipsoid has them.
func (c *collector) done() Answer {
	order := func(a, b sourcedHit) int {
		if a.metres == b.metres && a.of != b.of {
			return strings.Compare(a.of.source.Layer, b.of.source.Layer)
		}
		return byDistance(a.hit, b.hit)
	}
	slices.SortFunc(c.hits, order)
	listed := c.hits[:min(len(c.hits), c.q.Limit)]
	for i := range listed {
		listed[i].measure(c.q.At)
	}
	slices.SortFunc(listed, order)
	for _, h := range listed {
		level := c.rules.Level(h.item.rank)
		c.answer.Dangers = append(c.answer.Dangers, Danger{
			Place: place(h), Level: level, Word: h.item.word, WordEN: h.item.wordEN, Settled: h.item.settled,
			Now: level, Warnings: []int64{}, peril: h.of.source.Peril,
		})
	}
	return c.answer
}

func place(h sourcedHit) Place {
	p := Place{
		Layer: h.of.source.Layer, Version: h.of.layer.Published.Number, FID: h.item.fid, Key: h.item.key,
		Kind: h.of.source.Kind, Name: h.of.source.Name, NameEN: h.of.source.NameEN, Title: h.item.title,
		DistanceMetres: round(h.metres, 100), Nearest: [2]float64{round(h.at[0], 1e7), round(h.at[1], 1e7)}, Attributes: h.item.attributes,
	}
	if h.metres > 0 {
		bearing := math.Mod(round(h.bearing, 100), 360)
		p.BearingDegrees = &bearing
	}
	return p
}

func round(value, parts float64) float64 { return math.Round(value*parts) / parts }

// isAbsent tells an error of a layer that is not there or not open, without
// which a question can still be answered.
func isAbsent(err error) bool {
	return errors.Is(err, layers.ErrUnknownLayer) || errors.Is(err, layers.ErrNotPublished) ||
		errors.Is(err, access.ErrForbidden) || errors.Is(err, access.ErrUnauthenticated)
}
