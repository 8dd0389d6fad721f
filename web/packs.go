package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/spatial/cells"
	"onemap/spatial/risk"
	"onemap/spatial/warnings"
)

// errPackTooLarge reports a cell too large for a phone to carry.
var errPackTooLarge = errors.New("web: the cell is too large for a pack")

// The most that a pack holds, and how far round its cell it reaches.
const (
	mostPackCells    = 2000
	mostPackDangers  = 20_000
	mostPackWarnings = 500
	packMargin       = 0.02 // degrees, some 2 km
)

// pack is what a phone needs to answer without signal: where a position lies, who
// is on duty there, and which dangers and shelters are near. It has no time in
// it, so that its ETag tells whether anything is new.
type pack struct {
	Cell     cells.Named       `json:"cell"`
	Bounds   layers.Bounds     `json:"bounds"` // of the cell, EPSG:4490
	Cells    []packedCell      `json:"cells"`  // it, what is above it, and all that is in it
	Risks    []risk.Sketch     `json:"risks"`  // within 2 km of its bounds
	Shelters []risk.Sketch     `json:"shelters"`
	Warnings []shownWarning    `json:"active_warnings"` // whose area meets its bounds
	Kinds    layers.Dictionary `json:"kinds"`           // of incidents
	States   layers.Dictionary `json:"states"`
	Versions map[string]int    `json:"versions"`
	Missing  []string          `json:"missing"` // layers that are not published, or not for who asks
}

// packedCell is a cell of a pack.
type packedCell struct {
	cells.Named
	Parent string           `json:"parent,omitempty"` // code
	Duty   []cells.Duty     `json:"duty"`             // of the cell itself
	Shape  orb.MultiPolygon `json:"shape,omitempty"`  // of the finest cells, EPSG:4490
}

// getPack answers GET /api/v1/grid/cells/{code}/pack: what a phone keeps of a town,
// or of a smaller cell, for the time without signal.
func (s *server) getPack(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	made, err := s.makePack(r.Context(), mux.Vars(r)["code"])
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", made)
}

func (s *server) makePack(ctx context.Context, code string) (*pack, error) {
	x, err := s.openCells(ctx)
	if err != nil {
		return nil, err
	}
	at, err := x.Find(code)
	if err != nil {
		return nil, err
	}
	bound := x.Bound(at)
	made := &pack{
		Cell: x.Named(at), Bounds: layers.Bounds{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]},
		Risks: []risk.Sketch{}, Shelters: []risk.Sketch{}, Warnings: []shownWarning{}, Missing: []string{}, Versions: map[string]int{},
	}
	for up := x.Above(at); up != cells.NoCell; up = x.Above(up) {
		made.add(ctx, x, up, false)
	}
	if !made.descend(ctx, x, at) {
		return nil, fmt.Errorf("%w: %s has more than %d cells", errPackTooLarge, code, mostPackCells)
	}
	for layer, version := range x.Versions() {
		made.Versions[layer] = version
	}
	if s.Incidents != nil {
		made.Kinds, made.States = s.Incidents.Rules().Kinds, s.Incidents.Rules().States
	}
	if err := s.packDangers(ctx, made, bound); err != nil {
		return nil, err
	}
	return made, nil
}

// add puts a cell into the pack.
func (p *pack) add(ctx context.Context, x *cells.Index, at cells.Ref, shape bool) {
	one := packedCell{Named: x.Named(at), Duty: []cells.Duty{}}
	if above := x.Above(at); above != cells.NoCell {
		one.Parent = x.Cell(above).Code
	}
	for _, d := range x.Duty(ctx, at) {
		if d.Cell == one.Code {
			one.Duty = append(one.Duty, d)
		}
	}
	if shape {
		one.Shape = orb.Round(orb.Clone(x.Shape(at)), 1e8).(orb.MultiPolygon)
	}
	p.Cells = append(p.Cells, one)
}

// descend adds a cell and all that are part of it; it tells whether there was room.
// Only cells with none in them have a shape: a position lies in the finest.
func (p *pack) descend(ctx context.Context, x *cells.Index, at cells.Ref) bool {
	if len(p.Cells) >= mostPackCells {
		return false
	}
	children := x.Children(at)
	p.add(ctx, x, at, len(children) == 0)
	for _, child := range children {
		if !p.descend(ctx, x, child) {
			return false
		}
	}
	return true
}

func (s *server) packDangers(ctx context.Context, made *pack, bound orb.Bound) error {
	if s.Risks != nil {
		found, err := s.Risks.Sketch(ctx, bound.Pad(packMargin), mostPackDangers)
		if err != nil {
			return err
		}
		made.Risks, made.Shelters, made.Missing = found.Dangers, found.Shelters, found.Missing
		for layer, version := range found.Versions {
			made.Versions[layer] = version
		}
	}
	if s.Warnings == nil {
		return nil
	}
	hold, err := s.Warnings.List(ctx, warnings.Query{State: warnings.Active, Limit: mostPackWarnings, Shapes: true})
	if err != nil {
		return err
	}
	for _, one := range hold {
		if one.Area.Bound().Intersects(bound) {
			made.Warnings = append(made.Warnings, s.showWarning(one, true))
		}
	}
	return nil
}
