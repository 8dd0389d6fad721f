package importers_test

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

const (
	countyGPKG = "formats/yunfu_onemap_sample_cn_layernames.gpkg"
	countyGDB  = "formats/yunfu_onemap_sample_openfilegdb.gdb.zip"
)

// countyBounds are the counties of the GeoPackage by code, the reference for the
// other files, which were made from the same data.
func countyBounds(t *testing.T) map[string]orb.Bound {
	t.Helper()
	s := newFake(t)
	mustRun(t, s, importers.Options{File: sharedData(t, countyGPKG), Layer: "division_county"})
	bounds := map[string]orb.Bound{}
	for i, code := range s.column(t, "division_county", "code") {
		g, _ := geometry(t, s.rows[i], 2)
		bounds[code.(string)] = g.Bound()
	}
	if len(bounds) != 5 {
		t.Fatalf("the GeoPackage has %d counties", len(bounds))
	}
	return bounds
}

func TestRealCountiesLandInTheirPlace(t *testing.T) {
	names := map[string]string{"445302": "云城区", "445303": "云安区", "445321": "新兴县", "445322": "郁南县", "445381": "罗定市"}
	for sentence, c := range map[string]struct {
		file, crs, encoding, system string
	}{
		"GBK table, GBK names in the zip, meridian 111": {file: "formats/yunfu_county_gk111e_gbkdbf_gbkzipnames.zip", encoding: "GB18030", system: "EPSG:4546"},
		"UTF-8 and zone 37":                             {file: "formats/yunfu_county_gkzone37_utf8.zip", encoding: "UTF-8", system: "EPSG:4525"},
		"without .prj and .cpg, the system named":       {file: "formats/yunfu_county_noprj_nocpg_gbk.zip", crs: "EPSG:4490", encoding: "GB18030", system: "EPSG:4490"},
		"FileGDB in a zip":                              {file: countyGDB, encoding: "UTF-8", system: "EPSG:4546"},
	} {
		t.Run(sentence, func(t *testing.T) {
			want := countyBounds(t)
			s := newFake(t)
			r := mustRun(t, s, importers.Options{File: sharedData(t, c.file), Layer: "division_county", CRS: c.crs, Publish: true})
			if r.Accepted != 5 || r.Rejected != 0 || r.CRS != c.system || r.Encoding.Name != c.encoding || !s.summary.Publish {
				t.Errorf("report %+v", r)
			}
			for i, code := range s.column(t, "division_county", "code") {
				if name := s.column(t, "division_county", "name")[i]; name != names[code.(string)] {
					t.Errorf("%v is called %v", code, name)
				}
				g, srid := geometry(t, s.rows[i], 2)
				b, w := g.Bound(), want[code.(string)]
				if srid != 4490 || far(b.Min, w.Min) || far(b.Max, w.Max) {
					t.Errorf("%v lies at %v in %d, want %v", code, b, srid, w)
				}
				m, srid := geometry(t, s.rows[i], 1)
				if p := crs.PointToWebMercator(b.Min); srid != 3857 || math.Hypot(m.Bound().Min[0]-p[0], m.Bound().Min[1]-p[1]) > 0.001 {
					t.Errorf("%v lies at %v on the screen, want %v", code, m.Bound().Min, p)
				}
			}
		})
	}
}

// far reports whether two positions in degrees are more than a metre apart.
func far(a, b orb.Point) bool {
	return math.Hypot((a[0]-b[0])*102_000, (a[1]-b[1])*111_000) > 1
}

func TestRealFilesThatMustBeRefused(t *testing.T) {
	county := func(t *testing.T, file string) importers.Options {
		t.Helper()
		return importers.Options{File: sharedData(t, file), Layer: "division_county"}
	}
	t.Run("without .prj", func(t *testing.T) {
		if p := wantProblem(t, newFake(t), county(t, "formats/yunfu_county_noprj_nocpg_gbk.zip"), crs.ErrUnknown); !strings.Contains(p.ZH, "--crs") {
			t.Error(p)
		}
	})
	t.Run("Xi'an 1980", func(t *testing.T) {
		if p := wantProblem(t, newFake(t), county(t, "formats/yunfu_county_xian80_gkzone37_gbk.zip"), crs.ErrNeedsParameters); !strings.Contains(p.ZH, "1980 西安") {
			t.Error(p)
		}
	})
	t.Run("two Shapefiles in one zip", func(t *testing.T) {
		if p := wantProblem(t, newFake(t), county(t, "formats/multi_shp_gbk_zipnames_ORIGINAL.zip"), importers.ErrSourceLayer); !strings.Contains(p.ZH, "中文测") {
			t.Error(p)
		}
	})
	t.Run("a wrong meridian's zone number", func(t *testing.T) {
		o := county(t, "formats/yunfu_county_gkzone37_utf8.zip")
		o.CRS = "EPSG:4546"
		if p := wantProblem(t, newFake(t), o, importers.ErrCRSContradiction); !strings.Contains(p.ZH, "--override-crs") {
			t.Error(p)
		}
		o.OverrideCRS = true
		if p := wantProblem(t, newFake(t), o, crs.ErrImplausible); !strings.Contains(p.ZH, "--crs EPSG:4525") {
			t.Error(p)
		}
	})
	t.Run("not map data at all", func(t *testing.T) {
		wantProblem(t, newFake(t), county(t, "formats/sf-downtown.osm.pbf"), importers.ErrFormat)
	})
}

func TestEveryLayerOfTheRealGeoPackageAndFileGDB(t *testing.T) {
	for sentence, c := range map[string]struct {
		layer, source string
		rows          int64
	}{
		"counties, by the layer's own name": {"division_county", "", 5},
		"the city":                          {"division_city", "", 1},
		"water":                             {"water_body", "", 101},
		"seats of towns, by alias":          {"place_name", "", 60},
		"rivers, named; one has no length":  {"river", "河流中心线", 8},
	} {
		for _, file := range []string{countyGPKG, countyGDB} {
			t.Run(sentence+" in "+file, func(t *testing.T) {
				s := newFake(t)
				r := mustRun(t, s, importers.Options{File: sharedData(t, file), Layer: c.layer, SourceLayer: c.source})
				if r.Read != c.rows || r.Accepted+r.Rejected != c.rows || (r.Rejected > 0) != (c.layer == "river") || r.Rejected > 1 || r.SHA256 == "" || r.ContentHash == "" {
					t.Errorf("report %+v", r)
				}
				for _, row := range s.rows {
					g, _ := geometry(t, row, 2)
					if b := g.Bound(); b.Min[0] < 109 || b.Max[0] > 118 || b.Min[1] < 20 || b.Max[1] > 26 {
						t.Errorf("row %v lies at %v", row[0], b)
					}
				}
			})
		}
	}
}

func TestRealPrefecturesOfThreeFormatsInOneZip(t *testing.T) {
	s := newFake(t)
	r := mustRun(t, s, importers.Options{File: sharedData(t, "admin/ocha_chn_adm2_prefectures_wgs84_shp.zip"), Layer: "division_city"})
	if r.Format != "Shapefile" || r.CRS != "EPSG:4326" || r.Encoding.Name != "UTF-8" || r.Read != 361 || r.Accepted != 361 {
		t.Errorf("report %+v", r)
	}
	for i, name := range s.column(t, "division_city", "name") {
		if name == "云浮市" {
			g, _ := geometry(t, s.rows[i], 2)
			if !g.Bound().Contains(orb.Point{112.04, 22.92}) {
				t.Errorf("云浮市 lies at %v", g.Bound())
			}
			return
		}
	}
	t.Error("no 云浮市 among the names")
}

func TestRealGeoJSONInGCJ02(t *testing.T) {
	def := boundary()
	mars, true84 := newFake(t, def), newFake(t, def)
	r := mustRun(t, mars, importers.Options{File: sharedData(t, "admin/yunfu_boundaries_2016_gcj02.geojson"), Layer: def.ID, CRS: "GCJ-02"})
	mustRun(t, true84, importers.Options{File: sharedData(t, "admin/yunfu_boundaries_2016_wgs84_converted.geojson"), Layer: def.ID})
	if r.CRS != "GCJ-02" || len(mars.rows) != 6 || len(true84.rows) != 6 {
		t.Fatalf("report %+v", r)
	}
	for i := range mars.rows {
		a, _ := geometry(t, mars.rows[i], 2)
		b, _ := geometry(t, true84.rows[i], 2)
		if far(a.Bound().Min, b.Bound().Min) || far(a.Bound().Max, b.Bound().Max) {
			t.Errorf("row %d: %v against %v", i, a.Bound(), b.Bound())
		}
	}
}

func TestRealInvalidRingsAreMended(t *testing.T) {
	def := boundary()
	s := newFake(t, def)
	r := mustRun(t, s, importers.Options{File: sharedData(t, "admin/echarts_yunfu_counties_gcj02_INVALID_rings.geojson"), Layer: def.ID, CRS: "GCJ-02"})
	if r.Accepted != 5 || r.Repaired != 5 || len(r.Repairs) < 5 || r.Repairs[0].Reason == "" || r.Repairs[0].Place == nil {
		t.Errorf("report %+v", r)
	}
}

// boundary takes any polygons.
func boundary() layers.Definition {
	return layers.Definition{
		ID: "boundary", Theme: "base", Name: "界线", NameEN: "Boundaries", Geometry: layers.Polygon,
		Fields: []layers.Field{{Name: "name", Label: "名称", LabelEN: "Name", Type: layers.Text}},
	}
}
