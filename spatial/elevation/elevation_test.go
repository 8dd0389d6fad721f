package elevation_test

import (
	"errors"
	"math"
	"testing"

	"github.com/paulmach/orb"

	"onemap/spatial/elevation"
)

// slope rises by 1,000 m a degree of longitude, and ends at 112.3.
func slope(at orb.Point) (metres, resolution float64, ok bool, err error) {
	return (at[0] - 112) * 1000, 100, at[0] <= 112.3, nil
}

func TestAProfileFollowsTheLine(t *testing.T) {
	up := orb.LineString{{112, 22.9}, {112.1, 22.9}, {112.2, 22.9}, {112.1, 22.9}}
	p, err := elevation.Along(up, 31, slope)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Samples) != 31 || *p.Low != 0 || math.Abs(*p.High-200) > 0.1 || math.Abs(p.Climb-200) > 0.2 || math.Abs(p.Descent-100) > 0.2 || p.Unknown != 0 {
		t.Errorf("%d samples from %g to %g m, up %g, down %g, %d unknown", len(p.Samples), *p.Low, *p.High, p.Climb, p.Descent, p.Unknown)
	}
	if last := p.Samples[30]; last.At != up[3] || last.Distance != p.Length || math.Abs(p.Length-30_785) > 30 {
		t.Errorf("it ends at %v after %g of %g m", last.At, last.Distance, p.Length)
	}
	p, err = elevation.Along(orb.LineString{{112.2, 22.9}, {112.4, 22.9}}, 0, slope)
	if err != nil || p.Unknown == 0 || p.Unknown == len(p.Samples) || p.Samples[len(p.Samples)-1].Height != nil {
		t.Errorf("beyond the model: %d of %d unknown, %v", p.Unknown, len(p.Samples), err)
	}
}

func TestLinesThatCannotBeFollowedAreRefused(t *testing.T) {
	for sentence, one := range map[string]struct {
		line    orb.LineString
		samples int
		want    error
	}{
		"one vertex":      {orb.LineString{{112, 22}}, 10, elevation.ErrLine},
		"no length":       {orb.LineString{{112, 22}, {112, 22}}, 10, elevation.ErrLine},
		"beyond a pole":   {orb.LineString{{112, 22}, {112, 95}}, 10, elevation.ErrLine},
		"not a number":    {orb.LineString{{112, 22}, {math.NaN(), 22}}, 10, elevation.ErrLine},
		"very long":       {orb.LineString{{100, 22}, {120, 22}}, 10, elevation.ErrLine},
		"one sample":      {orb.LineString{{112, 22}, {112.1, 22}}, 1, elevation.ErrSamples},
		"a flood of them": {orb.LineString{{112, 22}, {112.1, 22}}, elevation.MaxSamples + 1, elevation.ErrSamples},
	} {
		if _, err := elevation.Along(one.line, one.samples, slope); !errors.Is(err, one.want) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}
