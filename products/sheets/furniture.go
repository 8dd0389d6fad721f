package sheets

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/styles/render"
)

// fillPanel puts north, legend, neighbours and locator into the panel. Without one,
// north stands in the corner of the map.
func (d *draft) fillPanel(ctx context.Context) error {
	k := d.unit
	p := d.panel
	if d.Without.Legend {
		if !d.Without.North {
			corner := box(d.frame.Max[0]-14*k, d.frame.Min[1], d.frame.Max[0], d.frame.Min[1]+29*k)
			d.Area(render.Ink{Colour: white}, corners(corner))
			d.Line(render.Pen{Width: 0.25 * k, Colour: black, Closed: true}, corners(corner))
			d.arrow(inset(corner, 1.5*k))
		}
		return nil
	}
	d.Line(render.Pen{Width: 0.25 * k, Colour: black, Closed: true}, corners(inset(p, 0.125*k)))
	in := inset(p, 3*k)
	neighbours := d.Neighbours != nil
	parted := render.Pen{Width: 0.12 * k, Colour: grey}
	if d.Landscape {
		top, bottom := p.Min[1], in.Max[1]
		if !d.Without.North {
			d.north(box(in.Min[0], in.Min[1], in.Max[0], in.Min[1]+27*k), true)
			top = in.Min[1] + 29.5*k
			d.Line(parted, []orb.Point{{p.Min[0], top}, {p.Max[0], top}})
		}
		if d.Locator != nil {
			bottom -= 41 * k
			d.Line(parted, []orb.Point{{p.Min[0], bottom}, {p.Max[0], bottom}})
			d.locator(box(in.Min[0], bottom+2*k, in.Max[0], in.Max[1]))
		}
		if neighbours {
			under := bottom
			bottom -= 33 * k
			d.Line(parted, []orb.Point{{p.Min[0], bottom}, {p.Max[0], bottom}})
			d.neighbours(box(in.Min[0], bottom+2*k, in.Max[0], under-2*k))
		}
		return d.legendIn(ctx, box(in.Min[0], top+2.5*k, in.Max[0], bottom-2*k))
	}
	right := in.Max[0]
	if !d.Without.North {
		d.north(box(right-23*k, in.Min[1], right, in.Max[1]), false)
		right -= 26 * k
		d.Line(parted, []orb.Point{{right, p.Min[1]}, {right, p.Max[1]}})
	}
	if d.Locator != nil {
		d.locator(box(right-44*k, in.Min[1], right-3*k, in.Max[1]))
		right -= 47 * k
		d.Line(parted, []orb.Point{{right, p.Min[1]}, {right, p.Max[1]}})
	}
	if neighbours {
		d.neighbours(box(right-41*k, in.Min[1], right-3*k, in.Max[1]))
		right -= 44 * k
		d.Line(parted, []orb.Point{{right, p.Min[1]}, {right, p.Max[1]}})
	}
	return d.legendIn(ctx, box(in.Min[0], in.Min[1], right-3*k, in.Max[1]))
}

// legendIn writes the legend, or the table of an index, under its name.
func (d *draft) legendIn(ctx context.Context, b orb.Bound) error {
	k := d.unit
	name := "图　例"
	if d.units != nil {
		name = "图 幅 目 录"
	}
	d.caption(name, b)
	b.Min[1] += 7 * k
	if d.units != nil {
		d.table(b)
		return nil
	}
	return d.legend(ctx, b)
}

// caption writes a name at the top of a box.
func (d *draft) caption(text string, b orb.Bound) {
	d.Text(render.Text{Text: text, Size: 3.5 * d.unit, Bold: 0.03, Anchor: "top", Colour: black, At: orb.Point{b.Center()[0], b.Min[1] - 0.6*d.unit}})
}

// north draws the arrow of the grid's north, and how true north lies to it.
func (d *draft) north(b orb.Bound, beside bool) {
	k := d.unit
	arrow, angle := b, b
	if beside {
		arrow.Max[0] = b.Min[0] + wide(b)*0.42
		angle.Min[0] = arrow.Max[0]
	} else {
		arrow.Max[1] = b.Min[1] + high(b)*0.5
		angle.Min[1] = arrow.Max[1] + 1.5*k
	}
	d.arrow(arrow)
	d.declination(angle)
}

// arrow draws the arrow of the grid's north.
func (d *draft) arrow(b orb.Bound) {
	k := d.unit
	x, top := b.Center()[0], b.Min[1]
	d.Text(render.Text{Text: "北", Size: 4 * k, Anchor: "top", Colour: black, At: orb.Point{x, top - 0.4*k}})
	tip, foot, notch := orb.Point{x, top + 5.2*k}, b.Min[1]+math.Min(high(b), 27*k)-1*k, 4.2*k
	left, right := orb.Point{x - 4.4*k, foot}, orb.Point{x + 4.4*k, foot}
	middle := orb.Point{x, foot - notch}
	d.Area(render.Ink{Colour: black}, []orb.Point{tip, middle, left})
	d.Line(render.Pen{Width: 0.22 * k, Colour: black, Closed: true}, []orb.Point{tip, right, middle})
}

// convergence is how far the grid's north lies east of true north at the middle
// of the map, in degrees.
func (d *draft) convergence() (float64, bool) {
	at, err := d.degrees(d.Centre)
	if err != nil {
		return 0, false
	}
	const a = 0.001
	p, err1 := d.projector.Point(at)
	q, err2 := d.projector.Point(orb.Point{at[0], at[1] + a})
	if err1 != nil || err2 != nil {
		return 0, false
	}
	return -math.Atan2(q[0]-p[0], q[1]-p[1]) * 180 / math.Pi, true
}

// declination draws grid north and true north from one foot; the angle between
// them is written, and drawn larger than it is.
func (d *draft) declination(b orb.Bound) {
	gamma, ok := d.convergence()
	if !ok {
		return
	}
	k := d.unit
	const shown = 14 // degrees
	lean := shown * math.Pi / 180
	x := b.Center()[0]
	if gamma > 0 { // grid north is east of true north: true north leans to the left
		lean = -lean
	}
	foot := orb.Point{x - 1.5*k*sign(lean), b.Min[1] + 18.5*k}
	long := 13 * k
	grid := orb.Point{foot[0], foot[1] - long}
	truth := orb.Point{foot[0] + math.Sin(lean)*long, foot[1] - math.Cos(lean)*long}
	pen := render.Pen{Width: 0.2 * k, Colour: black}
	d.Line(pen, []orb.Point{foot, grid}, []orb.Point{foot, truth})
	d.Area(render.Ink{Colour: black}, []orb.Point{{grid[0], grid[1] - 1.2*k}, {grid[0] + 0.7*k, grid[1] + 1.2*k}, {grid[0] - 0.7*k, grid[1] + 1.2*k}})
	d.Area(render.Ink{Colour: black}, star(truth, 1.15*k))
	label := func(text string, at orb.Point, side float64) {
		anchor := "left"
		if side < 0 {
			anchor = "right"
		}
		d.Text(render.Text{Text: text, Size: 2.1 * k, Anchor: anchor, Colour: black, At: orb.Point{at[0] + side*1.6*k, at[1] + 0.6*k}})
	}
	label("坐标北", grid, -sign(lean))
	label("真北", truth, sign(lean))
	minutes := math.Round(math.Abs(gamma) * 60)
	d.Text(render.Text{
		Text: fmt.Sprintf("子午线收敛角\n%s%d°%02d′", map[bool]string{true: "−"}[gamma < 0 && minutes > 0], int(minutes)/60, int(minutes)%60),
		Size: 2.1 * k, Anchor: "top", Colour: black, At: orb.Point{x, foot[1] + 0.8*k},
	})
}

func sign(v float64) float64 { return math.Copysign(1, v) }

func star(at orb.Point, radius float64) (ring []orb.Point) {
	for i := range 10 {
		r := radius
		if i%2 == 1 {
			r *= 0.42
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		ring = append(ring, orb.Point{at[0] + r*sin, at[1] - r*cos})
	}
	return ring
}

// locator draws the whole, and where the sheet is in it.
func (d *draft) locator(b orb.Bound) {
	k := d.unit
	d.caption("位置示意图", b)
	b.Min[1] += 6 * k
	g := d.Locator.Outline
	if g == nil {
		return
	}
	whole := g.Bound()
	narrow := math.Cos(whole.Center()[1] * math.Pi / 180)
	scale := math.Min(wide(b)/(wide(whole)*narrow), high(b)/high(whole))
	middle, at := whole.Center(), b.Center()
	project := func(p orb.Point) (orb.Point, bool) {
		return orb.Point{at[0] + (p[0]-middle[0])*narrow*scale, at[1] - (p[1]-middle[1])*scale}, true
	}
	outline := rings(g, project)
	d.Area(render.Ink{Colour: pale}, outline...)
	for _, part := range d.Locator.Parts {
		d.Line(render.Pen{Width: 0.1 * k, Colour: grey, Closed: true, Join: "round"}, rings(part, project)...)
	}
	d.Line(render.Pen{Width: 0.25 * k, Colour: black, Closed: true, Join: "round"}, outline...)
	tint := focus
	tint.A = 0.35
	if d.Focus != nil {
		d.Area(render.Ink{Colour: tint}, rings(d.Focus, project)...)
	}
	var extent []orb.Point
	for _, corner := range corners(d.frame) {
		p, err := d.degrees(d.ground(corner))
		if err != nil {
			return
		}
		q, _ := project(p)
		extent = append(extent, orb.Point{math.Max(b.Min[0]-k, math.Min(b.Max[0]+k, q[0])), math.Max(b.Min[1]-k, math.Min(b.Max[1]+k, q[1]))})
	}
	if d.Focus == nil {
		d.Area(render.Ink{Colour: tint}, extent)
	}
	d.Line(render.Pen{Width: 0.4 * k, Colour: focus, Closed: true}, extent)
}

// neighbours draws the sheets round this one by their directions (接图表).
func (d *draft) neighbours(b orb.Bound) {
	k := d.unit
	d.caption("相邻图幅", b)
	b.Min[1] += 6 * k
	if !d.Landscape {
		b.Max[1] = math.Min(b.Max[1], b.Min[1]+30*k)
	}
	w, h := wide(b)/3, high(b)/3
	cell := func(column, row int) orb.Bound {
		return box(b.Min[0]+float64(column)*w, b.Min[1]+float64(row)*h, b.Min[0]+float64(column+1)*w, b.Min[1]+float64(row+1)*h)
	}
	pen := render.Pen{Width: 0.12 * k, Colour: black, Closed: true}
	tint := focus
	tint.A = 0.2
	d.Area(render.Ink{Colour: tint}, corners(cell(1, 1)))
	places := [8][2]int{{1, 0}, {2, 0}, {2, 1}, {2, 2}, {1, 2}, {0, 2}, {0, 1}, {0, 0}}
	for direction, at := range places {
		c := cell(at[0], at[1])
		d.Line(pen, corners(c))
		var names []string
		for _, n := range d.Neighbours {
			if n.Direction == direction {
				names = append(names, strings.TrimSpace(n.Name))
			}
		}
		if len(names) == 0 {
			continue
		}
		text := render.Text{Text: strings.Join(names, "\n"), Size: 2.2 * k, Colour: black, At: c.Center(), Justify: "center"}
		tw, th := d.TextSize(text)
		text.Size *= math.Min(1, math.Min(0.92*w/tw, 0.92*h/th))
		d.Text(text)
	}
	d.Line(pen, corners(cell(1, 1)))
	self := render.Text{Text: "本图幅", Size: 2.2 * k, Bold: 0.03, Colour: black, At: cell(1, 1).Center()}
	if tw, _ := d.TextSize(self); tw > 0.9*w {
		self.Size *= 0.9 * w / tw
	}
	d.Text(self)
}

// notes writes what stands below the map.
func (d *draft) notes() {
	k := d.unit
	middle := d.outer.Center()[0]
	bar := 0.
	if !d.Without.Scale {
		bar = d.scaleBar(middle, d.below)
	}
	line := 3.35 * k
	reach := (wide(d.outer)-bar)/2 - 5*k
	left := []string{
		"2000国家大地坐标系",
		fmt.Sprintf("高斯-克吕格投影，3度带第%d带，中央子午线%d°E", d.zone.number, d.zone.meridian),
	}
	if d.Grid.Kilometres {
		left = append(left, "方里网横坐标含带号，单位：千米")
	}
	if d.DataDate != "" {
		left = append(left, "数据现势性："+d.DataDate)
	}
	approval := d.Approval
	if d.Without.Approval {
		approval = ""
	}
	if d.Without.Notes {
		left = nil
	}
	d.lines(left, orb.Point{d.outer.Min[0], d.below}, line, reach, "left")
	w, _ := d.size()
	right := w - d.margin
	if d.Landscape { // under the panel too
		reach = right - (middle + bar/2 + 5*k)
	}
	var said []string
	for _, one := range [][2]string{{"编制单位：", d.Department}, {"资料来源：", d.Sources}, {"制图日期：", d.Drawn}, {"审图号：", approval}} {
		if one[1] != "" && (!d.Without.Notes || one[0] == "审图号：") {
			said = append(said, one[0]+one[1])
		}
	}
	d.lines(said, orb.Point{right, d.below}, line, reach, "right")
}

// lines writes lines under one another, each made smaller or broken until it has room.
func (d *draft) lines(all []string, at orb.Point, step, reach float64, anchor string) {
	for _, text := range all {
		t := render.Text{Text: text, Size: 2.45 * d.unit, Anchor: "top-" + anchor, Colour: black, At: at}
		if w, _ := d.TextSize(t); w > reach {
			t.Size *= math.Max(0.72, reach/w)
			if w, _ := d.TextSize(t); w > reach {
				t.Width = reach
			}
		}
		_, h := d.Text(t)
		at[1] += math.Max(step, h)
	}
}

// groups writes a whole number with spaces between its thousands.
func groups(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	whole, rest, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + " " + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return whole
}

// scaleBar draws the numeric scale and the bar about a middle; it returns how wide
// both are.
func (d *draft) scaleBar(middle, top float64) float64 {
	k := d.unit
	numeric := render.Text{Text: "1 : " + groups(d.Denominator), Size: 4.4 * k, Bold: 0.02, Anchor: "top", Colour: black, At: orb.Point{middle, top - 0.9*k}}
	d.Text(numeric)
	unit := d.barUnit(k)
	long := unit / d.Denominator * 1000
	const parts = barParts
	left := middle - long*(parts+1)/2
	y, h := top+8.2*k, 1.1*k
	pen := render.Pen{Width: 0.13 * k, Colour: black, Closed: true}
	for i := range 5 { // before 0, five small ones
		part := box(left+long*float64(i)/5, y, left+long*float64(i+1)/5, y+h)
		if i%2 == 0 {
			d.Area(render.Ink{Colour: black}, corners(part))
		}
	}
	for i := range parts {
		part := box(left+long*float64(i+1), y, left+long*float64(i+2), y+h)
		if i%2 == 1 {
			d.Area(render.Ink{Colour: black}, corners(part))
		}
	}
	d.Line(pen, corners(box(left, y, left+long*(parts+1), y+h)))
	name, divide := "米", 1.
	if unit >= 1000 || unit*parts > 1000 {
		name, divide = "千米", 1000
	}
	figure := func(at, v float64, after string) {
		text := render.Text{Text: strconv.FormatFloat(v/divide, 'f', -1, 64), Size: 2.3 * k, Anchor: "bottom", Colour: black, At: orb.Point{left + long*at, y + 0.1*k}}
		w, _ := d.Text(text)
		if after != "" {
			text.Text, text.Anchor, text.At[0] = after, "bottom-left", text.At[0]+w/2+0.8*k
			d.Text(text)
		}
	}
	figure(0, unit, "")
	for i := range parts + 1 {
		after := ""
		if i == parts {
			after = name
		}
		figure(float64(i+1), unit*float64(i), after)
	}
	return long*(parts+1) + 16*k
}

// watermark writes the marks over the map, again and again, as drawings.
func (d *draft) watermark() {
	if len(d.Watermarks) == 0 {
		return
	}
	k := d.unit
	const size, across, down, angle = 11., 78., 52., -28.
	ink := render.Colour{R: 0.25, G: 0.25, B: 0.3, A: 0.085}
	d.Within(d.frame, func() {
		i := 0
		for y := d.frame.Min[1] + 26*k; y < d.frame.Max[1]+down*k/2; y += down * k {
			shift := float64(i%2) * across / 2 * k
			for x := d.frame.Min[0] + 30*k - shift; x < d.frame.Max[0]+across*k/2; x += across * k {
				d.Text(render.Text{Text: d.Watermarks[i%len(d.Watermarks)], Size: size * k, Spacing: 0.1, Colour: ink, Angle: angle, Outlined: true, At: orb.Point{x, y}})
			}
			i++
		}
	})
}
