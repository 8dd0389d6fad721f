package kml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of what is read, so that a hostile document can't fill the memory.
const (
	longest        = 32 << 20 // bytes of one placemark, or of anything between two
	deepest        = 100      // elements within elements
	mostContainers = 10_000
	mostFields     = 1000
)

// parser goes through a document. At each placemark it calls placemark, which
// reads or skips it.
type parser struct {
	xml       *xml.Decoder
	guard     *guard
	depth     int
	names     []string // of the containers, by their number; 0 is the file
	open      []int    // the containers that are open
	begun     bool
	placemark func() error
	field     func(name string, kind Kind) // is told of a schema's fields; may be nil

	links, overlays int64

	text   []byte // of an element, used again
	values []value
	shape  shape
}

// value is a placemark's attribute.
type value struct{ key, text string }

func newParser(r io.Reader) *parser {
	g := &guard{from: r, left: longest}
	d := xml.NewDecoder(g)
	d.Entity = xml.HTMLEntity // descriptions have them, declared or not
	d.CharsetReader = func(_ string, decoded io.Reader) (io.Reader, error) { return decoded, nil }
	return &parser{xml: d, guard: g, names: []string{""}, open: []int{0}}
}

// current is the number of the container that the parser is in.
func (p *parser) current() int { return p.open[len(p.open)-1] }

func (p *parser) fault(cause error, zh, en string, args ...any) error {
	line, _ := p.xml.InputPos()
	return &SyntaxError{line, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...), cause}
}

func (p *parser) refuse(zh, en string, args ...any) error {
	return p.fault(ErrRefused, zh, en, args...)
}

// token returns the next token, within the limits.
func (p *parser) token() (xml.Token, error) {
	t, err := p.xml.Token()
	switch {
	case err == nil, errors.Is(err, io.EOF):
	case errors.Is(err, errTooLong):
		return nil, p.refuse("一个地标（Placemark）或一段文字超过 %d MiB", "a placemark or a run of text is longer than %d MiB", longest>>20)
	case p.guard.failed != nil:
		return nil, p.guard.failed
	default:
		why := strings.TrimPrefix(err.Error(), "xml: ")
		var syntax *xml.SyntaxError
		if errors.As(err, &syntax) {
			why = syntax.Msg
		}
		return nil, p.fault(err, "不是完好的 XML（%s）；文件可能不完整", "this is no well-formed XML (%s); the file may be cut off", why)
	}
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case xml.StartElement:
		if p.depth++; p.depth > deepest {
			return nil, p.refuse("元素嵌套超过 %d 层", "elements are more than %d deep", deepest)
		}
	case xml.EndElement:
		p.depth--
	case xml.Directive:
		if word := strings.ToUpper(string(t[:min(len(t), 7)])); word == "DOCTYPE" || strings.HasPrefix(word, "ENTITY") {
			return nil, p.refuse("含有 DOCTYPE（文档类型声明），出于安全不予读取；请去除后交付", "it has a DOCTYPE, which isn't read, for safety; deliver it without one")
		}
	}
	return t, nil
}

// next reads on to the end of the next element outside placemarks, or of a
// placemark. After the document's end it is an io.EOF.
func (p *parser) next() error {
	p.guard.left = longest
	t, err := p.token()
	if errors.Is(err, io.EOF) && !p.begun {
		return p.fault(nil, "没有 kml 元素", "there is no element kml")
	}
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case xml.StartElement:
		return p.element(t)
	case xml.EndElement:
		if isContainer(t.Name.Local) {
			p.open = p.open[:len(p.open)-1]
		}
	}
	return nil
}

func isContainer(name string) bool { return name == "Folder" || name == "Document" }

// element begins an element outside placemarks: containers are gone into, what
// can't hold a placemark is passed over.
func (p *parser) element(t xml.StartElement) error {
	name := t.Name.Local
	if !p.begun {
		if p.begun = true; name != "kml" && !isContainer(name) && name != "Placemark" {
			return p.fault(nil, "根元素是 %q，不是 kml", "the root element is %q, not kml", name)
		}
	}
	switch name {
	case "kml", "Create", "Update", "NetworkLinkControl":
		return nil
	case "Folder", "Document":
		if len(p.names) == mostContainers {
			return p.refuse("文件夹超过 %d 个", "there are more than %d folders", mostContainers)
		}
		p.open = append(p.open, len(p.names))
		p.names = append(p.names, "")
		return nil
	case "Placemark":
		return p.placemark()
	case "Schema":
		return p.schema()
	case "name":
		text, err := p.content()
		if p.names[p.current()] == "" {
			p.names[p.current()] = strings.TrimSpace(string(text))
		}
		return err
	case "NetworkLink":
		p.links++
	case "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "Tour":
		p.overlays++
	}
	return p.skip()
}

// skip reads to the end of the element that has begun.
func (p *parser) skip() error {
	for until := p.depth - 1; p.depth > until; {
		if _, err := p.token(); err != nil {
			return cutOff(p, err)
		}
	}
	return nil
}

func cutOff(p *parser, err error) error {
	if errors.Is(err, io.EOF) {
		return p.fault(io.ErrUnexpectedEOF, "文件不完整", "the file is cut off")
	}
	return err
}

// content returns the text of the element that has begun, good until the next
// call; what elements within it have is left out.
func (p *parser) content() ([]byte, error) {
	p.text = p.text[:0]
	for {
		t, err := p.token()
		if err != nil {
			return nil, cutOff(p, err)
		}
		switch t := t.(type) {
		case xml.CharData:
			p.text = append(p.text, t...)
		case xml.StartElement:
			if err := p.skip(); err != nil {
				return nil, err
			}
		case xml.EndElement:
			return p.text, nil
		}
	}
}

// children calls f at each element within the one that has begun; f reads it
// to its end.
func (p *parser) children(f func(t xml.StartElement) error) error {
	for {
		t, err := p.token()
		if err != nil {
			return cutOff(p, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := f(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// schema tells of the fields that a schema declares.
func (p *parser) schema() error {
	return p.children(func(t xml.StartElement) error {
		if t.Name.Local == "SimpleField" && p.field != nil {
			p.field(attribute(t, "name"), kinds[attribute(t, "type")])
		}
		return p.skip()
	})
}

// kinds are a schema's types; others are text.
var kinds = map[string]Kind{
	"int": Integer, "uint": Integer, "short": Integer, "ushort": Integer, "float": Real, "double": Real,
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// errTooLong reports that a run of bytes is beyond the limit.
var errTooLong = errors.New("kml: too long")

// guard bounds how much is read before left is set again.
type guard struct {
	from   io.Reader
	left   int
	failed error // of the file itself
}

func (g *guard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, errTooLong
	}
	n, err := g.from.Read(b)
	g.left -= n
	if err != nil && !errors.Is(err, io.EOF) {
		g.failed = err
	}
	return n, err
}
