package cells

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

func BenchmarkAt(b *testing.B) {
	c, err := NewCoverage(honeycomb(130, 3))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	points := make([]orb.Point, 1<<16)
	for i := range points {
		points[i] = orb.Point{112 + 1.3*r.Float64(), 22 + 1.3*r.Float64()}
	}
	b.ReportMetric(float64(c.Bytes())/float64(c.Vertices()), "B/vertex")
	b.ResetTimer()
	for i := range b.N {
		_ = c.At(points[i&(1<<16-1)])
	}
}
