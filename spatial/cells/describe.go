package cells

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"onemap/layers"
)

var (
	//go:embed sql/neighbours.sql
	neighboursSQL string
	//go:embed sql/summary.sql
	summarySQL string
)

// Neighbour is a cell of the same tier that shares at least a point.
type Neighbour struct {
	Code         string  `json:"code"`
	Name         string  `json:"name"`
	SharedMetres float64 `json:"shared_m"` // of border, on the ellipsoid; 0 is a corner
}

// Description is a cell and what is round it.
type Description struct {
	Named
	Parent      *Named         `json:"parent"` // nil is none
	Chain       []Named        `json:"chain"`
	Children    []Named        `json:"children"`   // of the tier below, by code
	Neighbours  []Neighbour    `json:"neighbours"` // by code
	Kind        string         `json:"kind,omitempty"`
	BeiDou      string         `json:"beidou,omitempty"` // as delivered
	AreaM2      float64        `json:"area_m2"`          // on the ellipsoid
	Population  *int64         `json:"population"`
	Households  *int64         `json:"households"`
	Responsible string         `json:"responsible,omitempty"`
	Duty        []Duty         `json:"duty"`
	Versions    map[string]int `json:"versions"`
}

// Describe tells what a cell is and what is round it. It costs one query of the
// cell's own tier, in the version that the index has.
func (x *Index) Describe(ctx context.Context, db *pgxpool.Pool, r Ref) (*Description, error) {
	c, t := x.Cell(r), x.Tier(r)
	d := &Description{
		Named: x.Named(r), Chain: x.Chain(r), Children: []Named{}, Kind: c.Kind, BeiDou: c.BeiDou,
		Population: c.Population, Households: c.Households, Responsible: c.Responsible, Duty: x.Duty(ctx, r), Versions: x.Versions(),
	}
	if above := x.Above(r); above != NoCell {
		parent := x.Named(above)
		d.Parent = &parent
	}
	for _, child := range x.Children(r) {
		d.Children = append(d.Children, x.Named(child))
	}
	sql := strings.ReplaceAll(neighboursSQL, "{table}", t.table().Sanitize())
	err := db.QueryRow(ctx, sql, pgx.StrictNamedArgs{"code": c.Code}).Scan(&d.AreaM2, &d.Neighbours)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%w: %s in %s", ErrUnknownCell, c.Code, t.Definition.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("cells: describing %s: %w", c.Code, err)
	}
	return d, nil
}

// table is the table of the version that the tier is made of.
func (t *Tier) table() pgx.Identifier { return layers.Table(t.Definition.ID, t.Version) }

// LayerSummary is what of a layer is in a cell.
type LayerSummary struct {
	Layer        string   `json:"layer"`
	Name         string   `json:"name"`
	NameEN       string   `json:"name_en"`
	Theme        string   `json:"theme"`
	Version      int      `json:"version"`
	Count        int64    `json:"count"`              // of features in the cell, wholly or in part
	AreaM2       *float64 `json:"area_m2,omitempty"`  // of polygons, the part in the cell, m² on the ellipsoid
	LengthMetres *float64 `json:"length_m,omitempty"` // of lines, likewise
}

// Summary is everything that the map has in a cell (一格全息).
type Summary struct {
	Cell       Named          `json:"cell"`
	Chain      []Named        `json:"chain"`
	Children   int            `json:"children"` // cells of the tier below
	Population *int64         `json:"population"`
	Households *int64         `json:"households"`
	Duty       []Duty         `json:"duty"`
	Measured   bool           `json:"measured"` // areas and lengths are told
	Layers     []LayerSummary `json:"layers"`   // in the order asked for, those with nothing in the cell too
	Versions   map[string]int `json:"versions"` // of the cells
}

// Summarise counts and measures what layers have in a cell. Layers that the
// index is made of are left out, but for the number of children. In a cell above
// the towns features are counted, and measured only if measure says so, because
// that takes seconds a layer. It costs one indexed query a layer.
func (x *Index) Summarise(ctx context.Context, db *pgxpool.Pool, r Ref, in []layers.Layer, measure bool) (*Summary, error) {
	c, t := x.Cell(r), x.Tier(r)
	s := &Summary{
		Cell: x.Named(r), Chain: x.Chain(r), Children: len(x.Children(r)), Population: c.Population, Households: c.Households,
		Duty: x.Duty(ctx, r), Measured: measure || !slices.Contains(widest, t.Definition.ID), Versions: x.Versions(),
	}
	in = slices.DeleteFunc(slices.Clone(in), func(l layers.Layer) bool { return slices.Contains(Layers(), l.Definition.ID) })
	s.Layers = make([]LayerSummary, len(in))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	for i, l := range in {
		group.Go(func() (err error) {
			s.Layers[i], err = summarise(ctx, db, t.table(), c.Code, l, s.Measured)
			return err
		})
	}
	return s, group.Wait()
}

// widest are the layers whose cells hold too much to be measured unasked.
var widest = []string{"division_county", "division_city"}

func summarise(ctx context.Context, db *pgxpool.Pool, cells pgx.Identifier, code string, l layers.Layer, measure bool) (LayerSummary, error) {
	d := l.Definition
	s := LayerSummary{Layer: d.ID, Name: d.Name, NameEN: d.NameEN, Theme: d.Theme, Version: l.Published.Number}
	sql := strings.NewReplacer("{table}", l.Table().Sanitize(), "{cells}", cells.Sanitize()).Replace(summarySQL)
	var size *float64
	err := db.QueryRow(ctx, sql, pgx.StrictNamedArgs{"code": code, "kind": string(d.Geometry), "measure": measure}).Scan(&s.Count, &size)
	if err != nil {
		return s, fmt.Errorf("cells: summarising %s in %s: %w", d.ID, code, err)
	}
	switch d.Geometry {
	case layers.Polygon:
		s.AreaM2 = size
	case layers.LineString:
		s.LengthMetres = size
	}
	return s, nil
}
