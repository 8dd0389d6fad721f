package crs_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// made are parameters of no place on earth, of a plausible size: real ones are
// classified.
func made(convention crs.Convention) crs.SevenParameters {
	return crs.SevenParameters{DX: -112.5, DY: 84.25, DZ: 31.75, RX: 1.25, RY: -2.5, RZ: 3.75, PPM: -4.5, Convention: convention, Source: "made up"}
}

func TestSevenParametersAgreeWithPROJ(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for code, definition := range map[int]string{
		2361:  "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=37500000 +y_0=0 +a=6378140 +rf=298.257",
		2382:  "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=500000 +y_0=0 +a=6378140 +rf=298.257",
		2333:  "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=19500000 +y_0=0 +a=6378140 +rf=298.257",
		4610:  "+proj=longlat +a=6378140 +rf=298.257",
		2413:  "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=37500000 +y_0=0 +a=6378245 +rf=298.3",
		2434:  "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=500000 +y_0=0 +a=6378245 +rf=298.3",
		21419: "+proj=tmerc +lat_0=0 +lon_0=111 +k=1 +x_0=19500000 +y_0=0 +a=6378245 +rf=298.3",
		4214:  "+proj=longlat +a=6378245 +rf=298.3",
	} {
		for _, convention := range []crs.Convention{crs.PositionVector, crs.CoordinateFrame} {
			p := made(convention)
			sign := 1.0 // +towgs84 is PROJ's helmert by position vector
			if convention == crs.CoordinateFrame {
				sign = -1
			}
			forth := helmert(t, fmt.Sprintf("%s +towgs84=%g,%g,%g,%g,%g,%g,%g +no_defs", definition, p.DX, p.DY, p.DZ, sign*p.RX, sign*p.RY, sign*p.RZ, p.PPM))
			system := older(t, code)
			ours, err := crs.NewTransformerWith(system, p)
			if err != nil {
				t.Fatal(err)
			}
			for range 500 {
				at := orb.Point{110 + 4*random.Float64(), 21 + 4*random.Float64()}
				if !system.Geographic() {
					at = orb.Point{400_000 + 300_000*random.Float64(), 2_400_000 + 200_000*random.Float64()}
					switch code {
					case 2361, 2413:
						at[0] += 37e6
					case 2333, 21419:
						at[0] += 19e6
					}
				}
				x, y, z := []float64{at[0]}, []float64{at[1]}, []float64{0}
				if err := forth.TransformEx(x, y, z, nil); err != nil {
					t.Fatal(err)
				}
				if err := system.Check(at); err != nil {
					t.Fatal(err)
				}
				got, err := ours.Transform(at)
				if err != nil {
					t.Fatal(err)
				}
				if d := metresApart(got.(orb.Point), orb.Point{x[0], y[0]}); d > 0.001 {
					t.Fatalf("%v in %s by %s: %.4f m from PROJ", at, system, convention, d)
				}
			}
		}
	}
}

// helmert is PROJ's own way, by its +towgs84.
func helmert(t *testing.T, definition string) *godal.Transform {
	t.Helper()
	from, err := godal.NewSpatialRefFromProj4(definition)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := godal.NewSpatialRefFromProj4("+proj=longlat +ellps=GRS80 +towgs84=0,0,0,0,0,0,0 +no_defs")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	tr, err := godal.NewTransform(from, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Close)
	return tr
}

// older is the system that a refusal for want of parameters names.
func older(t *testing.T, code int) crs.System {
	t.Helper()
	_, err := crs.FromEPSG(code)
	var p *crs.Problem
	if !errors.Is(err, crs.ErrNeedsParameters) || !errors.As(err, &p) || p.System.Code() != code {
		t.Fatalf("EPSG:%d: %v", code, err)
	}
	if _, err := crs.NewTransformer(p.System); !errors.Is(err, crs.ErrNeedsParameters) {
		t.Fatalf("EPSG:%d without parameters: %v", code, err)
	}
	return p.System
}

func TestOlderSystemsByTheirText(t *testing.T) {
	const xian = `GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	grid := func(name, easting, meridian string) string {
		return `PROJCS["` + name + `",` + xian + `,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",` + easting + `],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",` + meridian + `],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`
	}
	for text, want := range map[string]int{
		xian: 4610,
		grid("Xian_1980_3_Degree_GK_Zone_37", "37500000.0", "111.0"): 2361,
		grid("Xian_1980_3_Degree_GK_CM_111E", "500000.0", "111.0"):   2382,
		grid("Xian_1980_GK_Zone_19", "19500000.0", "111.0"):          2333,
		grid("local", "1234567.0", "111.5"):                          0,
	} {
		_, err := crs.Identify(text)
		var p *crs.Problem
		if !errors.Is(err, crs.ErrNeedsParameters) || !errors.As(err, &p) || p.System.Code() != want {
			t.Errorf("EPSG:%d: got %v", want, err)
		}
	}
}

func TestNationalGrid(t *testing.T) {
	for sentence, c := range map[string]struct {
		datum    string
		degrees  int
		zone     int
		numbered bool
		want     int
		err      error
	}{
		"the law's":           {"2000国家大地坐标系", 3, 37, true, 4525, nil},
		"without zone number": {"CGCS2000", 3, 37, false, 4546, nil},
		"the form's, of 1980": {"80国家大地坐标系", 3, 37, true, 2361, crs.ErrNeedsParameters},
		"the form's, of 1954": {"54国家大地坐标系", 3, 37, true, 2413, crs.ErrNeedsParameters},
		"in short":            {"2000坐标系", 3, 37, true, 4525, nil},
		"six degrees":         {"国家2000", 6, 19, true, 4497, nil},
		"Xi'an":               {"1980西安坐标系", 3, 37, true, 2361, crs.ErrNeedsParameters},
		"Xi'an, spelled out":  {"1980年西安坐标系", 3, 37, false, 2382, crs.ErrNeedsParameters},
		"Beijing":             {"1954北京坐标系", 3, 37, true, 2413, crs.ErrNeedsParameters},
		"a zone that isn't":   {"2000国家大地坐标系", 3, 99, true, 0, crs.ErrUnknown},
		"a local datum":       {"云浮独立坐标系", 3, 37, true, 0, crs.ErrUnknown},
		"nothing":             {"", 0, 0, false, 0, crs.ErrUnknown},
	} {
		got, err := crs.NationalGrid(c.datum, c.degrees, c.zone, c.numbered)
		if !errors.Is(err, c.err) || got.Code() != c.want {
			t.Errorf("%s: got %v, %v", sentence, got, err)
		}
	}
}

func TestReadSevenParameters(t *testing.T) {
	good := `{"dx":-112.5,"dy":84.25,"dz":31.75,"rx":1.25,"ry":-2.5,"rz":3.75,"ppm":-4.5,"convention":"position-vector","source":"made up"}`
	if p, err := crs.ReadSevenParameters(strings.NewReader(good)); err != nil || p != made(crs.PositionVector) {
		t.Errorf("got %+v, %v", p, err)
	}
	for sentence, text := range map[string]string{
		"no JSON":                   "dx=1",
		"a member missing":          strings.Replace(good, `"rz":3.75,`, "", 1),
		"a member that isn't known": strings.Replace(good, `{`, `{"dw":1,`, 1),
		"no convention":             strings.Replace(good, "position-vector", "布尔莎", 1),
		"no source":                 strings.Replace(good, "made up", " ", 1),
		"a factor for a scale":      strings.Replace(good, "-4.5", "999995.5", 1),
		"another datum":             strings.Replace(good, `{`, `{"datum":"cgcs2000",`, 1),
	} {
		if _, err := crs.ReadSevenParameters(strings.NewReader(text)); !errors.Is(err, crs.ErrParameters) {
			t.Errorf("%s: got %v", sentence, err)
		}
	}
	p := made(crs.PositionVector)
	p.Datum = "beijing-1954"
	if _, err := crs.NewTransformerWith(older(t, 2361), p); !errors.Is(err, crs.ErrParameters) {
		t.Errorf("parameters of another datum: %v", err)
	}
	if _, err := crs.NewTransformerWith(mustParse(t, "4525"), p); !errors.Is(err, crs.ErrParameters) {
		t.Errorf("a system that needs none: %v", err)
	}
}
