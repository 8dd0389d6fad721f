package capxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"onemap/spatial/warnings"
)

// ErrMessage reports XML that is no usable CAP message; [MessageError] says why.
var ErrMessage = errors.New("capxml: unusable message")

// MessageError is what is wrong with a message: with which element, and what it should be.
type MessageError struct {
	Element string
	ZH, EN  string
}

func (e *MessageError) Error() string { return "CAP, " + e.Element + ": " + e.EN }

// Unwrap returns [ErrMessage].
func (e *MessageError) Unwrap() error { return ErrMessage }

func wrong(element, zh, en string) error { return &MessageError{element, zh, en} }

const (
	// MaxBytes is the longest message.
	MaxBytes = 1 << 20
	maxDepth = 16
)

// Read reads a message; everything that it can't use is a [MessageError]. What a
// warning must have is checked by who publishes it. Of several infos the first in
// Chinese counts, else the first. Positions of polygons are latitude first, as CAP
// has them.
func Read(text []byte, r warnings.Register) (Message, error) {
	if len(text) > MaxBytes {
		return Message{}, wrong("alert", "消息超过 1 MiB", "the message is longer than 1 MiB")
	}
	if err := lookThrough(text); err != nil {
		return Message{}, err
	}
	var a alert
	if err := xml.Unmarshal(text, &a); err != nil {
		return Message{}, wrong("alert", "不是 CAP 1.2 消息（命名空间 "+Namespace+"）", fmt.Sprintf("it is no CAP 1.2 message of namespace %s: %v", Namespace, err))
	}
	m, err := a.head()
	if err != nil {
		return m, err
	}
	if len(a.Info) == 0 {
		if m.Action == warnings.Cancel {
			return m, nil
		}
		return m, wrong("info", "必须给出", "must be given")
	}
	chosen := a.Info[max(slices.IndexFunc(a.Info, func(i info) bool { return strings.HasPrefix(strings.ToLower(i.Language), "zh") }), 0)]
	m.Content, err = chosen.content(r, m.Sent)
	return m, err
}

// lookThrough refuses a document type, too deep an element and an encoding other
// than UTF-8, before anything is made of the message.
func lookThrough(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	depth, roots := 0, 0
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			if depth != 0 || roots != 1 {
				return wrong("alert", "XML 不完整", "the XML is incomplete")
			}
			return nil
		}
		if err != nil {
			return wrong("alert", "XML 有误（须为 UTF-8）", fmt.Sprintf("the XML, which must be in UTF-8, is not well formed: %v", err))
		}
		switch t := token.(type) {
		case xml.Directive:
			return wrong("DOCTYPE", "出于安全，不接受文档类型声明", "a document type is refused, for safety")
		case xml.ProcInst:
			if t.Target != "xml" {
				return wrong("alert", "不接受处理指令", "processing instructions are refused")
			}
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			if depth++; depth > maxDepth {
				return wrong(t.Name.Local, "嵌套过深", "elements are nested too deeply")
			}
		case xml.EndElement:
			depth--
		}
	}
}

var name = regexp.MustCompile(`^[^\s,<&]{1,200}$`)

// head reads what stands before the infos.
func (a alert) head() (m Message, err error) {
	m.Identifier, m.Sender, m.Note = strings.TrimSpace(a.Identifier), strings.TrimSpace(a.Sender), strings.TrimSpace(a.Note)
	if !name.MatchString(m.Identifier) {
		return m, wrong("identifier", "必须给出，不含空白、逗号、< 与 &", "must be given, without white space, commas, < and &")
	}
	if !name.MatchString(m.Sender) {
		return m, wrong("sender", "必须给出，不含空白、逗号、< 与 &", "must be given, without white space, commas, < and &")
	}
	if m.Sent, err = readTime("sent", a.Sent); err != nil {
		return m, err
	}
	if s := strings.TrimSpace(a.Status); s != "Actual" {
		return m, wrong("status", fmt.Sprintf("只接受 Actual，不是 %.40q", s), fmt.Sprintf("only Actual is taken, not %.40q", s))
	}
	if s := strings.TrimSpace(a.Scope); s != "Public" {
		return m, wrong("scope", fmt.Sprintf("只接受 Public，不是 %.40q", s), fmt.Sprintf("only Public is taken, not %.40q", s))
	}
	switch kind := strings.TrimSpace(a.MsgType); kind {
	case "Alert":
		m.Action = warnings.Publish
	case "Update":
		m.Action = warnings.Update
	case "Cancel":
		m.Action = warnings.Cancel
	default:
		return m, wrong("msgType", fmt.Sprintf("应为 Alert、Update 或 Cancel，不是 %.40q", kind), fmt.Sprintf("must be Alert, Update or Cancel, not %.40q", kind))
	}
	if m.Action == warnings.Publish {
		return m, nil
	}
	for _, one := range strings.Fields(a.References) {
		parts := strings.Split(one, ",")
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || len(m.References) == 100 {
			return m, wrong("references", fmt.Sprintf("%.100q 应为 sender,identifier,sent", one), fmt.Sprintf("%.100q must be sender,identifier,sent", one))
		}
		sent, err := readTime("references", parts[2])
		if err != nil {
			return m, err
		}
		m.References = append(m.References, warnings.Message{Sender: parts[0], Identifier: parts[1], Sent: sent})
	}
	if len(m.References) == 0 {
		return m, wrong("references", "Update 与 Cancel 必须引用此前的消息", "an Update or Cancel must refer to a message before it")
	}
	return m, nil
}

func readTime(element, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil || at.Year() < 1970 || at.Year() > 9000 {
		return at, wrong(element, fmt.Sprintf("%.40q 应为带时区的时刻，如 2026-05-01T08:00:00+08:00", text), fmt.Sprintf("%.40q must be a time with its zone, as 2026-05-01T08:00:00+08:00", text))
	}
	return at, nil
}

func (i info) content(r warnings.Register, sent time.Time) (c warnings.Content, err error) {
	if c.Kind, err = i.kind(r); err != nil {
		return c, err
	}
	if c.Colour, err = i.colour(r); err != nil {
		return c, err
	}
	c.Headline, c.Text, c.Advice = strings.TrimSpace(i.Headline), strings.TrimSpace(i.Description), strings.TrimSpace(i.Instruction)
	c.Issuer = strings.TrimSpace(i.SenderName)
	c.ValidFrom = sent
	for _, from := range []struct{ element, text string }{{"onset", i.Onset}, {"effective", i.Effective}} {
		if strings.TrimSpace(from.text) != "" {
			if c.ValidFrom, err = readTime(from.element, from.text); err != nil {
				return c, err
			}
			break
		}
	}
	if c.ValidTo, err = readTime("expires", i.Expires); err != nil {
		return c, err
	}
	var described []string
	for _, one := range i.Area {
		if len(one.Circle) > 0 {
			return c, wrong("circle", "不支持圆；请用 polygon 或行政区代码 geocode", "circles are not taken; give a polygon, or a division's code as geocode")
		}
		if text := strings.TrimSpace(one.Description); text != "" {
			described = append(described, text)
		}
		for _, g := range one.Geocode {
			if code := strings.TrimSpace(g.Value); !slices.Contains(c.Divisions, code) {
				c.Divisions = append(c.Divisions, code)
			}
		}
		for _, text := range one.Polygon {
			ring, err := readRing(text)
			if err != nil {
				return c, err
			}
			c.Polygon = append(c.Polygon, orb.Polygon{ring})
		}
	}
	c.AreaText = strings.Join(described, "、")
	return c, nil
}

// kind finds out what the warning is of: by our id, by the national code, by the name.
func (i info) kind(r warnings.Register) (string, error) {
	for _, p := range i.Parameter {
		if _, ok := r.Kind(strings.TrimSpace(p.Value)); ok && p.Name == kindName {
			return strings.TrimSpace(p.Value), nil
		}
	}
	for _, code := range i.EventCode {
		for _, k := range r.Kinds {
			if k.Code != "" && strings.EqualFold(strings.TrimSpace(code.Value), k.Code) {
				return k.ID, nil
			}
		}
	}
	for _, k := range r.Kinds {
		if strings.Contains(i.Event, k.Name) || strings.EqualFold(strings.TrimSpace(i.Event), k.NameEN) {
			return k.ID, nil
		}
	}
	if _, ok := r.Kind("other"); ok {
		return "other", nil
	}
	return "", wrong("event", "没有这个种类的预警", "there is no such kind of warning")
}

// colour finds out the colour: as it is stated, by the event's or headline's words, by the severity.
func (i info) colour(r warnings.Register) (string, error) {
	for _, p := range i.Parameter {
		if c, ok := r.Colour(strings.ToLower(strings.TrimSpace(p.Value))); ok && p.Name == colourName {
			return c.ID, nil
		}
	}
	for _, text := range []string{i.Event, i.Headline} {
		for _, c := range r.Colours {
			if strings.Contains(text, c.Name) {
				return c.ID, nil
			}
		}
	}
	for _, c := range r.Colours {
		if strings.EqualFold(strings.TrimSpace(i.Severity), c.Severity) {
			return c.ID, nil
		}
	}
	return "", wrong("severity", "应为 Minor、Moderate、Severe 或 Extreme，或以参数 "+colourName+" 给出颜色", "must be Minor, Moderate, Severe or Extreme, or the parameter "+colourName+" must name the colour")
}

// readRing reads a polygon, "lat,lon lat,lon …", into longitude first.
func readRing(text string) (orb.Ring, error) {
	var ring orb.Ring
	for _, pair := range strings.Fields(text) {
		first, second, ok := strings.Cut(pair, ",")
		lat, err := strconv.ParseFloat(first, 64)
		lon, err2 := strconv.ParseFloat(second, 64)
		if !ok || err != nil || err2 != nil || !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
			return nil, wrong("polygon", fmt.Sprintf("%.60q 应为 纬度,经度（度）", pair), fmt.Sprintf("%.60q must be latitude,longitude in degrees", pair))
		}
		if ring = append(ring, orb.Point{lon, lat}); len(ring) > warnings.MaxVertices {
			return nil, wrong("polygon", fmt.Sprintf("顶点超过 %d 个", warnings.MaxVertices), fmt.Sprintf("more than %d positions", warnings.MaxVertices))
		}
	}
	if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
		return nil, wrong("polygon", "应至少有四个坐标，且首尾相同", "must have four positions or more, the last equal to the first")
	}
	return ring, nil
}
