package demo

import (
	"math"

	"github.com/paulmach/orb"
)

// river is a main river or a stream, drawn from source to mouth.
type river struct {
	id, name string
	level    int
	width    float64 // metres
	line     orb.LineString
	into     *river // nil at the city's border
}

// length of a line in plane metres.
func length(line orb.LineString) float64 {
	sum := 0.0
	for i := 1; i < len(line); i++ {
		sum += math.Hypot(line[i][0]-line[i-1][0], line[i][1]-line[i-1][1])
	}
	return sum
}

// curve draws a smooth line through all points (Catmull-Rom) with a vertex
// about every step metres, and lets it meander by up to sway metres.
// The given points stay vertices.
func curve(points []orb.Point, step, sway float64, seed uint64) orb.LineString {
	line := orb.LineString{points[0]}
	meander := noise{seed, 2600, 3}
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		before, after := points[max(0, i-2)], points[min(len(points)-1, i+1)]
		n := max(1, int(math.Hypot(b[0]-a[0], b[1]-a[1])/step))
		for j := 1; j < n; j++ {
			t := float64(j) / float64(n)
			p := orb.Point{spline(before[0], a[0], b[0], after[0], t), spline(before[1], a[1], b[1], after[1], t)}
			off := sway * math.Sin(math.Pi*t) * meander.at(p[0], p[1])
			dx, dy := b[0]-a[0], b[1]-a[1]
			d := math.Hypot(dx, dy)
			line = append(line, millimetres(orb.Point{p[0] - off*dy/d, p[1] + off*dx/d}))
		}
		line = append(line, b)
	}
	return line
}

func spline(a, b, c, d, t float64) float64 {
	return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
}

// mainRivers draws the rivers of the settings. A river whose last point is
// near an earlier river ends in a vertex of that river.
func (c *city) mainRivers() {
	for i, r := range c.settings.Rivers {
		points := make([]orb.Point, len(r.Points))
		for j, p := range r.Points {
			points[j] = millimetres(c.krueger.plane(orb.Point{p[0], p[1]}))
		}
		made := &river{id: r.Code, name: r.Name, level: r.Level, width: r.WidthM}
		for _, other := range c.rivers {
			if v, d := nearestVertex(other.line, points[len(points)-1]); d < 3000 {
				points[len(points)-1], made.into = v, other
			}
		}
		made.line = curve(points, 260, 900, hash(c.seed, 21, uint64(i)))
		c.rivers = append(c.rivers, made)
	}
}

func nearestVertex(line orb.LineString, p orb.Point) (orb.Point, float64) {
	best, bestDistance := line[0], math.Inf(1)
	for _, v := range line {
		if d := math.Hypot(v[0]-p[0], v[1]-p[1]); d < bestDistance {
			best, bestDistance = v, d
		}
	}
	return best, bestDistance
}

// distances returns for every atom the metres to the nearest of the lines,
// along the honeycomb.
func (m *mesh) distances(lines []orb.LineString) []float32 {
	far := make([]float32, m.size())
	for i := range far {
		far[i] = math.MaxFloat32
	}
	var heap frontier
	for _, line := range lines {
		m.walk(line, func(atom int32) {
			if far[atom] != 0 {
				far[atom] = 0
				heap.push(growth{0, atom, 0})
			}
		})
	}
	step := float32(m.spacing()) * 0.95 // paths along the honeycomb are longer than straight ones
	for len(heap) > 0 {
		g := heap.pop()
		if g.cost > far[g.atom] {
			continue
		}
		for k := range 6 {
			if n := m.neighbour(g.atom, k); n != noAtom && g.cost+step < far[n] {
				far[n] = g.cost + step
				heap.push(growth{far[n], n, 0})
			}
		}
	}
	return far
}

// walk calls visit for the atoms along a line, perhaps more than once each.
func (m *mesh) walk(line orb.LineString, visit func(int32)) {
	step := m.edge * 0.6
	for i := 1; i < len(line); i++ {
		a, b := line[i-1], line[i]
		n := int(math.Hypot(b[0]-a[0], b[1]-a[1])/step) + 1
		for j := 0; j <= n; j++ {
			t := float64(j) / float64(n)
			if atom := m.at(orb.Point{a[0] + t*(b[0]-a[0]), a[1] + t*(b[1]-a[1])}); atom != noAtom {
				visit(atom)
			}
		}
	}
}

// relief is the elevation in metres of the land as it was before streams cut
// into it: ranges, hills, and low ground along the main rivers.
func (c *city) relief(m *mesh) []float32 {
	lines := make([]orb.LineString, len(c.settings.Rivers))
	for i := range lines {
		lines[i] = c.rivers[i].line
	}
	toRiver := m.distances(lines)
	land := c.landform()
	elevation := make([]float32, m.size())
	for i := range elevation {
		elevation[i] = float32(land.at(m.centre(int32(i)), float64(toRiver[i])))
	}
	return elevation
}

// landform is what the land is made of: ranges and noise.
type landform struct {
	hills, ridges, tilt, grain noise
	ranges                     []placedRange
}

type placedRange struct {
	rangeSettings
	at       orb.Point
	sin, cos float64
}

func (c *city) landform() landform {
	land := landform{
		hills: noise{hash(c.seed, 31), 9000, 6}, ridges: noise{hash(c.seed, 32), 14000, 5}, tilt: noise{hash(c.seed, 33), 30000, 2},
		grain: noise{hash(c.seed, 34), 700, 3},
	}
	for _, r := range c.settings.Ranges {
		sin, cos := math.Sincos(r.Azimuth * math.Pi / 180)
		land.ranges = append(land.ranges, placedRange{r, c.krueger.plane(orb.Point{r.Lon, r.Lat}), sin, cos})
	}
	return land
}

// at is the elevation in metres of a place so many metres from the nearest main
// river, as it was before streams cut into it.
func (l landform) at(p orb.Point, toRiver float64) float64 {
	h := 0.0
	for _, r := range l.ranges {
		dx, dy := p[0]-r.at[0], p[1]-r.at[1]
		along, across := (dx*r.sin+dy*r.cos)/(500*r.LengthKM), (dx*r.cos-dy*r.sin)/(500*r.WidthKM)
		if d := along*along + across*across; d < 9 {
			h += r.HeightM * math.Exp(-d)
		}
	}
	away := 1 - math.Exp(-toRiver/4200)
	ridge := 1 - math.Abs(l.ridges.at(p[0], p[1])) // crests where the noise is 0
	hills := l.hills.at(p[0], p[1])
	rough := 90 + 150*ridge*ridge + 130*hills + 60*l.tilt.at(p[0], p[1])
	h = h*(0.75+0.5*hills) + rough
	return max(4, 18+h*away+0.003*toRiver)
}

// cut is the elevation after streams have cut into it, so many metres from the nearest.
func (l landform) cut(p orb.Point, elevation, toStream float64) float64 {
	share := 1 - 0.55*math.Exp(-toStream/500)
	return max(3, elevation*share*(1+0.12*l.grain.at(p[0], p[1])))
}

// shapeLand makes the main rivers, the streams and the atoms' elevation, slope
// and distance to water.
func (c *city) shapeLand() error {
	c.mainRivers()
	inside := c.inside()
	coarse := newMesh(hash(c.seed, 1), c.box, c.scale.StreamCellHM2*10000, 0, inside)
	c.drain(coarse, c.relief(coarse))
	c.mesh = newMesh(hash(c.seed, 2), c.box, c.scale.AtomHM2*10000, c.scale.Bends, inside)
	c.elevation = c.relief(c.mesh)
	lines := make([]orb.LineString, len(c.rivers))
	for i, r := range c.rivers {
		lines[i] = r.line
	}
	c.toStream = c.mesh.distances(lines)
	land := c.landform()
	for i := range c.elevation {
		c.elevation[i] = float32(land.cut(c.mesh.centre(int32(i)), float64(c.elevation[i]), float64(c.toStream[i])))
	}
	c.slope = make([]float32, c.mesh.size())
	for i := range c.slope {
		steepest := 0.0
		for k := range 6 {
			if n := c.mesh.neighbour(int32(i), k); n != noAtom {
				steepest = max(steepest, math.Abs(float64(c.elevation[n]-c.elevation[i])))
			}
		}
		p := c.mesh.centre(int32(i))
		degrees := math.Atan(1.25*steepest/max(100, c.mesh.spacing())) * 180 / math.Pi
		c.slope[i] = float32(max(0, degrees*(1+0.3*land.grain.at(p[1], p[0]))))
	}
	return nil
}
