package dem

import (
	"context"
	"fmt"
	"math"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
)

// lattice is the pixels between positions that are projected exactly; those
// between lie on straight lines, which over a kilometre or two is right to some centimetres.
const lattice = 16

// maxWindow is the most pixels that are read for one box.
const maxWindow = 32 << 20

// The heights that are taken for heights, metres; what lies beyond means that there is none.
const lowest, highest = -12_000, 9_000

var none = float32(math.NaN())

// Warp fills heights, side × side by rows from the north, with those at the centres
// of the pixels of a box in EPSG:3857 metres; NaN is none. Between the raster's
// pixels it is linear; where the box's pixels are much coarser they get the mean.
// side is a multiple of 16. A file that is damaged there is a [*Refusal].
func (r *Raster) Warp(ctx context.Context, box orb.Bound, side int, heights []float32) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range heights {
		heights[i] = none
	}
	places := r.places(box, side)
	w, ok := r.windowOf(places, side)
	if !ok {
		return nil
	}
	values, err := r.read(w)
	if err != nil {
		return err
	}
	n := side/lattice + 1
	for row := range side {
		cy, fy := row/lattice, float64(row%lattice)/lattice
		for cx := range n - 1 {
			a, b := places[cy*n+cx], places[cy*n+cx+1]
			c, d := places[(cy+1)*n+cx], places[(cy+1)*n+cx+1]
			from := orb.Point{a[0]*(1-fy) + c[0]*fy, a[1]*(1-fy) + c[1]*fy}
			to := orb.Point{b[0]*(1-fy) + d[0]*fy, b[1]*(1-fy) + d[1]*fy}
			if math.IsNaN(from[0]+to[0]) || max(from[1], to[1]) < -1 || min(from[1], to[1]) > float64(r.height) || max(from[0], to[0]) < -1 || min(from[0], to[0]) > float64(r.width) {
				continue
			}
			for k := range lattice {
				f := float64(k) / lattice
				heights[row*side+cx*lattice+k] = w.at(values, from[0]*(1-f)+to[0]*f, from[1]*(1-f)+to[1]*f, r)
			}
		}
	}
	return nil
}

// places are the raster's pixels, as fractions from the centre of the first, that
// lie under every sixteenth pixel of the box; NaN where the projections don't reach.
func (r *Raster) places(box orb.Bound, side int) []orb.Point {
	n := side/lattice + 1
	places := make([]orb.Point, n*n)
	pixel := orb.Point{(box.Max[0] - box.Min[0]) / float64(side), (box.Max[1] - box.Min[1]) / float64(side)}
	for j := range n {
		for i := range n {
			at := orb.Point{box.Min[0] + (float64(i*lattice)+0.5)*pixel[0], box.Max[1] - (float64(j*lattice)+0.5)*pixel[1]}
			places[j*n+i] = orb.Point{math.NaN(), math.NaN()}
			g, err := r.mercator.Transform(at)
			if err != nil {
				continue
			}
			p, err := r.project.Point(g.(orb.Point))
			if err != nil {
				continue
			}
			places[j*n+i] = orb.Point{(p[0]-r.origin[0])/r.step[0] - 0.5, (r.origin[1]-p[1])/r.step[1] - 0.5}
		}
	}
	return places
}

// window is a piece of the raster, read so that factor pixels become one.
type window struct {
	left, top, width, height int     // in the raster's pixels
	columns, rows            int     // as read
	factorX, factorY         float64 // the raster's pixels to one as read
}

// windowOf is the piece that a box needs; false where it misses the raster.
func (r *Raster) windowOf(places []orb.Point, side int) (window, bool) {
	low, high := orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
	for _, p := range places {
		if p[0] == p[0] {
			low = orb.Point{min(low[0], p[0]), min(low[1], p[1])}
			high = orb.Point{max(high[0], p[0]), max(high[1], p[1])}
		}
	}
	if low[0] > high[0] || high[0] < -0.5 || high[1] < -0.5 || low[0] > float64(r.width)-0.5 || low[1] > float64(r.height)-0.5 {
		return window{}, false
	}
	factor := max(1, math.Floor(max(high[0]-low[0], high[1]-low[1])/float64(side)))
	factor = max(factor, math.Ceil(math.Sqrt((high[0]-low[0])*(high[1]-low[1])/maxWindow)))
	pad := 2 * factor
	left, top := max(0, math.Floor(low[0]-pad)), max(0, math.Floor(low[1]-pad))
	right, bottom := min(float64(r.width), math.Ceil(high[0]+pad)+1), min(float64(r.height), math.Ceil(high[1]+pad)+1)
	w := window{left: int(left), top: int(top), width: int(right - left), height: int(bottom - top)}
	w.columns, w.rows = max(1, int(float64(w.width)/factor)), max(1, int(float64(w.height)/factor))
	w.factorX, w.factorY = float64(w.width)/float64(w.columns), float64(w.height)/float64(w.rows)
	return w, true
}

// read returns the heights of a window in metres; NaN is none.
func (r *Raster) read(w window) ([]float32, error) {
	raw := make([]float64, w.columns*w.rows)
	options := []godal.BandIOOption{godal.Window(w.width, w.height)}
	if w.columns < w.width || w.rows < w.height {
		options = append(options, godal.Resampling(godal.Average))
	}
	if err := r.band.Read(w.left, w.top, raw, w.columns, w.rows, options...); err != nil {
		return nil, refuse(err, "读取像元 %d, %d 起 %d × %d 时出错，文件可能损坏：%v", "reading %[3]d × %[4]d pixels from %[1]d, %[2]d failed, the file may be damaged: %[5]v", w.left, w.top, w.width, w.height, err)
	}
	values := make([]float32, len(raw))
	for i, v := range raw {
		metres := v*r.scale + r.base
		if r.none != nil && (v == *r.none || float32(v) == float32(*r.none)) || !(metres >= lowest && metres <= highest) {
			values[i] = none
			continue
		}
		values[i] = float32(metres)
	}
	return values, nil
}

// at is the height at a place in the raster's pixels, between the four around it.
// Where some of them have none the others count, if the nearest has one; so the
// model reaches to the edge of its outermost pixels.
func (w window) at(values []float32, x, y float64, r *Raster) float32 {
	if x < -0.5 || y < -0.5 || x > float64(r.width)-0.5 || y > float64(r.height)-0.5 {
		return none
	}
	x, y = (x-float64(w.left)+0.5)/w.factorX-0.5, (y-float64(w.top)+0.5)/w.factorY-0.5
	x, y = min(max(x, 0), float64(w.columns-1)), min(max(y, 0), float64(w.rows-1))
	i, j := min(int(x), max(0, w.columns-2)), min(int(y), max(0, w.rows-2))
	i1, j1 := min(i+1, w.columns-1), min(j+1, w.rows-1)
	fx, fy := float32(x-float64(i)), float32(y-float64(j))
	corners := [4]float32{values[j*w.columns+i], values[j*w.columns+i1], values[j1*w.columns+i], values[j1*w.columns+i1]}
	shares := [4]float32{(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy}
	sum := corners[0]*shares[0] + corners[1]*shares[1] + corners[2]*shares[2] + corners[3]*shares[3]
	if sum == sum {
		return sum
	}
	nearest := 0
	if fx >= 0.5 {
		nearest++
	}
	if fy >= 0.5 {
		nearest += 2
	}
	if corners[nearest] != corners[nearest] {
		return none
	}
	total := float32(0)
	sum = 0
	for k, h := range corners {
		if h == h {
			sum, total = sum+h*shares[k], total+shares[k]
		}
	}
	return sum / total
}

// String names the raster for messages.
func (r *Raster) String() string {
	return fmt.Sprintf("%d × %d, %s, %g m", r.width, r.height, r.system, r.resolution)
}
