package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
)

// converted is a position in the system asked for. X and Y are longitude and
// latitude, or easting and northing.
type converted struct {
	X    float64 `json:"x"`
	Y    float64 `json:"y"`
	Text string  `json:"text"`
}

// conversion is a request to convert positions.
type conversion struct {
	From   string            `json:"from"`
	To     string            `json:"to"`
	Form   crs.Form          `json:"form"`
	Points []json.RawMessage `json:"points"`
}

// getConvert answers GET /api/v1/coordinates/convert?from=&to=&points=&form=:
// positions, separated by |, in another system.
func (s *server) getConvert(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "from", "to", "points", "form")
	if err != nil {
		return err
	}
	text := values.Get("points")
	if text == "" {
		return &paramError{"points", "", "必须给出，各点以 | 分隔，如 112.04,22.92|112°02′24″E 22°55′12″N", "must be given, separated by |, as 112.04,22.92|112°02′24″E 22°55′12″N"}
	}
	c := conversion{From: values.Get("from"), To: values.Get("to"), Form: crs.Form(values.Get("form"))}
	for _, one := range strings.Split(text, "|") {
		quoted, err := json.Marshal(one)
		if err != nil {
			return err
		}
		c.Points = append(c.Points, quoted)
	}
	return s.convert(w, r, c)
}

// postConvert answers POST /api/v1/coordinates/convert: up to 10,000 positions,
// numbers or texts, in another system.
func (s *server) postConvert(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var c conversion
	if err := readObject(w, r, maxPointsBody, &c); err != nil {
		return err
	}
	return s.convert(w, r, c)
}

func (s *server) convert(w http.ResponseWriter, r *http.Request, c conversion) error {
	systems := url.Values{"from": {c.From}, "to": {c.To}}
	from, err := readSystem(systems, "from")
	if err != nil {
		return err
	}
	to, err := readSystem(systems, "to")
	if err != nil {
		return err
	}
	if c.Form == "" {
		c.Form = crs.Decimal
	}
	if _, err := crs.WritePosition(to.system, orb.Point{}, c.Form); err != nil {
		return &paramError{"form", string(c.Form), "应为 decimal；经纬度还可为 dms，平面坐标还可为 survey", "must be decimal, or dms for a system in degrees, or survey for one in metres"}
	}
	if len(c.Points) == 0 || len(c.Points) > maxPoints {
		return &paramError{"points", strconv.Itoa(len(c.Points)), fmt.Sprintf("应为 1 至 %d 个点", maxPoints), fmt.Sprintf("must be 1 to %d positions", maxPoints)}
	}
	answer := make([]converted, len(c.Points))
	for i, one := range c.Points {
		if answer[i], err = convertOne(from, to, c.Form, one, i); err != nil {
			return err
		}
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"from": from.system.String(), "to": to.system.String(), "points": answer})
}

func convertOne(from, to placing, form crs.Form, text json.RawMessage, i int) (converted, error) {
	name := fmt.Sprintf("points[%d]", i)
	given, err := readWritten(from.system, text)
	if err != nil {
		return converted{}, &paramError{
			name, string(text), "不是坐标；可写作 [x, y]、\"112.04, 22.92\"、\"22°55′12″N 112°02′24″E\"、\"X=2536055.227 Y=606690.278\"（X 为北）",
			"is no position; write [x, y], \"112.04, 22.92\", \"22°55′12″N 112°02′24″E\" or \"X=2536055.227 Y=606690.278\" (X is north)",
		}
	}
	place, err := from.place(given)
	if err != nil {
		var param *paramError
		if errors.As(err, &param) {
			err = &paramError{name, string(text), param.ZH, param.EN}
		}
		return converted{}, err
	}
	p, err := to.from.Point(place)
	if err != nil {
		return converted{}, &paramError{name, string(text), "超出 " + to.system.String() + " 的适用范围", "is out of the reach of " + to.system.String()}
	}
	written, err := crs.WritePosition(to.system, p, form)
	return converted{p[0], p[1], written}, err
}

// readWritten reads a position that is [x, y] or a text.
func readWritten(system crs.System, value json.RawMessage) (orb.Point, error) {
	if len(value) > 0 && value[0] == '"' {
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return orb.Point{}, err
		}
		return crs.ParsePosition(system, text)
	}
	p, err := readPointLine(value, 0)
	return orb.Point{p.x, p.y}, err
}
