package risk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/spatial/risk"
)

func mm(v float64) *float64 { return &v }

func TestEffectiveAntecedentRain(t *testing.T) {
	rules := risk.RainRules{}
	rules.Antecedent.Alpha, rules.Antecedent.Days = 0.8, 3
	for sentence, c := range map[string]struct {
		m    risk.Measured
		want float64
	}{
		"nothing is known":         {risk.Measured{}, 0},
		"yesterday counts 0.8":     {risk.Measured{Days: []float64{10}}, 8},
		"then 0.64, then 0.512":    {risk.Measured{Days: []float64{10, 10, 10}}, 19.52},
		"a fourth day is too long": {risk.Measured{Days: []float64{10, 10, 10, 99}}, 19.52},
		"what is stated counts":    {risk.Measured{Days: []float64{10}, Given: mm(55)}, 55},
	} {
		if got := rules.Effective(c.m); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %g mm, want %g", sentence, got, c.want)
		}
	}
}

func TestRainPassesThresholds(t *testing.T) {
	w := newTown(t)
	square := func(x float64) string {
		return fmt.Sprintf("POLYGON((%[1]f 22.9, %[2]f 22.9, %[2]f 22.91, %[1]f 22.91, %[1]f 22.9))", x, x+0.01)
	}
	w.publish("geohazard_zone", "zone_id, name, risk, village", fmt.Sprintf("VALUES ('E', '极高区', '4', '445302001200', '%s'), ('H', '高区', '3', '445302002200', '%s'), ('L', '低区', '1', '445302002201', '%s'), ('F', '远区', '4', '445302003200', '%s')",
		square(112), square(112.02), square(112.04), square(113)))
	w.publish("hydrological_station", "stcd, stnm, sttp", "VALUES ('80000001', '托洞', 'PP', 'POINT(112.005 22.905)'), ('80000002', '高峰', 'PP', 'POINT(112.025 22.905)')")
	set := w.set()
	ask := func(q risk.RainQuestion) (risk.RainAnswer, string) {
		t.Helper()
		got, err := set.Rain(w.ctx, w.rain, q, w.opener())
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, z := range got.Zones {
			said = append(said, fmt.Sprint(z.Key, " ", z.Colour, " ", z.Duration, " +", z.Excess))
		}
		return got, strings.Join(said, ", ")
	}
	two := func(a, b risk.Measured) risk.RainQuestion {
		a.Code, b.Code = "80000001", "80000002"
		return risk.RainQuestion{Stations: []risk.Measured{a, b}}
	}
	for sentence, c := range map[string]struct {
		q    risk.RainQuestion
		want string
	}{
		"no rain":                            {two(risk.Measured{H1: mm(0)}, risk.Measured{H1: mm(0)}), ""},
		"just below":                         {two(risk.Measured{H1: mm(19.99)}, risk.Measured{H1: mm(0)}), ""},
		"exactly at the lowest":              {two(risk.Measured{H1: mm(20)}, risk.Measured{H1: mm(0)}), "E blue h1 +0"},
		"the same rain, less prone":          {two(risk.Measured{H1: mm(0)}, risk.Measured{H1: mm(30)}), "H blue h1 +5"},
		"any duration suffices":              {two(risk.Measured{H1: mm(5), H24: mm(160)}, risk.Measured{H1: mm(0)}), "E orange h24 +10"},
		"the duration farthest above counts": {two(risk.Measured{H1: mm(66), H3: mm(200)}, risk.Measured{H1: mm(0)}), "E red h3 +100"},
		"wet ground lowers it by a fifth":    {two(risk.Measured{H1: mm(16), Days: []float64{100, 10}}, risk.Measured{H1: mm(0)}), "E blue h1 +0"},
		"not wet enough":                     {two(risk.Measured{H1: mm(16), Days: []float64{99}}, risk.Measured{H1: mm(0)}), ""},
		"several, the highest first":         {two(risk.Measured{H1: mm(30)}, risk.Measured{H1: mm(75)}), "H red h1 +5, L orange h1 +10, E yellow h1 +0"},
	} {
		if _, got := ask(c.q); got != c.want {
			t.Errorf("%s: %q, want %q", sentence, got, c.want)
		}
	}
	got, _ := ask(two(risk.Measured{H1: mm(70)}, risk.Measured{H1: mm(0)}))
	if got.Unknown != 1 || got.Asked != 3 || !got.Demo || got.Source == "" || len(got.Zones) != 1 || got.Zones[0].Stations[0] != (risk.Used{Code: "80000001", Name: "托洞", Weight: 1}) {
		t.Errorf("%+v", got)
	}
	drafts := got.Drafts(w.rain, func(c string) string { return c }, time.Now())
	if len(drafts) != 1 || drafts[0].Colour != "red" || fmt.Sprint(drafts[0].Divisions) != "[445302001]" || !strings.Contains(drafts[0].Headline, "演示") {
		t.Errorf("%+v", drafts)
	}
	// Between the two stations: the mean, by the inverse square of the distance.
	idw := two(risk.Measured{H1: mm(100)}, risk.Measured{H1: mm(0)})
	idw.Method = risk.MethodIDW
	far, near := 1/math.Pow(3590.0, 2), 1/math.Pow(1538.0, 2) // of L to each, metres, about
	answer, err := set.Rain(w.ctx, w.rain, idw, w.opener())
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range answer.Zones {
		if z.Key == "L" && math.Abs(z.MM-100*far/(far+near)) > 1 {
			t.Errorf("%+v", z)
		}
	}
	if _, err := set.Rain(w.ctx, w.rain, risk.RainQuestion{Stations: []risk.Measured{{Code: "9", H1: mm(1)}}}, w.opener()); !errors.Is(err, risk.ErrRain) {
		t.Errorf("a station that there is not: %v", err)
	}
}

// PostGIS finds the nearest station of each zone too.
func TestZonesHaveTheRainOfTheNearestStation(t *testing.T) {
	w := newTown(t)
	w.fill()
	w.publish("hydrological_station", "stcd, stnm, sttp", scatter(25, false, "'8' || lpad(i::text, 7, '0'), '站' || i, 'PP'"))
	q := risk.RainQuestion{}
	for i := range 25 {
		q.Stations = append(q.Stations, risk.Measured{Code: fmt.Sprintf("8%07d", i+1), H24: mm(500)}) // passes everything
	}
	got, err := w.set().Rain(w.ctx, w.rain, q, w.opener())
	if err != nil {
		t.Fatal(err)
	}
	nearest := map[string][]float64{}
	rows, err := w.db.Query(w.ctx, "SELECT z.zone_id, s.stcd, ST_Distance(z.geom::geography, s.geom::geography) FROM features.geohazard_zone z, features.hydrological_station s")
	if err != nil {
		t.Fatal(err)
	}
	metres := map[string]float64{}
	var zone, station string
	var d float64
	if _, err := pgx.ForEachRow(rows, []any{&zone, &station, &d}, func() error {
		metres[zone+" "+station] = d
		nearest[zone] = append(nearest[zone], d)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got.Zones) != 200 || got.Counts["red"] != 200 {
		t.Fatalf("%d zones, %v", len(got.Zones), got.Counts)
	}
	for _, z := range got.Zones {
		least := math.Inf(1)
		for _, d := range nearest[z.Key] {
			least = math.Min(least, d)
		}
		if by := metres[z.Key+" "+z.Stations[0].Code]; by > least*1.005+0.01 || math.Abs(by-z.Stations[0].Distance) > by*0.005+0.06 {
			t.Errorf("%s has the rain of %+v, at %g m in PostGIS; the nearest is at %g m", z.Key, z.Stations[0], by, least)
		}
	}
}

func TestReadingRain(t *testing.T) {
	for sentence, c := range map[string]struct{ text, member string }{
		"usable":                    {`{"stations":[{"code":"a","h1":1,"h3":2,"h24":2,"days":[1,2]},{"lon":112,"lat":22.9,"h1":0}],"method":"idw","max_metres":5000}`, ""},
		"nothing":                   {``, "(body)"},
		"no stations":               {`{"stations":[]}`, "stations"},
		"an unknown member":         {`{"stations":[{"code":"a","h2":1}]}`, "h2"},
		"a text for rain":           {`{"stations":[{"code":"a","h1":"1"}]}`, "stations.h1"},
		"rain below nothing":        {`{"stations":[{"code":"a","h1":-1}]}`, "stations[0]"},
		"rain of a flood in a film": {`{"stations":[{"code":"a","h1":1e6}]}`, "stations[0]"},
		"NaN":                       {`{"stations":[{"code":"a","h1":NaN}]}`, "(body)"},
		"no rain at all":            {`{"stations":[{"code":"a"}]}`, "stations[0]"},
		"neither code nor place":    {`{"stations":[{"h1":1}]}`, "stations[0]"},
		"half a place":              {`{"stations":[{"code":"a","lon":112,"h1":1}]}`, "stations[0]"},
		"twice":                     {`{"stations":[{"code":"a","h1":1},{"code":"a","h1":2}]}`, "stations[1].code"},
		"less in a longer time":     {`{"stations":[{"code":"a","h1":5,"h24":3}]}`, "stations[0]"},
		"a method that is none":     {`{"stations":[{"code":"a","h1":5}],"method":"kriging"}`, "method"},
		"too far":                   {`{"stations":[{"code":"a","h1":5}],"max_metres":1e9}`, "max_metres"},
		"something after it":        {`{"stations":[{"code":"a","h1":5}]}{}`, "(body)"},
		"too many":                  {`{"stations":[` + strings.Repeat(`{"code":"a","h1":5},`, risk.MaxStations) + `{"code":"b","h1":1}]}`, "stations"},
	} {
		_, err := risk.ReadRain([]byte(c.text))
		var wrong *risk.RainError
		if (c.member == "") != (err == nil) || err != nil && (!errors.As(err, &wrong) || wrong.Member != c.member) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func FuzzReadRain(f *testing.F) {
	f.Add([]byte(`{"stations":[{"code":"a","h1":1,"days":[1]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		q, err := risk.ReadRain(text)
		if err != nil && !errors.Is(err, risk.ErrRain) {
			t.Fatal(err)
		}
		if err == nil {
			if again, _ := json.Marshal(q); !json.Valid(again) {
				t.Error("what was read is no JSON")
			}
		}
	})
}
