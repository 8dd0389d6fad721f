package importers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/importers"
	"onemap/importers/quality"
	"onemap/layers"
	"onemap/postgis/postgistest"
)

// parcel is a layer with a rule of each kind.
func parcel() layers.Definition {
	return layers.Definition{
		ID: "parcel", Theme: "base", Name: "图斑", NameEN: "Parcels", Geometry: layers.Polygon, Key: []string{"code"},
		MinZoom: 8, MaxZoom: 14, Sensitivity: layers.Public, Department: "自然资源局", Source: "test", Cycle: "每年",
		Fields: []layers.Field{
			{Name: "code", Label: "编号", LabelEN: "Code", Type: layers.Text, Length: 10, Required: true},
			{Name: "class", Label: "地类", LabelEN: "Class", Type: layers.Text, Length: 4, Dictionary: "class"},
			{Name: "class_name", Label: "地类名称", LabelEN: "Class name", Type: layers.Text, Length: 20},
			{Name: "total", Label: "面积", LabelEN: "Area", Type: layers.Decimal, Scale: 2},
			{Name: "off", Label: "扣除", LabelEN: "Off", Type: layers.Decimal, Scale: 2},
			{Name: "net", Label: "净面积", LabelEN: "Net", Type: layers.Decimal, Scale: 2},
			{Name: "stated", Label: "填报面积", LabelEN: "Stated", Type: layers.Decimal, Scale: 2, Unit: "m²"},
			{Name: "day", Label: "日期", LabelEN: "Day", Type: layers.Date},
			{Name: "year", Label: "年份", LabelEN: "Year", Type: layers.Integer},
		},
		Rules: []layers.Rule{
			{Check: "code_name", Field: "class", Name: "class_name"},
			{Check: "sum", Field: "total", Fields: []string{"off", "net"}},
			{Check: "stated_area", Field: "stated", Share: 0.01},
			{Check: "year", Field: "year", Minimum: 1984},
			{Check: "overlap"},
			{Check: "gap"},
		},
	}
}

// rulesStore is PostGIS with the parcels, their dictionary and a square city.
func rulesStore(t testing.TB, d layers.Definition) (context.Context, *pgxpool.Pool, *layers.Store) {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	err := store.Define(ctx, layers.Definitions{
		Themes:       []layers.Theme{{ID: "base", Name: "基础", NameEN: "Base"}},
		Layers:       []layers.Definition{d},
		Dictionaries: []layers.Dictionary{{ID: "class", Name: "地类", NameEN: "Classes", Source: "test", Entries: []layers.Entry{{Code: "01", Name: "耕地"}, {Code: "02", Name: "园地"}}}},
		Outline:      [][2]float64{{111, 22}, {113, 22}, {113, 24}, {111, 24}, {111, 22}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, db, store
}

// square is the ring of a cell of a mesh of a thousandth of a degree.
func square(x, y int) string {
	p := func(x, y int) string { return fmt.Sprintf("[112.%03d0123,22.%03d0123]", 100+x, 900+y) }
	return fmt.Sprintf("[%s,%s,%s,%s,%s]", p(x, y), p(x+1, y), p(x+1, y+1), p(x, y+1), p(x, y))
}

// feature is a parcel; more replaces properties.
func feature(code, ring string, more string) string {
	properties := map[string]any{
		"code": code, "class": "01", "class_name": "耕地", "total": 10.5, "off": 0.5, "net": 10, "day": "2024-05-01", "year": time.Now().Year() - 1,
	}
	if more != "" {
		if err := json.Unmarshal([]byte(more), &properties); err != nil {
			panic(err)
		}
	}
	text, err := json.Marshal(properties)
	if err != nil {
		panic(err)
	}
	geometry := fmt.Sprintf(`{"type":"Polygon","coordinates":[%s]}`, ring)
	if ring == "" {
		geometry = "null"
	}
	return fmt.Sprintf(`{"type":"Feature","properties":%s,"geometry":%s}`, text, geometry)
}

func collection(t testing.TB, features ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parcel.geojson")
	text := fmt.Sprintf(`{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}},"features":[%s]}`, strings.Join(features, ",\n"))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// clean is a coverage of four parcels that no rule objects to.
func clean() []string {
	return []string{feature("A", square(0, 0), ""), feature("B", square(1, 0), ""), feature("C", square(0, 1), ""), feature("D", square(1, 1), "")}
}

func resultOf(r importers.Report, id string) quality.Result {
	i := slices.IndexFunc(r.Quality.Rules, func(one quality.Result) bool { return one.Rule.ID == id })
	if i < 0 {
		return quality.Result{}
	}
	return r.Quality.Rules[i]
}

func fired(r importers.Report) []string {
	var ids []string
	for _, one := range r.Quality.Rules {
		if one.Count > 0 {
			ids = append(ids, fmt.Sprintf("%s=%d", one.Rule.ID, one.Count))
		}
	}
	slices.Sort(ids)
	return ids
}

func TestEachRuleFiresOnWhatBreaksIt(t *testing.T) {
	with := func(more ...string) []string { return append(clean(), more...) }
	apart := square(10, 10)
	for name, c := range map[string]struct {
		features []string
		want     string // rules and counts
	}{
		"a clean coverage breaks none":      {clean(), "[]"},
		"a code not in the dictionary":      {with(feature("E", apart, `{"class":"09"}`)), "[codes.class=1]"},
		"a name that isn't the code's":      {with(feature("E", apart, `{"class_name":"园地"}`)), "[code_name.class=1]"},
		"amounts that don't add up":         {with(feature("E", apart, `{"total":10.51}`)), "[sum.total=1]"},
		"amounts that do at two decimals":   {with(feature("E", apart, `{"off":null,"net":10.5}`)), "[]"},
		"a stated area out of reason":       {with(feature("E", apart, `{"stated":9999}`)), "[stated_area.stated=1]"},
		"a day in the future":               {with(feature("E", apart, `{"day":"2999-01-01"}`)), "[dates.day=1]"},
		"a year before the law":             {with(feature("E", apart, `{"year":1066}`)), "[year.year=1]"},
		"an empty required field":           {with(feature("", apart, "")), "[required=1]"},
		"a day that is none":                {with(feature("E", apart, `{"day":"2024-02-31"}`)), "[value=1]"},
		"a position that can't be":          {with(feature("E", "[[22.9000123,112.2000123],[22.9000123,112.2010123],[22.9010123,112.2010123],[22.9000123,112.2000123]]", "")), "[position=1]"},
		"an amount with too many decimals":  {with(feature("E", apart, `{"total":10.501}`)), "[mended_value=1]"},
		"no geometry":                       {with(feature("E", "", "")), "[geometry=1]"},
		"the same key twice":                {with(feature("A", apart, "")), "[duplicate_key=1]"},
		"a bow-tie":                         {with(feature("E", "[[112.2000123,22.9000123],[112.2010123,22.9010123],[112.2010123,22.9000123],[112.2000123,22.9010123],[112.2000123,22.9000123]]", "")), "[repair=1]"},
		"a ring that touches itself":        {with(feature("E", "[[112.2000123,22.9000123],[112.2020123,22.9000123],[112.2010123,22.9010123],[112.2020123,22.9020123],[112.2000123,22.9020123],[112.2010123,22.9010123],[112.2000123,22.9000123]]", "")), "[self_touch=1]"},
		"a spike":                           {with(feature("E", "[[112.2000123,22.9000123],[112.2010123,22.9000123],[112.2010123,22.9010123],[112.2005223,22.9010123],[112.2005173,22.9050123],[112.2005123,22.9010123],[112.2000123,22.9010123],[112.2000123,22.9000123]]", "")), "[spike=1]"},
		"outside the city":                  {with(feature("E", "[[115.2000123,22.9000123],[115.2010123,22.9000123],[115.2010123,22.9010123],[115.2000123,22.9000123]]", "")), "[outside=1]"},
		"rounded to five decimals":          {with(feature("E", "[[112.2,22.9],[112.201,22.9],[112.201,22.901],[112.2,22.9]]", "")), "[precision=1]"},
		"the same shape twice":              {with(feature("E", square(1, 1), "")), "[duplicate_geometry=1 overlap=1]"},
		"a hole in the coverage":            {[]string{feature("A", square(0, 0), ""), feature("B", square(1, 0), ""), feature("C", square(2, 0), ""), feature("D", square(0, 1), ""), feature("E", square(2, 1), ""), feature("F", square(0, 2), ""), feature("G", square(1, 2), ""), feature("H", square(2, 2), "")}, "[gap=1]"},
		"a parcel that reaches into others": {with(feature("E", "[[112.1005123,22.9005123],[112.1015123,22.9005123],[112.1015123,22.9008123],[112.1005123,22.9008123],[112.1005123,22.9005123]]", "")), "[overlap=1]"},
		"a point more on one side of a border": {[]string{
			feature("A", square(0, 0), ""),
			feature("B", "[[112.1010123,22.9000123],[112.1020123,22.9000123],[112.1020123,22.9010123],[112.1010123,22.9010123],[112.1010123,22.9004123],[112.1010123,22.9000123]]", ""),
		}, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, db, store := rulesStore(t, parcel())
			r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, c.features...), Layer: "parcel"})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(fired(r)); got != c.want {
				t.Errorf("fired %s, want %s", got, c.want)
			}
			for _, one := range r.Quality.Rules {
				if one.Count > 0 && (len(one.Examples) == 0 || one.Examples[0].Message == "" || one.Examples[0].MessageEN == "") {
					t.Errorf("%s has no example", one.Rule.ID)
				}
			}
			var kept, refused int64
			err = db.QueryRow(ctx, "SELECT (SELECT count(*) FROM catalogue.quality), (SELECT count(*) FROM quarantine.rows)").Scan(&kept, &refused)
			if err != nil || kept != 1 || refused != r.Rejected {
				t.Errorf("%d qualities, %d rows in quarantine of %d, %v", kept, refused, r.Rejected, err)
			}
		})
	}
}

func TestOverlapsAreWhatPostGISSays(t *testing.T) {
	// A coverage under a parcel whose borders lie elsewhere: edges inside it
	// cancel out, and the overlap is found whole all the same.
	features := clean()
	features = append(features, feature("Z", "[[112.1005123,22.9005123],[112.1015123,22.9005123],[112.1015123,22.9015123],[112.1005123,22.9015123],[112.1005123,22.9005123]]", ""))
	ctx, db, store := rulesStore(t, parcel())
	r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, features...), Layer: "parcel"})
	if err != nil {
		t.Fatal(err)
	}
	var want float64
	err = db.QueryRow(ctx, `SELECT sum(ST_Area(ST_Intersection(a.geom, b.geom)::geography)) FROM features.parcel_v1 a, features.parcel_v1 b
		WHERE a.fid < b.fid AND ST_Relate(a.geom, b.geom, '2********')`).Scan(&want)
	if err != nil {
		t.Fatal(err)
	}
	if parties := resultOf(r, "overlap").Examples; len(parties) != 1 || fmt.Sprint(parties[0].Row, parties[0].Rows) != "1 [2 3 4 5]" {
		t.Errorf("the parties are %+v", parties)
	}
	got := 0.0
	for _, e := range resultOf(r, "overlap").Examples {
		var m2 float64
		if _, err := fmt.Sscan(e.Value, &m2); err != nil {
			t.Fatal(err)
		}
		got += m2
		if !slices.Contains(append(e.Rows, e.Row), 5) {
			t.Errorf("row 5 is party to every overlap, not %d %v", e.Row, e.Rows)
		}
	}
	if got < want-0.1 || got > want+0.1 || want < 1000 {
		t.Errorf("%.2f m² overlap, PostGIS says %.2f", got, want)
	}
}

// Beyond a number of edges without neighbours overlaps are sought pair by pair:
// the same ground, counted by pairs, and gaps are said not to be sought.
func TestWhatIsNoCoverageIsComparedPairByPair(t *testing.T) {
	features := append(clean(), feature("Z", "[[112.1005123,22.9005123],[112.1015123,22.9005123],[112.1015123,22.9015123],[112.1005123,22.9015123],[112.1005123,22.9005123]]", ""))
	ctx, db, store := rulesStore(t, parcel())
	o := importers.Options{File: collection(t, features...), Layer: "parcel"}
	whole, err := importers.Run(ctx, importers.Into(store), o)
	if err != nil {
		t.Fatal(err)
	}
	o.CoverageEdges = 3
	r, err := importers.Run(ctx, importers.Into(store), o)
	if err != nil {
		t.Fatal(err)
	}
	found, gap := resultOf(r, "overlap"), resultOf(r, "gap")
	if found.Count != 4 || found.Skipped != "" || gap.Skipped == "" || gap.SkippedEN == "" || gap.Count != 0 {
		t.Fatalf("overlap %+v, gap %+v", found, gap)
	}
	if whole := resultOf(whole, "gap"); whole.Skipped != "" {
		t.Errorf("with fewer edges gaps are sought: %+v", whole)
	}
	for _, e := range found.Examples {
		var want float64
		err := db.QueryRow(ctx, "SELECT ST_Area(ST_Intersection(a.geom, b.geom)::geography) FROM features.parcel_v2 a, features.parcel_v2 b WHERE a.fid = $1 AND b.fid = $2", e.Row, e.Rows[0]).Scan(&want)
		var got float64
		if _, scan := fmt.Sscan(e.Value, &got); err != nil || scan != nil || got < want-0.1 || got > want+0.1 || want < 100 || e.Place == nil {
			t.Errorf("rows %d and %v overlap by %v m² at %v, PostGIS says %.2f: %v, %v", e.Row, e.Rows, e.Value, e.Place, want, err, scan)
		}
	}
}

func TestRulesCanBeLeftOut(t *testing.T) {
	file := collection(t, append(clean(), feature("E", square(1, 1), ""))...)
	ctx, _, store := rulesStore(t, parcel())
	run := func(skip ...string) (importers.Report, error) {
		return importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel", Skip: skip})
	}
	for _, c := range []struct {
		skip  []string
		fired string
	}{
		{nil, "[duplicate_geometry=1 overlap=1]"},
		{[]string{"overlap"}, "[duplicate_geometry=1]"},
		{[]string{"overlap", "gap", "duplicate_geometry", "precision", "sum.total"}, "[]"},
	} {
		r, err := run(c.skip...)
		if err != nil || fmt.Sprint(fired(r)) != c.fired {
			t.Errorf("without %v: %v, %v", c.skip, fired(r), err)
		}
		for _, id := range c.skip {
			if one := resultOf(r, id); one.Skipped == "" || one.SkippedEN == "" {
				t.Errorf("%s is silent about it: %+v", id, one)
			}
		}
	}
	for _, id := range []string{"duplicate_key", "required", "repair", "nothing", ""} {
		var p *importers.Problem
		if _, err := run(id); !errors.Is(err, quality.ErrSkip) || !errors.As(err, &p) || p.Code != "rule-not-skippable" || p.EN == "" || p.ZH == p.EN {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestErrorsKeepAVersionFromBeingPublished(t *testing.T) {
	ctx, _, store := rulesStore(t, parcel())
	file := collection(t, append(clean(), feature("A", square(10, 10), ""))...)
	r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel", Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Withheld || r.Quality.Publishable || r.Version.State != layers.Draft || r.Quality.Errors != 1 {
		t.Errorf("withheld %v, publishable %v, state %s, errors %d", r.Withheld, r.Quality.Publishable, r.Version.State, r.Quality.Errors)
	}
	if _, err := store.Publish(ctx, "parcel", 1); !errors.Is(err, layers.ErrNotChecked) {
		t.Errorf("published with errors: %v", err)
	}
	r, err = importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel", Publish: true, Unchecked: true})
	if err != nil || r.Withheld || r.Version.State != layers.Published {
		t.Errorf("not published in spite of errors: %+v, %v", r.Version, err)
	}
}

func TestALayerThatShrankIsSaidSo(t *testing.T) {
	ctx, _, store := rulesStore(t, parcel())
	if _, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, clean()...), Layer: "parcel", Publish: true}); err != nil {
		t.Fatal(err)
	}
	r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, clean()[:2]...), Layer: "parcel"})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(fired(r)); got != "[area_change=1 count_change=1]" {
		t.Errorf("fired %s", got)
	}
}

func TestRulesOfLevelErrorRefuseRowsAndOffIsOff(t *testing.T) {
	d := parcel()
	d.Rules[1].Level = layers.Error
	d.Rules = append(d.Rules, layers.Rule{Check: "codes", Field: "class", Level: layers.Off})
	ctx, _, store := rulesStore(t, d)
	file := collection(t, append(clean(), feature("E", square(10, 10), `{"total":99,"class":"77"}`))...)
	r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rejected != 1 || r.Rejections[0].Rule != "sum.total" || fmt.Sprint(fired(r)) != "[sum.total=1]" || !r.Quality.Publishable {
		t.Errorf("rejected %d %+v, fired %v", r.Rejected, r.Rejections, fired(r))
	}
}

func TestScores(t *testing.T) {
	ctx, _, store := rulesStore(t, parcel())
	features := clean()
	for i := range 6 { // ten rows: one refused, two with a warning on consistency
		more := ""
		switch i {
		case 0:
			more = `{"code":""}`
		case 1, 2:
			more = `{"total":99}`
		}
		features = append(features, feature(fmt.Sprint("E", i), square(10+2*i, 10), more))
	}
	r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, features...), Layer: "parcel"})
	if err != nil {
		t.Fatal(err)
	}
	q, err := store.Quality(ctx, "parcel", 1)
	if err != nil || q == nil {
		t.Fatal(q, err)
	}
	// 8 of 9 fields are in the file; 1 of 10 rows lacks its key; 2 of 10 count half.
	want := map[string]float64{"completeness": 88, "validity": 100, "consistency": 90, "timeliness": 100, "trust": 100}
	for name, got := range map[string]*float64{"completeness": q.Completeness, "validity": q.Validity, "consistency": q.Consistency, "timeliness": q.Timeliness, "trust": q.Trust} {
		if got == nil || *got != want[name] {
			t.Errorf("%s: got %v, want %v", name, got, want[name])
		}
	}
	if r.Quality.Score != 95.6 {
		t.Errorf("score %v", r.Quality.Score)
	}
}

func TestQuarantineIsCorrectedAndRetriedAlone(t *testing.T) {
	ctx, db, store := rulesStore(t, parcel())
	file := collection(t, append(clean(),
		feature("", square(10, 10), ""), feature("F", "", ""), feature("G", square(12, 10), `{"day":"2024-02-31"}`))...)
	r, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel", Publish: true})
	if err != nil || r.Rejected != 3 {
		t.Fatal(r.Rejected, err)
	}
	if _, err := importers.Retry(ctx, store, importers.RetryOptions{Layer: "parcel", Version: 1}); !errors.Is(err, importers.ErrStillRefused) {
		t.Errorf("nothing was corrected, yet: %v", err)
	}
	// One row by its attributes, one through the exported file.
	of, err := store.Delivery(ctx, "parcel", 1)
	if err != nil {
		t.Fatal(err)
	}
	change, err := importers.ReadCorrection(strings.NewReader(`{"attributes":{"code":"E"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Correct(ctx, of, 5, change); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := importers.WriteQuarantine(ctx, store, "parcel", 1, &out); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(out.Bytes()) || !strings.Contains(out.String(), "urn:ogc:def:crs:EPSG:4490") {
		t.Errorf("the export is %s", out.String())
	}
	corrected := strings.ReplaceAll(out.String(), "2024-02-31", "2024-02-29")
	if n, err := importers.CorrectFrom(ctx, store, "parcel", 1, strings.NewReader(corrected)); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	r, err = importers.Retry(ctx, store, importers.RetryOptions{Layer: "parcel", Version: 1, Publish: true})
	if err != nil {
		t.Fatal(err)
	}
	if r.Read != 3 || r.Accepted != 2 || r.Rejected != 1 || r.Version.Number != 2 || r.Version.FeatureCount != 6 || r.Version.State != layers.Published {
		t.Errorf("retry: %+v, version %+v", r, r.Version)
	}
	var codes, states string
	err = db.QueryRow(ctx, "SELECT (SELECT string_agg(fid || code, ' ' ORDER BY fid) FROM features.parcel), (SELECT string_agg(row || state, ' ' ORDER BY row) FROM quarantine.rows)").Scan(&codes, &states)
	if err != nil || codes != "1A 2B 3C 4D 5E 7G" || states != "5accepted 6corrected 7accepted" {
		t.Errorf("%s; %s; %v", codes, states, err)
	}
	if err := store.Correct(ctx, of, 5, change); !errors.Is(err, layers.ErrRowAccepted) {
		t.Errorf("a taken row was changed: %v", err)
	}
	if err := store.Correct(ctx, of, 99, change); !errors.Is(err, layers.ErrUnknownRow) {
		t.Errorf("a row that isn't there was changed: %v", err)
	}
	// What was taken before stays when the rest is tried.
	change, err = importers.ReadCorrection(strings.NewReader(`{"geometry":{"type":"Polygon","coordinates":[` + square(14, 10) + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Correct(ctx, of, 6, change); err != nil {
		t.Fatal(err)
	}
	r, err = importers.Retry(ctx, store, importers.RetryOptions{Layer: "parcel", Version: 1})
	if err != nil || r.Version.Number != 3 || r.Version.FeatureCount != 7 || r.Retried.Base != 2 {
		t.Errorf("second retry: %+v %v", r.Version, err)
	}
}

// What is kept beside the layer's fields comes out of quarantine with the row,
// as its neighbours have it.
func TestARetryKeepsFurtherFields(t *testing.T) {
	ctx, db, store := rulesStore(t, parcel())
	more := `{"remark":"备注","floors":3,"height":7.5,"area #1":"x"}`
	file := collection(t, append(clean(), feature("E", square(8, 10), more), feature("", square(10, 10), more))...)
	o := importers.Options{File: file, Layer: "parcel", KeepExtra: true}
	if r, err := importers.Run(ctx, importers.Into(store), o); err != nil || r.Rejected != 1 {
		t.Fatal(r.Rejected, err)
	}
	of, err := store.Delivery(ctx, "parcel", 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Correct(ctx, of, 6, layers.RowChange{Attributes: []byte(`{"code":"F"}`)}); err != nil {
		t.Fatal(err)
	}
	var stages []importers.Stage
	job := int64(7)
	r, err := importers.Retry(ctx, store, importers.RetryOptions{Layer: "parcel", Version: 1, Import: &job, Progress: func(p importers.Progress) {
		stages = append(stages, p.Stage)
	}})
	if err != nil || r.Accepted != 1 || len(r.Fields) == 0 || slices.ContainsFunc(r.Fields, func(m importers.FieldMatch) bool { return m.By == "extra" }) {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := fmt.Sprint(stages); got != "[inspect load check finish done]" {
		t.Errorf("stages %s", got)
	}
	var as, is string
	var from int64
	err = db.QueryRow(ctx, `SELECT (SELECT extra FROM features.parcel_v2 WHERE code = 'E'), (SELECT extra FROM features.parcel_v2 WHERE code = 'F'),
		(SELECT import FROM catalogue.versions WHERE number = 2)`).Scan(&as, &is, &from)
	if err != nil || as != is || !strings.Contains(is, `"floors": 3,`) || !strings.Contains(is, `"备注"`) || from != job {
		t.Errorf("its neighbour has %s, it has %s, made by %d, %v", as, is, from, err)
	}
}

// A dry run says what the import will say: also what rules find between rows,
// with keys and places.
func TestADryRunFindsWhatTheImportFinds(t *testing.T) {
	ctx, db, store := rulesStore(t, parcel())
	file := collection(t, append(clean(),
		feature("E", `[[112.100512,22.900512],[112.100912,22.900512],[112.100912,22.900912],[112.100512,22.900912],[112.100512,22.900512]]`, ""),
		feature("A", square(20, 20), ""), feature("", square(30, 30), ""))...)
	dry, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel", DryRun: true, Publish: true})
	if err != nil || dry.Version != nil || !dry.Withheld {
		t.Fatalf("%+v, %v", dry.Version, err)
	}
	var left int
	err = db.QueryRow(ctx, `SELECT (SELECT count(*) FROM catalogue.versions) + (SELECT count(*) FROM quarantine.deliveries)
		+ (SELECT count(*) FROM pg_class WHERE relnamespace = 'staging'::regnamespace)`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d things are left, %v", left, err)
	}
	wet, err := importers.Run(ctx, importers.Into(store), importers.Options{File: file, Layer: "parcel"})
	if err != nil {
		t.Fatal(err)
	}
	if resultOf(dry, "overlap").Count == 0 || resultOf(dry, "duplicate_key").Examples[0].Place == nil || resultOf(dry, "duplicate_key").Examples[0].Value != "A" {
		t.Errorf("overlap %+v, key %+v", resultOf(dry, "overlap"), resultOf(dry, "duplicate_key"))
	}
	found, err1 := json.Marshal(dry.Quality)
	want, err2 := json.Marshal(wet.Quality)
	if err := errors.Join(err1, err2); err != nil || !bytes.Equal(found, want) {
		t.Errorf("the dry run found\n%s\nthe import\n%s\n%v", found, want, err)
	}
}

func TestNothingIsQuarantinedWithoutAVersion(t *testing.T) {
	ctx, db, store := rulesStore(t, parcel())
	bad := feature("", square(10, 10), "")
	if _, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, append(clean(), bad)...), Layer: "parcel", DryRun: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := importers.Run(ctx, importers.Into(store), importers.Options{File: collection(t, bad), Layer: "parcel"}); !errors.Is(err, importers.ErrNoRows) {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow(ctx, "SELECT count(*) FROM quarantine.deliveries").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d deliveries, %v", n, err)
	}
}
