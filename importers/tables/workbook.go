package tables

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// ErrWorkbook reports a workbook that can't be read.
var ErrWorkbook = errors.New("tables: workbook can't be read")

// mostPacked bounds a workbook's size on disk, of which the reader keeps the
// packed bytes in memory; larger tables are delivered as CSV or GeoPackage.
const mostPacked = 64 << 20

// Workbook is an open XLSX file. It is for one goroutine.
type Workbook struct {
	file *excelize.File
}

// OpenWorkbook opens an XLSX file; unpacked bounds what it may unpack to, in
// bytes. Large sheets are unpacked into the temporary folder, not into memory.
func OpenWorkbook(path string, unpacked int64) (_ *Workbook, err error) {
	defer rescue(&err)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	if info.Size() > mostPacked {
		return nil, fmt.Errorf("%w: larger than %d MiB", ErrWorkbook, mostPacked>>20)
	}
	file, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: unpacked, UnzipXMLSizeLimit: min(unpacked, 4<<20)})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	return &Workbook{file}, nil
}

// rescue turns a panic over a damaged workbook into an [ErrWorkbook].
func rescue(err *error) {
	if what := recover(); what != nil {
		*err = fmt.Errorf("%w: %v", ErrWorkbook, what)
	}
}

// Sheets are the names of the workbook's sheets, in their order.
func (w *Workbook) Sheets() []string { return w.file.GetSheetList() }

// Close removes what was unpacked. It may be called more than once.
func (w *Workbook) Close() {
	if w.file != nil {
		_ = w.file.Close() // leftovers in the temporary folder are no failure of the reading
		w.file = nil
	}
}

// Rows reads a sheet from its first row.
type Rows struct {
	raw, shown *excelize.Rows
	date1904   bool
}

// Rows starts reading a sheet. The caller closes it.
func (w *Workbook) Rows(sheet string) (_ *Rows, err error) {
	defer rescue(&err)
	raw, err := w.file.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	shown, err := w.file.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, errors.Join(err, raw.Close()))
	}
	r := &Rows{raw: raw, shown: shown}
	if properties, err := w.file.GetWorkbookProps(); err == nil && properties.Date1904 != nil {
		r.date1904 = *properties.Date1904
	}
	return r, nil
}

// Next returns the next row's cells, or io.EOF. Figures come with all their
// digits, however few the sheet shows; days and times as 2024-01-02 and
// 2024-01-02 15:04:05. A row without cells is empty.
func (r *Rows) Next() (_ []string, err error) {
	defer rescue(&err)
	if !r.raw.Next() || !r.shown.Next() {
		if err := errors.Join(r.raw.Error(), r.shown.Error()); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
		}
		return nil, io.EOF
	}
	raw, err := r.raw.Columns(excelize.Options{RawCellValue: true})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	shown, err := r.shown.Columns()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	for i := range raw {
		if i < len(shown) && raw[i] != shown[i] {
			raw[i] = r.moment(raw[i], shown[i])
		}
	}
	return raw, nil
}

// moment makes a date of a serial number that the sheet shows as one.
func (r *Rows) moment(raw, shown string) string {
	serial, err := strconv.ParseFloat(raw, 64)
	if err != nil || serial < 1 || serial >= 2958466 || strings.Count(shown, "-")+strings.Count(shown, "/")+strings.Count(shown, ":")+strings.Count(shown, "年")+strings.Count(shown, "月") == 0 {
		return raw
	}
	if _, isNumber := Coordinate(shown); isNumber && !strings.Contains(shown, ":") {
		return raw
	}
	at, err := excelize.ExcelDateToTime(serial, r.date1904)
	if err != nil {
		return raw
	}
	at = at.Round(time.Second)
	if h, m, s := at.Clock(); h == 0 && m == 0 && s == 0 {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.DateTime)
}

// Close ends the reading. It may be called more than once.
func (r *Rows) Close() {
	_ = errors.Join(r.raw.Close(), r.shown.Close()) // nothing was written
}

// headerWithin is in how many rows from the top a sheet's header is looked for:
// titles and remarks often stand above it.
const headerWithin = 10

// Header finds the row, from 0, that holds the columns' names among a sheet's
// first rows: the first one by which positions can be told, else the first with
// two names or more. Without any it is -1.
func Header(rows [][]string) int {
	first := -1
	for i, row := range rows[:min(len(rows), headerWithin)] {
		filled := 0
		for _, cell := range row {
			if _, isFigure := Coordinate(cell); !isFigure && strings.TrimSpace(cell) != "" {
				filled++
			}
		}
		if filled < 2 {
			continue
		}
		if first < 0 {
			first = i
		}
		if layouts, err := Detect(row, rows[i+1:]); err == nil && roleOf(row[layouts[0].X]) != noRole {
			return i
		}
	}
	return first
}
