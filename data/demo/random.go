package demo

import "math"

// mix is the finaliser of SplitMix64: every bit of v moves every bit of the result.
func mix(v uint64) uint64 {
	v += 0x9e3779b97f4a7c15
	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9
	v = (v ^ (v >> 27)) * 0x94d049bb133111eb
	return v ^ (v >> 31)
}

// hash joins keys into one well mixed number. The same keys give the same
// number on every machine.
func hash(keys ...uint64) uint64 {
	h := uint64(0x2545f4914f6cdd1d)
	for _, k := range keys {
		h = mix(h ^ k)
	}
	return h
}

// unit turns a hash into a number from 0 up to, not including, 1.
func fraction(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// stream is a small random source. Each part of the city has its own, made from
// the seed and the part's code, so that a change in one part moves no other.
type stream struct{ state uint64 }

func newStream(keys ...uint64) *stream { return &stream{hash(keys...)} }

func (s *stream) next() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

// float returns a number from 0 up to, not including, 1.
func (s *stream) float() float64 { return fraction(s.next()) }

// between returns a number from low to high.
func (s *stream) between(low, high float64) float64 { return low + (high-low)*s.float() }

// intn returns a number from 0 to n-1.
func (s *stream) intn(n int) int { return int(s.next() % uint64(n)) }

// normal returns a number of the standard normal distribution.
func (s *stream) normal() float64 {
	return math.Sqrt(-2*math.Log(1-s.float())) * math.Cos(2*math.Pi*s.float())
}

// choose returns an index, each as likely as its weight.
func (s *stream) choose(weights []float64) int {
	total := 0.0
	for _, w := range weights {
		total += w
	}
	at := s.float() * total
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// textKey makes a hash key of a text.
func textKey(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// noise is smooth random relief from -1 to 1 over a plane, without a direction.
type noise struct {
	seed       uint64
	wavelength float64 // metres
	octaves    int
}

func (n noise) at(x, y float64) float64 {
	sum, amplitude, total, f := 0.0, 1.0, 0.0, 1/n.wavelength
	for o := range n.octaves {
		sum += amplitude * lattice(n.seed+uint64(o)*7919, x*f, y*f)
		total += amplitude
		amplitude *= 0.5
		// each octave is turned, else the lattice shows
		x, y = 0.8*x-0.6*y+71.3, 0.6*x+0.8*y-37.9
		f *= 2
	}
	return sum / total
}

func lattice(seed uint64, x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	i, j := uint64(int64(x0)), uint64(int64(y0))
	corner := func(a, b uint64) float64 { return 2*fraction(mix(mix(seed^a*0x9e3779b97f4a7c15)^b)) - 1 }
	tx, ty := x-x0, y-y0
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	south := corner(i, j)*(1-tx) + corner(i+1, j)*tx
	north := corner(i, j+1)*(1-tx) + corner(i+1, j+1)*tx
	return south*(1-ty) + north*ty
}
