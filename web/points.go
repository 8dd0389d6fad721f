package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// maxPoints is the most positions of one request.
const maxPoints = 10_000

// maxPointBytes is the longest text of one position, its id included.
const maxPointBytes = 4096

// givenPoint is a position as a request's body has it: [x, y], or an object with
// lon, lat and, if it likes, an id that is given back.
type givenPoint struct {
	id   []byte // JSON, a string or a number; nil is none
	x, y float64
}

// pointError is a position of a body that cannot be read.
type pointError struct {
	at     int    // which one, from 0
	field  string // "" is the whole
	zh, en string
}

func (e *pointError) Error() string { return fmt.Sprintf("point %d: %s", e.at, e.en) }

// param is the error as that of a parameter.
func (e *pointError) param(value string) *paramError {
	name := fmt.Sprintf("[%d]", e.at)
	if e.field != "" {
		name += "." + e.field
	}
	return &paramError{name, value, e.zh, e.en}
}

// pointReader reads positions from JSON. It is our own because encoding/json
// takes longer to read a position than the index to find its cell.
type pointReader struct {
	b  []byte
	at int // index of the position that is being read
}

// readPoints reads an array of positions and calls take for each.
func readPoints(body []byte, take func(i int, p givenPoint) error) error {
	r := pointReader{b: body}
	if !r.byte('[') {
		return r.wrong("", "应为 JSON 数组，如 [[112.04, 22.92], {\"lon\": 112.04, \"lat\": 22.92, \"id\": 1}]", "must be a JSON array, as [[112.04, 22.92], {\"lon\": 112.04, \"lat\": 22.92, \"id\": 1}]")
	}
	if !r.byte(']') {
		for ; ; r.at++ {
			if r.at == maxPoints {
				return r.wrong("", fmt.Sprintf("一次最多 %d 个点；请分批", maxPoints), fmt.Sprintf("at most %d points at once; send them in parts", maxPoints))
			}
			p, err := r.point()
			if err != nil {
				return err
			}
			if err := take(r.at, p); err != nil {
				return err
			}
			if r.byte(']') {
				break
			}
			if !r.byte(',') {
				return r.wrong("", "数组元素之间应为逗号", "a comma or the end of the array is missing")
			}
		}
	}
	return r.end()
}

// readPointLine reads one position, the whole of a line.
func readPointLine(line []byte, at int) (givenPoint, error) {
	r := pointReader{b: line, at: at}
	p, err := r.point()
	if err == nil {
		err = r.end()
	}
	return p, err
}

func (r *pointReader) wrong(field, zh, en string) error { return &pointError{r.at, field, zh, en} }

func (r *pointReader) end() error {
	if r.space(); len(r.b) > 0 {
		return r.wrong("", "其后有多余内容", "something follows that doesn't belong")
	}
	return nil
}

func (r *pointReader) space() {
	for len(r.b) > 0 && (r.b[0] == ' ' || r.b[0] == '\n' || r.b[0] == '\r' || r.b[0] == '\t') {
		r.b = r.b[1:]
	}
}

// byte takes a byte if it comes next, blanks before it too.
func (r *pointReader) byte(want byte) bool {
	if r.space(); len(r.b) == 0 || r.b[0] != want {
		return false
	}
	r.b = r.b[1:]
	return true
}

func (r *pointReader) point() (p givenPoint, err error) {
	switch {
	case r.byte('['):
		if p.x, err = r.number("lon"); err != nil {
			return p, err
		}
		if !r.byte(',') {
			return p, r.wrong("", "应为两个数 [经度, 纬度]", "must be two numbers, [longitude, latitude]")
		}
		if p.y, err = r.number("lat"); err != nil {
			return p, err
		}
		if !r.byte(']') {
			return p, r.wrong("", "应恰为两个数 [经度, 纬度]", "must be exactly two numbers, [longitude, latitude]")
		}
		return p, nil
	case r.byte('{'):
		return r.object()
	default:
		return p, r.wrong("", "应为 [经度, 纬度] 或 {\"lon\": …, \"lat\": …}", "must be [longitude, latitude] or {\"lon\": …, \"lat\": …}")
	}
}

func (r *pointReader) object() (p givenPoint, err error) {
	var lon, lat bool
	for !r.byte('}') {
		if (lon || lat || p.id != nil) && !r.byte(',') {
			return p, r.wrong("", "成员之间应为逗号", "a comma or the end of the object is missing")
		}
		name, ok := r.text()
		if !ok || !r.byte(':') {
			return p, r.wrong("", "成员应写作 \"名\": 值", "a member is written \"name\": value")
		}
		switch twice := false; string(name) {
		case `"lon"`:
			twice, lon = lon, true
			p.x, err = r.number("lon")
			if twice {
				err = r.wrong("lon", "出现两次", "given twice")
			}
		case `"lat"`:
			twice, lat = lat, true
			p.y, err = r.number("lat")
			if twice {
				err = r.wrong("lat", "出现两次", "given twice")
			}
		case `"id"`:
			if p.id != nil {
				return p, r.wrong("id", "出现两次", "given twice")
			}
			p.id, err = r.id()
		default:
			return p, r.wrong(fmt.Sprintf("%.60s", bytes.Trim(name, `"`)), "未知成员；可用：lon、lat、id", "unknown member; known are: lon, lat, id")
		}
		if err != nil {
			return p, err
		}
	}
	if !lon || !lat {
		field := "lat"
		if !lon {
			field = "lon"
		}
		return p, r.wrong(field, "必须给出", "must be given")
	}
	return p, nil
}

// id reads a string or a number as it stands.
func (r *pointReader) id() ([]byte, error) {
	r.space()
	if len(r.b) > 0 && r.b[0] == '"' {
		if text, ok := r.text(); ok {
			return text, nil
		}
	} else if n := numberLength(r.b); n > 0 {
		text := r.b[:n]
		r.b = r.b[n:]
		return text, nil
	}
	return nil, r.wrong("id", "应为字符串或数", "must be a string or a number")
}

// text reads a string, quotes included.
func (r *pointReader) text() ([]byte, bool) {
	r.space()
	if len(r.b) == 0 || r.b[0] != '"' {
		return nil, false
	}
	plain := true
	for i := 1; i < len(r.b) && i < maxPointBytes; i++ {
		switch c := r.b[i]; {
		case c == '\\':
			plain = false
			i++
		case c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			plain = false
		case c == '"':
			text := r.b[:i+1]
			r.b = r.b[i+1:]
			return text, plain || json.Valid(text) && utf8.Valid(text)
		}
	}
	return nil, false
}

func (r *pointReader) number(field string) (float64, error) {
	r.space()
	n := numberLength(r.b)
	if n == 0 {
		return 0, r.wrong(field, "应为数，不带引号", "must be a number, without quotes")
	}
	v, err := strconv.ParseFloat(string(r.b[:n]), 64)
	if err != nil {
		return 0, r.wrong(field, "数值超出范围", "the number is out of range")
	}
	r.b = r.b[n:]
	return v, nil
}

// numberLength is the length of the JSON number (RFC 8259) that a text begins with; 0 is none.
func numberLength(b []byte) int {
	digits := func(i int) int {
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		return i
	}
	i := 0
	if i < len(b) && b[i] == '-' {
		i++
	}
	whole := digits(i)
	if whole == i || b[i] == '0' && whole > i+1 {
		return 0
	}
	i = whole
	if i < len(b) && b[i] == '.' {
		end := digits(i + 1)
		if end == i+1 {
			return 0
		}
		i = end
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		from := i + 1
		if from < len(b) && (b[from] == '+' || b[from] == '-') {
			from++
		}
		if i = digits(from); i == from {
			return 0
		}
	}
	return i
}

// eachPointLine reads positions, one a line, and calls take for each as it comes;
// the error of one that cannot be read is given to take. Empty lines are passed over.
func eachPointLine(body io.Reader, take func(i int, p givenPoint, err error) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, maxPointBytes), maxPointBytes)
	i := 0
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var p givenPoint
		err := error(&pointError{i, "", fmt.Sprintf("一次最多 %d 个点；请分批", maxPoints), fmt.Sprintf("at most %d points at once; send them in parts", maxPoints)})
		if i < maxPoints {
			p, err = readPointLine(line, i)
		}
		if err := take(i, p, err); err != nil || i == maxPoints {
			return err
		}
		i++
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return take(i, givenPoint{}, &pointError{i, "", fmt.Sprintf("一行最长 %d 字节", maxPointBytes), fmt.Sprintf("a line has at most %d bytes", maxPointBytes)})
	}
	return lines.Err()
}
