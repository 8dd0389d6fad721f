package jobs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/postgis/postgistest"
	"onemap/tiles"
	"onemap/tiles/grid"
	"onemap/tiles/jobs"
)

// publish gives the layer of springs a version with n features.
func publish(t *testing.T, db *pgxpool.Pool, n int) layers.Layer {
	t.Helper()
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	err := store.Define(ctx, layers.Definitions{
		Themes: []layers.Theme{{ID: "water", Name: "水", NameEN: "Water"}},
		Layers: []layers.Definition{{
			ID: "spring", Theme: "water", Name: "泉", NameEN: "Springs", Geometry: layers.Point, Key: []string{"name"}, MaxZoom: 12,
			Sensitivity: layers.Public, Department: "水务局", Source: "test",
			Fields: []layers.Field{{Name: "name", Label: "名", LabelEN: "Name", Type: layers.Text, InTiles: true}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	draft, err := store.BeginDraft(ctx, "spring")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}"), ContentHash: fmt.Sprint(n)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (fid, name, geom, geom_3857)
		SELECT n, 's' || n, ST_Multi(g), ST_Transform(ST_Multi(g), 3857)
		FROM generate_series(1, $1::int) n, ST_SetSRID(ST_MakePoint(112 + n * 0.01, 22.9), 4490) g`, layers.Table("spring", v.Number).Sanitize()), n)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(ctx, "spring", v.Number); err != nil {
		t.Fatal(err)
	}
	c, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.PublishedLayer("spring")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 300 {
		if done() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("after 30 s still not: %s", what)
}

func TestEveryPublishedVersionGetsItsArchive(t *testing.T) {
	db := postgistest.DB(t)
	if err := postgis.PrepareRiver(t.Context(), db, jobs.Schema); err != nil {
		t.Fatal(err)
	}
	archives, err := tiles.NewArchives(db, t.TempDir(), grid.Mercator, grid.Geographic)
	if err != nil {
		t.Fatal(err)
	}
	first := publish(t, db, 3)
	keeper, err := jobs.NewKeeper(db, archives, jobs.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- keeper.Run(ctx) }()
	has := func(l layers.Layer) func() bool {
		return func() bool { _, err := archives.Record(l); return err == nil }
	}
	eventually(t, "an archive of what was there at the start", has(first))
	second := publish(t, db, 5)
	keeper.Wake()
	eventually(t, "an archive of the next version", has(second))
	r, err := archives.Record(second)
	if err != nil || r.Metadata.Zooms[len(r.Metadata.Zooms)-1].Features != 5 {
		t.Errorf("%+v, %v", r, err)
	}

	eventually(t, "an archive in the second grid", func() bool { _, err := archives.RecordIn(grid.Geographic, second); return err == nil })
	if r, err := archives.RecordIn(grid.Geographic, second); err != nil || r.Grid != "c" || r.Metadata.Zooms[0].Zoom != 1 {
		t.Errorf("%+v, %v", r, err)
	}

	// A file that is gone is built again, by whoever finds that out.
	if err := os.Remove(filepath.Join(archives.Folder(), r.File)); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	archives, err = tiles.NewArchives(db, archives.Folder())
	if err != nil {
		t.Fatal(err)
	}
	if keeper, err = jobs.NewKeeper(db, archives, jobs.Options{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	ctx, stop = context.WithCancel(t.Context())
	go func() { ended <- keeper.Run(ctx) }()
	eventually(t, "the archive again", has(second))
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
