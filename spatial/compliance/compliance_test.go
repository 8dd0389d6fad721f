package compliance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/encoding/wkt"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial/area"
	"onemap/spatial/compliance"
	"onemap/spatial/overlay"
)

// town is a database with a few layers of the one map round 112.00° E, 22.90° N.
type town struct {
	t      *testing.T
	db     *pgxpool.Pool
	store  *layers.Store
	office *compliance.Office
	ctx    context.Context // of the operator
}

// parcels are 40 by 40 slanting fields without gaps, of three classes, but for one
// column of them in the east that nobody surveyed.
const parcels = `SELECT row_number() OVER (ORDER BY i, j),
	(ARRAY['0101', '0301', '0601', '0404'])[1 + (i * 7 + j * 3) % 4], (ARRAY['水田', '乔木林地', '工业用地', '其他草地'])[1 + (i * 7 + j * 3) % 4],
	ST_MakePolygon(ST_MakeLine(ARRAY[
		ST_MakePoint(x(i, j), y(i, j)), ST_MakePoint(x(i + 1, j), y(i + 1, j)), ST_MakePoint(x(i + 1, j + 1), y(i + 1, j + 1)), ST_MakePoint(x(i, j + 1), y(i, j + 1)), ST_MakePoint(x(i, j), y(i, j))]))
	FROM generate_series(0, 39) i, generate_series(0, 39) j WHERE i < 38`

func newTown(t *testing.T) *town {
	t.Helper()
	db := postgistest.DB(t)
	w := &town{t: t, db: db, store: layers.NewStore(db), ctx: access.With(t.Context(), access.Operator("test"))}
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Define(w.ctx, defs); err != nil {
		t.Fatal(err)
	}
	w.exec(`CREATE FUNCTION x(i int, j int) RETURNS float8 LANGUAGE sql AS 'SELECT 112.0 + i * 0.0007 + j * 0.00011 + sin(i * 3 + j) * 0.0001'`)
	w.exec(`CREATE FUNCTION y(i int, j int) RETURNS float8 LANGUAGE sql AS 'SELECT 22.9 + j * 0.0006 - i * 0.00009 + cos(i - j * 2) * 0.0001'`)
	w.publish("dltb", "dlbm, dlmc", parcels)
	w.publish("yjjbnttb", "bsm, dlbm", `VALUES (1, 'F1', '0101', ST_GeomFromText('POLYGON((112.004 22.904, 112.008 22.904, 112.008 22.908, 112.004 22.908, 112.004 22.904), (112.005 22.905, 112.005 22.906, 112.006 22.906, 112.006 22.905, 112.005 22.905))')),
		(2, 'F2', '0103', ST_GeomFromText('POLYGON((112.008 22.904, 112.012 22.9045, 112.012 22.908, 112.008 22.908, 112.008 22.904))')),
		(3, 'far', '0103', ST_GeomFromText('POLYGON((112.2 22.904, 112.21 22.904, 112.21 22.908, 112.2 22.904))'))`)
	w.publish("czkfbj", "bsm", `VALUES (1, 'B', ST_GeomFromText('POLYGON((111.99 22.89, 112.0075 22.89, 112.0075 22.93, 111.99 22.93, 111.99 22.89))'))`)
	w.publish("flood_risk_zone", "zone_id, risk", `VALUES (1, 'Z1', '3', ST_GeomFromText('POLYGON((112.004 22.904, 112.0055 22.904, 112.0055 22.908, 112.004 22.908, 112.004 22.904))')),
		(2, 'Z2', '4', ST_GeomFromText('POLYGON((112.005 22.904, 112.006 22.904, 112.006 22.908, 112.005 22.908, 112.005 22.904))')),
		(3, 'Z3', '1', ST_GeomFromText('POLYGON((112.1 22.904, 112.11 22.904, 112.11 22.908, 112.1 22.904))'))`)
	w.publish("ancient_tree", "tree_id", `VALUES (1, 'T1', ST_MakePoint(112.0100, 22.9046)), (2, 'T2', ST_MakePoint(112.0101, 22.9049)), (3, 'T3', ST_MakePoint(112.01, 22.99))`)
	w.publish("geohazard_point", "hazard_id", `VALUES (1, 'H1', ST_MakePoint(112.05, 22.95))`)
	rules, err := compliance.ReadRules(data.Files, defs.Layers)
	if err != nil {
		t.Fatal(err)
	}
	w.office = compliance.NewOffice(db, w.store, rules)
	return w
}

func (w *town) exec(sql string) {
	w.t.Helper()
	if _, err := w.db.Exec(w.ctx, sql); err != nil {
		w.t.Fatal(err)
	}
}

// publish publishes rows of fid, columns and geom as a new version.
func (w *town) publish(layer, columns, rows string) {
	w.t.Helper()
	draft, err := w.store.BeginDraft(w.ctx, layer)
	if err != nil {
		w.t.Fatal(err)
	}
	defer draft.Abandon(w.ctx)
	v, err := draft.Finish(w.ctx, layers.DraftSummary{Report: json.RawMessage("{}"), ContentHash: fmt.Sprintf("%x", rows)[:40]})
	if err != nil {
		w.t.Fatal(err)
	}
	w.exec(fmt.Sprintf(`INSERT INTO %s (fid, %s, geom, geom_3857) SELECT fid, %[2]s, ST_Multi(ST_SetSRID(g, 4490)), ST_Transform(ST_Multi(ST_SetSRID(g, 4490)), 3857) FROM (%s) r (fid, %[2]s, g)`,
		layers.Table(layer, v.Number).Sanitize(), columns, rows))
	if _, err := w.store.Publish(w.ctx, layer, v.Number); err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) catalogue() *layers.Catalogue {
	w.t.Helper()
	c, err := layers.LoadCatalogue(w.ctx, w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func plot(t *testing.T, text string) compliance.Plot {
	t.Helper()
	g, err := wkt.Unmarshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return compliance.Plot{Shape: overlay.Polygons(g)}
}

func (w *town) request(text string) compliance.Request {
	w.t.Helper()
	return compliance.Request{
		RuleSet: "construction_land", Name: "南山工业园", Reason: "预审",
		Input: compliance.Input{Format: "test", CRS: "EPSG:4490", Plots: []compliance.Plot{plot(w.t, text)}},
	}
}

func (w *town) check(text string) compliance.Answer {
	w.t.Helper()
	a, _, err := w.office.Check(w.ctx, w.catalogue(), w.request(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// site is a red line of two parts, one with a hole, across most of what there is.
const site = `MULTIPOLYGON(((112.0031 22.9032, 112.0123 22.9036, 112.0119 22.9069, 112.0037 22.9077, 112.0031 22.9032), (112.0062 22.9048, 112.0066 22.9059, 112.0071 22.9049, 112.0062 22.9048)), ((112.0251 22.9052, 112.0299 22.9055, 112.0291 22.9085, 112.0251 22.9052)))`

// exact measures a geometry as straight lines in longitude and latitude: with a
// point every metre or ten, geodesics are no other lines.
const exact = "ST_Area(ST_Segmentize(%s, 0.00005)::geography)"

func finding(t *testing.T, a compliance.Answer, id string) compliance.Finding {
	t.Helper()
	for _, f := range a.Findings {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no finding of rule %s", id)
	return compliance.Finding{}
}

func TestEveryPieceIsWhatPostGISCuts(t *testing.T) {
	w := newTown(t)
	a := w.check(site)
	whole, _ := wkt.Unmarshal(site)
	encoded, _ := wkb.Marshal(whole)
	if off := math.Abs(a.Area.M2 - a.GeodesicM2); off > 2e-6*a.Area.M2 || off == 0 {
		t.Errorf("the red line has %f m², ST_Area(geography) says %f", a.Area.M2, a.GeodesicM2)
	}
	farmland := finding(t, a, "permanent_farmland")
	if farmland.Finding != compliance.Prohibited || farmland.Count != 2 || a.Verdict != compliance.Prohibited {
		t.Errorf("%+v", farmland)
	}
	sum := 0.0
	for _, p := range farmland.Pieces {
		var referee float64
		var equal bool
		mine, _ := wkb.Marshal(p.Geometry.Geometry())
		err := w.db.QueryRow(w.ctx, `SELECT `+fmt.Sprintf(exact, "cut")+`, ST_Equals(cut, ST_GeomFromWKB($2, 4490))
			FROM (SELECT ST_Intersection(geom, ST_GeomFromWKB($1, 4490)) cut FROM features.yjjbnttb WHERE fid = $3) c`, encoded, mine, p.FID).Scan(&referee, &equal)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.Size.M2-referee) > 0.001 || !equal {
			t.Errorf("piece of %d: %f m², PostGIS cuts %f; the same shape: %v", p.FID, p.Size.M2, referee, equal)
		}
		sum += p.Size.M2
	}
	if math.Abs(farmland.Size.M2-sum) > 1e-4 || math.Abs(farmland.Size.Mu*2000/3-sum) > 1e-3 || math.Abs(farmland.Size.Hectares*10000-sum) > 1e-3 {
		t.Errorf("the pieces are %f m², the finding says %+v", sum, farmland.Size)
	}
	if math.Abs(farmland.Share-sum/a.Area.M2) > 1e-8 {
		t.Errorf("share %f of %f", farmland.Share, a.Area.M2)
	}
}

func TestLandClassesSumToTheWhole(t *testing.T) {
	w := newTown(t)
	a := w.check(site)
	land := a.Land
	if land == nil || len(land.Classes) != 4 || land.Uncovered.M2 < 1000 || land.OverlappingM2 != 0 || land.UncoveredAt == nil {
		t.Fatalf("%+v", land)
	}
	sum, groups := land.Uncovered.M2, land.Uncovered.M2
	for _, c := range land.Classes {
		sum += c.Size.M2
		var referee float64
		err := w.db.QueryRow(w.ctx, `SELECT sum(`+fmt.Sprintf(exact, "ST_Intersection(geom, ST_GeomFromText($1, 4490))")+`) FROM features.dltb WHERE dlbm = $2`, site, c.Code).Scan(&referee)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(c.Size.M2-referee) > 0.001 {
			t.Errorf("class %s: %f m², PostGIS says %f", c.Code, c.Size.M2, referee)
		}
	}
	for _, g := range land.Groups {
		groups += g.Size.M2
	}
	for what, got := range map[string]float64{"classes": sum, "groups": groups, "the answer's own sum": land.SumM2} {
		if math.Abs(got-a.Area.M2) > 0.001 {
			t.Errorf("%s and what is uncovered: %f m², the whole is %f", what, got, a.Area.M2)
		}
	}
}

func TestOverlappingFeaturesCountOnceAndOverlapsInLandAreTold(t *testing.T) {
	w := newTown(t)
	a := w.check("POLYGON((112.0041 22.9041, 112.0059 22.9041, 112.0059 22.9079, 112.0041 22.9079, 112.0041 22.9041))")
	flood := finding(t, a, "flood_high")
	if flood.Count != 2 || math.Abs(flood.Size.M2-a.Area.M2) > 0.001 || flood.Share != 1 {
		t.Errorf("both zones cover all of the red line: %d pieces, %+v of %f m²", flood.Count, flood.Size, a.Area.M2)
	}
	twice := flood.Pieces[0].Size.M2 + flood.Pieces[1].Size.M2 - a.Area.M2
	if flood.OverlappingM2 < 1000 || math.Abs(flood.OverlappingM2-twice) > 0.001 {
		t.Errorf("%f m² lie in both zones, not %f", twice, flood.OverlappingM2)
	}
	if low := finding(t, a, "flood_low"); low.Count != 0 || low.Finding != compliance.Compliant {
		t.Errorf("zones of another level count: %+v", low)
	}
	w.publish("dltb", "dlbm, dlmc", `VALUES (1, '0101', '水田', ST_MakeEnvelope(112.0, 22.9, 112.0051, 22.95)), (2, '9', '?', ST_MakeEnvelope(112.005, 22.9, 112.1, 22.95))`)
	land := w.check("POLYGON((112.0041 22.9041, 112.0059 22.9041, 112.0059 22.9079, 112.0041 22.9079, 112.0041 22.9041))").Land
	strip := area.Of(orb.Polygon{{{112.005, 22.9041}, {112.0051, 22.9041}, {112.0051, 22.9079}, {112.005, 22.9079}}})
	if math.Abs(land.OverlappingM2-strip) > 0.001 || land.Uncovered.M2 != 0 || land.Groups[3].NameEN != "In no group" {
		t.Errorf("%f m² lie under two parcels: %+v", strip, land)
	}
}

func TestWithinAndNear(t *testing.T) {
	w := newTown(t)
	a := w.check(site)
	var outside float64
	if err := w.db.QueryRow(w.ctx, `SELECT `+fmt.Sprintf(exact, "ST_Difference(ST_GeomFromText($1, 4490), geom)")+` FROM features.czkfbj`, site).Scan(&outside); err != nil {
		t.Fatal(err)
	}
	boundary := finding(t, a, "growth_boundary")
	if boundary.Finding != compliance.Restricted || math.Abs(boundary.Size.M2-outside) > 0.001 || boundary.Outside == nil {
		t.Errorf("outside the boundary lie %f m²: %+v", outside, boundary.Size)
	}
	in := w.check("POLYGON((112.001 22.9032, 112.0073 22.9036, 112.0073 22.9069, 112.001 22.9032))")
	if f := finding(t, in, "growth_boundary"); f.Finding != compliance.Compliant || f.Size.M2 != 0 || f.Count != 1 {
		t.Errorf("all of it lies within: %+v", f)
	}
	trees := finding(t, w.check("POLYGON((112.008 22.9032, 112.012 22.9032, 112.012 22.9045, 112.008 22.9045, 112.008 22.9032))"), "ancient_tree")
	if trees.Count != 1 || trees.Finding != compliance.Restricted || math.Abs(*trees.Pieces[0].DistanceM-11.07) > 0.1 {
		t.Errorf("one tree is 11 m away, the next 44 m: %+v", trees)
	}
}

func TestATouchAndASliverAreNoFinding(t *testing.T) {
	w := newTown(t)
	touch := finding(t, w.check("POLYGON((112.000 22.904, 112.004 22.904, 112.004 22.908, 112.000 22.904))"), "permanent_farmland")
	if touch.Count != 0 || touch.Finding != compliance.Compliant || touch.WithinTolerance {
		t.Errorf("a common border is no overlap: %+v", touch)
	}
	sliver := finding(t, w.check("POLYGON((112.000 22.904, 112.00400001 22.904, 112.00400001 22.9045, 112.000 22.904))"), "permanent_farmland")
	if sliver.Count != 1 || sliver.Finding != compliance.Compliant || !sliver.WithinTolerance {
		t.Errorf("0.06 m² are told but tolerated: %+v", sliver)
	}
}

func TestRedLinesThatAreRefused(t *testing.T) {
	w := newTown(t)
	many := make(orb.Ring, overlay.MaxVertices+2)
	for i := range many {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(many)-1))
		many[i] = orb.Point{112 + 0.01*cos, 22.9 + 0.01*sin}
	}
	for sentence, c := range map[string]struct {
		shape orb.MultiPolygon
		place *orb.Point
		says  string
	}{
		"a bow-tie, with the place of its crossing": {plot(t, "POLYGON((112 22, 112.2 22.2, 112.2 22, 112 22.2, 112 22))").Shape, &orb.Point{112.1, 22.1}, "自相交"},
		"the second part is the bad one":            {plot(t, "MULTIPOLYGON(((112 22, 112.01 22, 112 22.01, 112 22)), ((113 22, 113.2 22.2, 113.2 22, 113 22.2, 113 22)))").Shape, &orb.Point{113.1, 22.1}, "第 2 个面"},
		"a hole outside":                            {plot(t, "POLYGON((112 22, 112.1 22, 112 22.1, 112 22), (113 23, 113.1 23, 113 23.1, 113 23))").Shape, &orb.Point{113, 23}, "洞在外环之外"},
		"no area":                                   {plot(t, "POLYGON((112 22, 112.1 22, 112.2 22, 112 22))").Shape, nil, ""},
		"two corners":                               {orb.MultiPolygon{{{{112, 22}, {112.1, 22}}}}, &orb.Point{112, 22}, "不足 3 个点"},
		"no ring":                                   {orb.MultiPolygon{{}}, nil, "图形为空"},
		"nothing":                                   {nil, nil, "图形为空"},
		"not a number":                              {orb.MultiPolygon{{{{112, 22}, {math.NaN(), 22}, {112, 23}}}}, nil, "不是经纬度"},
		"past the pole":                             {orb.MultiPolygon{{{{112, 22}, {112, 91}, {113, 23}}}}, nil, "-90 至 90"},
		"too many corners":                          {orb.MultiPolygon{{many}}, nil, "超过上限 100000"},
		"a whole province":                          {plot(t, "POLYGON((110 22, 114 22, 114 25, 110 25, 110 22))").Shape, nil, "公顷"},
	} {
		r := w.request("POLYGON((112 22, 112.1 22, 112 22.1, 112 22))")
		r.Input.Plots = []compliance.Plot{{Shape: c.shape}}
		_, _, err := w.office.Check(w.ctx, w.catalogue(), r)
		var told *overlay.ShapeError
		if !errors.As(err, &told) || !strings.Contains(told.ZH, c.says) {
			t.Errorf("%s: %v", sentence, err)
			continue
		}
		if c.place != nil && (told.Place == nil || math.Hypot(told.Place[0]-c.place[0], told.Place[1]-c.place[1]) > 1e-9) {
			t.Errorf("%s: at %v, not %v", sentence, told.Place, *c.place)
		}
	}
	r := w.request(site)
	r.RuleSet = "none"
	if _, _, err := w.office.Check(w.ctx, w.catalogue(), r); !errors.Is(err, compliance.ErrUnknownRuleSet) || !strings.Contains(err.Error(), "construction_land") {
		t.Errorf("an unknown set: %v", err)
	}
	r = w.request(site)
	r.Name = "x\x00y"
	if _, _, err := w.office.Check(w.ctx, w.catalogue(), r); !errors.Is(err, compliance.ErrRequest) {
		t.Errorf("a NUL byte in the name: %v", err)
	}
}

func TestPartsThatOverlapAreMergedAndTold(t *testing.T) {
	w := newTown(t)
	r := w.request("MULTIPOLYGON(((112.001 22.901, 112.003 22.901, 112.003 22.903, 112.001 22.903, 112.001 22.901)), ((112.002 22.901, 112.004 22.901, 112.004 22.903, 112.002 22.903, 112.002 22.901)))")
	r.Input.Plots[0].StatedM2 = 68000
	a, _, err := w.office.Check(w.ctx, w.catalogue(), r)
	if err != nil {
		t.Fatal(err)
	}
	union := area.Of(orb.Polygon{{{112.001, 22.901}, {112.004, 22.901}, {112.004, 22.903}, {112.001, 22.903}}})
	if math.Abs(a.Area.M2-union) > 1e-3 || a.Input.Parts != 1 || len(a.Input.Notes) != 1 || !strings.Contains(a.Input.Notes[0].ZH, fmt.Sprintf("%.2f", union/3)) {
		t.Errorf("%f m² (want %f), %d parts, %v", a.Area.M2, union, a.Input.Parts, a.Input.Notes)
	}
	if s := a.Input.Stated; s == nil || math.Abs(s.DifferenceM2-(union-68000)) > 1e-3 || math.Abs(a.Input.Plots[0].DifferenceM2-(union*4/3-68000)) > 1e-3 {
		t.Errorf("stated %+v, plots %+v", s, a.Input.Plots)
	}
}

func TestACheckIsKeptAndCanBeRepeated(t *testing.T) {
	w := newTown(t)
	first, text, err := w.office.Check(w.ctx, w.catalogue(), w.request(site))
	if err != nil {
		t.Fatal(err)
	}
	second := w.check(site)
	if first.ID == second.ID || first.QuestionHash != second.QuestionHash || first.AnswerHash != second.AnswerHash {
		t.Errorf("the same question, asked twice: %s %s %s, %s %s %s", first.ID, first.QuestionHash, first.AnswerHash, second.ID, second.QuestionHash, second.AnswerHash)
	}
	w.publish("yjjbnttb", "bsm, dlbm", `VALUES (1, 'G', '0101', ST_MakeEnvelope(112, 22.9, 112.1, 22.95))`)
	w.publish("water_body", "water_id", `VALUES (1, 'W', ST_MakeEnvelope(112, 22.9, 112.1, 22.95))`) // that was not published then
	_, stored, err := w.office.Answer(w.ctx, first.ID)
	if err != nil || string(stored) != string(text) {
		t.Errorf("what is kept is not what was answered: %v", err)
	}
	again, err := w.office.Again(w.ctx, w.catalogue(), first.ID)
	if err != nil || !again.Repeated.Same || again.Repeated.AnswerHash != first.AnswerHash {
		t.Errorf("run again against the same versions: %v, %+v", err, again.Repeated)
	}
	now := w.check(site)
	if now.QuestionHash == first.QuestionHash || now.AnswerHash == first.AnswerHash || finding(t, now, "permanent_farmland").Version != 2 {
		t.Error("a new version of a layer is another question")
	}
	if f := finding(t, first, "water_body"); f.Finding != compliance.Unchecked || f.NotChecked == "" {
		t.Errorf("a layer without a version can't be checked: %+v", f)
	}
	entries, err := w.office.List(w.ctx, 0, 2)
	if err != nil || len(entries) != 2 || entries[0].ID != now.ID || entries[0].AskedBy != "operator:test" || entries[0].Reason != "预审" {
		t.Errorf("%+v, %v", entries, err)
	}
	if more, err := w.office.List(w.ctx, entries[1].N, 10); err != nil || len(more) != 1 || more[0].ID != first.ID {
		t.Errorf("%+v, %v", more, err)
	}
}

func TestNobodySeesAnothersCheck(t *testing.T) {
	w := newTown(t)
	as := func(name string) context.Context {
		return access.With(t.Context(), access.Principal{Name: name, Rights: []access.Right{access.ReadPublic}})
	}
	a, _, err := w.office.Check(as("li"), w.catalogue(), w.request(site))
	if err != nil {
		t.Fatal(err)
	}
	anonymous := access.With(t.Context(), access.Anonymous())
	for sentence, c := range map[string]struct {
		ctx context.Context
		err error
	}{
		"who asked": {as("li"), nil}, "the operator": {w.ctx, nil},
		"somebody else": {as("wang"), compliance.ErrUnknownCheck}, "nobody": {anonymous, compliance.ErrUnknownCheck},
	} {
		if _, _, err := w.office.Answer(c.ctx, a.ID); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", sentence, err, c.err)
		}
	}
	if entries, err := w.office.List(as("wang"), 0, 10); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
	if _, err := w.office.List(anonymous, 0, 10); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("a list for nobody: %v", err)
	}
	for _, id := range []string{"", "x", "x\x00", strings.Repeat("g", 32), strings.Repeat("0", 32)} {
		if _, _, err := w.office.Answer(w.ctx, id); !errors.Is(err, compliance.ErrUnknownCheck) {
			t.Errorf("id %q: %v", id, err)
		}
	}
}
