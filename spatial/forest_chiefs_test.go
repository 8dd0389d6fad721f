package spatial_test

import (
	"errors"
	"testing"

	"onemap/access"
	"onemap/postgis/postgistest"
	"onemap/spatial"
)

// A city of two towns that share the meridian 111.55, one with a village.
const forestAreas = `{"type": "FeatureCollection", "features": [
	{"type": "Feature", "properties": {"area_code": "445300", "area_name": "市", "tier": "2", "chief_name": "陈一", "chief_phone": "10012345678"}, "geometry": {"type": "Polygon", "coordinates": [[[111.5, 22.8], [111.6, 22.8], [111.6, 22.9], [111.5, 22.9], [111.5, 22.8]]]}},
	{"type": "Feature", "properties": {"area_code": "445381111", "area_name": "东镇", "tier": "4", "chief_name": "李二"}, "geometry": {"type": "Polygon", "coordinates": [[[111.55, 22.8], [111.6, 22.8], [111.6, 22.9], [111.55, 22.9], [111.55, 22.8]]]}},
	{"type": "Feature", "properties": {"area_code": "445381104", "area_name": "西镇", "tier": "4", "chief_name": "黄三"}, "geometry": {"type": "Polygon", "coordinates": [[[111.5, 22.8], [111.55, 22.8], [111.55, 22.9], [111.5, 22.9], [111.5, 22.8]]]}},
	{"type": "Feature", "properties": {"area_code": "445381111201", "area_name": "村", "tier": "5", "chief_name": "梁四", "chief_phone": "10012345671", "supervisor_name": "何五", "supervisor_phone": "10012345672", "ranger_name": "罗六七", "ranger_phone": "10012345673"},
		"geometry": {"type": "Polygon", "coordinates": [[[111.57, 22.82], [111.58, 22.82], [111.58, 22.83], [111.57, 22.83], [111.57, 22.82]]]}}]}`

func TestForestRoute(t *testing.T) {
	db := postgistest.DB(t)
	operator := access.With(t.Context(), access.Operator("test"))
	l := publishedFeatures(t, operator, db, spatial.ForestChiefLayer, forestAreas)
	for sentence, c := range map[string]struct {
		lon, lat float64
		want     []string
	}{
		"in a village":         {111.575, 22.825, []string{"445300", "445381111", "445381111201"}},
		"between two towns":    {111.55, 22.85, []string{"445300", "445381104"}},
		"in a town":            {111.59, 22.89, []string{"445300", "445381111"}},
		"on the city's border": {111.5, 22.85, []string{"445300", "445381104"}},
	} {
		got, err := spatial.ForestRoute(operator, db, l, c.lon, c.lat)
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%s: %+v, %v", sentence, got, err)
			continue
		}
		for i, chief := range got {
			if chief.Code != c.want[i] || chief.Masked {
				t.Errorf("%s: %+v, want %s", sentence, chief, c.want[i])
			}
		}
	}
	got, err := spatial.ForestRoute(access.With(t.Context(), access.Anonymous()), db, l, 111.575, 22.825)
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if c := got[2]; c.Chief != "梁**" || c.Phone != "100****5671" || c.Supervisor != "何**" || c.SupervisorPhone != "100****5672" || c.Ranger != "罗**" || c.RangerPhone != "100****5673" || !c.Masked {
		t.Errorf("anybody sees %+v", c)
	}
	if _, err := spatial.ForestRoute(operator, db, l, 112.5, 22.8); !errors.Is(err, spatial.ErrNoForestArea) {
		t.Errorf("far away: %v, want ErrNoForestArea", err)
	}
	if _, err := spatial.ForestRoute(operator, db, l, 111, 91); !errors.Is(err, spatial.ErrOutsideWorld) {
		t.Errorf("91°: %v, want ErrOutsideWorld", err)
	}
}
