package risk

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/spatial/geodesic"
)

// gauge is a station with its place and rain.
type gauge struct {
	code, name string
	at         orb.Point
	rain       Measured
	effective  float64
	plane      geodesic.Plane
	reach      orb.Bound // that holds all zones which are near enough
}

// Passed is a threshold that rain has passed.
type Passed struct {
	Colour    string  `json:"colour"`
	Duration  string  `json:"duration"`     // h1, h3, h6 or h24
	MM        float64 `json:"mm"`           // measured, or interpolated
	Threshold float64 `json:"threshold_mm"` // after the factor for wet ground
	Excess    float64 `json:"excess_mm"`
	Effective float64 `json:"effective_mm"` // effective antecedent rain
	Wet       bool    `json:"wet"`          // that lowered the threshold
}

// Used is a station that a zone's rain was taken from.
type Used struct {
	Code     string  `json:"code"`
	Name     string  `json:"name"`
	Distance float64 `json:"distance_m"` // to the zone; 0 inside
	Weight   float64 `json:"weight"`     // of 1
}

// RainedZone is a zone of which a threshold is passed: by the highest colour, and
// of that by the duration that is farthest above its threshold.
type RainedZone struct {
	Layer    string `json:"layer"`
	Version  int    `json:"version"`
	FID      int64  `json:"fid"`
	Key      string `json:"key"`
	Title    string `json:"title"`
	Level    *Level `json:"level"` // its susceptibility
	Village  string `json:"village,omitempty"`
	Passed          // the highest
	Stations []Used `json:"stations"`
}

// RainAnswer is which zones' thresholds are passed.
type RainAnswer struct {
	Zones    []RainedZone   `json:"zones"`   // highest colour first, then by excess
	Counts   map[string]int `json:"counts"`  // zones by colour
	Asked    int            `json:"asked"`   // zones that rain is known for
	Unknown  int            `json:"unknown"` // zones too far from every station
	Method   string         `json:"method"`
	Farthest float64        `json:"max_metres"`
	Versions map[string]int `json:"versions"`
	Rules    string         `json:"rules_version"`
	Source   string         `json:"source"` // of the thresholds
	Demo     bool           `json:"demo"`   // they are not calibrated: not for real warnings
	From     string         `json:"valid_from"`
}

// Rain tells which zones' thresholds are passed, out of the zones in memory; open
// finds the layer of stations for those given by code. A station that isn't known
// is a [RainError]. Zones that the context's principal may not read are left out.
//
// A zone has the rain of the nearest station, in metres from the zone's nearest
// point, or with "idw" the mean of the nearest ones weighted by 1/distance^power,
// the distance taken as 100 m at least; stations that lack a duration have no part
// in it. It costs about a microsecond for each zone and station.
func (s *Set) Rain(ctx context.Context, rules RainRules, q RainQuestion, open Opener) (RainAnswer, error) {
	p, err := s.follower.Get()
	if err != nil {
		return RainAnswer{}, fmt.Errorf("risk: %w", err)
	}
	answer := RainAnswer{
		Zones: []RainedZone{}, Counts: map[string]int{}, Method: rules.Assignment.Method, Farthest: rules.Assignment.MaxMetres, Versions: map[string]int{},
		Rules: rules.Version, Source: rules.Source, Demo: rules.Demo, From: rules.ValidFrom,
	}
	if q.Method != "" {
		answer.Method = q.Method
	}
	if q.Farthest != nil {
		answer.Farthest = *q.Farthest
	}
	gauges, err := s.gauges(ctx, rules, q.Stations, open, answer.Versions)
	if err != nil {
		return RainAnswer{}, err
	}
	for i := range gauges {
		gauges[i].plane = geodesic.NewPlane(gauges[i].at)
		gauges[i].reach = gauges[i].plane.Around(answer.Farthest)
	}
	for _, of := range p.sources {
		if of.source.Layer != rules.Zones.Layer || !of.open(ctx) {
			continue
		}
		answer.Versions[of.source.Layer] = of.layer.Published.Number
		for i := range of.index.items {
			zone := &of.index.items[i]
			used := assign(zone, gauges, rules.Assignment, answer.Method, answer.Farthest)
			if len(used) == 0 {
				answer.Unknown++
				continue
			}
			answer.Asked++
			if passed, by := rules.passed(zone, used); passed != nil {
				answer.Counts[passed.Colour]++
				answer.Zones = append(answer.Zones, RainedZone{
					Layer: of.source.Layer, Version: of.layer.Published.Number, FID: zone.fid, Key: zone.key, Title: zone.title,
					Level: s.rules.Level(zone.rank), Village: zone.village, Passed: *passed, Stations: by,
				})
			}
		}
	}
	order := colours()
	slices.SortStableFunc(answer.Zones, func(a, b RainedZone) int {
		if by := slices.Index(order, b.Colour) - slices.Index(order, a.Colour); by != 0 {
			return by
		}
		switch {
		case a.Excess > b.Excess:
			return -1
		case a.Excess < b.Excess:
			return 1
		}
		return strings.Compare(a.Key, b.Key)
	})
	return answer, nil
}

// gauges finds where the stations are.
func (s *Set) gauges(ctx context.Context, rules RainRules, measured []Measured, open Opener, versions map[string]int) ([]gauge, error) {
	var codes []string
	for _, m := range measured {
		if m.Lon == nil {
			codes = append(codes, m.Code)
		}
	}
	known := map[string]gauge{}
	if len(codes) > 0 {
		l, err := open(ctx, rules.Stations.Layer)
		if err != nil {
			return nil, err
		}
		versions[rules.Stations.Layer] = l.Published.Number
		if known, err = readStations(ctx, s.db, stationsSQL(l.Table(), rules), codes); err != nil {
			return nil, err
		}
	}
	gauges := make([]gauge, len(measured))
	for i, m := range measured {
		g := gauge{code: m.Code}
		if m.Lon != nil {
			g.at = orb.Point{*m.Lon, *m.Lat}
		} else if there, ok := known[m.Code]; ok {
			g = there
		} else {
			return nil, &RainError{fmt.Sprintf("stations[%d].code", i), fmt.Sprintf("没有测站 %.40q；请给出 lon 与 lat", m.Code), fmt.Sprintf("there is no station %.40q; give lon and lat", m.Code)}
		}
		g.rain, g.effective = m, rules.Effective(m)
		gauges[i] = g
	}
	return gauges, nil
}

func stationsSQL(table pgx.Identifier, rules RainRules) string {
	return fmt.Sprintf("SELECT %[1]s, coalesce(%[2]s, ''), ST_AsBinary(ST_GeometryN(geom, 1)) FROM %[3]s WHERE %[1]s = ANY ($1)",
		pgx.Identifier{rules.Stations.Code}.Sanitize(), pgx.Identifier{rules.Stations.Name}.Sanitize(), table.Sanitize())
}

func readStations(ctx context.Context, db *pgxpool.Pool, sql string, codes []string) (map[string]gauge, error) {
	rows, err := db.Query(ctx, sql, codes)
	if err != nil {
		return nil, fmt.Errorf("risk: reading stations: %w", err)
	}
	known := map[string]gauge{}
	var g gauge
	var shape []byte
	_, err = pgx.ForEachRow(rows, []any{&g.code, &g.name, &shape}, func() error {
		at, err := wkb.Unmarshal(shape)
		if p, ok := at.(orb.Point); ok && err == nil {
			g.at = p
			known[g.code] = g
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("risk: reading stations: %w", err)
	}
	return known, nil
}

// share is a station's part in a zone's rain.
type share struct {
	gauge  *gauge
	metres float64
	weight float64
}

// assign picks the stations of a zone, the nearest first; weights are not yet shares of 1.
func assign(zone *item, gauges []gauge, how Assignment, method string, farthest float64) []share {
	var near []share
	bound := zone.shape.Bound()
	for i := range gauges {
		if !gauges[i].reach.Intersects(bound) {
			continue
		}
		if at, metres := gauges[i].plane.Nearest(zone.shape, farthest*1.001); !math.IsInf(metres, 1) {
			if metres, _ = geodesic.Inverse(gauges[i].at, at); metres <= farthest {
				near = append(near, share{&gauges[i], metres, 1 / math.Pow(math.Max(metres, 100), how.IDWPower)})
			}
		}
	}
	slices.SortStableFunc(near, func(a, b share) int {
		switch {
		case a.metres < b.metres:
			return -1
		case a.metres > b.metres:
			return 1
		}
		return strings.Compare(a.gauge.code, b.gauge.code)
	})
	most := 1
	if method == MethodIDW {
		most = how.IDWStations
	}
	return near[:min(len(near), most)]
}

// mean is the weighted mean of what some stations have; ok is false where none has it.
func mean(shares []share, of func(*gauge) *float64) (value float64, ok bool) {
	weight := 0.0
	for _, s := range shares {
		if mm := of(s.gauge); mm != nil {
			value += s.weight * *mm
			weight += s.weight
		}
	}
	return value / math.Max(weight, math.SmallestNonzeroFloat64), weight > 0
}

// passed returns the highest threshold of a zone that its rain passes, and the
// stations that the rain is of; nil where it passes none.
func (r RainRules) passed(zone *item, shares []share) (*Passed, []Used) {
	effective, _ := mean(shares, func(g *gauge) *float64 { return &g.effective })
	var best *Passed
	order := colours()
	for _, t := range r.Thresholds {
		if !slices.Contains(t.Ranks, zone.rank) || !t.covers(zone.village) {
			continue
		}
		for _, duration := range durations() {
			limit, ok := t.MM[duration]
			mm, known := mean(shares, func(g *gauge) *float64 { return g.rain.amounts()[duration] })
			if !ok || !known {
				continue
			}
			wet := t.EffectiveMM > 0 && effective >= t.EffectiveMM
			if wet {
				limit *= t.Factor
			}
			if mm < limit {
				continue
			}
			one := Passed{t.Colour, duration, round(mm, 100), round(limit, 100), round(mm-limit, 100), round(effective, 100), wet}
			higherColour := best == nil || slices.Index(order, one.Colour) > slices.Index(order, best.Colour)
			if higherColour || one.Colour == best.Colour && mm/limit > best.MM/best.Threshold {
				best = &one
			}
		}
	}
	if best == nil {
		return nil, nil
	}
	total := 0.0
	for _, s := range shares {
		total += s.weight
	}
	var used []Used
	for _, s := range shares {
		used = append(used, Used{s.gauge.code, s.gauge.name, round(s.metres, 10), round(s.weight/total, 1e4)})
	}
	return best, used
}

// covers tells whether a zone of a village is in the threshold's warning zone; one
// whose village isn't known is in all of them.
func (t Threshold) covers(village string) bool {
	return village == "" || len(t.Divisions) == 0 || slices.ContainsFunc(t.Divisions, func(code string) bool { return strings.HasPrefix(village, code) })
}
