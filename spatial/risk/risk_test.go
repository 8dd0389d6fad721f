package risk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial"
	"onemap/spatial/risk"
)

// town is a database with the real definitions, in which layers are published.
type town struct {
	t     testing.TB
	ctx   context.Context
	db    *pgxpool.Pool
	store *layers.Store
	rules risk.Rules
	rain  risk.RainRules
}

func newTown(t testing.TB) *town {
	t.Helper()
	db := postgistest.DB(t)
	w := &town{t: t, ctx: access.With(t.Context(), access.Operator("test")), db: db, store: layers.NewStore(db)}
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Define(w.ctx, defs); err != nil {
		t.Fatal(err)
	}
	if w.rules, w.rain, err = risk.ReadRules(data.Files); err != nil {
		t.Fatal(err)
	}
	return w
}

// publish publishes a new version of a layer out of rows; columns name them, the
// last one being WKT in EPSG:4490.
func (w *town) publish(layer, columns, rows string) int {
	w.t.Helper()
	draft, err := w.store.BeginDraft(w.ctx, layer)
	if err != nil {
		w.t.Fatal(err)
	}
	defer draft.Abandon(w.ctx)
	v, err := draft.Finish(w.ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = w.db.Exec(w.ctx, fmt.Sprintf(`INSERT INTO %s (%s, fid, geom, geom_3857)
		SELECT %[2]s, row_number() OVER (), ST_Multi(ST_GeomFromText(wkt, 4490)), ST_Transform(ST_Multi(ST_GeomFromText(wkt, 4490)), 3857) FROM (%[3]s) AS r (%[2]s, wkt)`,
		layers.Table(layer, v.Number).Sanitize(), columns, rows))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Publish(w.ctx, layer, v.Number); err != nil {
		w.t.Fatal(err)
	}
	return v.Number
}

func (w *town) catalogue() *layers.Catalogue {
	w.t.Helper()
	c, err := layers.LoadCatalogue(w.ctx, w.db)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *town) set() *risk.Set {
	w.t.Helper()
	watcher, err := layers.NewWatcher(w.ctx, w.db, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	s := risk.NewSet(w.db, w.rules, watcher, nil)
	if err := s.Refresh(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// scatter is SQL of n stars, polygons of 12 corners, or of points.
func scatter(n int, polygons bool, values string) string {
	shape := "format('POINT(%s %s)', x, y)"
	if polygons {
		shape = `(SELECT 'POLYGON((' || string_agg(format('%s %s', x + r * cos(a), y + r * sin(a)), ',' ORDER BY k) || '))' FROM (
			SELECT k, radians(30 * (k % 12)) AS a, 0.0008 * (1 + ((i * 7 + k % 12 * 13) % 5)) AS r FROM generate_series(0, 12) k) v)`
	}
	return fmt.Sprintf(`SELECT %s, %s FROM (SELECT i, 112 + 0.1 * ((i * 7919) %% 1009) / 1009.0 AS x, 22.9 + 0.1 * ((i * 104729) %% 1013) / 1013.0 AS y FROM generate_series(1, %d) i) p`, values, shape, n)
}

// fill publishes every layer of the rules.
func (w *town) fill() {
	w.t.Helper()
	w.publish("geohazard_point", "hazard_id, name, kind, danger_grade, stability, threatened_people", scatter(300, false, "lpad(i::text, 12, '0'), '隐患' || i, '02', (1 + i % 4)::text, '2', i"))
	w.publish("geohazard_zone", "zone_id, name, risk, kind, village", scatter(200, true, "'Z' || i, '区' || i, (1 + i % 4)::text, '01', '445302001200'"))
	w.publish("flood_risk_zone", "zone_id, risk, return_years, river", scatter(60, true, "'F' || i, (1 + i % 4)::text, 10, '罗定江'"))
	w.publish("waterlogging_area", "wlog_code, wlog_name, des_std_years", scatter(10, true, "'L' || i, '涝' || i, 3 * (i % 5)"))
	w.publish("forest_fire_spot", "spot_id, danger", scatter(50, false, "'S' || i, (1 + i % 5)::text"))
	w.publish("forest_fire_danger", "area_code, area_name, level, valid_on", scatter(20, true, "'T' || i, '镇' || i, (1 + i % 5)::text, date '2025-11-01'"))
	w.publish("dilapidated_house", "house_id, grade, accept_date", scatter(200, false, "'D' || i, (ARRAY['C', 'D'])[1 + i % 2], CASE WHEN i % 3 > 0 THEN date '2024-05-01' END"))
	w.publish("building", "building_id, name, safety, use, floor_area", scatter(500, true, "'B' || i, '房' || i, (ARRAY['A', 'B', 'C', 'D', NULL])[1 + i % 5], '1', 100"))
	w.publish("shelter", "shelter_id, name, kind, capacity", scatter(40, false, "'X' || i, '避险点' || i, '1', 50 * i"))
}

func question(lon, lat, radius float64) risk.Question {
	return risk.Question{At: orb.Point{lon, lat}, RadiusMetres: radius, Limit: risk.MaxListed, Shelters: 3}
}

// referee asks PostGIS for the same by geography: "layer fid" to metres.
func (w *town) referee(q risk.Question) map[string]float64 {
	w.t.Helper()
	found := map[string]float64{}
	for _, s := range w.rules.Sources {
		where := "true"
		if s.OnlyRanked {
			where = pgx.Identifier{s.Grade.Field}.Sanitize() + " IN ('C', 'D')"
		}
		rows, err := w.db.Query(w.ctx, fmt.Sprintf(`SELECT fid, ST_Distance(geom::geography, p) FROM features.%s, (SELECT ST_SetSRID(ST_MakePoint($1, $2), 4490)::geography AS p) x
			WHERE ST_DWithin(geom::geography, p, $3) AND %s`, s.Layer, where), q.At[0], q.At[1], q.RadiusMetres)
		if err != nil {
			w.t.Fatal(err)
		}
		var fid int64
		var metres float64
		if _, err := pgx.ForEachRow(rows, []any{&fid, &metres}, func() error { found[fmt.Sprint(s.Layer, " ", fid)] = metres; return nil }); err != nil {
			w.t.Fatal(err)
		}
	}
	return found
}

// compare holds an answer to PostGIS: the same dangers at the same distances. For
// points that is to 1 cm. For polygons ST_Distance looks for the nearest point on a
// sphere and may so be up to 0.5 % too long, never too short; see the tests of geodesic.
func (w *town) compare(q risk.Question, got risk.Answer) {
	w.t.Helper()
	want := w.referee(q)
	for _, d := range got.Dangers {
		name := fmt.Sprint(d.Layer, " ", d.FID)
		slack := 0.011
		if def, err := w.store.Definition(w.ctx, d.Layer); err != nil || def.Geometry == layers.Polygon {
			slack += d.DistanceMetres / 200
		}
		metres, ok := want[name]
		if !ok && d.DistanceMetres < q.RadiusMetres-slack {
			w.t.Fatalf("%v: %s at %g m is not within %g m", q.At, name, d.DistanceMetres, q.RadiusMetres)
		}
		if ok && (d.DistanceMetres > metres+0.011 || d.DistanceMetres < metres-slack) {
			w.t.Fatalf("%v: %s at %g m, PostGIS says %g m", q.At, name, d.DistanceMetres, metres)
		}
		delete(want, name)
	}
	for name, metres := range want {
		if metres < q.RadiusMetres-0.011 {
			w.t.Fatalf("%v within %g m lacks %s at %g m", q.At, q.RadiusMetres, name, metres)
		}
	}
}

func TestEveryDangerWithinTheRadiusAsPostGISHasIt(t *testing.T) {
	w := newTown(t)
	w.fill()
	set := w.set()
	random := rand.New(rand.NewPCG(1, 2))
	found := 0
	for i := range 60 {
		q := question(111.99+0.12*random.Float64(), 22.89+0.12*random.Float64(), []float64{0, 30, 200, 1000, 3000}[i%5])
		got, err := set.Ask(w.ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		w.compare(q, got)
		found += got.Found
		past, err := risk.AskAt(w.ctx, w.db, w.rules, q, w.opener(), w.catalogue().Dictionaries)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(past)
		if string(a) != string(b) {
			t.Fatalf("from memory\n%s\nfrom PostGIS\n%s", a, b)
		}
	}
	if found < 1500 {
		t.Errorf("only %d dangers were met", found)
	}
}

func TestLevelsAndWords(t *testing.T) {
	w := newTown(t)
	w.publish("geohazard_point", "hazard_id, name, kind, danger_grade", "SELECT '445302020001', '托洞滑坡', '01', '2', 'POINT(112 22.9)'")
	w.publish("waterlogging_area", "wlog_code, wlog_name, des_std_years", "SELECT 'L1', '低涝', 3, 'POLYGON((111.99 22.89, 112.01 22.89, 112.01 22.91, 111.99 22.91, 111.99 22.89))'")
	w.publish("dilapidated_house", "house_id, grade, accept_date", "VALUES ('W1', 'D', date '2024-01-01', 'POINT(112.0001 22.9)'), ('W2', 'B', NULL, 'POINT(112.0001 22.9)')")
	w.publish("shelter", "shelter_id, name, kind, capacity", "VALUES ('X1', '近', '1', 300, 'POINT(112.01 22.9)'), ('X2', '远', '2', NULL, 'POINT(112 23.9)')")
	got, err := w.set().Ask(w.ctx, question(112, 22.9, 50))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Dangers) != 3 || got.Found != 3 {
		t.Fatalf("%+v", got.Dangers)
	}
	point, area, house := got.Dangers[0], got.Dangers[1], got.Dangers[2]
	if point.Layer != "geohazard_point" {
		point, area = area, point
	}
	if point.Level.Name != "高" || point.Word != "大型（Ⅱ级）" || point.WordEN != "Large (II)" || point.Title != "托洞滑坡" || point.Key != "445302020001" || point.BearingDegrees != nil {
		t.Errorf("%+v", point)
	}
	if area.Level.Rank != 3 || area.Word != "治涝标准 3 年一遇" || area.DistanceMetres != 0 {
		t.Errorf("%+v", area)
	}
	if !house.Settled || house.Level.Rank != 4 || *house.BearingDegrees != 90 || math.Abs(house.DistanceMetres-10.26) > 0.011 {
		t.Errorf("%+v, %v", house, *house.BearingDegrees)
	}
	if got.Highest == nil || got.Highest.Rank != 3 {
		t.Errorf("the highest level counts what was settled: %+v", got.Highest)
	}
	if len(got.Shelters) != 2 || *got.Shelters[0].Capacity != 300 || got.Shelters[1].Capacity != nil || math.Abs(got.Shelters[1].DistanceMetres-110_755) > 20 {
		t.Errorf("shelters: %+v", got.Shelters)
	}
	if len(got.Missing) != 5 {
		t.Errorf("missing: %v", got.Missing)
	}
}

func TestWhatMayNotBeReadIsLeftOut(t *testing.T) {
	w := newTown(t)
	w.fill()
	set := w.set()
	if got, err := set.Ask(t.Context(), question(112.05, 22.95, 5000)); err != nil || got.Found != 0 || len(got.Shelters) != 0 || len(got.Missing) != 9 {
		t.Errorf("who has no rights is told %+v, %v", got, err)
	}
	if got, err := set.Ask(access.With(t.Context(), access.Anonymous()), question(112.05, 22.95, 5000)); err != nil || got.Found == 0 {
		t.Errorf("anybody is told %d, %v", got.Found, err)
	}
}

func TestQuestionsThatCannotBeAsked(t *testing.T) {
	set := risk.NewSet(nil, risk.Rules{}, nil, nil)
	for sentence, c := range map[string]struct {
		q    risk.Question
		want error
	}{
		"a pole":            {question(112, 90, 10), spatial.ErrOutsideWorld},
		"91 degrees":        {question(112, 91, 10), spatial.ErrOutsideWorld},
		"no number":         {question(math.NaN(), 22, 10), spatial.ErrOutsideWorld},
		"endless":           {question(math.Inf(1), 22, 10), spatial.ErrOutsideWorld},
		"below nothing":     {question(112, 22, -1), risk.ErrRadius},
		"too far":           {question(112, 22, 10_001), risk.ErrRadius},
		"a radius of NaN":   {question(112, 22, math.NaN()), risk.ErrRadius},
		"an endless radius": {question(112, 22, math.Inf(1)), risk.ErrRadius},
	} {
		if _, err := set.Ask(t.Context(), c.q); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestAPublicationIsSeenWithinASecond(t *testing.T) {
	w := newTown(t)
	w.publish("geohazard_point", "hazard_id, name, kind, danger_grade", "SELECT '445302020001', '一', '01', '2', 'POINT(112 22.9)'")
	watcher, err := layers.NewWatcher(w.ctx, w.db, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.ctx)
	set := risk.NewSet(w.db, w.rules, watcher, nil)
	var running sync.WaitGroup
	running.Go(func() { watcher.Watch(ctx) })
	running.Go(func() { set.Run(ctx) })
	defer running.Wait()
	defer stop()
	sees := func(version int) bool {
		got, err := set.Ask(w.ctx, question(112, 22.9, 50))
		return err == nil && got.Versions["geohazard_point"] == version && got.Found == version
	}
	for deadline := time.Now().Add(5 * time.Second); !sees(1); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never loaded")
		}
	}
	w.publish("geohazard_point", "hazard_id, name, kind, danger_grade", "VALUES ('445302020001', '一', '01', '2', 'POINT(112 22.9)'), ('445302020002', '二', '01', '2', 'POINT(112 22.9)')")
	for deadline := time.Now().Add(10 * time.Second); !sees(2); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not seen")
		}
	}
}

// A question with some 300 dangers within the radius, and its answer as JSON.
func BenchmarkAsk(b *testing.B) {
	w := newTown(b)
	w.fill()
	set := w.set()
	q := question(112.05, 22.95, 3000)
	q.Limit = 200
	b.Run("ask", func(b *testing.B) {
		for b.Loop() {
			if _, err := set.Ask(w.ctx, q); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ask and write", func(b *testing.B) {
		for b.Loop() {
			got, err := set.Ask(w.ctx, q)
			if err != nil {
				b.Fatal(err)
			}
			if text, err := json.Marshal(got); err != nil || len(text) < 1000 {
				b.Fatal(err)
			}
		}
	})
}
