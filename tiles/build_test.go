package tiles_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
)

var update = flag.Bool("update", false, "rewrite the golden tiles")

// yunfu is the tile of the tests: 9 km round 云城.
var yunfu = maptile.New(3323, 1780, 12)

func shapeDefinition(id string) layers.Definition {
	return layers.Definition{
		ID: id, Theme: "test", Name: "形", NameEN: "Shapes", Geometry: layers.Polygon, Key: []string{"name"}, Label: "name",
		MinZoom: 8, MaxZoom: 14, Sensitivity: layers.Public, Department: "测试", Source: "test",
		Fields: []layers.Field{
			{Name: "name", Label: "名", LabelEN: "Name", Type: layers.Text, InTiles: true},
			{Name: "area", Label: "面积", LabelEN: "Area", Type: layers.Decimal, Scale: 2, Unit: "m²", InTiles: true},
			{Name: "day", Label: "日", LabelEN: "Day", Type: layers.Date, InTiles: true},
			{Name: "secret", Label: "密", LabelEN: "Not in tiles", Type: layers.Text},
		},
	}
}

// published puts the shapes of a fixture into a layer and publishes it.
func published(t *testing.T, db *pgxpool.Pool, id, fixture string) layers.Layer {
	t.Helper()
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	theme := layers.Theme{ID: "test", Name: "测", NameEN: "Test"}
	if err := store.Define(ctx, layers.Definitions{Themes: []layers.Theme{theme}, Layers: []layers.Definition{shapeDefinition(id)}}); err != nil {
		t.Fatal(err)
	}
	draft, err := store.BeginDraft(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}"), ContentHash: fixture})
	if err != nil {
		t.Fatal(err)
	}
	shapes, err := os.ReadFile(filepath.Join("testdata", fixture+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(ctx, fmt.Sprintf(`WITH shape (fid, name, wkt) AS (%s)
		INSERT INTO %s (fid, name, area, day, secret, geom, geom_3857)
		SELECT fid, name, 12.50, '2026-01-02', 'hidden', ST_Multi(ST_GeomFromText(wkt, 4490)), ST_Transform(ST_Multi(ST_GeomFromText(wkt, 4490)), 3857)
		FROM shape`, shapes, layers.Table(id, v.Number).Sanitize()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(ctx, id, v.Number); err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.PublishedLayer(id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestGoldenTiles(t *testing.T) {
	for _, fixture := range []string{"square", "hole-touches-shell", "neighbours"} {
		t.Run(fixture, func(t *testing.T) {
			db := postgistest.DB(t)
			set := setOf([]layers.Layer{published(t, db, "shape", fixture)})
			builder := tiles.NewBuilder(db, nil, nil)
			got, err := builder.Build(t.Context(), set, yunfu)
			if err != nil {
				t.Fatal(err)
			}
			again, err := builder.Build(t.Context(), set, yunfu)
			if err != nil || !bytes.Equal(got.Packed, again.Packed) {
				t.Errorf("the same tile came out differently the second time, %v", err)
			}
			golden(t, fmt.Sprintf("%s-%d-%d-%d.json", fixture, yunfu.Z, yunfu.X, yunfu.Y), readable(t, unpacked(t, got)))
		})
	}
}

// setOf is a set whose tiles are live.
func setOf(chosen []layers.Layer) tiles.Set { return tiles.NewBuilder(nil, nil, nil).Set(chosen) }

func unpacked(t *testing.T, tile tiles.Tile) []byte {
	t.Helper()
	mvt, err := tile.MVT()
	if err != nil {
		t.Fatal(err)
	}
	return mvt
}

func layersOf(t *testing.T, tile tiles.Tile) mvt.Layers {
	t.Helper()
	decoded, err := mvt.Unmarshal(unpacked(t, tile))
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// readable is a tile decoded to JSON, a feature a line, in tile units.
func readable(t *testing.T, tile []byte) []byte {
	t.Helper()
	decoded, err := mvt.Unmarshal(tile)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for i, l := range decoded {
		fmt.Fprintf(&text, "%s{\"layer\": %q, \"version\": %d, \"extent\": %d, \"features\": [", []string{"[", ",\n "}[min(i, 1)], l.Name, l.Version, l.Extent)
		for j, f := range l.Features {
			feature, err := json.Marshal(map[string]any{"id": f.ID, "properties": f.Properties, "type": f.Geometry.GeoJSONType(), "coordinates": f.Geometry})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "%s\n  %s", []string{"", ","}[min(j, 1)], feature)
		}
		text.WriteString("\n ]}")
	}
	text.WriteString("]\n")
	if !json.Valid(text.Bytes()) {
		t.Fatalf("not JSON:\n%s", text.Bytes())
	}
	return text.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

func TestATileOfTwoLayersIsBothTiles(t *testing.T) {
	db := postgistest.DB(t)
	square := published(t, db, "square", "square")
	holed := published(t, db, "holed", "hole-touches-shell")
	builder := tiles.NewBuilder(db, nil, nil)
	both, err := builder.Build(t.Context(), setOf([]layers.Layer{square, holed}), yunfu)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range layersOf(t, both) {
		names = append(names, l.Name)
	}
	if want := []string{"square", "square_label", "holed", "holed_label"}; !slices.Equal(names, want) {
		t.Fatalf("got the layers %v, want %v", names, want)
	}
}

func TestWhatIsNotThereIsEmpty(t *testing.T) {
	db := postgistest.DB(t)
	set := setOf([]layers.Layer{published(t, db, "shape", "square")})
	builder := tiles.NewBuilder(db, nil, nil)
	for sentence, address := range map[string]maptile.Tile{
		"a tile elsewhere":                maptile.New(100, 100, 12),
		"a zoom below the layer's lowest": maptile.New(0, 0, 0),
	} {
		if got, err := builder.Build(t.Context(), set, address); err != nil || !got.Empty() {
			t.Errorf("%s: %d bytes, %v", sentence, len(got.Packed), err)
		}
	}
}

// A client that does not read TileJSON asks for higher zooms than the layer's, and
// so do those who see the layer together with one that goes higher.
func TestALayerIsDrawnBeyondItsHighestZoom(t *testing.T) {
	db := postgistest.DB(t)
	set := setOf([]layers.Layer{published(t, db, "shape", "square")})
	for zoom := maptile.Zoom(15); zoom <= tiles.MaxZoom; zoom++ {
		corner := maptile.At(orb.Point{112.08, 22.90}, zoom)
		got, err := tiles.NewBuilder(db, nil, nil).Build(t.Context(), set, corner)
		if err != nil {
			t.Fatal(err)
		}
		// The square's south-western corner, as exact as the tile's units are.
		bound := corner.Bound()
		x := math.Round((112.08 - bound.Min[0]) / (bound.Max[0] - bound.Min[0]) * tiles.Extent)
		drawn := layersOf(t, got)
		if len(drawn) == 0 || drawn[0].Name != "shape" || len(drawn[0].Features) != 1 {
			t.Fatalf("zoom %d: %d layers", zoom, len(drawn))
		}
		if west := drawn[0].Features[0].Geometry.Bound().Min[0]; math.Abs(west-x) > 1 {
			t.Errorf("zoom %d: the western edge is drawn at %g, not at %g", zoom, west, x)
		}
	}
}

func TestAFeatureOverTheEdgeIsInBothTiles(t *testing.T) {
	db := postgistest.DB(t)
	set := setOf([]layers.Layer{published(t, db, "shape", "square")})
	builder := tiles.NewBuilder(db, nil, nil)
	for _, address := range []maptile.Tile{yunfu, maptile.New(yunfu.X+1, yunfu.Y, yunfu.Z)} {
		got, err := builder.Build(t.Context(), set, address)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(readable(t, unpacked(t, got))), "over the edge") {
			t.Errorf("tile %v lacks the square that crosses its edge", address)
		}
	}
}

// TestAFeatureHasOneLabelPoint looks at the four tiles round the square that
// crosses an edge, and at its point in one of them.
func TestAFeatureHasOneLabelPoint(t *testing.T) {
	db := postgistest.DB(t)
	set := setOf([]layers.Layer{published(t, db, "shape", "square")})
	builder := tiles.NewBuilder(db, nil, nil)
	pieces, points := 0, 0
	for _, dx := range []uint32{0, 1, 2} {
		got, err := builder.Build(t.Context(), set, maptile.New(yunfu.X-1+dx, yunfu.Y, yunfu.Z))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range layersOf(t, got) {
			for _, f := range l.Features {
				if f.Properties["name"] != "over the edge" {
					continue
				}
				p, isPoint := f.Geometry.(orb.Point)
				switch {
				case l.Name == "shape" && !isPoint:
					pieces++
				case l.Name == "shape_label" && isPoint && p[0] >= 0 && p[0] < tiles.Extent && p[1] >= 0 && p[1] < tiles.Extent:
					points++
				default:
					t.Errorf("%s has %v", l.Name, f.Geometry)
				}
			}
		}
	}
	if pieces != 2 || points != 1 {
		t.Errorf("the square has %d pieces and %d label points, want 2 and 1", pieces, points)
	}
}

func TestOnlyLargeFeaturesAreLabelled(t *testing.T) {
	db := postgistest.DB(t)
	set := setOf([]layers.Layer{published(t, db, "shape", "square")})
	got, err := tiles.NewBuilder(db, nil, nil).Build(t.Context(), set, maptile.New(yunfu.X>>4, yunfu.Y>>4, 8))
	if err != nil {
		t.Fatal(err)
	}
	if names := layersOf(t, got); len(names) != 1 || names[0].Name != "shape" || len(names[0].Features) == 0 {
		t.Errorf("at zoom 8, where the squares are specks, the tile has the layers %v", names)
	}
}

func TestTheStatementIsPreparedOnceAndKept(t *testing.T) {
	url := postgistest.URL(t)
	db := postgistest.Pool(t, url+" pool_max_conns=1")
	set := setOf([]layers.Layer{published(t, db, "shape", "square")})
	builder := tiles.NewBuilder(db, nil, nil)
	for x := range uint32(20) {
		if _, err := builder.Build(t.Context(), set, maptile.New(3313+x, 1780, 12)); err != nil {
			t.Fatal(err)
		}
	}
	var statements int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%tiles/draw makes%' AND statement NOT LIKE '%pg_prepared_statements%'").Scan(&statements); err != nil {
		t.Fatal(err)
	}
	if statements != 1 {
		t.Errorf("20 tiles made %d prepared statements, want 1", statements)
	}
}

func TestALeavingClientCancelsItsQueryAndKeepsTheConnection(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	blocker, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blocker.Exec(t.Context(), "LOCK TABLE "+l.Table().Sanitize()); err != nil {
		t.Fatal(err)
	}
	watch, err := db.Acquire(t.Context()) // whoever looks must not wait for a connection
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Release()
	building := func() (pid int) {
		t.Helper()
		err := watch.QueryRow(t.Context(), "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%tiles/draw makes%' AND pid <> pg_backend_pid()").Scan(&pid)
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	var took []time.Duration // from the client's leaving to the query's end
	pids := map[int]bool{}
	for range 7 {
		ctx, leave := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() {
			_, err := tiles.NewBuilder(db, nil, nil).Build(ctx, setOf([]layers.Layer{l}), yunfu)
			failed <- err
		}()
		pid := 0
		for start := time.Now(); pid == 0 && time.Since(start) < 5*time.Second; pid = building() {
			time.Sleep(time.Millisecond)
		}
		left := time.Now()
		leave()
		for building() != 0 && time.Since(left) < 5*time.Second {
			time.Sleep(time.Millisecond)
		}
		took, pids[pid] = append(took, time.Since(left)), true
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Fatalf("the tile was built past a lock: %v", err)
		}
		for start := time.Now(); db.Stat().AcquiredConns() > 2 && time.Since(start) < 5*time.Second; { // the lock's and the watcher's
			time.Sleep(time.Millisecond)
		}
	}
	slices.Sort(took)
	t.Logf("from leaving to the end of the query: %v", took)
	if middle := took[len(took)/2]; middle > 200*time.Millisecond {
		t.Errorf("its query runs for %v after the client left: %v", middle, took)
	}
	if len(pids) != 1 || pids[0] {
		t.Errorf("connections are lost with it: processes %v served seven queries one after another", pids)
	}
	if err := blocker.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTheTagChangesWithTheVersionAlone(t *testing.T) {
	db := postgistest.DB(t)
	first := published(t, db, "shape", "square")
	tag := setOf([]layers.Layer{first}).Tag()
	if again := setOf([]layers.Layer{first}).Tag(); again != tag {
		t.Errorf("the same set has tags %s and %s", tag, again)
	}
	if second := setOf([]layers.Layer{published(t, db, "shape", "square")}).Tag(); second == tag {
		t.Error("a new version has the old tag: browsers would keep the old tiles")
	}
}

func TestDescribe(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, "shape", "square")
	l.Published.Bounds = []float64{112.08, 22.9, 112.16, 22.92}
	got := tiles.Describe(setOf([]layers.Layer{l}), "https://map.example.gov.cn")
	if len(got.Tiles) != 1 || !strings.HasPrefix(got.Tiles[0], "https://map.example.gov.cn/tiles/shape/{z}/{x}/{y}.mvt?v=") {
		t.Errorf("tiles at %v", got.Tiles)
	}
	if got.TileJSON != "3.0.0" || got.MinZoom != 8 || got.MaxZoom != 14 || got.Bounds != [4]float64{112.08, 22.9, 112.16, 22.92} {
		t.Errorf("%+v", got)
	}
	if len(got.VectorLayers) != 2 || got.VectorLayers[1].ID != "shape_label" || len(got.VectorLayers[1].Fields) != 3 {
		t.Errorf("tile layers %+v, want the shapes and their label points", got.VectorLayers)
	}
	if fields := got.VectorLayers[0].Fields; len(fields) != 3 || fields["area"] != "面积 (m²)" {
		t.Errorf("fields %v", fields)
	}
}
