package spatial_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial"
)

// published makes a layer of one kind out of rows "fid, wkt" and publishes it.
func published(t *testing.T, db *pgxpool.Pool, kind layers.GeometryKind, rows string) layers.Layer {
	t.Helper()
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	def := layers.Definition{
		ID: "thing", Theme: "test", Name: "物", NameEN: "Things", Geometry: kind, Key: []string{"name"}, MinZoom: 0, MaxZoom: 14,
		Sensitivity: layers.Public, Department: "测试", Source: "test",
		Fields: []layers.Field{{Name: "name", Label: "名", LabelEN: "Name", Type: layers.Text}},
	}
	theme := layers.Theme{ID: "test", Name: "测", NameEN: "Test"}
	if err := store.Define(ctx, layers.Definitions{Themes: []layers.Theme{theme}, Layers: []layers.Definition{def}}); err != nil {
		t.Fatal(err)
	}
	draft, err := store.BeginDraft(ctx, def.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (fid, name, geom, geom_3857)
		SELECT fid, 'N' || fid, ST_Multi(ST_GeomFromText(wkt, 4490)), ST_Transform(ST_Multi(ST_GeomFromText(wkt, 4490)), 3857) FROM (%s) AS r (fid, wkt)`,
		layers.Table(def.ID, v.Number).Sanitize(), rows))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(ctx, def.ID, v.Number); err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.PublishedLayer(def.ID)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// found is the numbers of what is at a place of one layer, in their order.
func found(t *testing.T, db *pgxpool.Pool, l layers.Layer, lon, lat, tolerance float64) (fids []int64, all []spatial.FoundInLayer) {
	t.Helper()
	all, err := spatial.Identify(t.Context(), db, []layers.Layer{l}, lon, lat, tolerance)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		for _, f := range one.Features {
			fids = append(fids, f.FID)
		}
	}
	return fids, all
}

func TestAPlaceIsInItsParcelAlone(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, layers.Polygon, `VALUES
		(1, 'POLYGON((112.08 22.90, 112.10 22.90, 112.10 22.92, 112.08 22.92, 112.08 22.90))'),
		(2, 'POLYGON((112.10 22.90, 112.12 22.90, 112.12 22.92, 112.10 22.92, 112.10 22.90), (112.109 22.909, 112.111 22.909, 112.111 22.911, 112.109 22.911, 112.109 22.909))')`)
	for sentence, c := range map[string]struct {
		lon, lat float64
		want     string
	}{
		"inside the first":                          {112.09, 22.91, "[1]"},
		"a metre from the neighbour is not in it":   {112.09999, 22.91, "[1]"},
		"on the common border it is in both":        {112.10, 22.91, "[1 2]"},
		"in the hole of the second there is nobody": {112.110, 22.910, "[]"},
		"outside": {112.2, 22.91, "[]"},
	} {
		if got, _ := found(t, db, l, c.lon, c.lat, 500); fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", sentence, got, c.want)
		}
	}
	_, all := found(t, db, l, 112.09, 22.91, 0)
	var referee float64
	if err := db.QueryRow(t.Context(), "SELECT ST_Area(geom::geography) FROM features.thing WHERE fid = 1").Scan(&referee); err != nil {
		t.Fatal(err)
	}
	if got := *all[0].Features[0].AreaM2; math.Abs(got-referee) > 0.01 {
		t.Errorf("area %f m², PostGIS says %f", got, referee)
	}
}

func TestPointsAndLinesAreFoundWithinTheToleranceNearestFirst(t *testing.T) {
	db := postgistest.DB(t)
	// 0.001° of longitude is about 102.6 m here, of latitude about 110.7 m.
	points := published(t, db, layers.Point, `VALUES (1, 'POINT(112.003 22.9)'), (2, 'POINT(112.001 22.9)'), (3, 'POINT(112 22.902)')`)
	for tolerance, want := range map[float64]string{50: "[]", 110: "[2]", 230: "[2 3]", 5000: "[2 3 1]"} {
		if got, _ := found(t, db, points, 112, 22.9, tolerance); fmt.Sprint(got) != want {
			t.Errorf("within %g m: %v, want %s", tolerance, got, want)
		}
	}
	other := postgistest.DB(t)
	lines := published(t, other, layers.LineString, `VALUES (1, 'LINESTRING(111.9 22.901, 112.1 22.901)')`)
	if got, all := found(t, other, lines, 112, 22.9, 115); fmt.Sprint(got) != "[1]" || math.Abs(*all[0].Features[0].LengthMetres-20518) > 20 {
		t.Errorf("beside a line of 20.5 km: %v, %+v", got, all)
	}
	if got, _ := found(t, other, lines, 112, 22.9, 105); len(got) != 0 {
		t.Errorf("farther than the tolerance: %v", got)
	}
}

func TestAPlaceWithManyThingsSaysThatThereAreMore(t *testing.T) {
	db := postgistest.DB(t)
	l := published(t, db, layers.Point, `SELECT n, 'POINT(112 22.9)' FROM generate_series(1, 60) n`)
	fids, all := found(t, db, l, 112, 22.9, 1)
	if len(fids) != spatial.MaxFound || !all[0].More {
		t.Errorf("%d found, more: %v", len(fids), all[0].More)
	}
}

func TestQuestionsThatCannotBeAnswered(t *testing.T) {
	for sentence, c := range map[string]struct {
		lon, lat, tolerance float64
		want                error
	}{
		"past the pole":          {112, 90.1, 10, spatial.ErrOutsideWorld},
		"past the date line":     {180.1, 22, 10, spatial.ErrOutsideWorld},
		"no number at all":       {math.NaN(), 22, 10, spatial.ErrOutsideWorld},
		"a negative tolerance":   {112, 22, -1, spatial.ErrTolerance},
		"an endless tolerance":   {112, 22, math.Inf(1), spatial.ErrTolerance},
		"a tolerance of nothing": {112, 22, math.NaN(), spatial.ErrTolerance},
	} {
		if _, err := spatial.Identify(context.Background(), nil, nil, c.lon, c.lat, c.tolerance); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", sentence, err, c.want)
		}
	}
}
