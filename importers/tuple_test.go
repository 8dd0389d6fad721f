package importers

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/layers"
)

// TestValuesAsPostgresReadsThem decodes what is sent as pgx decodes what
// PostgreSQL sends: the two forms are one.
func TestValuesAsPostgresReadsThem(t *testing.T) {
	types := pgtype.NewMap()
	for sentence, c := range map[string]struct {
		kind  layers.FieldType
		value any
		oid   uint32
		want  string
	}{
		"text":                   {layers.Text, "云浮", pgtype.TextOID, "云浮"},
		"a whole number":         {layers.Integer, int64(-5), pgtype.Int8OID, "-5"},
		"a number":               {layers.Real, 1.25, pgtype.Float8OID, "1.25"},
		"yes":                    {layers.Boolean, true, pgtype.BoolOID, "true"},
		"no":                     {layers.Boolean, false, pgtype.BoolOID, "false"},
		"a day":                  {layers.Date, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), pgtype.DateOID, "2024-02-29 00:00:00 +0000 UTC"},
		"a day long ago":         {layers.Date, time.Date(1949, 10, 1, 0, 0, 0, 0, time.UTC), pgtype.DateOID, "1949-10-01 00:00:00 +0000 UTC"},
		"a moment":               {layers.Time, time.Date(2024, 1, 2, 11, 4, 5, 6000, chinaTime), pgtype.TimestamptzOID, "2024-01-02 03:04:05.000006 +0000 UTC"},
		"a moment of long ago":   {layers.Time, time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC), pgtype.TimestamptzOID, "1999-12-31 23:59:59 +0000 UTC"},
		"nought":                 {layers.Decimal, amount{0, 2}, pgtype.NumericOID, "0.00"},
		"a small amount":         {layers.Decimal, amount{-5, 4}, pgtype.NumericOID, "-0.0005"},
		"an amount of 10,000ths": {layers.Decimal, amount{100_000_001, 4}, pgtype.NumericOID, "10000.0001"},
	} {
		t.Run(sentence, func(t *testing.T) {
			sent, err := appendValue(nil, &layers.Field{Type: c.kind, Scale: 2}, c.value)
			if err != nil {
				t.Fatal(err)
			}
			kind, _ := types.TypeForOID(c.oid)
			got, err := kind.Codec.DecodeValue(types, c.oid, pgtype.BinaryFormatCode, sent[4:])
			if err != nil {
				t.Fatal(err)
			}
			if at, ok := got.(time.Time); ok {
				got = at.UTC()
			}
			if n, ok := got.(pgtype.Numeric); ok {
				got = amountOf(t, n, c.value.(amount).scale)
			}
			if text := fmt.Sprint(got); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

func amountOf(t *testing.T, n pgtype.Numeric, scale int) amount {
	t.Helper()
	whole := n.Int.Int64()
	for exp := int(n.Exp); exp > -scale; exp-- {
		whole *= 10
	}
	return amount{whole, scale}
}

func TestAmountsOfAnySize(t *testing.T) {
	types, random := pgtype.NewMap(), rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a := amount{random.Int64N(1_000_000_000_000_000_000) >> random.IntN(60), random.IntN(decimalDigits + 1)}
		if random.IntN(2) == 0 {
			a.unscaled = -a.unscaled
		}
		var n pgtype.Numeric
		if err := types.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, appendNumeric(nil, a)[4:], &n); err != nil {
			t.Fatal(err)
		}
		if got := amountOf(t, n, a.scale); got != a {
			t.Fatalf("%v came back as %v", a, got)
		}
	}
}

func TestShapesReadAsTheGeneralDecoderReads(t *testing.T) {
	var s shapes
	ring := orb.Ring{{0, 0}, {4, 0}, {4, 4}, {0, 0}}
	for sentence, g := range map[string]orb.Geometry{
		"a point":           orb.Point{112.1, 22.9},
		"a line":            orb.LineString{{1, 2}, {3, 4}},
		"lines":             orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}, {9, 9}}},
		"a polygon":         orb.Polygon{ring, {{1, 1}, {2, 1}, {2, 2}, {1, 1}}},
		"polygons":          orb.MultiPolygon{{ring}, {ring, ring}},
		"a long line":       orb.LineString(make([]orb.Point, 5000)),
		"a line of nothing": orb.LineString{},
	} {
		t.Run(sentence, func(t *testing.T) {
			encoded, err := wkb.Marshal(g)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := s.read(encoded); !ok || !orb.Equal(got, g) {
				t.Errorf("got %v, %v", got, ok)
			}
			for n := range min(len(encoded), 200) { // cut off anywhere
				if _, ok := s.read(encoded[:n]); ok {
					t.Errorf("%d of %d bytes are taken for a whole", n, len(encoded))
				}
			}
		})
	}
	points, err := wkb.Marshal(orb.MultiPoint{{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.read(points); ok {
		t.Error("points are for the general decoder")
	}
}

func TestRememberedValuesAreTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, few := range []bool{true, false} {
		var r remembered
		most := 1_000_000
		if few {
			most = 400
		}
		for range 20_000 {
			n := random.IntN(most)
			field, v := &layers.Field{Type: layers.Decimal, Scale: 2}, gdal.Value{Kind: gdal.Float, Float: float64(n) / 8}
			if n%2 == 0 {
				v = gdal.Value{Kind: gdal.Text, Text: fmt.Appendf(nil, " %d", n)}
			}
			got, gotDone, gotWhy := r.convert(field, v, charsetUTF8)
			want, done, why := convert(*field, v, charsetUTF8)
			if !reflect.DeepEqual(got, want) || (gotDone == nil) != (done == nil) || (gotWhy == nil) != (why == nil) {
				t.Fatalf("%+v became %v, %v, %v; want %v, %v, %v", v, got, gotDone, gotWhy, want, done, why)
			}
		}
		if r.off == few {
			t.Errorf("few values %v: off is %v", few, r.off)
		}
	}
}

func TestFloatsAsAmounts(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		v := float64(random.Int64N(1<<50)) / math.Pow10(random.IntN(12))
		if random.IntN(2) == 0 {
			v = -v * random.Float64()
		}
		scale := random.IntN(5)
		got, done, refused := convertFloat(layers.Field{Type: layers.Decimal, Scale: scale}, v)
		want, rounded, why := parseDecimal(strconv.FormatFloat(v, 'f', -1, 64), scale)
		if got != want || (done == nil) != (rounded == nil) || (refused == nil) != (why == nil) {
			t.Fatalf("%v with %d places became %v, %v, %v; want %v, %v, %v", v, scale, got, done, refused, want, rounded, why)
		}
	}
}
