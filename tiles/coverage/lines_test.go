package coverage_test

import (
	"fmt"
	"testing"

	"onemap/tiles/coverage"
)

func TestLines(t *testing.T) {
	for sentence, c := range map[string]struct {
		lines []string
		want  string
	}{
		"a line keeps its direction":            {[]string{"{90 0} {0 0}"}, "[{0 [[{90 0} {0 0}]]}]"},
		"a slight bend goes":                    {[]string{"{0 0} {50 1} {90 0}"}, "[{0 [[{0 0} {90 0}]]}]"},
		"a junction stays":                      {[]string{"{0 0} {50 1} {90 0}", "{50 1} {50 80}"}, "[{0 [[{0 0} {50 1} {90 0}]]} {1 [[{50 1} {50 80}]]}]"},
		"a spur that runs back on itself stays": {[]string{"{0 0} {50 0} {50 40} {50 0} {90 0}"}, "[{0 [[{0 0} {50 0}] [{50 0} {50 40}] [{50 0} {90 0}]]}]"},
		"a round stays round":                   {[]string{"{0 0} {90 0} {90 90} {0 90} {0 0}"}, "[{0 [[{0 0} {90 0} {90 90} {0 90} {0 0}]]}]"},
		"a point is no line":                    {[]string{"{5 5} {5 5}"}, "[]"},
	} {
		t.Run(sentence, func(t *testing.T) {
			var s coverage.Segments
			for i, l := range c.lines {
				s.AddLine(int32(i), splitPoints(l))
			}
			m := s.Snap(0, nil).Simplify(200).Snap(0, nil)
			if got := fmt.Sprint(m.Lines(len(c.lines))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
