// Package elevation answers questions about the height of the ground: how high a
// line runs, how far it climbs.
//
// It comes after tiles/terrain, whose heights it is handed as a [Ground], and
// before web, which asks. It keeps nothing, reads no files, and knows positions
// only in EPSG:4490 degrees, longitude first.
package elevation

import (
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"onemap/spatial/geodesic"
)

// The limits of a profile.
const (
	MaxVertices   = 10_000
	MaxSamples    = 2_000
	MaxKilometres = 1_000
)

var (
	// ErrLine reports a line that a profile can't be made of.
	ErrLine = errors.New("elevation: the line can't be followed")
	// ErrSamples reports a number of samples that can't be.
	ErrSamples = fmt.Errorf("elevation: samples must be from 2 to %d", MaxSamples)
)

// Ground tells the height of a position in EPSG:4490 degrees, longitude first, in
// metres, and the distance in metres of the heights that it is taken from; false
// where nothing is known.
type Ground func(at orb.Point) (metres, resolution float64, ok bool, err error)

// Sample is one place of a profile.
type Sample struct {
	Distance float64   `json:"distance_m"`  // from the line's beginning, on the ellipsoid
	At       orb.Point `json:"at"`          // longitude, latitude
	Height   *float64  `json:"elevation_m"` // nil where nothing is known
}

// Profile is the heights along a line.
type Profile struct {
	Length     float64  `json:"length_m"` // on the ellipsoid, without heights
	Low        *float64 `json:"lowest_m"` // nil where nothing is known of any sample
	High       *float64 `json:"highest_m"`
	Climb      float64  `json:"climb_m"`   // all ups between neighbouring samples
	Descent    float64  `json:"descent_m"` // all downs; positive
	Resolution *float64 `json:"resolution_m"`
	Unknown    int      `json:"unknown"` // samples of which nothing is known
	Samples    []Sample `json:"samples"`
}

// Along is the profile of a line at so many places of equal distance, the first and
// the last of which are its ends; 0 is one for every two thirds of the ground's
// resolution, from 50 to 500. Between vertices a line goes straight in degrees.
// Lines that have no length, are longer than 1,000 km or leave the world are an
// [ErrLine].
func Along(line orb.LineString, samples int, ground Ground) (Profile, error) {
	if len(line) < 2 || len(line) > MaxVertices {
		return Profile{}, fmt.Errorf("%w: it has %d vertices; from 2 to %d are needed", ErrLine, len(line), MaxVertices)
	}
	reach := make([]float64, len(line)) // from the beginning
	for i, p := range line {
		if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
			return Profile{}, fmt.Errorf("%w: vertex %d, %g %g, is no longitude and latitude", ErrLine, i, p[0], p[1])
		}
		if i > 0 {
			d, _ := geodesic.Inverse(line[i-1], p)
			reach[i] = reach[i-1] + d
		}
	}
	length := reach[len(reach)-1]
	if !(length > 0 && length <= MaxKilometres*1000) {
		return Profile{}, fmt.Errorf("%w: it is %.3f km long; more than 0 and at most %d are needed", ErrLine, length/1000, MaxKilometres)
	}
	if samples == 0 {
		_, resolution, ok, err := ground(line[0])
		if err != nil {
			return Profile{}, err
		}
		if samples = 200; ok {
			samples = min(500, max(50, int(length/resolution*1.5)))
		}
	}
	if samples < 2 || samples > MaxSamples {
		return Profile{}, fmt.Errorf("%w: %d", ErrSamples, samples)
	}
	p := Profile{Length: math.Round(length*100) / 100, Samples: make([]Sample, samples)}
	k := 1
	var last *float64
	for i := range p.Samples {
		d := length * float64(i) / float64(samples-1)
		for k < len(line)-1 && reach[k] < d {
			k++
		}
		f := 1.0
		if part := reach[k] - reach[k-1]; part > 0 {
			f = min(1, (d-reach[k-1])/part)
		}
		at := orb.Point{line[k-1][0] + f*(line[k][0]-line[k-1][0]), line[k-1][1] + f*(line[k][1]-line[k-1][1])}
		s := Sample{Distance: math.Round(d*100) / 100, At: orb.Point{math.Round(at[0]*1e7) / 1e7, math.Round(at[1]*1e7) / 1e7}}
		h, resolution, ok, err := ground(at)
		if err != nil {
			return Profile{}, err
		}
		if !ok {
			p.Unknown++
			p.Samples[i], last = s, nil
			continue
		}
		h = math.Round(h*10) / 10
		s.Height = &h
		p.count(h, resolution, last)
		p.Samples[i], last = s, &h
	}
	p.Climb, p.Descent = math.Round(p.Climb*10)/10, math.Round(p.Descent*10)/10
	return p, nil
}

// count takes a height into the sums.
func (p *Profile) count(h, resolution float64, last *float64) {
	if p.Low == nil || h < *p.Low {
		p.Low = &h
	}
	if p.High == nil || h > *p.High {
		p.High = &h
	}
	if p.Resolution == nil || resolution > *p.Resolution {
		p.Resolution = &resolution
	}
	if last == nil {
		return
	}
	if h > *last {
		p.Climb += h - *last
	} else {
		p.Descent += *last - h
	}
}
