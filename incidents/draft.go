package incidents

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrContent reports a report or a step that can't be taken; [ContentError] says why.
var ErrContent = errors.New("incidents: unusable content")

// ContentError is what is wrong with a report or a step: which member, what it
// was, and what it should be.
type ContentError struct {
	Member, Value string
	ZH, EN        string
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("member %s is %.100q: %s", e.Member, e.Value, e.EN)
}

// Unwrap returns [ErrContent].
func (e *ContentError) Unwrap() error { return ErrContent }

// Limits of a report.
const (
	maxText      = 2000 // characters
	maxWhy       = 500
	maxAhead     = 10 * time.Minute    // of a phone's clock
	maxBehind    = 30 * 24 * time.Hour // that a phone was without signal
	maxAccuracyM = 5000                // as of spatial/cells
	maxClientID  = 100                 // characters
	timeExample  = "2026-05-01T08:00:00+08:00"
)

// Draft is a report as a phone sends it.
type Draft struct {
	ClientID   string     `json:"client_id"` // the phone's own number of the report; sent again, it is the same report
	Kind       string     `json:"kind"`      // four digits of the dictionary incident_kind
	Source     string     `json:"source"`    // of the dictionary incident_source; "" is worker
	Text       string     `json:"text"`
	Lon        *float64   `json:"lon"` // in CRS: degrees, or the easting in metres
	Lat        *float64   `json:"lat"` // degrees, or the northing in metres
	CRS        string     `json:"crs,omitempty"`
	AccuracyM  *float64   `json:"accuracy,omitempty"` // metres, radius of 95 % confidence
	ReportedAt *time.Time `json:"reported_at"`        // by the phone's clock; nil is now
}

// ReadDraft reads a report from JSON. Unknown members and values of the wrong kind
// are a [ContentError]; what the values may be is checked by [Store.Report].
func ReadDraft(text []byte) (Draft, error) {
	var d Draft
	if err := ReadObject(text, &d); err != nil {
		return d, err
	}
	if d.Lon == nil || d.Lat == nil {
		member := "lon"
		if d.Lon != nil {
			member = "lat"
		}
		return d, &ContentError{member, "", "必须给出，为十进制数", "must be given, a decimal number"}
	}
	return d, nil
}

// ReadObject reads one JSON object and nothing else, and names the member that is wrong.
func ReadObject(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			return &ContentError{"(body)", "", "JSON 对象之后还有内容", "there is something after the object"}
		}
		return nil
	}
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var moment *time.ParseError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return &ContentError{kind.Field, kind.Value, "类型不对，应为" + typeName(kind.Type.Kind().String(), 0), "is of the wrong type, must be " + typeName(kind.Type.Kind().String(), 1)}
	case errors.As(err, &moment):
		return &ContentError{"reported_at", strings.Trim(moment.Value, `"`), "应为带时区的时刻，如 " + timeExample, "must be a time with its zone, as " + timeExample}
	case errors.As(err, &syntax):
		return syntaxProblem(text, syntax)
	}
	if strings.Contains(err.Error(), "Time.UnmarshalJSON") {
		return &ContentError{"reported_at", "", "应为带时区的时刻，如 " + timeExample, "must be a time with its zone, as " + timeExample}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &ContentError{strings.Trim(name, `"`), "", "未知成员", "unknown member"}
	}
	return &ContentError{"(body)", "", "应为一个 JSON 对象", fmt.Sprintf("must be a JSON object: %v", err)}
}

func typeName(kind string, language int) string {
	names := map[string][2]string{
		"string": {"字符串", "a string"}, "float64": {"数，不带引号", "a number, without quotes"}, "int": {"整数", "a whole number"},
		"bool": {" true 或 false", "true or false"}, "struct": {"带时区的时刻，如 " + timeExample, "a time with its zone, as " + timeExample},
	}
	name, ok := names[kind]
	if !ok {
		return kind
	}
	return name[language]
}

// lastMember is the member whose value begins where a text ends.
var lastMember = regexp.MustCompile(`"([^"\\]{1,60})"\s*:\s*-?$`)

// syntaxProblem names the member that isn't JSON, as {"lat": NaN}.
func syntaxProblem(text []byte, syntax *json.SyntaxError) error {
	end := min(max(int(syntax.Offset)-1, 0), len(text))
	if found := lastMember.FindSubmatch(text[:end]); found != nil {
		value := text[end:min(end+20, len(text))]
		if i := bytes.IndexAny(value, ",} \r\n"); i >= 0 {
			value = value[:i]
		}
		return &ContentError{string(found[1]), strings.ToValidUTF8(string(value), "?"), "不是 JSON 的值（JSON 中没有 NaN 与 Infinity）", "is not a JSON value (JSON has no NaN and no Infinity)"}
	}
	return &ContentError{"(body)", "", fmt.Sprintf("不是 JSON：第 %d 字节处有误", syntax.Offset), fmt.Sprintf("is not JSON: %v at byte %d", syntax, syntax.Offset)}
}

var clientID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]*$`)

// tidy brings a report into its usual form.
func (d *Draft) tidy() {
	d.Text = strings.TrimSpace(strings.ReplaceAll(d.Text, "\r\n", "\n"))
	if d.Source == "" {
		d.Source = "worker"
	}
}

// check tells the first thing that is wrong with a tidy report. The position is
// checked by whoever finds its cell.
func (d Draft) check(r Rules, now time.Time) error {
	switch {
	case len(d.ClientID) > maxClientID || !clientID.MatchString(d.ClientID):
		return &ContentError{"client_id", d.ClientID, fmt.Sprintf("应为 1 至 %d 个字母、数字或 . _ : -，如 UUID，由终端为每次上报生成", maxClientID), fmt.Sprintf("must be 1 to %d letters, digits or . _ : -, as a UUID, made by the sender for each report", maxClientID)}
	case !r.IsKind(d.Kind):
		return &ContentError{"kind", d.Kind, "应为字典 incident_kind 中的四位小类代码", "must be a code of four digits of the dictionary incident_kind"}
	case !known(r.Sources, d.Source):
		return &ContentError{"source", d.Source, "应为字典 incident_source 中的代码：worker、public、video、assigned", "must be a code of the dictionary incident_source: worker, public, video, assigned"}
	case d.AccuracyM != nil && !(*d.AccuracyM >= 0 && *d.AccuracyM <= maxAccuracyM):
		return &ContentError{"accuracy", fmt.Sprint(*d.AccuracyM), fmt.Sprintf("应为 0 至 %d 米（95 %% 置信半径）", maxAccuracyM), fmt.Sprintf("must be from 0 to %d metres, the radius of 95 %% confidence", maxAccuracyM)}
	case d.ReportedAt == nil:
	case d.ReportedAt.After(now.Add(maxAhead)):
		return &ContentError{"reported_at", d.ReportedAt.Format(time.RFC3339), "晚于当前时间；请核对终端时钟", "is in the future; check the phone's clock"}
	case d.ReportedAt.Before(now.Add(-maxBehind)):
		return &ContentError{"reported_at", d.ReportedAt.Format(time.RFC3339), "早于 30 天前，不能补报", "is more than 30 days ago"}
	}
	return checkText("text", d.Text, 1, maxText)
}

// checkText holds a text to its length in characters and refuses control characters.
func checkText(member, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	switch {
	case n < least || n > most:
		return &ContentError{member, shorten(text, 40), fmt.Sprintf("应为 %d 至 %d 个字，现为 %d", least, most, n), fmt.Sprintf("must have %d to %d characters, and has %d", least, most, n)}
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }):
		return &ContentError{member, shorten(text, 40), "含有控制字符（如 NUL）；请删去", "has control characters, as NUL; take them out"}
	}
	return nil
}

func shorten(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// hash stands for what a tidy report says. Its client id is not part of it.
func (d Draft) hash() ([]byte, error) {
	d.ClientID = ""
	if d.ReportedAt != nil {
		moment := d.ReportedAt.UTC().Truncate(time.Millisecond)
		d.ReportedAt = &moment
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("incidents: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}
