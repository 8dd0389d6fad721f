package coverage_test

import (
	"testing"

	"onemap/tiles/coverage"
)

// BenchmarkLevels makes the levels of a coverage of 40,000 faces with 1.9 million
// points in rings, one after another.
func BenchmarkLevels(b *testing.B) {
	rings := mesh(1, 200, 3000)
	points := 0
	var s coverage.Segments
	for i, r := range rings {
		s.AddRing(int32(i), r)
		points += len(r)
	}
	for sentence, step := range map[string]func(m *coverage.Map) any{
		"snap":     func(*coverage.Map) any { return s.Snap(4, nil) },
		"simplify": func(m *coverage.Map) any { return m.Simplify(64) },
		"again":    func(m *coverage.Map) any { return m.Simplify(64).Snap(1, nil) },
		"faces":    func(m *coverage.Map) any { return m.Faces(len(rings)) },
	} {
		m := s.Snap(4, nil)
		b.Run(sentence, func(b *testing.B) {
			for b.Loop() {
				step(m)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(points), "ns/point")
		})
	}
}
