package cells_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/data/demo"
	"onemap/importers"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/postgis/postgistest"
	"onemap/spatial/cells"
)

// LOCATE_SCALE is the scale of the city to check, tiny without it, and
// LOCATE_POINTS the number of random points: the whole judgement is
//
//	LOCATE_SCALE=demo LOCATE_POINTS=100000 go test ./spatial/cells -run PostGIS
func setting(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}

// newCity is a database with the divisions and grids of a demonstration city.
func newCity(t *testing.T) (context.Context, *pgxpool.Pool) {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	store := layers.NewStore(db)
	if err := store.Define(ctx, defs); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := demo.Generate(ctx, demo.Options{Scale: demo.Scale(setting("LOCATE_SCALE", "tiny")), Seed: 1, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	manifest, err := importers.OpenManifest(ctx, dir, "", importers.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer manifest.Close()
	for _, d := range manifest.Deliveries {
		if !slices.Contains(cells.Layers(), d.Layer) {
			continue
		}
		options := manifest.Options(d)
		options.Publish = true
		if _, err := importers.Run(ctx, importers.Into(store), options); err != nil {
			t.Fatalf("%s: %v", d.Layer, err)
		}
	}
	return ctx, db
}

func load(t *testing.T, ctx context.Context, db *pgxpool.Pool) *cells.Index {
	t.Helper()
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	x, err := cells.Load(ctx, db, catalogue, nil)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// covering asks PostGIS which cells cover each of many points.
func covering(t *testing.T, ctx context.Context, db *pgxpool.Pool, layer string, points []orb.Point) [][]string {
	t.Helper()
	lon, lat := make([]float64, len(points)), make([]float64, len(points))
	for i, p := range points {
		lon[i], lat[i] = p[0], p[1]
	}
	rows, err := db.Query(ctx, fmt.Sprintf(`
		SELECT p.n, array_agg(f.code ORDER BY f.code COLLATE "C")
		FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS p (lon, lat, n)
		JOIN features.%s f ON ST_Covers(f.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490))
		GROUP BY p.n`, pgx.Identifier{layer}.Sanitize()), lon, lat)
	if err != nil {
		t.Fatal(err)
	}
	all := make([][]string, len(points))
	var n int
	var codes []string
	if _, err := pgx.ForEachRow(rows, []any{&n, &codes}, func() error { all[n-1] = slices.Clone(codes); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPostGISIsTheReferee(t *testing.T) {
	ctx, db := newCity(t)
	x := load(t, ctx, db)
	count, err := strconv.Atoi(setting("LOCATE_POINTS", "20000"))
	if err != nil {
		t.Fatal(err)
	}
	micro := x.Tiers()[0]
	whole := micro.Bound()
	r := rand.New(rand.NewPCG(1, 1))
	var points []orb.Point
	for range count {
		points = append(points, orb.Point{whole.Min[0] + r.Float64()*(whole.Max[0]-whole.Min[0]), whole.Min[1] + r.Float64()*(whole.Max[1]-whole.Min[1])})
	}
	random := len(points)
	// All vertices that cells share, and those of the outer border.
	rows, err := db.Query(ctx, "SELECT DISTINCT ST_X(d.geom), ST_Y(d.geom) FROM features.grid_micro f, ST_DumpPoints(f.geom) d")
	if err != nil {
		t.Fatal(err)
	}
	var p orb.Point
	if _, err := pgx.ForEachRow(rows, []any{&p[0], &p[1]}, func() error { points = append(points, p); return nil }); err != nil {
		t.Fatal(err)
	}
	shared, inside := 0, 0
	for _, tier := range x.Tiers()[:2] {
		layer := tier.Definition.ID
		for from := 0; from < len(points); from += 50_000 {
			some := points[from:min(from+50_000, len(points))]
			for i, want := range covering(t, ctx, db, layer, some) {
				got := x.InTier(layer, some[i])
				if from+i >= random && layer == "grid_micro" && len(want) > 1 {
					shared++
				}
				if len(want) > 0 {
					inside++
				}
				if (got == cells.NoCell) != (len(want) == 0) || got != cells.NoCell && x.Cell(got).Code != want[0] {
					t.Fatalf("%s at %.17g, %.17g: %v, PostGIS has %v", layer, some[i][0], some[i][1], got, want)
				}
			}
		}
	}
	t.Logf("%d random points, %d vertices, %d of them shared; %d answers inside; index %+v", random, len(points)-random, shared, inside, x.Size())
	if shared < 100 || inside < count/4 {
		t.Errorf("only %d shared vertices and %d points inside", shared, inside)
	}
	t.Run("borders", func(t *testing.T) { bordersAgree(t, ctx, db, x, points[:200]) })
	t.Run("outside", func(t *testing.T) { nearestAgrees(t, ctx, db, x) })
	t.Run("reload", func(t *testing.T) {
		again := load(t, ctx, db)
		for _, p := range points {
			if a, b := x.At(p), again.At(p); a != b {
				t.Fatalf("%v: %v, after a reload %v", p, a, b)
			}
		}
	})
}

// bordersAgree checks the distance to the cell's border, in the plane of
// EPSG:4546, whose lengths are up to 0.02 % too long here: of two edges almost
// equally far, ST_Distance of geographies may take the wrong one, by the sphere.
func bordersAgree(t *testing.T, ctx context.Context, db *pgxpool.Pool, x *cells.Index, points []orb.Point) {
	for _, p := range points {
		place, err := x.Locate(ctx, p, 0)
		if errors.Is(err, cells.ErrOutside) || err == nil && place.Cell.Layer != "grid_micro" {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var want float64
		err = db.QueryRow(ctx, `
			SELECT ST_Distance(ST_Boundary(ST_Transform(geom, 4546)), ST_Transform(ST_SetSRID(ST_MakePoint($2, $3), 4490), 4546))
			FROM features.grid_micro WHERE code = $1`, place.Cell.Code, p[0], p[1]).Scan(&want)
		if err != nil {
			t.Fatal(err)
		}
		if off := place.BorderM - want; off > 0.002 || off < -0.002-3e-4*want {
			t.Errorf("%v in %s: %.4f m to the border, PostGIS %.4f", p, place.Cell.Code, place.BorderM, want)
		}
	}
}

// nearestAgrees checks the nearest cell of points outside the city.
func nearestAgrees(t *testing.T, ctx context.Context, db *pgxpool.Pool, x *cells.Index) {
	for _, p := range []orb.Point{{113.26, 23.13}, {110.9, 22.4}, {112, 24}, {111.5, 21.9}} {
		_, err := x.Locate(ctx, p, 0)
		var outside *cells.OutsideError
		if !errors.As(err, &outside) {
			t.Fatalf("%v: %v", p, err)
		}
		var want float64
		if err := db.QueryRow(ctx, `SELECT ST_Distance(geom::geography, ST_SetSRID(ST_MakePoint($1, $2), 4490)::geography) FROM features.division_city`, p[0], p[1]).Scan(&want); err != nil {
			t.Fatal(err)
		}
		if off := outside.DistanceMetres/want - 1; off > 1e-3 || off < -1e-3 {
			t.Errorf("%v: %.1f m to %s, PostGIS %.1f", p, outside.DistanceMetres, outside.Nearest.Code, want)
		}
	}
}

// Cells of a small town for the test of publications: every version has its
// number in the names of all its cells.
func town(version, n int) (micro, small string) {
	square := func(i, j, width int) string {
		x, y, w := 112+float64(i)/100, 22+float64(j)/100, float64(width)/100
		return fmt.Sprintf("[[[%[1]f,%[2]f],[%[3]f,%[2]f],[%[3]f,%[4]f],[%[1]f,%[4]f],[%[1]f,%[2]f]]]", x, y, x+w, y+w)
	}
	var micros, smalls []string
	feature := func(code, parent, shape string) string {
		return fmt.Sprintf(`{"type":"Feature","properties":{"code":%q,"name":"v%d","parent":%q},"geometry":{"type":"Polygon","coordinates":%s}}`, code, version, parent, shape)
	}
	for i := range n {
		for j := range n {
			code := fmt.Sprintf("445302001001%02d", i/2*(n/2)+j/2+1)
			if i%2 == 0 && j%2 == 0 {
				smalls = append(smalls, feature(code, "445302001001", square(i, j, 2)))
			}
			micros = append(micros, feature(fmt.Sprintf("%s%03d", code, i%2*2+j%2+1), code, square(i, j, 1)))
		}
	}
	collection := func(features []string) string {
		return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
	}
	return collection(micros), collection(smalls)
}

func TestNewVersionsWhileLookupsRun(t *testing.T) {
	db := postgistest.DB(t)
	ctx, stop := context.WithCancel(access.With(context.Background(), access.Operator("test")))
	store := layers.NewStore(db)
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Define(ctx, defs); err != nil {
		t.Fatal(err)
	}
	draft := func(version int) map[string]int {
		micro, small := town(version, 18)
		numbers := map[string]int{}
		for layer, text := range map[string]string{"grid_micro": micro, "grid_small": small} {
			file := filepath.Join(t.TempDir(), layer+".geojson")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: layer})
			if err != nil {
				t.Fatal(err)
			}
			numbers[layer] = result.Version.Number
		}
		return numbers
	}
	if err := store.PublishTogether(ctx, draft(1), true); err != nil {
		t.Fatal(err)
	}
	watcher, err := layers.NewWatcher(ctx, db, nil)
	if err != nil {
		t.Fatal(err)
	}
	follower := follow.New(watcher, cells.Layers(), func(ctx context.Context, c *layers.Catalogue, last *cells.Index) (*cells.Index, error) {
		return cells.Load(ctx, db, c, last)
	}, nil)
	if err := follower.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	running.Go(func() { watcher.Watch(ctx) })
	running.Go(func() { follower.Run(ctx) })

	var lookups, newest atomic.Int64
	lookCtx, endLooking := context.WithCancel(ctx)
	var looking sync.WaitGroup
	for seed := range uint64(2) {
		looking.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1))
			for lookCtx.Err() == nil {
				x, err := follower.Get()
				if err != nil {
					t.Error(err)
					return
				}
				p := orb.Point{112 + 0.18*r.Float64(), 22 + 0.18*r.Float64()}
				place, err := x.Locate(ctx, p, 20)
				if err != nil || place.Cell.Layer != "grid_micro" || len(place.Chain) != 1 || place.Chain[0].Name != place.Cell.Name {
					t.Errorf("%v: %+v, %v", p, place, err)
					return
				}
				if v, err := strconv.ParseInt(place.Cell.Name[1:], 10, 64); err == nil && v > newest.Load() {
					newest.Store(v)
				}
				if place.Versions["grid_micro"] != place.Versions["grid_small"] {
					t.Errorf("mixed versions: %v", place.Versions)
					return
				}
				lookups.Add(1)
				time.Sleep(time.Millisecond) // two of these are more than 1,000 a second
			}
		})
	}
	for version := 2; version <= 5; version++ {
		numbers := draft(version)
		start := time.Now()
		if err := store.PublishTogether(ctx, numbers, true); err != nil {
			t.Fatal(err)
		}
		for newest.Load() < int64(version) {
			if time.Since(start) > 10*time.Second { // a second is promised; a machine that does other work gets more
				t.Fatalf("version %d is not seen; %s", version, status(follower))
			}
			time.Sleep(time.Millisecond)
		}
	}
	endLooking()
	looking.Wait()
	if lookups.Load() < 500 {
		t.Errorf("only %d lookups", lookups.Load())
	}
}

func status[T any](f *follow.Follower[T]) string {
	text, err := json.Marshal(f.Status())
	if err != nil {
		return err.Error()
	}
	return string(text)
}
