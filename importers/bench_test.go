package importers_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"testing"

	"onemap/importers"
)

// BenchmarkRows takes a Shapefile of parcels with 31 points each and a GBK
// table, in EPSG:4525, through all of an import but the database.
func BenchmarkRows(b *testing.B) {
	const n = 20_000
	d := plainTable(b, n)
	d.fields = append(d.fields, dbfField{"AREA", 'N', 16, 2}, dbfField{"STOREYS", 'N', 8, 0}, dbfField{"BUILT", 'C', 10, 0})
	rings := make([][][2]float64, n)
	for i := range rings {
		d.rows[i][0] = fmt.Sprintf("P%06d", i)
		d.rows[i] = append(d.rows[i], "         1234.50", "       3", "2024-01-02")
		x, y := 37_550_000+120*float64(i%200), 2_500_000+120*float64(i/200)
		for j := range 31 {
			sin, cos := math.Sincos(-2 * math.Pi * float64(j%30) / 30)
			rings[i] = append(rings[i], [2]float64{x + 50*cos, y + 50*sin})
		}
	}
	files := map[string][]byte{"plot.dbf": d.bytes(), "plot.prj": []byte(prj4525)}
	files["plot.shp"], files["plot.shx"] = shapes(rings)
	o := into(filepath.Join(put(b, files), "plot.shp"))
	o.DryRun = true
	s := countingStore{newFake(b, plot()), n}
	b.ReportAllocs()
	for b.Loop() {
		if r := mustRun(b, s, o); r.Accepted != n {
			b.Fatalf("report %+v", r)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "rows/s")
}

// countingStore reads rows and keeps none: what is measured comes before it.
type countingStore struct {
	*fakeStore
	rows int64 // that are expected
}

func (s countingStore) BeginDraft(context.Context, string) (importers.Draft, error) { return s, nil }

func (s countingStore) CopyTuples(_ context.Context, tuples io.Reader) (int64, error) {
	_, err := io.Copy(io.Discard, tuples)
	return s.rows, err
}

const prj4525 = `PROJCS["CGCS2000_3_Degree_GK_Zone_37",` + prj4490 + `,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",37500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",111.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`
