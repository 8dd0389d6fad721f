package risk

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/layers"
)

var (
	//go:embed sql/exposure.sql
	exposureSQL string
	//go:embed sql/sites.sql
	sitesSQL string
	//go:embed sql/check_area.sql
	checkAreaSQL string
	//go:embed sql/zone.sql
	zoneSQL string
)

// MaxSites is the most key sites that an answer lists.
const MaxSites = 500

// Exposed is how much is exposed: of people, a share may stand behind the point.
type Exposed struct {
	Houses    int     `json:"houses"`    // buildings that meet the area
	Dwellings int     `json:"dwellings"` // those of them that people live in
	People    float64 `json:"people"`    // estimated; see Method
}

func (e *Exposed) add(o Exposed) {
	e.Houses, e.Dwellings, e.People = e.Houses+o.Houses, e.Dwellings+o.Dwellings, e.People+o.People
}

func (e Exposed) rounded() Exposed { e.People = round(e.People, 100); return e }

// ExposedAt is what is exposed at a level: that of the highest standing zone which
// the house meets. Level is null for what stands in none, or whose place in the
// cell isn't known.
type ExposedAt struct {
	Level *Level `json:"level"`
	Exposed
}

// ExposedCell is what is exposed in a grid cell.
type ExposedCell struct {
	Code string `json:"code"` // "" outside the grid
	Exposed
	Levels []ExposedAt `json:"levels"`
}

// Site is a place to look after first.
type Site struct {
	Layer   string `json:"layer"`
	Version int    `json:"version"`
	FID     int64  `json:"fid"`
	Key     string `json:"key"`
	Kind    string `json:"kind"`
	Name    string `json:"name"` // of the kind
	NameEN  string `json:"name_en"`
	Title   string `json:"title"`
	Level   *Level `json:"level"`
}

// Exposure is what an area puts at risk.
type Exposure struct {
	AreaM2   float64        `json:"area_m2"` // on the ellipsoid
	Total    Exposed        `json:"total"`
	Levels   []ExposedAt    `json:"levels"` // highest first
	By       string         `json:"by"`     // the tier of cells
	Cells    []ExposedCell  `json:"cells"`
	Sites    []Site         `json:"key_sites"`
	More     bool           `json:"more_key_sites"` // there are more than are listed
	Method   string         `json:"method"`
	MethodEN string         `json:"method_en"`
	Versions map[string]int `json:"versions"`
	Missing  []string       `json:"missing"`
	Rules    string         `json:"rules_version"`
}

// How people are counted, in words.
const (
	methodZH = "人口为估算：微网格人口按格内住宅的建筑面积（缺失时按占地面积）分摊到各住宅，与区域相交的住宅计入；格内没有住宅时按相交面积占比计"
	methodEN = "people are estimated: those of a micro-grid are shared out to its dwellings by floor area (by ground area where that is missing), and dwellings that meet the area count; in a cell without dwellings, by its share of area"
)

// Expose tells what is exposed in an area, of EPSG:4490 and valid, out of PostGIS
// and of the versions that open returns. by is a tier of the rules' cells. An area
// that crosses itself is an [AreaError]; an unknown tier an [ErrTier].
func Expose(ctx context.Context, db *pgxpool.Pool, rules Rules, area orb.MultiPolygon, by string, open Opener) (Exposure, error) {
	cell, ok := rules.Exposure.Cells[by]
	if !ok {
		return Exposure{}, fmt.Errorf("%w: %.40q", ErrTier, by)
	}
	if err := checkReach(area); err != nil {
		return Exposure{}, err
	}
	x := &exposing{
		ctx: ctx, db: db, rules: rules, open: open, opened: map[string]layers.Layer{}, area: wkb.MustMarshal(area),
		answer: Exposure{By: by, Levels: []ExposedAt{}, Cells: []ExposedCell{}, Sites: []Site{}, Method: methodZH, MethodEN: methodEN, Versions: map[string]int{}, Missing: []string{}, Rules: rules.Version},
	}
	for _, do := range []func() error{x.checkArea, x.zones, func() error { return x.count(cell) }, x.sites} {
		if err := do(); err != nil {
			return Exposure{}, err
		}
	}
	slices.Sort(x.answer.Missing)
	x.answer.Missing = slices.Compact(x.answer.Missing)
	return x.answer, nil
}

// ErrTier reports a tier of cells that there is not.
var ErrTier = errors.New("risk: no such tier of cells")

// ZoneShape returns the shape of a zone in the version of its layer that open
// returns; an [AreaError] where the layer has no polygons, a
// [layers.ErrUnknownFeature] where no feature has the key.
func ZoneShape(ctx context.Context, db *pgxpool.Pool, z Zone, open Opener) (orb.MultiPolygon, error) {
	l, err := open(ctx, z.Layer)
	if err != nil {
		return nil, err
	}
	if l.Definition.Geometry != layers.Polygon {
		return nil, &AreaError{"layer", "图层 " + z.Layer + " 不是面图层", "layer " + z.Layer + " has no polygons"}
	}
	sql := strings.NewReplacer("{table}", l.Table().Sanitize(), "{key}", keyOf(l, "f")).Replace(zoneSQL)
	var text []byte
	err = db.QueryRow(ctx, sql, pgx.StrictNamedArgs{"key": z.Key}).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("%w: %s %.100s", layers.ErrUnknownFeature, z.Layer, z.Key)
	}
	if err != nil {
		return nil, fmt.Errorf("risk: zone %.100s of %s: %w", z.Key, z.Layer, err)
	}
	shape, err := wkb.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("risk: zone %.100s of %s: %w", z.Key, z.Layer, err)
	}
	polygons, ok := shape.(orb.MultiPolygon)
	if !ok {
		return nil, &AreaError{"layer", "该要素不是面", "the feature is no polygon"}
	}
	return polygons, nil
}

// exposing puts an [Exposure] together.
type exposing struct {
	ctx      context.Context
	db       *pgxpool.Pool
	rules    Rules
	open     Opener
	opened   map[string]layers.Layer
	area     []byte // WKB
	zoneRank string // SQL: the highest level of the standing zones that meet h.geom; 0 in none
	answer   Exposure
}

func (x *exposing) checkArea() error {
	var valid bool
	var reason string
	var lon, lat float64
	err := x.db.QueryRow(x.ctx, checkAreaSQL, pgx.StrictNamedArgs{"area": x.area}).Scan(&valid, &reason, &lon, &lat, &x.answer.AreaM2)
	if err != nil {
		return fmt.Errorf("risk: checking the area: %w", err)
	}
	if !valid {
		return &AreaError{
			"coordinates", fmt.Sprintf("面无效（%s），位于经度 %.7f、纬度 %.7f；请修正后重试", reason, lon, lat),
			fmt.Sprintf("the area is not valid (%s) at longitude %.7f, latitude %.7f; mend it and ask again", reason, lon, lat),
		}
	}
	x.answer.AreaM2 = round(x.answer.AreaM2, 100)
	return nil
}

// layer opens a layer once; ok is false where it is absent.
func (x *exposing) layer(id string) (l layers.Layer, ok bool, err error) {
	if l, ok := x.opened[id]; ok {
		return l, true, nil
	}
	l, err = x.open(x.ctx, id)
	if isAbsent(err) {
		x.answer.Missing = append(x.answer.Missing, id)
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	x.opened[id], x.answer.Versions[id] = l, l.Published.Number
	return l, true, nil
}

// zones writes the SQL of the level of a house.
func (x *exposing) zones() error {
	terms := []string{"0"}
	for _, s := range x.rules.Sources {
		l, ok, err := x.layer(s.Layer)
		if err != nil {
			return err
		}
		if !ok || l.Definition.Geometry != layers.Polygon || s.OnlyRanked || s.Passing {
			continue // points cover nothing, a house is no zone, and the day's weather doesn't stand
		}
		terms = append(terms, fmt.Sprintf("coalesce((SELECT max(%s) FROM %s z WHERE z.geom && h.geom AND ST_Intersects(z.geom, h.geom)), 0)", s.Grade.sql(), l.Table().Sanitize()))
	}
	x.zoneRank = "greatest(" + strings.Join(terms, ", ") + ")"
	return nil
}

// sql is the grade's rank of a row z. Its codes come from the rules, not from
// requests, and are quoted all the same.
func (g Grade) sql() string {
	column := "z." + pgx.Identifier{g.Field}.Sanitize()
	var cases strings.Builder
	for code, rank := range g.Ranks {
		fmt.Fprintf(&cases, " WHEN %s::text = '%s' THEN %d", column, strings.ReplaceAll(code, "'", "''"), rank)
	}
	for _, s := range g.Steps {
		if s.Below != nil {
			fmt.Fprintf(&cases, " WHEN %s < %s THEN %d", column, strconv.FormatFloat(*s.Below, 'f', -1, 64), s.Rank)
		} else {
			fmt.Fprintf(&cases, " WHEN %s IS NOT NULL THEN %d", column, s.Rank)
		}
	}
	return "CASE" + cases.String() + " ELSE 0 END"
}

// count fills in houses and people.
func (x *exposing) count(cell CellRule) error {
	houses := "(SELECT 0::bigint AS fid, NULL::geometry AS geom, NULL::float8 AS weight, NULL::text AS use WHERE false)"
	grid := "(SELECT 0::bigint AS fid, NULL::geometry AS geom, NULL::text AS code, NULL::float8 AS people WHERE false)"
	e := x.rules.Exposure
	if l, ok, err := x.layer(e.Houses.Layer); err != nil {
		return err
	} else if ok {
		houses = fmt.Sprintf("(SELECT fid, geom, %s AS weight, %s AS use FROM %s)", column(l, e.Houses.Weight), column(l, e.Houses.Use), l.Table().Sanitize())
	}
	if l, ok, err := x.layer(e.Population.Layer); err != nil {
		return err
	} else if ok {
		grid = fmt.Sprintf("(SELECT fid, geom, %s AS code, %s AS people FROM %s)", column(l, e.Population.Code), column(l, e.Population.People), l.Table().Sanitize())
	}
	sql := strings.NewReplacer("{houses}", houses, "{grid}", grid, "{zone_rank}", x.zoneRank, "{dwelling}", "coalesce(h.use = ANY (@dwellings), false)").Replace(exposureSQL)
	rows, err := x.db.Query(x.ctx, sql, pgx.StrictNamedArgs{"area": x.area, "dwellings": e.Houses.Dwellings, "digits": cell.Digits})
	if err != nil {
		return fmt.Errorf("risk: exposure: %w", err)
	}
	var code string
	var rank int
	var one Exposed
	ranks := map[int]Exposed{}
	_, err = pgx.ForEachRow(rows, []any{&code, &rank, &one.Houses, &one.Dwellings, &one.People}, func() error {
		if n := len(x.answer.Cells); n == 0 || x.answer.Cells[n-1].Code != code {
			x.answer.Cells = append(x.answer.Cells, ExposedCell{Code: code})
		}
		here := &x.answer.Cells[len(x.answer.Cells)-1]
		here.add(one)
		here.Levels = append(here.Levels, ExposedAt{x.rules.Level(rank), one.rounded()})
		sum := ranks[rank]
		sum.add(one)
		ranks[rank] = sum
		x.answer.Total.add(one)
		return nil
	})
	if err != nil {
		return fmt.Errorf("risk: exposure: %w", err)
	}
	for i := range x.answer.Cells {
		x.answer.Cells[i].Exposed = x.answer.Cells[i].rounded()
	}
	x.answer.Total = x.answer.Total.rounded()
	for rank := len(x.rules.Levels); rank >= 0; rank-- {
		if sum, ok := ranks[rank]; ok {
			x.answer.Levels = append(x.answer.Levels, ExposedAt{x.rules.Level(rank), sum.rounded()})
		}
	}
	return nil
}

// sites lists the key sites, of each kind the highest level first.
func (x *exposing) sites() error {
	for _, k := range x.rules.Exposure.KeySites {
		l, ok, err := x.layer(k.Layer)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		sql := strings.NewReplacer(
			"{table}", l.Table().Sanitize(), "{key}", keyOf(l, "h"), "{label}", column(l, k.Label), "{field}", column(l, k.Field), "{zone_rank}", x.zoneRank,
		).Replace(sitesSQL)
		left := MaxSites - len(x.answer.Sites)
		rows, err := x.db.Query(x.ctx, sql, pgx.StrictNamedArgs{"area": x.area, "codes": k.Codes, "limit": left + 1})
		if err != nil {
			return fmt.Errorf("risk: key sites of %s: %w", k.Layer, err)
		}
		site := Site{Layer: k.Layer, Version: l.Published.Number, Kind: k.Kind, Name: k.Name, NameEN: k.NameEN}
		var rank int
		_, err = pgx.ForEachRow(rows, []any{&site.FID, &site.Key, &site.Title, &rank}, func() error {
			if len(x.answer.Sites) == MaxSites {
				x.answer.More = true
				return nil
			}
			site.Level = x.rules.Level(rank)
			x.answer.Sites = append(x.answer.Sites, site)
			return nil
		})
		if err != nil {
			return fmt.Errorf("risk: key sites of %s: %w", k.Layer, err)
		}
	}
	return nil
}

// column is a field's column, or NULL where the version has none.
func column(l layers.Layer, name string) string {
	if slices.ContainsFunc(l.Fields(), func(f layers.Field) bool { return f.Name == name }) {
		return pgx.Identifier{name}.Sanitize()
	}
	return "NULL"
}

// keyOf lists the columns of a layer's key, of the table called alias.
func keyOf(l layers.Layer, alias string) string {
	columns := make([]string, len(l.Definition.Key))
	for i, name := range l.Definition.Key {
		if columns[i] = column(l, name); columns[i] != "NULL" {
			columns[i] = alias + "." + columns[i]
		}
	}
	return strings.Join(columns, ", ")
}
