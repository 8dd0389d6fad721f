package importers_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis/postgistest"
)

// realStore is PostGIS with the plot layer, and an operator's context.
func realStore(t testing.TB) (context.Context, *pgxpool.Pool, importers.Store) {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	err := store.Define(ctx, layers.Definitions{
		Themes: []layers.Theme{{ID: "base", Name: "基础", NameEN: "Base"}},
		Layers: []layers.Definition{plot()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, db, importers.Into(store)
}

func TestIntoPostGIS(t *testing.T) {
	ctx, db, store := realStore(t)
	d := table{
		fields: []dbfField{{"CODE", 'C', 12, 0}, {"ZLDWMC", 'C', 40, 0}, {"AREA", 'N', 16, 2}, {"STOREYS", 'N', 8, 0}, {"BUILT", 'D', 8, 0}, {"LISTED", 'L', 1, 0}},
		rows: [][]string{
			{"DK001", gbk(t, "罗定市"), "         1234.50", "       3", "20240102", "T"},
			{"DK002", "", "", "", "", ""},
		},
	}
	r, err := importers.Run(ctx, store, importers.Options{File: zipped(t, delivery(d, prj4490)), Layer: "plot", Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Version == nil || r.Version.Number != 1 || r.Version.State != layers.Published || r.Version.FeatureCount != 2 || r.Version.ContentHash != r.ContentHash {
		t.Errorf("version %+v", r.Version)
	}
	var got string
	err = db.QueryRow(ctx, `
		SELECT string_agg(concat_ws('|', v.fid, v.code, v.name, v.area, v.storeys, v.built, v.listed, ST_AsText(v.geom), ST_SRID(v.geom),
		       'screen ' || (ST_HausdorffDistance(ST_Transform(v.geom, 3857), p.geom_3857) < 0.001)), E'\n' ORDER BY v.fid)
		FROM features.plot v JOIN features.plot_v1 p USING (fid)`).Scan(&got)
	if err != nil {
		t.Fatal(err)
	}
	want := "1|DK001|罗定市|1234.50|3|2024-01-02|t|MULTIPOLYGON(((112 22.9,112 22.901,112.001 22.901,112.001 22.9,112 22.9)))|4490|screen true\n" +
		"2|DK002|MULTIPOLYGON(((112.002 22.9,112.002 22.901,112.003 22.901,112.003 22.9,112.002 22.9)))|4490|screen true"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestExtent holds what the importer saw of the rows to what is in the table.
func TestExtent(t *testing.T) {
	ctx, db, store := realStore(t)
	r, err := importers.Run(ctx, store, importers.Options{File: zipped(t, delivery(plainTable(t, 1000), prj4490)), Layer: "plot"})
	if err != nil {
		t.Fatal(err)
	}
	var same bool
	err = db.QueryRow(ctx, `SELECT v.feature_count = e.count AND v.bounds = e.bounds FROM catalogue.versions v,
		(SELECT count(*), ARRAY[ST_XMin(ST_Extent(geom)), ST_YMin(ST_Extent(geom)), ST_XMax(ST_Extent(geom)), ST_YMax(ST_Extent(geom))] AS bounds FROM features.plot_v1) e`).Scan(&same)
	if err != nil || !same {
		t.Errorf("version %+v, %v", r.Version, err)
	}
}

func TestTheDatabaseGoesAwayHalfWay(t *testing.T) {
	ctx, db, store := realStore(t)
	file := zipped(t, delivery(plainTable(t, 20_000), prj4490))
	if _, err := importers.Run(ctx, store, importers.Options{File: file, Layer: "plot", Publish: true}); err != nil {
		t.Fatal(err)
	}
	killed := false
	_, err := importers.Run(ctx, store, importers.Options{File: file, Layer: "plot", Publish: true, Progress: func(p importers.Progress) {
		if p.Rows > 5000 && !killed {
			killed = true
			// Our own database only: the session that copies into a staging table.
			if _, err := db.Exec(context.WithoutCancel(ctx), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%staging%'`); err != nil {
				t.Error(err)
			}
		}
	}})
	if !errors.Is(err, importers.ErrDatabaseLost) {
		t.Errorf("got %v", err)
	}
	var published, staged int
	err = db.QueryRow(ctx, `SELECT (SELECT count(*) FROM features.plot), (SELECT count(*) FROM pg_tables WHERE schemaname = 'staging')`).Scan(&published, &staged)
	if err != nil || published != 20_000 || staged != 0 {
		t.Errorf("%d rows published, %d staging tables left, %v", published, staged, err)
	}
}

func TestAFullDiskIsSaidPlainly(t *testing.T) {
	s := newFake(t, plot())
	s.copyErr = &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	wantProblem(t, s, into(zipped(t, delivery(plainTable(t, 5), prj4490))), importers.ErrDiskFull)
}
