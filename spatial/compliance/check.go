package compliance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/geojson"
	"golang.org/x/sync/errgroup"

	"onemap/access"
	"onemap/layers"
	"onemap/spatial/area"
	"onemap/spatial/overlay"
)

// Size is an area in the three units that land is told in.
type Size struct {
	M2       float64 `json:"m2"`       // on the CGCS2000 ellipsoid; see spatial/area
	Mu       float64 `json:"mu"`       // 亩: 2000/3 m²
	Hectares float64 `json:"hectares"` // 公顷
}

func sizeOf(m2 float64) Size {
	return Size{overlay.Round(m2), overlay.Round(m2 / area.SquareMetresPerMu), math.Round(m2/area.SquareMetresPerHectare*1e10) / 1e10}
}

// LayerVersion is a version that a check was made against.
type LayerVersion struct {
	Layer       string `json:"layer"`
	Name        string `json:"name"`
	NameEN      string `json:"name_en"`
	Version     int    `json:"version"`
	ContentHash string `json:"content_hash"` // of its features
}

// Piece is the part of a feature that a rule found.
type Piece struct {
	FID        int64             `json:"fid"`
	Properties any               `json:"properties"` // the feature's key, name and class
	Geometry   *geojson.Geometry `json:"geometry"`   // EPSG:4490; of near, the whole feature
	Size       *Size             `json:"area,omitempty"`
	Share      float64           `json:"share,omitempty"`    // of the red line's area
	LengthM    float64           `json:"length_m,omitempty"` // of lines, metres
	DistanceM  *float64          `json:"distance_m,omitempty"`
}

// Finding is what a rule comes to.
type Finding struct {
	Rule
	LayerName       string  `json:"layer_name"`
	LayerNameEN     string  `json:"layer_name_en"`
	Version         int     `json:"version,omitempty"` // of the layer; 0 was not checked
	Finding         Verdict `json:"finding"`           // what came of it: compliant, the rule's verdict, or unchecked
	FindingName     string  `json:"finding_name"`
	FindingNameEN   string  `json:"finding_name_en"`
	Count           int     `json:"count"`          // features that meet the red line, or are near
	Size            *Size   `json:"area,omitempty"` // that the rule objects to; of layers of polygons
	Share           float64 `json:"share"`          // of the red line's area
	LengthM         float64 `json:"length_m,omitempty"`
	OverlappingM2   float64 `json:"overlapping_m2,omitempty"`   // m² that several features of the layer cover; counted once in the area
	WithinTolerance bool    `json:"within_tolerance,omitempty"` // something was found, but too little to count
	NotChecked      string  `json:"not_checked,omitempty"`      // why, Chinese
	NotCheckedEN    string  `json:"not_checked_en,omitempty"`
	Pieces          []Piece `json:"pieces"`

	Outside *geojson.Geometry `json:"outside,omitempty"` // of within: what lies outside the layer
}

// Result is what a check found. It follows from red line, rules and versions
// alone: the same ones give the same result, byte for byte.
type Result struct {
	Area          Size              `json:"area"`
	GeodesicM2    float64           `json:"geodesic_m2"` // the red line by ST_Area(geography), for comparison
	Redline       *geojson.Geometry `json:"redline"`
	Verdict       Verdict           `json:"verdict"`
	VerdictName   string            `json:"verdict_name"`
	VerdictNameEN string            `json:"verdict_name_en"`
	Findings      []Finding         `json:"findings"`
	Land          *Land             `json:"land_classes"` // nil where the layer of land classes isn't published
}

// sources are the layers that a check asks, as they were opened.
type sources struct {
	open map[string]layers.Layer
	shut map[string][2]string // why a layer can't be asked, Chinese and English
}

func (s sources) versions() []LayerVersion {
	all := []LayerVersion{}
	for _, l := range s.open {
		d, v := l.Definition, l.Published
		all = append(all, LayerVersion{d.ID, d.Name, d.NameEN, v.Number, v.ContentHash})
	}
	slices.SortFunc(all, func(a, b LayerVersion) int {
		if a.Layer < b.Layer {
			return -1
		}
		return 1
	})
	return all
}

// open opens every layer that a set of rules asks, as it was published at a time
// (the zero time is now), or in the versions that are pinned.
func (o *Office) open(ctx context.Context, catalogue *layers.Catalogue, set RuleSet, at time.Time, pinned map[string]int) (sources, error) {
	s := sources{map[string]layers.Layer{}, map[string][2]string{}}
	ids := []string{o.rules.Land.Layer}
	for _, rule := range set.Rules {
		ids = append(ids, rule.Layer)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		name := id
		if pinned != nil {
			if pinned[id] == 0 {
				s.shut[id] = notPublished
				continue
			}
			name = fmt.Sprintf("%s@%d", id, pinned[id])
		}
		l, err := o.store.OpenNamed(ctx, catalogue, name, at)
		switch {
		case err == nil:
			s.open[id] = l
		case pinned != nil:
			return sources{}, err // what was read once must be readable, or the check can't be repeated
		case errors.Is(err, layers.ErrNotPublished), errors.Is(err, layers.ErrUnknownLayer):
			s.shut[id] = notPublished
		case errors.Is(err, access.ErrUnauthenticated), errors.Is(err, access.ErrForbidden):
			s.shut[id] = notAllowed
		default:
			return sources{}, err
		}
	}
	return s, nil
}

var (
	notPublished = [2]string{"图层尚未发布", "the layer was not published"}
	notAllowed   = [2]string{"无权读取该图层", "the layer may not be read by who asked"}
)

// atOnce is how many layers are cut at the same time.
const atOnce = 4

// run asks every rule.
func (o *Office) run(ctx context.Context, set RuleSet, from sources, shape overlay.Shape) (Result, error) {
	r := Result{Area: sizeOf(shape.AreaM2), GeodesicM2: overlay.Round(shape.Geodesic), Redline: geojson.NewGeometry(shape.Geometry), Findings: make([]Finding, len(set.Rules))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	if l, ok := from.open[o.rules.Land.Layer]; ok {
		group.Go(func() (err error) { // first, because it takes longest
			r.Land, err = landOf(ctx, o.db, l, o.rules.Land, shape)
			return err
		})
	}
	for i, rule := range set.Rules {
		l, ok := from.open[rule.Layer]
		if !ok {
			why := from.shut[rule.Layer]
			r.Findings[i] = Finding{Rule: rule, LayerName: rule.Layer, LayerNameEN: rule.Layer, Finding: Unchecked, NotChecked: why[0], NotCheckedEN: why[1], Pieces: []Piece{}}
			continue
		}
		group.Go(func() (err error) {
			r.Findings[i], err = ask(ctx, o.db, l, rule, shape)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Result{}, err
	}
	r.Verdict = Compliant
	for i := range r.Findings {
		f := &r.Findings[i]
		f.FindingName, f.FindingNameEN = f.Finding.Name(), f.Finding.NameEN()
		r.Verdict = graver(r.Verdict, f.Finding)
	}
	r.VerdictName, r.VerdictNameEN = r.Verdict.Name(), r.Verdict.NameEN()
	return r, nil
}

// ask asks one rule of its layer.
func ask(ctx context.Context, db *pgxpool.Pool, l layers.Layer, rule Rule, shape overlay.Shape) (Finding, error) {
	d := l.Definition
	f := Finding{Rule: rule, LayerName: d.Name, LayerNameEN: d.NameEN, Version: l.Published.Number, Finding: Compliant, Pieces: []Piece{}}
	q := overlay.Question{Fields: shownFields(l), Uncovered: rule.Relation == Within, Union: true}
	if rule.Where != nil {
		q.Field, q.Values = rule.Where.Field, rule.Where.Values
	}
	if rule.Relation == Near {
		near, err := overlay.Around(ctx, db, l, shape, rule.DistanceM, q)
		if err != nil {
			return Finding{}, err
		}
		for _, n := range near {
			metres := math.Round(n.DistanceM*1000) / 1000
			f.Pieces = append(f.Pieces, Piece{FID: n.FID, Properties: n.Values, Geometry: geojson.NewGeometry(n.Geometry), DistanceM: &metres})
		}
		if f.Count = len(near); f.Count > 0 {
			f.Finding = rule.Verdict
		}
		return f, nil
	}
	cut, err := overlay.Cut(ctx, db, l, shape, q)
	if err != nil {
		return Finding{}, err
	}
	f.Count = len(cut.Pieces)
	for _, p := range cut.Pieces {
		f.Pieces = append(f.Pieces, pieceOf(p, d.Geometry, shape.AreaM2))
		f.LengthM += p.LengthM
	}
	f.LengthM = overlay.Round(f.LengthM)
	if d.Geometry != layers.Polygon {
		if f.Count > 0 {
			f.Finding = rule.Verdict
		}
		return f, nil
	}
	f.judge(cut, shape.AreaM2)
	return f, nil
}

// seam is how much, in m², sums of areas may differ by rounding alone.
const seam = 1e-3

// judge weighs the area that was found in a layer of polygons.
func (f *Finding) judge(cut overlay.Pieces, whole float64) {
	found := cut.SumM2()
	if covered := whole - cut.UncoveredM2; found-covered > seam { // features overlap one another
		f.OverlappingM2, found = overlay.Round(found-covered), covered
	}
	if f.Relation == Within {
		found = cut.UncoveredM2
		if found > seam {
			f.Outside = geojson.NewGeometry(cut.Uncovered)
		}
	}
	size := sizeOf(found)
	f.Size, f.Share = &size, share(found, whole)
	switch {
	case found > f.ToleranceM2 && found > f.ToleranceShare*whole:
		f.Finding = f.Verdict
	case found > seam:
		f.WithinTolerance = true
	}
}

func share(part, whole float64) float64 { return math.Round(part/whole*1e9) / 1e9 }

func pieceOf(p overlay.Piece, kind layers.GeometryKind, whole float64) Piece {
	piece := Piece{FID: p.FID, Properties: p.Values, Geometry: geojson.NewGeometry(p.Geometry)}
	switch kind {
	case layers.Polygon:
		size := sizeOf(p.AreaM2)
		piece.Size, piece.Share = &size, share(p.AreaM2, whole)
	case layers.LineString:
		piece.LengthM = overlay.Round(p.LengthM)
	}
	return piece
}

// shownFields are what a piece says of its feature: key, name and class.
func shownFields(l layers.Layer) []string {
	d := l.Definition
	var names []string
	for _, f := range l.Fields() {
		if slices.Contains(d.Key, f.Name) || f.Name == d.Label || f.Name == d.Class || f.InTiles {
			names = append(names, f.Name)
		}
	}
	return names
}
