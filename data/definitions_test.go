package data_test

import (
	"slices"
	"strings"
	"testing"

	"onemap/data"
	"onemap/layers"
)

func definitions(t *testing.T) layers.Definitions {
	t.Helper()
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return defs
}

// expected are the layers of the first set, by theme.
var expected = map[string]string{
	"base":              "division_city division_county division_town division_village grid_large grid_medium grid_small grid_micro road place_name",
	"natural_resources": "dltb yjjbnttb stbhhx czkfbj wfdk mineral_site",
	"forestry":          "forest_subcompartment public_welfare_forest ancient_tree forest_fire_spot forest_pest forest_chief_area forest_fire_danger",
	"water":             "water_body river reservoir sluice hydropower_station dike irrigation_district waterlogging_area river_chief_segment hydrological_station",
	"housing":           "building public_housing dilapidated_house",
	"hazards":           "geohazard_point geohazard_zone flood_risk_zone shelter",
}

func TestEveryThemeHasItsLayers(t *testing.T) {
	got := map[string][]string{}
	for _, l := range definitions(t).Layers {
		got[l.Theme] = append(got[l.Theme], l.ID)
	}
	for theme, ids := range expected {
		for id := range strings.FieldsSeq(ids) {
			if !slices.Contains(got[theme], id) {
				t.Errorf("theme %s lacks layer %s", theme, id)
			}
		}
	}
}

func TestLayersKeepTheCrossRules(t *testing.T) {
	for _, l := range definitions(t).Layers {
		t.Run(l.ID, func(t *testing.T) {
			if n := len(l.TileFields()); n < 1 || n > 6 {
				t.Errorf("%d fields in tiles; 1 to 6 keep tiles small", n)
			}
			if l.Label != "" {
				if f, _ := l.Field(l.Label); !f.InTiles {
					t.Errorf("label field %s is not in tiles", l.Label)
				}
			}
			if f, ok := l.Field("synthetic"); !ok || f.Type != layers.Boolean {
				t.Error("no boolean field synthetic")
			}
			for _, f := range l.Fields {
				if f.Type == layers.Text && f.Length == 0 {
					t.Errorf("field %s: text without a length", f.Name)
				}
				if f.Dictionary != "" && f.Type != layers.Text {
					t.Errorf("field %s: codes of a dictionary are text, not %s", f.Name, f.Type)
				}
			}
		})
	}
}

// A delivery's column must mean one field only, however it is spelt.
func TestColumnNamesMeanOneField(t *testing.T) {
	for _, l := range definitions(t).Layers {
		meaning := map[string]string{}
		for _, f := range l.Fields {
			for _, name := range append([]string{f.Name, f.Label}, f.Aliases...) {
				name = strings.ToLower(name)
				if other, taken := meaning[name]; taken && other != f.Name {
					t.Errorf("layer %s: %q means both %s and %s", l.ID, name, other, f.Name)
				}
				meaning[name] = f.Name
			}
		}
	}
}

func TestEveryDictionaryIsUsedAndItsCodesFit(t *testing.T) {
	defs := definitions(t)
	longest := map[string]int{}
	for _, d := range defs.Dictionaries {
		if d.AsOf == "" || d.NameEN == "" {
			t.Errorf("dictionary %s: as_of and name_en must be given", d.ID)
		}
		for _, e := range d.Entries {
			longest[d.ID] = max(longest[d.ID], len([]rune(e.Code)))
		}
	}
	used := map[string]bool{"incident_kind": true, "incident_source": true, "incident_state": true} // by incidents, which are no layer
	for _, l := range defs.Layers {
		for _, f := range l.Fields {
			if f.Dictionary == "" {
				continue
			}
			used[f.Dictionary] = true
			if f.Length < longest[f.Dictionary] {
				t.Errorf("layer %s: field %s holds %d characters, dictionary %s has codes of %d",
					l.ID, f.Name, f.Length, f.Dictionary, longest[f.Dictionary])
			}
		}
	}
	for _, d := range defs.Dictionaries {
		if !used[d.ID] {
			t.Errorf("dictionary %s is used by no field", d.ID)
		}
	}
}

// Columns as they come in real files of other makers.
func TestRealDeliveriesFindTheirFields(t *testing.T) {
	defs := definitions(t)
	for sentence, c := range map[string]struct {
		layer   string
		columns map[string]string
	}{
		"a county Shapefile":              {"division_county", map[string]string{"XZQDM": "code", "XZQMC": "name", "JB": "level"}},
		"a GeoPackage with Chinese names": {"division_county", map[string]string{"行政区代码": "code", "行政区名称": "name"}},
		"a national prefecture Shapefile": {"division_city", map[string]string{"ADM2_PCODE": "code", "ADM2_ZH": "name", "ADM2_EN": "name_en"}},
		"GeoNames places":                 {"place_name", map[string]string{"geonameid": "place_id", "name": "name", "name_zh": "name_zh", "fcode": "fcode", "population": "population"}},
		"rivers with a level only":        {"river", map[string]string{"level": "level"}},
		"water bodies without names":      {"water_body", map[string]string{"source_group": "source_group", "area_km2": "area_km2"}},
		"a forest Shapefile with cut names": {"forest_subcompartment", map[string]string{
			"HUO_LMGQXJ": "huo_lmgqxj", "SHI_QUAN_D": "shi_quan_d", "DISASTER_C": "disaster_c", "ldgl_lx": "gllx", "mei_gq_xj": "huo_lmgqxj",
		}},
	} {
		t.Run(sentence, func(t *testing.T) {
			i := slices.IndexFunc(defs.Layers, func(l layers.Definition) bool { return l.ID == c.layer })
			layer := defs.Layers[i]
			for column, want := range c.columns {
				got := slices.IndexFunc(layer.Fields, func(f layers.Field) bool {
					return slices.ContainsFunc(append([]string{f.Name, f.Label}, f.Aliases...), func(n string) bool { return strings.EqualFold(n, column) })
				})
				if got < 0 || layer.Fields[got].Name != want {
					t.Errorf("column %s does not find field %s", column, want)
				}
				delete(c.columns, column)
			}
			if layer.ID == "river" || layer.ID == "water_body" {
				for _, f := range layer.Fields {
					if f.Required {
						t.Errorf("field %s is required, so a bare file would be refused", f.Name)
					}
				}
			}
		})
	}
}
