package tables

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// What a sheet may have: Excel's own bounds, and one for the memory.
const (
	mostRows    = 1 << 20
	mostColumns = 1 << 14
	longestRow  = 16 << 20 // bytes of XML
)

// Rows reads a sheet from its first row.
type Rows struct {
	book  *Workbook
	part  io.ReadCloser
	cells *cells
	row   int      // the number of the row returned last, from 1
	ahead []string // a row that was read, while rows before it are empty
	at    int      // its number; 0 is none
}

// Rows starts reading a sheet. The caller closes it.
func (w *Workbook) Rows(name string) (*Rows, error) {
	for _, s := range w.sheets {
		if s.name != name {
			continue
		}
		part, err := s.member.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
		}
		return &Rows{book: w, part: part, cells: newCells(io.LimitReader(part, w.unpacked))}, nil
	}
	return nil, fmt.Errorf("%w: there is no sheet %q", ErrWorkbook, name)
}

// Next returns the next row's cells, or io.EOF. Figures come with all their
// digits, however few the sheet shows; days and times as 2024-01-02 and
// 2024-01-02 15:04:05. A row without cells is empty.
func (r *Rows) Next() ([]string, error) {
	if r.at == 0 {
		if err := r.find(); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, ErrWorkbook) {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
		}
	}
	if r.row++; r.row < r.at {
		return nil, nil
	}
	r.at = 0
	return r.ahead, nil
}

// Close ends the reading. It may be called more than once.
func (r *Rows) Close() { _ = r.part.Close() } // nothing was written

// find reads on to the end of the next row that the sheet has.
func (r *Rows) find() error {
	for {
		r.cells.limit.left = longestRow
		t, err := r.cells.xml.Token()
		if err != nil {
			return err
		}
		start, is := t.(xml.StartElement)
		if !is || start.Name.Local != "row" {
			continue
		}
		r.at = r.row + 1
		if text := attribute(start, "r"); text != "" {
			if r.at, err = strconv.Atoi(text); err != nil || r.at <= r.row || r.at > mostRows {
				return fmt.Errorf("%w: row %q behind row %d", ErrWorkbook, text, r.row)
			}
		}
		return r.read()
	}
}

// read reads the cells of the row that has begun.
func (r *Rows) read() error {
	r.ahead = nil
	column := 0
	return r.cells.children(func(t xml.StartElement) error {
		if t.Name.Local != "c" {
			return r.cells.xml.Skip()
		}
		if name := attribute(t, "r"); name != "" {
			c, ok := columnOf(name)
			if !ok {
				return fmt.Errorf("%w: cell %q", ErrWorkbook, name)
			}
			column = c
		} else {
			column++
		}
		if column > mostColumns {
			return fmt.Errorf("%w: more than %d columns", ErrWorkbook, mostColumns)
		}
		value, err := r.value(t)
		if err != nil || value == "" {
			return err
		}
		for len(r.ahead) < column {
			r.ahead = append(r.ahead, "")
		}
		r.ahead[column-1] = value
		return nil
	})
}

// columnOf is the column of a cell's name, from 1: "AB12" is 28.
func columnOf(name string) (column int, ok bool) {
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c >= 'A' && c <= 'Z':
			column = 26*column + int(c-'A') + 1
		case c >= 'a' && c <= 'z':
			column = 26*column + int(c-'a') + 1
		default:
			return column, column > 0
		}
		if column > mostColumns {
			return 0, false
		}
	}
	return column, column > 0
}

// value reads the cell that has begun.
func (r *Rows) value(t xml.StartElement) (string, error) {
	kind := attribute(t, "t")
	value, inline := "", ""
	err := r.cells.children(func(inner xml.StartElement) error {
		err := error(nil)
		switch inner.Name.Local {
		case "v":
			err = r.cells.content()
			value = string(r.cells.buffer)
		case "is":
			err = r.cells.text()
			inline = unescaped(r.cells.buffer)
		default:
			err = r.cells.xml.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return "", err
	case kind == "inlineStr":
		return inline, nil
	case kind == "s" && value != "":
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		if err != nil {
			n = -1
		}
		return r.book.shared.get(n)
	case kind == "str":
		return unescaped([]byte(value)), nil
	case kind == "" || kind == "n":
		if style, err := strconv.Atoi(attribute(t, "s")); err == nil && style >= 0 && style < len(r.book.dates) && r.book.dates[style] {
			return moment(value, r.book.date1904), nil
		}
	}
	return value, nil
}

// moment makes a day or time of a serial number.
func moment(raw string, date1904 bool) string {
	serial, err := strconv.ParseFloat(strings.TrimSpace(raw), 64)
	if err != nil || math.IsNaN(serial) || serial < 1 || serial >= 2958466 {
		return raw
	}
	at, err := excelize.ExcelDateToTime(serial, date1904)
	if err != nil {
		return raw
	}
	at = at.Round(time.Second)
	if h, m, s := at.Clock(); h == 0 && m == 0 && s == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.DateTime)
}

// cells reads XML of a sheet or of shared texts within limits.
type cells struct {
	xml    *xml.Decoder
	limit  *bounded
	buffer []byte
}

func newCells(r io.Reader) *cells {
	limit := &bounded{from: r, left: longestRow}
	return &cells{xml: newDecoder(limit), limit: limit}
}

// children calls f at each element within the one that has begun; f reads it
// to its end.
func (c *cells) children(f func(xml.StartElement) error) error {
	for {
		t, err := c.xml.Token()
		if err != nil {
			return cutShort(err)
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

// cutShort keeps the end of a file within an element from passing for its end.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// content reads the characters of the element that has begun into the buffer.
func (c *cells) content() error {
	c.buffer = c.buffer[:0]
	return c.more()
}

func (c *cells) more() error {
	for {
		t, err := c.xml.Token()
		if err != nil {
			return cutShort(err)
		}
		switch t := t.(type) {
		case xml.CharData:
			c.buffer = append(c.buffer, t...)
		case xml.StartElement:
			if err := c.xml.Skip(); err != nil {
				return cutShort(err)
			}
		case xml.EndElement:
			return nil
		}
	}
}

// text reads a text with its runs, without how it is pronounced, into the buffer.
func (c *cells) text() error {
	c.buffer = c.buffer[:0]
	var element func(t xml.StartElement) error
	element = func(t xml.StartElement) error {
		switch t.Name.Local {
		case "t":
			return c.more()
		case "r":
			return c.children(element)
		default:
			return cutShort(c.xml.Skip())
		}
	}
	return c.children(element)
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

var escape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescaped undoes what workbooks make of control characters: _x000D_.
func unescaped(text []byte) string {
	if !escape.Match(text) {
		return string(text)
	}
	return string(escape.ReplaceAllFunc(text, func(b []byte) []byte {
		code, err := strconv.ParseUint(string(b[2:6]), 16, 16)
		if err != nil || code >= 0xd800 && code < 0xe000 {
			return b
		}
		return []byte(string(rune(code)))
	}))
}
