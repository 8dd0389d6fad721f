package compliance

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"onemap/spatial/area"
	"onemap/spatial/overlay"
)

// ErrRequest reports a member of a request that can't be used; it comes in a [*RequestError].
var ErrRequest = errors.New("compliance: bad request")

// RequestError says which member of a request is wrong, and what it should be.
type RequestError struct{ Field, ZH, EN string }

// Error returns the sentence in Chinese, then in English.
func (e *RequestError) Error() string { return e.ZH + " / " + e.EN }

// Unwrap returns [ErrRequest].
func (e *RequestError) Unwrap() error { return ErrRequest }

// Bounds of a request's texts, in characters, and of what is kept for nobody in particular.
const (
	MaxName       = 200
	MaxReason     = 2000
	KeptAnonymous = 10_000 // checks that no known person asked; the oldest go first
)

// Note is a remark on the red line as it came.
type Note struct {
	ZH string `json:"note"`
	EN string `json:"note_en"`
}

// Plot is a plot of the red line's file, with its area as stated and as measured.
type Plot struct {
	Number       string           `json:"number,omitempty"`
	Name         string           `json:"name,omitempty"`
	StatedM2     float64          `json:"stated_m2,omitempty"` // 0 is not stated
	MeasuredM2   float64          `json:"measured_m2"`
	DifferenceM2 float64          `json:"difference_m2,omitempty"` // measured less stated
	Shape        orb.MultiPolygon `json:"-"`                       // EPSG:4490
}

// Stated compares the area that was stated with the one that was measured.
type Stated struct {
	M2           float64 `json:"m2"`
	MeasuredM2   float64 `json:"measured_m2"`
	DifferenceM2 float64 `json:"difference_m2"` // measured less stated
	Share        float64 `json:"share"`         // of the stated: 0.001 is 1 ‰ more
}

// Input is the red line as it came.
type Input struct {
	Format    string  `json:"format"`
	File      string  `json:"file,omitempty"`
	SHA256    string  `json:"sha256,omitempty"` // of the file or body
	CRS       string  `json:"crs"`
	CRSName   string  `json:"crs_name"`
	CRSSource string  `json:"crs_source"`
	Encoding  string  `json:"encoding,omitempty"`
	Parts     int     `json:"parts"`
	Holes     int     `json:"holes"`
	Vertices  int     `json:"vertices"`
	Notes     []Note  `json:"notes"`
	Plots     []Plot  `json:"plots"`
	Stated    *Stated `json:"stated,omitempty"`
}

// Request asks for a check.
type Request struct {
	RuleSet  string
	Name     string    // of the project; may be ""
	Reason   string    // why it is asked; may be ""
	StatedM2 float64   // the project's area as stated, m²; 0 is what the plots state, if all do
	At       time.Time // check against what was published then; the zero time is now
	Input    Input     // plots with shapes; the counts are filled in
}

func (r Request) check() error {
	for _, one := range []struct {
		field, text string
		most        int
	}{{"name", r.Name, MaxName}, {"reason", r.Reason, MaxReason}} {
		bad := strings.ContainsFunc(one.text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' })
		if n := utf8.RuneCountInString(one.text); n > one.most || bad || !utf8.ValidString(one.text) {
			return &RequestError{
				one.field, fmt.Sprintf("%s 应为不超过 %d 字的文字，不含控制字符", one.field, one.most),
				fmt.Sprintf("%s must be text of at most %d characters, without control characters", one.field, one.most),
			}
		}
	}
	if !(r.StatedM2 >= 0 && r.StatedM2 < 1e13) {
		return &RequestError{"stated_m2", "stated_m2 应为面积，平方米", "stated_m2 must be an area in m²"}
	}
	return nil
}

// described is the input with what was measured of it.
func (r Request) described(shape overlay.Shape) Input {
	in := r.Input
	in.Parts, in.Holes, in.Vertices = len(shape.Geometry), shape.Holes(), shape.Vertices()
	in.Notes, in.Plots = append([]Note{}, in.Notes...), append([]Plot{}, in.Plots...)
	stated, all := 0.0, len(in.Plots) > 0
	for i := range in.Plots {
		p := &in.Plots[i]
		p.MeasuredM2 = overlay.Round(area.Of(p.Shape))
		if all = all && p.StatedM2 > 0; p.StatedM2 > 0 {
			p.DifferenceM2 = overlay.Round(p.MeasuredM2 - p.StatedM2)
			stated += p.StatedM2
		}
	}
	switch {
	case r.StatedM2 > 0:
		stated = r.StatedM2
	case !all:
		stated = 0
	}
	if stated > 0 {
		in.Stated = &Stated{stated, overlay.Round(shape.AreaM2), overlay.Round(shape.AreaM2 - stated), math.Round((shape.AreaM2/stated-1)*1e9) / 1e9}
	}
	if shape.OverlapM2 > seam {
		in.Notes = append(in.Notes, Note{
			fmt.Sprintf("红线各部分互相重叠，已合并计算一次，重复部分 %.2f 平方米", shape.OverlapM2),
			fmt.Sprintf("parts of the red line overlap; they were united and are counted once, %.2f m² less", shape.OverlapM2),
		})
	} else if shape.Merged {
		in.Notes = append(in.Notes, Note{"红线各部分有公共边，已合并", "parts of the red line have sides in common and were united"})
	}
	return in
}
