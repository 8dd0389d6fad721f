package redline

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// The sections of the text.
const (
	attributes = "[属性描述]"
	plots      = "[地块坐标]"
)

// Bounds of what a reader takes, so that a hostile text can't fill the memory.
const (
	longestLine    = 1 << 20
	mostAttributes = 1000
	mostCorners    = 2_000_000 // of one plot
)

// Reader reads plots one by one.
type Reader struct {
	Header Header

	lines  *bufio.Reader
	decode func([]byte) (string, bool)
	line   int
	ahead  string // the next plot's first line, read already
	done   bool

	unended bool // the text's last line has no end
}

// NewReader reads up to the plots. decode turns a line's bytes into text, or
// says that they aren't; nil takes UTF-8. Where the text isn't of the format the
// error is a [*SyntaxError].
func NewReader(r io.Reader, decode func([]byte) (string, bool)) (*Reader, error) {
	if decode == nil {
		decode = func(b []byte) (string, bool) { return string(b), !bytes.ContainsRune(b, '\uFFFD') }
	}
	d := &Reader{lines: bufio.NewReaderSize(r, 64<<10), decode: decode}
	for {
		text, err := d.next()
		if errors.Is(err, io.EOF) {
			return nil, d.fault("没有 [地块坐标] 一节", "there is no section [地块坐标]")
		}
		if err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(text, attributes), text == "":
		case strings.HasPrefix(text, plots):
			return d, nil
		case len(d.Header) == mostAttributes:
			return nil, d.fault("属性过多", "too many attributes")
		default:
			name, value, found := strings.Cut(text, "=")
			if !found {
				if name, value, found = strings.Cut(text, "＝"); !found {
					return nil, d.fault("%q 不是“名称=值”", "%q is not NAME=VALUE", clip(text))
				}
			}
			d.Header = append(d.Header, Attribute{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
}

func (d *Reader) fault(zh, en string, args ...any) error {
	return &SyntaxError{d.line, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)}
}

// next returns the next line without blanks round it.
func (d *Reader) next() (string, error) {
	var whole []byte
	for {
		part, err := d.lines.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case len(whole) > longestLine:
			d.line++
			return "", d.fault("行过长", "the line is too long")
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(whole) == 0:
			return "", io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return "", fmt.Errorf("redline: %w", err)
		}
		break
	}
	d.line++
	d.unended = !bytes.HasSuffix(whole, []byte("\n"))
	if d.line == 1 {
		whole = bytes.TrimPrefix(whole, []byte("\xef\xbb\xbf"))
	}
	text, ok := d.decode(bytes.TrimRight(whole, "\r\n\x00 \t\x1a"))
	if !ok {
		return "", d.fault("文字编码有误", "the text is damaged or of another encoding")
	}
	return strings.Trim(text, " \t\u3000"), nil
}

// Next returns the next plot, or io.EOF after the last. A text that breaks off
// within a plot is a [*SyntaxError].
func (d *Reader) Next() (Plot, error) {
	head := d.ahead
	d.ahead = ""
	for head == "" {
		if d.done {
			return Plot{}, io.EOF
		}
		text, err := d.next()
		if err != nil {
			return Plot{}, err
		}
		if strings.HasPrefix(text, plots) { // some writers repeat it before every plot
			continue
		}
		head = text
	}
	p, err := d.head(head)
	if err != nil {
		return Plot{}, err
	}
	for {
		text, err := d.next()
		if errors.Is(err, io.EOF) {
			d.done = true
			break
		}
		if err != nil {
			return Plot{}, err
		}
		if isHead(text) {
			d.ahead = text
			break
		}
		if text == "" || strings.HasPrefix(text, plots) {
			continue
		}
		if len(p.Corners) == mostCorners {
			return Plot{}, d.fault("地块的界址点超过 %d 个", "the plot has more than %d corners", mostCorners)
		}
		c, err := d.corner(text)
		if err != nil {
			return Plot{}, err
		}
		p.Corners = append(p.Corners, c)
	}
	if d.done && d.unended && p.endsShort() {
		return Plot{}, d.fault("最后一个界址点不完整，文件可能被截断", "the last corner is short: the file may be cut off")
	}
	if rings := p.rings(); len(rings) > mostRings {
		return Plot{}, d.fault("地块 %s 的圈超过 %d 个", "plot %s has more than %d rings", clip(p.Number), mostRings)
	}
	// Writers count with or without the corner that closes a ring.
	if stated, err := strconv.Atoi(p.Points); err == nil && len(p.Corners)+len(p.rings()) < stated {
		return Plot{}, d.fault("地块 %s 应有 %d 个界址点，只有 %d 个，文件可能不完整", "plot %s should have %d corners, but has %d: the file may be cut off", clip(p.Number), stated, len(p.Corners))
	}
	return p, nil
}

// commas makes the punctuation of Chinese keyboards plain.
var commas = strings.NewReplacer("，", ",", "＠", "@")

func isHead(text string) bool { return strings.HasSuffix(commas.Replace(text), "@") }

// headFields is how many fields a plot's first line has before the @.
const headFields = 8

func (d *Reader) head(text string) (Plot, error) {
	if !isHead(text) {
		return Plot{}, d.fault("应为地块的首行（以 @ 结尾），却是 %q", "a plot's first line, ending in @, should be here, not %q", clip(text))
	}
	fields := strings.Split(strings.TrimSuffix(strings.TrimSuffix(commas.Replace(text), "@"), ","), ",")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	for len(fields) < headFields {
		fields = append(fields, "")
	}
	return Plot{
		Line: d.line, Points: fields[0], Area: fields[1], Number: fields[2], Name: fields[3],
		Kind: fields[4], Sheet: fields[5], Use: fields[6], Class: fields[7], More: fields[headFields:],
	}, nil
}

func (d *Reader) corner(text string) (Corner, error) {
	fields := strings.Split(commas.Replace(text), ",")
	wrong := func() (Corner, error) {
		return Corner{}, d.fault("界址点应为“点号,圈号,X,Y”，却是 %q", "a corner should be NAME,RING,X,Y, not %q", clip(text))
	}
	if len(fields) < 4 {
		return wrong()
	}
	ring, err := strconv.Atoi(strings.TrimSpace(fields[1]))
	if err != nil || ring < 0 {
		return wrong()
	}
	c := Corner{Name: strings.TrimSpace(fields[0]), Ring: ring}
	for i, to := range []*float64{&c.Northing, &c.Easting} {
		figure := strings.TrimSpace(fields[2+i])
		if *to, err = strconv.ParseFloat(figure, 64); err != nil || math.IsNaN(*to) || math.Abs(*to) > 1e12 {
			return wrong()
		}
		_, decimals, _ := strings.Cut(figure, ".")
		c.Decimals, c.eastingDecimals = min(max(c.Decimals, len(decimals)), 12), len(decimals)
	}
	return c, nil
}

// clip shortens foreign text for a message.
func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// endsShort reports whether the last corner looks as if its easting had been cut
// off: it should close its ring and doesn't, it has lost digits before the
// point, or decimals that all others have.
func (p Plot) endsShort() bool {
	if len(p.Corners) < 2 {
		return false
	}
	others, last := p.Corners[:len(p.Corners)-1], p.Corners[len(p.Corners)-1]
	alike := len(others) > 2
	for _, c := range others {
		if c.Ring == last.Ring && c.Name == last.Name {
			return c.Easting != last.Easting || c.Northing != last.Northing
		}
		alike = alike && c.eastingDecimals == others[0].eastingDecimals
	}
	before := others[len(others)-1]
	return math.Abs(last.Easting) < math.Abs(before.Easting)/5 && math.Abs(before.Easting) > 1e5 || alike && last.eastingDecimals < others[0].eastingDecimals
}
