package files

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"
	"github.com/xuri/excelize/v2"
)

// The limits of a sheet.
const (
	mostRows      = 1_048_576
	longestCell   = 32_767 // characters
	longestSheet  = 31
	dictionaryTab = "字典"
)

// workbook writes a sheet a layer: number, values, a point of the feature, and the
// names of codes; rows wait in temporary files, not in memory. What people wrote
// never becomes a formula, since texts are written as texts.
type workbook struct {
	path  string
	o     Options
	book  *excelize.File
	sheet *excelize.StreamWriter
	now   Layer
	row   int
	codes map[string]map[string]string // by layer and column
}

func newWorkbook(folder, base string, o Options) (*workbook, error) {
	return &workbook{path: filepath.Join(folder, base+".xlsx"), o: o, book: excelize.NewFile(), codes: map[string]map[string]string{}}, nil
}

// Begin implements [Writer].
func (w *workbook) Begin(l Layer) (err error) {
	if err := w.end(); err != nil {
		return err
	}
	w.now, w.row = l, 1
	name := l.Name
	if len(name) > longestSheet {
		name = fmt.Sprintf("%.28s~%d", name, w.book.SheetCount)
	}
	if err := w.newSheet(name); err != nil {
		return err
	}
	heading := []any{"fid"}
	for _, c := range l.Columns {
		heading = append(heading, strings.TrimSpace(c.Name+" "+c.Label))
		if c.Dictionary != nil {
			heading = append(heading, c.Name+" 名称")
			w.codes[l.Name+"."+c.Name] = c.Dictionary
		}
	}
	if w.o.Degrees {
		heading = append(heading, "lon 经度", "lat 纬度")
	} else {
		heading = append(heading, "x 东", "y 北")
	}
	return w.add(heading)
}

func (w *workbook) newSheet(name string) (err error) {
	if _, err = w.book.NewSheet(name); err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	if w.sheet, err = w.book.NewStreamWriter(name); err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	err = w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	return errors.Join(err, w.sheet.SetColWidth(1, 60, 16))
}

func (w *workbook) add(cells []any) error {
	if w.row > mostRows {
		return fmt.Errorf("%w: a sheet has at most %d rows", ErrWrite, mostRows)
	}
	err := w.sheet.SetRow("A"+strconv.Itoa(w.row), cells)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	w.row++
	return nil
}

// Add implements [Writer].
func (w *workbook) Add(fid int64, shape []byte, values []any) error {
	g, err := wkb.Unmarshal(shape)
	if err != nil {
		return fmt.Errorf("%w: feature %d: %w", ErrWrite, fid, err)
	}
	cells := []any{fid}
	for i, c := range w.now.Columns {
		cells = append(cells, cell(c, values[i]))
		if c.Dictionary != nil {
			code, _ := values[i].(string)
			cells = append(cells, c.Dictionary[code])
		}
	}
	p := placeOf(g)
	return w.add(append(cells, p[0], p[1]))
}

func cell(c Column, value any) any {
	switch v := value.(type) {
	case string:
		if runes := []rune(v); len(runes) > longestCell {
			return string(runes[:longestCell])
		}
	case int64:
		if v > 1<<53 || v < -1<<53 { // Excel's numbers are doubles
			return strconv.FormatInt(v, 10)
		}
	case time.Time:
		if c.Type == Date {
			return v.Format(time.DateOnly)
		}
		return v.In(beijing).Format("2006-01-02 15:04:05")
	}
	return value
}

// placeOf is a point for a feature: its own, the middle of a line, the centroid of
// a polygon, which may lie outside of a bent one.
func placeOf(g orb.Geometry) orb.Point {
	switch g := g.(type) {
	case orb.MultiPoint:
		if len(g) > 0 {
			return g[0]
		}
	case orb.MultiLineString:
		if len(g) > 0 && len(g[0]) > 0 {
			return g[0][len(g[0])/2]
		}
	}
	at, _ := planar.CentroidArea(g)
	return at
}

func (w *workbook) end() error {
	if w.sheet == nil {
		return nil
	}
	err := w.sheet.Flush()
	w.sheet = nil
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return nil
}

// Close implements [Writer].
func (w *workbook) Close() error {
	defer w.book.Close() //nolint:errcheck // its temporary files are the system's to clean
	if err := w.end(); err != nil {
		return err
	}
	if len(w.codes) > 0 {
		if err := w.dictionaries(); err != nil {
			return err
		}
	}
	if w.book.SheetCount > 1 {
		if err := w.book.DeleteSheet("Sheet1"); err != nil {
			return fmt.Errorf("%w: %w", ErrWrite, err)
		}
	}
	if err := w.book.SaveAs(w.path); err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return nil
}

func (w *workbook) dictionaries() error {
	if err := w.newSheet(dictionaryTab); err != nil {
		return err
	}
	w.row = 1
	if err := w.add([]any{"字段 field", "代码 code", "名称 name"}); err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(w.codes)) {
		for _, code := range slices.Sorted(maps.Keys(w.codes[field])) {
			if err := w.add([]any{field, code, w.codes[field][code]}); err != nil {
				return err
			}
		}
	}
	return w.end()
}

// Notes implements [Writer].
func (w *workbook) Notes() ([]Renamed, []Loss) { return nil, nil }
