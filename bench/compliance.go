package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial"
	"onemap/spatial/compliance"
)

// checking measures checks of red lines by construction_land, 14 rules over 12
// layers and the land classes, beside the same overlays written down plainly in
// SQL: ST_Intersects, ST_Intersection and ST_Area(geography), layer after layer on
// one connection. A check does more: it finds what is uncovered, writes the answer,
// hashes and keeps it. BENCH_DATABASE is the address of a database to measure
// instead of one of the bench's own.
func checking(ctx context.Context, l *laboratory) ([]result, error) {
	ctx = access.With(ctx, access.Operator("bench"))
	b, closeDB, err := l.complianceBench(ctx)
	if err != nil {
		return nil, err
	}
	defer closeDB()
	var results []result
	for _, one := range []struct {
		name    string
		radius  float64 // degrees
		corners int
		rounds  int
		bar     float64 // milliseconds
	}{{"50 ha, 12 layers", 0.00388, 60, 60, 200}, {"5,000 ha, 2,000 vertices", 0.0388, 2000, 7, 2000}} {
		some, err := b.sites(ctx, one.name, one.radius, one.corners, one.rounds, one.bar)
		if err != nil {
			return nil, err
		}
		results = append(results, some...)
	}
	asked, err := b.identify(ctx)
	return append(results, asked), err
}

type complianceBench struct {
	db        *pgxpool.Pool
	catalogue *layers.Catalogue
	office    *compliance.Office
	rules     compliance.Rules
	random    *rand.Rand
}

func (l *laboratory) complianceBench(ctx context.Context) (*complianceBench, func(), error) {
	url, closeAll := os.Getenv("BENCH_DATABASE"), func() {}
	if url == "" {
		if err := l.load(ctx); err != nil {
			return nil, nil, err
		}
		cluster, err := l.cluster(ctx)
		if err != nil {
			return nil, nil, err
		}
		url, closeAll = cluster.URL(), func() { _ = cluster.Close(ctx) } // the figures are taken
	}
	fail := func(err error) (*complianceBench, func(), error) { closeAll(); return nil, nil, err }
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: 8})
	if err != nil {
		return fail(err)
	}
	closeDB := func() { db.Close(); closeAll() }
	b := &complianceBench{db: db, random: rand.New(rand.NewPCG(7, 8))}
	if _, err = postgis.Migrate(ctx, db); err == nil {
		b.catalogue, err = layers.LoadCatalogue(ctx, db)
	}
	var defs layers.Definitions
	if err == nil {
		defs, err = layers.ReadDefinitions(data.Files)
	}
	if err == nil {
		b.rules, err = compliance.ReadRules(data.Files, defs.Layers)
	}
	if err != nil {
		closeDB()
		return nil, nil, err
	}
	b.office = compliance.NewOffice(db, layers.NewStore(db), b.rules)
	return b, closeDB, nil
}

// site is a red line with lobes round the middle of a parcel.
func (b *complianceBench) site(ctx context.Context, radius float64, corners int) (orb.MultiPolygon, error) {
	var lon, lat float64
	err := b.db.QueryRow(ctx, `SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(geom) c FROM features.dltb WHERE fid >= $1 ORDER BY fid LIMIT 1) p`,
		1+b.random.Int64N(500_000)).Scan(&lon, &lat)
	ring := make(orb.Ring, 0, corners+1)
	turn := b.random.Float64() * 6
	for i := range corners {
		angle := 2 * math.Pi * float64(i) / float64(corners)
		sin, cos := math.Sincos(angle)
		r := radius * (1 + 0.15*math.Sin(5*angle+turn) + 0.03*math.Sin(23*angle))
		ring = append(ring, orb.Point{lon + r*cos, lat + r*0.92*sin})
	}
	return orb.MultiPolygon{{append(ring, ring[0])}}, err
}

// sites checks red lines of a size, each by either way in turn.
func (b *complianceBench) sites(ctx context.Context, name string, radius float64, corners, rounds int, bar float64) ([]result, error) {
	var ours, theirs []float64
	hectares, pieces := 0.0, 0
	for round := range rounds + 2 {
		shape, err := b.site(ctx, radius, corners)
		if err != nil {
			return nil, err
		}
		start := time.Now()
		a, _, err := b.office.Check(ctx, b.catalogue, compliance.Request{
			RuleSet: "construction_land", Name: "bench", Input: compliance.Input{Format: "bench", CRS: "EPSG:4490", Plots: []compliance.Plot{{Shape: shape}}},
		})
		if err != nil {
			return nil, err
		}
		checked := time.Since(start)
		start = time.Now()
		plain, err := b.plain(ctx, shape)
		if err != nil {
			return nil, err
		}
		if err := same(a, plain); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if round < 2 { // warm up
			continue
		}
		ours, theirs = append(ours, milliseconds(checked)), append(theirs, milliseconds(time.Since(start)))
		hectares += a.Area.Hectares / float64(rounds)
		for _, c := range a.Land.Classes {
			pieces += c.Features
		}
	}
	fmt.Fprintf(os.Stderr, "bench: %s: %.0f hectares and %d parcels on average\n", name, hectares, pieces/rounds)
	worst := slices.Sorted(slices.Values(ours))[int(math.Ceil(0.95*float64(len(ours))))-1]
	limit := compareTimes(name+", p95", "the bar", "ms", 1, []float64{worst}, []float64{bar})
	limit.Rounds = rounds
	return []result{compareTimes(name, "plain SQL", "ms", 1, ours, theirs), limit}, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// plain is the sum of the pieces' areas by rule, and by "land", m².
func (b *complianceBench) plain(ctx context.Context, shape orb.MultiPolygon) (map[string]float64, error) {
	encoded, err := wkb.Marshal(shape)
	if err != nil {
		return nil, err
	}
	set, err := b.rules.Set("construction_land")
	if err != nil {
		return nil, err
	}
	conn, err := b.db.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	sums := map[string]float64{}
	ask := func(id, sql string, args ...any) error {
		rows, err := conn.Query(ctx, sql, append([]any{encoded}, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var fid int64
			var m2 float64
			var geometry []byte
			if err := rows.Scan(&fid, &m2, &geometry); err != nil {
				return err
			}
			sums[id] += m2
		}
		return rows.Err()
	}
	const cut = `SELECT fid, ST_Area(p::geography), ST_AsBinary(p) FROM (SELECT fid, ST_CollectionExtract(ST_Intersection(geom, ST_GeomFromWKB($1, 4490)), 3) p
		FROM features.%s WHERE ST_Intersects(geom, ST_GeomFromWKB($1, 4490)) %s) c`
	if err := ask("land", fmt.Sprintf(cut, "dltb", "")); err != nil {
		return nil, err
	}
	for _, r := range set.Rules {
		switch {
		case r.Relation == compliance.Near:
			err = ask(r.ID, fmt.Sprintf(`SELECT fid, 1::float8, ST_AsBinary(geom) FROM features.%s WHERE geom && ST_Expand(ST_GeomFromWKB($1, 4490), $2::float8 / 90000)
				AND ST_DWithin(geom::geography, ST_GeomFromWKB($1, 4490)::geography, $2)`, r.Layer), r.DistanceM)
		case r.Where != nil:
			err = ask(r.ID, fmt.Sprintf(cut, r.Layer, "AND "+r.Where.Field+" = ANY ($2)"), r.Where.Values)
		default:
			err = ask(r.ID, fmt.Sprintf(cut, r.Layer, ""))
		}
		if err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// same tells whether both ways found the same areas, but for geodesics.
func same(a compliance.Answer, plain map[string]float64) error {
	got := map[string]float64{}
	for _, c := range a.Land.Classes {
		got["land"] += c.Size.M2
	}
	for _, f := range a.Findings {
		for _, p := range f.Pieces {
			if p.Size != nil {
				got[f.ID] += p.Size.M2
			} else {
				got[f.ID]++
			}
		}
	}
	for id, m2 := range plain {
		if math.Abs(got[id]-m2) > 0.01+1e-6*m2 {
			return fmt.Errorf("%s: %f m², plain SQL finds %f", id, got[id], m2)
		}
	}
	return nil
}

// identify asks 20 layers, or as many as are published, what is at a place.
func (b *complianceBench) identify(ctx context.Context) (result, error) {
	var in []layers.Layer
	for _, l := range b.catalogue.Layers {
		if l.Published != nil && len(in) < 20 {
			in = append(in, l)
		}
	}
	var times []float64
	for round := range 220 {
		shape, err := b.site(ctx, 0.001, 4)
		if err != nil {
			return result{}, err
		}
		at := shape.Bound().Center()
		start := time.Now()
		found, err := spatial.Identify(ctx, b.db, in, at[0], at[1], 10)
		if err != nil {
			return result{}, err
		}
		answers := make([]spatial.Answer, len(found))
		for i, one := range found {
			answers[i] = one.Answer()
		}
		if _, err := json.Marshal(answers); err != nil {
			return result{}, err
		}
		if round >= 20 {
			times = append(times, milliseconds(time.Since(start)))
		}
	}
	p95 := slices.Sorted(slices.Values(times))[189]
	r := compareTimes(fmt.Sprintf("identify over %d layers, p95", len(in)), "the bar", "ms", 1, []float64{p95}, []float64{100})
	r.Rounds, r.OursSpread = len(times), [2]float64{slices.Min(times), slices.Max(times)}
	return r, nil
}
