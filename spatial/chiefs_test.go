package spatial_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/data"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial"
)

// One river of four segments: a town's at the place, its county's and its city's
// elsewhere, and another county's.
const riverSegments = `{"type": "FeatureCollection", "features": [
	{"type": "Feature", "properties": {"seg_code": "T", "seg_name": "镇段", "river": "罗定江", "tier": "4", "chief_name": "陈一", "chief_phone": "10012345678", "town": "445381111"}, "geometry": {"type": "LineString", "coordinates": [[111.50, 22.80], [111.51, 22.80]]}},
	{"type": "Feature", "properties": {"seg_code": "C", "seg_name": "县段", "river": "罗定江", "tier": "3", "chief_name": "李二", "chief_phone": "10012345679", "town": "445381104"}, "geometry": {"type": "LineString", "coordinates": [[111.60, 22.80], [111.61, 22.80]]}},
	{"type": "Feature", "properties": {"seg_code": "O", "seg_name": "别县段", "river": "罗定江", "tier": "3", "chief_name": "黄三", "chief_phone": "10012345670", "town": "445322117"}, "geometry": {"type": "LineString", "coordinates": [[111.55, 22.80], [111.56, 22.80]]}},
	{"type": "Feature", "properties": {"seg_code": "S", "seg_name": "市段", "river": "罗定江", "tier": "2", "chief_name": "梁四", "chief_phone": "10012345671", "town": "445322117"}, "geometry": {"type": "LineString", "coordinates": [[111.70, 22.80], [111.71, 22.80]]}},
	{"type": "Feature", "properties": {"seg_code": "X", "seg_name": "别河", "river": "新兴江", "tier": "2", "chief_name": "何五", "chief_phone": "10012345672", "town": "445381111"}, "geometry": {"type": "LineString", "coordinates": [[111.50, 22.83], [111.51, 22.83]]}}]}`

// publishedFeatures defines all layers and publishes features, as GeoJSON, as one of them.
func publishedFeatures(t *testing.T, ctx context.Context, db *pgxpool.Pool, layer, features string) layers.Layer {
	t.Helper()
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	store := layers.NewStore(db)
	if err := store.Define(ctx, defs); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "features.geojson")
	if err := os.WriteFile(file, []byte(features), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: layer, Publish: true}); err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.PublishedLayer(layer)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestRiverRoute(t *testing.T) {
	db := postgistest.DB(t)
	operator := access.With(t.Context(), access.Operator("test"))
	l := publishedFeatures(t, operator, db, spatial.RiverChiefLayer, riverSegments)
	segment, chiefs, err := spatial.RiverRoute(operator, db, l, 111.505, 22.801)
	if err != nil {
		t.Fatal(err)
	}
	// A thousandth of a degree of latitude is 110.74 m here.
	if segment.Code != "T" || segment.DistanceMetres < 110 || segment.DistanceMetres > 112 {
		t.Errorf("segment %+v", segment)
	}
	var codes string
	for _, c := range chiefs {
		codes += c.Code
		if c.Covers != (c.Code == "T") || c.Masked {
			t.Errorf("%+v", c)
		}
	}
	if codes != "SCT" {
		t.Errorf("chiefs of %s, want S, C, T: the city's, this county's, the town's", codes)
	}
	_, chiefs, err = spatial.RiverRoute(access.With(t.Context(), access.Anonymous()), db, l, 111.505, 22.801)
	if err != nil {
		t.Fatal(err)
	}
	if c := chiefs[len(chiefs)-1]; c.Chief != "陈**" || c.Phone != "100****5678" || !c.Masked {
		t.Errorf("anybody sees %+v", c)
	}
	if _, _, err := spatial.RiverRoute(operator, db, l, 112.5, 22.8); !errors.Is(err, spatial.ErrNoRiver) {
		t.Errorf("far away: %v, want ErrNoRiver", err)
	}
	if _, _, err := spatial.RiverRoute(operator, db, l, 111, 91); !errors.Is(err, spatial.ErrOutsideWorld) {
		t.Errorf("91°: %v, want ErrOutsideWorld", err)
	}
}
