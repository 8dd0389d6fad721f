package packages_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/products/packages"
	"onemap/spatial/files"
	"onemap/tiles"
	"onemap/tiles/archive"
)

func TestAnOfflineMapHasItsStyleAndTheProductsFeatures(t *testing.T) {
	c := newCity(t)
	c.product(paddies())
	l, err := c.catalogue().PublishedLayer("field")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.archives.Build(c.operator(), l, tiles.PyramidOptions{Workers: 1}); err != nil {
		t.Fatal(err)
	}
	folder, result, err := c.pack(c.reader(access.Export), packages.Request{Product: "fields", Format: packages.Tiles, Area: "445302"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.Open(filepath.Join(folder, "field.pmtiles"))
	if err != nil {
		t.Fatal(err)
	}
	tilesRead, other := int64(0), 0
	err = a.Each(func(_ maptile.Tile, packed []byte) error {
		tilesRead++
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		var plain bytes.Buffer
		if _, err := plain.ReadFrom(z); err != nil {
			return err
		}
		decoded, err := mvt.Unmarshal(plain.Bytes())
		for _, one := range decoded {
			for _, f := range one.Features {
				if f.Properties["code"] != "0101" {
					other++
				}
			}
		}
		return err
	})
	if err != nil || tilesRead == 0 || tilesRead != result.Passport.Features || other != 0 {
		t.Errorf("%d tiles, the passport says %d; %d features that the filter doesn't let through; %v", tilesRead, result.Passport.Features, other, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "style.json"))
	if err != nil {
		t.Fatal(err)
	}
	var style struct {
		Version int
		Sources map[string]struct{ URL string }
	}
	if err := json.Unmarshal(text, &style); err != nil || style.Version != 8 || style.Sources["field"].URL != "pmtiles://field.pmtiles" || !strings.Contains(string(text), "0101") {
		t.Errorf("style %+v, %v", style, err)
	}
	_, features, err := c.pack(c.reader(access.Export), packages.Request{Product: "fields", Format: files.GeoPackage})
	if err != nil || features.Passport.Features != 2 || features.Passport.Product.Title != "水田分布图" || !features.Passport.Layers[0].Filtered {
		t.Errorf("passport %+v, %v", features.Passport, err)
	}
}
