package sheets

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
)

// The mistakes of those who ask for a sheet.
var (
	// ErrInvalid reports a sheet that can't be composed: its paper, scale, system or words.
	ErrInvalid = errors.New("sheets: sheet cannot be composed")
	// ErrTooLarge reports more pixels than are drawn.
	ErrTooLarge = errors.New("sheets: sheet is too large")
)

// Problem is an [ErrInvalid] or an [ErrTooLarge] that says which member is wrong.
type Problem struct {
	Field  string // of the sheet, as a request names it
	ZH, EN string // what it should be
	of     error
}

func (p *Problem) Error() string { return p.Field + "：" + p.ZH + " / " + p.EN }

// Unwrap returns the sentinel.
func (p *Problem) Unwrap() error { return p.of }

func invalid(field, zh, en string, args ...any) error {
	return &Problem{field, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...), ErrInvalid}
}

// Paper is a size of paper in millimetres, upright.
type Paper struct {
	Name          string
	Width, Height float64
}

// Papers are the sizes that there are, the largest first.
func Papers() []Paper {
	return []Paper{{"A0", 841, 1189}, {"A1", 594, 841}, {"A2", 420, 594}, {"A3", 297, 420}, {"A4", 210, 297}}
}

// PaperNamed finds a size by its name.
func PaperNamed(name string) (Paper, error) {
	all := Papers()
	i := slices.IndexFunc(all, func(p Paper) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return Paper{}, invalid("paper", "没有纸张 %.10q；可用 A0、A1、A2、A3、A4", "there is no paper %.10q; use A0, A1, A2, A3 or A4", name)
	}
	return all[i], nil
}

// Grid says which lines are over the map.
type Grid struct {
	Kilometres bool // lines of the plane's system
	Graticule  bool // crosses of meridians and parallels, minutes along the frame
}

// Sheet is a map with everything round it.
type Sheet struct {
	Title   string
	TitleEN string
	Number  string // of a series, as "3 / 63"; "" is none

	Paper       Paper
	Landscape   bool
	System      crs.System // a Gauss-Krüger grid of CGCS2000 in zones of 3 degrees
	Centre      orb.Point  // easting and northing in the system, metres
	Denominator float64    // of the scale, as 50000
	DPI         float64
	Rough       bool // a preview: fewer dpi will do

	Document []byte        // MapLibre style, with onemap:legend
	Source   render.Source // of its features
	Layers   []LayerName   // names for the legend
	Grid     Grid
	Plain    bool // without fading what is outside the focus

	Focus      orb.Geometry // what the sheet is about, polygons in EPSG:4490; nil is all that is in the frame
	Locator    *Locator
	Neighbours []Neighbour

	Sources    string // 资料来源
	DataDate   string // 数据现势性
	Department string // 编制单位
	Drawn      string // 制图日期
	Approval   string // 审图号; "" is none
	Secrecy    string // as 公开, 内部; "" isn't shown
	Watermarks []string

	Without Parts // left out

	units []Unit // of an index
}

// LayerName is what a layer of the style is called in the legend.
type LayerName struct {
	ID, Name string
	Border   bool // its areas are there for their border alone: its sample is a line
	Rank     int  // of a border: the lower the higher its division
}

// Locator shows where the sheet is.
type Locator struct {
	Outline orb.Geometry   // of the whole, polygons in EPSG:4490
	Parts   []orb.Geometry // its parts
}

// Neighbour is a sheet beside this one.
type Neighbour struct {
	Name      string
	Number    string
	Direction int // eighths of a turn from north, clockwise
}

// The limits of a sheet.
const (
	leastDenominator, mostDenominator = 200, 5_000_000
	leastDPI, mostDPI                 = 72, 600
	roughDPI                          = 24 // the least of a preview
	mostTitle                         = 60 // characters
	mostWords                         = 400
	mostMark                          = 24
)

// Check refuses what can't be composed, with an [ErrInvalid] or an [ErrTooLarge].
func (s *Sheet) Check() error {
	switch {
	case s.Paper.Width <= 0:
		return invalid("paper", "须给出纸张 A0 至 A4", "must be A0 to A4")
	case !(s.Denominator >= leastDenominator && s.Denominator <= mostDenominator):
		return invalid("scale", "比例尺分母为 %g，应在 %d 至 %d 之间", "is 1:%g, must be 1:%d to 1:%d", s.Denominator, leastDenominator, mostDenominator)
	case !(s.DPI >= leastDPI || s.Rough && s.DPI >= roughDPI) || s.DPI > mostDPI:
		return invalid("dpi", "分辨率为 %g，应在 %d 至 %d 之间", "is %g, must be %d to %d", s.DPI, leastDPI, mostDPI)
	case strings.TrimSpace(s.Title) == "":
		return invalid("title", "须有图名", "must be given")
	case utf8.RuneCountInString(s.Title) > mostTitle || utf8.RuneCountInString(s.TitleEN) > 2*mostTitle:
		return invalid("title", "图名过长，最多 %d 字", "is too long, at most %d characters", mostTitle)
	case len(s.Document) == 0 || s.Source == nil:
		return invalid("layers", "须有图层", "must be given")
	}
	for field, text := range map[string]string{"source": s.Sources, "data_date": s.DataDate, "department": s.Department, "approval": s.Approval, "secrecy": s.Secrecy} {
		if utf8.RuneCountInString(text) > mostWords {
			return invalid(field, "过长，最多 %d 字", "is too long, at most %d characters", mostWords)
		}
	}
	for _, mark := range s.Watermarks {
		if utf8.RuneCountInString(mark) > mostMark {
			return invalid("watermark", "过长，最多 %d 字", "is too long, at most %d characters", mostMark)
		}
	}
	if _, err := zoneOf(s.System); err != nil {
		return err
	}
	w, h := s.size()
	wide, high := w/25.4*s.DPI, h/25.4*s.DPI
	if math.Max(wide, high) > render.MaxSide || wide*high > render.MaxPixels {
		return &Problem{
			"dpi", fmt.Sprintf("%s 图幅在 %g dpi 下为 %.0f × %.0f 像素，超过上限；请减小 dpi 或纸张", s.Paper.Name, s.DPI, wide, high),
			fmt.Sprintf("%s at %g dpi has %.0f × %.0f pixels, more than are drawn; take fewer dpi or smaller paper", s.Paper.Name, s.DPI, wide, high), ErrTooLarge,
		}
	}
	return nil
}

// size is that of the paper as it lies.
func (s *Sheet) size() (width, height float64) {
	if s.Landscape {
		return s.Paper.Height, s.Paper.Width
	}
	return s.Paper.Width, s.Paper.Height
}

// zone is a zone of the national grid.
type zone struct {
	number   int // as 37
	meridian int // central meridian, degrees east
	numbered bool
}

// zoneOf reads the zone of a system; one that is none of the national grid's
// zones of 3 degrees has no scale that is true on paper, and is refused.
func zoneOf(s crs.System) (zone, error) {
	switch code := s.Code(); {
	case code >= 4513 && code <= 4533:
		n := code - 4513 + 25
		return zone{n, 3 * n, true}, nil
	case code >= 4534 && code <= 4554:
		meridian := 75 + 3*(code-4534)
		return zone{meridian / 3, meridian, false}, nil
	}
	return zone{}, invalid("crs", "%s 不能用于图幅；须为 2000 国家大地坐标系高斯-克吕格 3 度带，如 EPSG:4546（中央子午线 111°）、EPSG:4547（114°）",
		"%s cannot be used for a sheet; it must be CGCS2000 Gauss-Krüger in zones of 3 degrees, as EPSG:4546 (meridian 111°) or EPSG:4547 (114°)", s)
}

// SystemFor is the grid without zone numbers in whose zone a longitude lies, in degrees.
func SystemFor(longitude float64) (crs.System, error) {
	return crs.FromEPSG(4534 + int(math.Round((longitude-75)/3)))
}

// scales are the denominators that are chosen from where none is given.
var scales = []float64{
	500, 1000, 2000, 2500, 5000, 7500, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000, 40_000, 50_000, 60_000, 75_000, 80_000, 100_000, 120_000,
	150_000, 200_000, 250_000, 300_000, 350_000, 400_000, 500_000, 600_000, 750_000, 800_000, 1_000_000, 1_500_000, 2_000_000, 2_500_000, 5_000_000,
}

// FitScale is the largest usual scale at which an extent, in the sheet's system,
// has room in its frame with some air round it. The sheet's denominator isn't looked at.
func (s *Sheet) FitScale(extent orb.Bound) float64 {
	const air = 1.04
	m := s.layout().frame
	needed := 1000 * air * math.Max((extent.Max[0]-extent.Min[0])/(m.Max[0]-m.Min[0]), (extent.Max[1]-extent.Min[1])/(m.Max[1]-m.Min[1]))
	for _, d := range scales {
		if d >= needed {
			return d
		}
	}
	return scales[len(scales)-1]
}

// Better tells which way of laying the paper shows an extent larger.
func (s *Sheet) Better(extent orb.Bound) (landscape bool) {
	upright, across := *s, *s
	upright.Landscape, across.Landscape = false, true
	room := func(one *Sheet) float64 {
		m := one.layout().frame
		return math.Min((m.Max[0]-m.Min[0])/(extent.Max[0]-extent.Min[0]), (m.Max[1]-m.Min[1])/(extent.Max[1]-extent.Min[1]))
	}
	return room(&across) >= room(&upright)
}

// Ground is the size of the map on the ground, in metres of the plane.
func (s *Sheet) Ground() (width, height float64) {
	m := s.layout().frame
	return (m.Max[0] - m.Min[0]) / 1000 * s.Denominator, (m.Max[1] - m.Min[1]) / 1000 * s.Denominator
}

// Wrong is an [ErrInvalid] about a member of a request.
func Wrong(field, zh, en string) error { return &Problem{field, zh, en, ErrInvalid} }
