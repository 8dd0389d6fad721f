package warnings

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// ErrContent reports a warning that can't be published; [ContentError] says why.
var ErrContent = errors.New("warnings: unusable warning")

// ContentError is what is wrong with a warning: with which member, and what it should be.
type ContentError struct {
	Member string
	ZH, EN string
}

func (e *ContentError) Error() string { return "warning, " + e.Member + ": " + e.EN }

// Unwrap returns [ErrContent].
func (e *ContentError) Unwrap() error { return ErrContent }

// Content is what a warning says. Its area is that of its divisions and its
// polygons together; there must be one of either.
type Content struct {
	Kind      string           `json:"kind"`   // id of a [Kind]
	Colour    string           `json:"colour"` // id of a [Colour]
	Headline  string           `json:"headline"`
	Text      string           `json:"text"`
	Advice    string           `json:"advice"` // what to do; may be ""
	Issuer    string           `json:"issuer"`
	ValidFrom time.Time        `json:"valid_from"`
	ValidTo   time.Time        `json:"valid_to"`  // the first moment at which it no longer holds
	Divisions []string         `json:"divisions"` // codes of city, counties, towns or villages, of 4 to 12 digits
	AreaText  string           `json:"area_text"` // the area in words; without it, the divisions' names
	Polygon   orb.MultiPolygon `json:"-"`         // EPSG:4490, longitude first, without holes
}

// Limits of a warning.
const (
	MaxVertices  = 10_000
	MaxDivisions = 500
	maxDays      = 60
)

var divisionCode = regexp.MustCompile(`^\d{4,12}$`)

// check tells the first thing that is wrong with a warning to be published at a time.
func (c Content) check(r Register, now time.Time) error {
	if _, ok := r.Kind(c.Kind); !ok {
		ids := make([]string, len(r.Kinds))
		for i, k := range r.Kinds {
			ids[i] = k.ID
		}
		return &ContentError{"kind", fmt.Sprintf("没有种类 %.40q；可用：%s", c.Kind, strings.Join(ids, "、")), fmt.Sprintf("there is no kind %.40q; known are %s", c.Kind, strings.Join(ids, ", "))}
	}
	if _, ok := r.Colour(c.Colour); !ok {
		return &ContentError{"colour", fmt.Sprintf("没有颜色 %.40q；可用：blue、yellow、orange、red", c.Colour), fmt.Sprintf("there is no colour %.40q; known are blue, yellow, orange, red", c.Colour)}
	}
	for _, t := range []struct {
		member, text string
		least, most  int
	}{{"headline", c.Headline, 1, 200}, {"text", c.Text, 1, 5000}, {"advice", c.Advice, 0, 5000}, {"issuer", c.Issuer, 1, 100}, {"area_text", c.AreaText, 0, 500}} {
		if err := checkText(t.member, t.text, t.least, t.most); err != nil {
			return err
		}
	}
	switch {
	case c.ValidFrom.IsZero() || c.ValidTo.IsZero() || !c.ValidFrom.Before(c.ValidTo):
		return &ContentError{"valid_to", "valid_from 与 valid_to 均须给出（RFC 3339），且前者早于后者", "valid_from and valid_to must be given (RFC 3339), the first before the second"}
	case c.ValidTo.Sub(c.ValidFrom) > maxDays*24*time.Hour:
		return &ContentError{"valid_to", fmt.Sprintf("有效期超过 %d 天", maxDays), fmt.Sprintf("it holds for more than %d days", maxDays)}
	case !c.ValidTo.After(now):
		return &ContentError{"valid_to", "有效期已过", "it has already ended"}
	}
	return c.checkArea()
}

func checkText(member, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	if n < least || n > most || !utf8.ValidString(text) {
		return &ContentError{member, fmt.Sprintf("应为 %d 至 %d 个字，现为 %d", least, most, n), fmt.Sprintf("must have %d to %d characters, and has %d", least, most, n)}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return &ContentError{member, "含有控制字符", "has control characters"}
	}
	if text != strings.TrimSpace(text) {
		return &ContentError{member, "首尾不得有空白", "must not begin or end with white space"}
	}
	return nil
}

func (c Content) checkArea() error {
	if len(c.Divisions) == 0 && len(c.Polygon) == 0 {
		return &ContentError{"divisions", "须给出 divisions（行政区代码）或 polygon（GeoJSON 面）", "divisions (codes) or a polygon (GeoJSON) must be given"}
	}
	if len(c.Divisions) > MaxDivisions {
		return &ContentError{"divisions", fmt.Sprintf("超过 %d 个", MaxDivisions), fmt.Sprintf("there are more than %d", MaxDivisions)}
	}
	for _, code := range c.Divisions {
		if !divisionCode.MatchString(code) {
			return &ContentError{"divisions", fmt.Sprintf("代码 %.40q 应为 4 至 12 位数字", code), fmt.Sprintf("the code %.40q must be of 4 to 12 digits", code)}
		}
	}
	vertices := 0
	for _, polygon := range c.Polygon {
		if len(polygon) != 1 {
			return &ContentError{"polygon", "预警区域不得有洞（CAP 无法表达）", "a warning's polygon has no holes, which CAP cannot say"}
		}
		vertices += len(polygon[0])
	}
	if vertices > MaxVertices {
		return &ContentError{"polygon", fmt.Sprintf("顶点超过 %d 个", MaxVertices), fmt.Sprintf("more than %d positions", MaxVertices)}
	}
	return nil
}

// State is where a warning stands at a time.
type State string

// The states of a warning.
const (
	Upcoming  State = "upcoming"
	Active    State = "active"
	Ended     State = "ended"
	Cancelled State = "cancelled"
)

// States lists them.
func States() []State { return []State{Upcoming, Active, Ended, Cancelled} }

// Action is what a revision did.
type Action string

// The actions.
const (
	Publish Action = "publish"
	Update  Action = "update"
	Cancel  Action = "cancel"
)

// Message is a revision's name as a CAP message.
type Message struct {
	Identifier string    `json:"identifier"`
	Sender     string    `json:"sender"`
	Sent       time.Time `json:"sent"`
}

// Warning is a revision of a warning: what was said from a moment on.
type Warning struct {
	Seq     int64            `json:"seq"` // rises with every revision of any warning
	ID      int64            `json:"id"`
	Number  int              `json:"revision"` // 1 published it
	Action  Action           `json:"action"`
	At      time.Time        `json:"at"`
	By      string           `json:"by"`
	Reason  string           `json:"reason,omitempty"`
	State   State            `json:"state"` // at the time that was asked for
	Content                  //
	CAP     Message          `json:"cap"`
	Area    orb.MultiPolygon `json:"-"` // of divisions and polygon; EPSG:4490
}

// stateAt is the state of a revision while it is the newest.
func (w Warning) stateAt(t time.Time) State {
	switch {
	case w.Action == Cancel:
		return Cancelled
	case t.Before(w.ValidFrom):
		return Upcoming
	case t.Before(w.ValidTo):
		return Active
	}
	return Ended
}
