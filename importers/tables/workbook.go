package tables

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/flate"
)

// ErrWorkbook reports a workbook that can't be read.
var ErrWorkbook = errors.New("tables: workbook can't be read")

// Bounds of what is kept in memory of a workbook.
const (
	largestPart = 16 << 20 // bytes of a part that is read whole, such as the styles
	mostSheets  = 1000
)

// Workbook is an open XLSX file, whose sheets are read row by row. It is for one
// goroutine.
type Workbook struct {
	archive  *zip.ReadCloser
	unpacked int64 // bytes that one part may unpack to
	sheets   []sheet
	shared   *sharedStrings // nil without any
	dates    []bool         // by style: its figures are days or times
	date1904 bool
}

// sheet is a worksheet: its name and the archive's member it is in.
type sheet struct {
	name   string
	member *zip.File
}

// OpenWorkbook opens an XLSX file; unpacked bounds what it may unpack to, in
// bytes. The texts that cells share are put into a file in the folder temp, ""
// being the system's, which is gone when the program is.
func OpenWorkbook(file, temp string, unpacked int64) (*Workbook, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	archive.RegisterDecompressor(zip.Deflate, flate.NewReader)
	w := &Workbook{archive: archive, unpacked: unpacked}
	if err := w.inspect(temp); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// inspect reads all parts but the sheets.
func (w *Workbook) inspect(temp string) error {
	var total uint64
	for _, f := range w.archive.File {
		if total += f.UncompressedSize64; total > uint64(w.unpacked) || f.UncompressedSize64 > uint64(w.unpacked) {
			return fmt.Errorf("%w: it unpacks to more than %d bytes", ErrWorkbook, w.unpacked)
		}
	}
	targets, err := w.relations()
	if err != nil {
		return err
	}
	if err := w.list(targets); err != nil {
		return err
	}
	if w.dates, err = w.styles(targets); err != nil {
		return err
	}
	for _, t := range targets {
		if f := w.member(t.target); t.kind == "sharedStrings" && f != nil {
			w.shared, err = w.readShared(f, temp)
			return err
		}
	}
	return nil
}

// Sheets are the names of the workbook's sheets, in their order.
func (w *Workbook) Sheets() []string {
	names := make([]string, len(w.sheets))
	for i, s := range w.sheets {
		names[i] = s.name
	}
	return names
}

// Close frees what is open. It may be called more than once.
func (w *Workbook) Close() {
	_ = w.archive.Close() // it was only read, and a second call does no harm
	if w.shared != nil {
		w.shared.close()
	}
}

// member finds a part by its name, whose case and slashes writers don't agree on.
func (w *Workbook) member(name string) *zip.File {
	for _, f := range w.archive.File {
		if strings.EqualFold(strings.ReplaceAll(f.Name, `\`, "/"), name) {
			return f
		}
	}
	return nil
}

// part decodes a small part into v.
func (w *Workbook) part(f *zip.File, v any) error {
	if f == nil {
		return fmt.Errorf("%w: a part is missing", ErrWorkbook)
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	defer r.Close()
	if err := newDecoder(&bounded{from: r, left: largestPart}).Decode(v); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrWorkbook, path.Base(f.Name), err)
	}
	return nil
}

// relation says which part an id of the workbook stands for.
type relation struct{ id, kind, target string }

func (w *Workbook) relations() ([]relation, error) {
	var list struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := w.part(w.member("xl/_rels/workbook.xml.rels"), &list); err != nil {
		return nil, err
	}
	var all []relation
	for _, r := range list.All {
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/xl", target)
		}
		all = append(all, relation{r.ID, path.Base(r.Type), strings.TrimPrefix(path.Clean(target), "/")})
	}
	return all, nil
}

// list finds the worksheets; sheets of charts are passed over.
func (w *Workbook) list(targets []relation) error {
	var book struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string     `xml:"name,attr"`
			All  []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.part(w.member("xl/workbook.xml"), &book); err != nil {
		return err
	}
	w.date1904 = book.Properties.Date1904 == "1" || book.Properties.Date1904 == "true"
	for _, s := range book.Sheets[:min(len(book.Sheets), mostSheets)] {
		for _, a := range s.All {
			if a.Name.Local != "id" {
				continue
			}
			for _, t := range targets {
				if t.id != a.Value || t.kind != "worksheet" {
					continue
				}
				f := w.member(t.target)
				if f == nil {
					return fmt.Errorf("%w: sheet %q is missing", ErrWorkbook, s.Name)
				}
				w.sheets = append(w.sheets, sheet{s.Name, f})
			}
		}
	}
	if len(w.sheets) == 0 {
		return fmt.Errorf("%w: it has no sheets", ErrWorkbook)
	}
	return nil
}

// styles tells which of the cells' styles show days or times.
func (w *Workbook) styles(targets []relation) ([]bool, error) {
	var sheet struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	for _, t := range targets {
		if f := w.member(t.target); t.kind == "styles" && f != nil {
			if err := w.part(f, &sheet); err != nil {
				return nil, err
			}
			break
		}
	}
	codes := map[int]string{}
	for _, f := range sheet.Formats {
		codes[f.ID] = f.Code
	}
	dates := make([]bool, len(sheet.Styles))
	for i, s := range sheet.Styles {
		if code, own := codes[s.Format]; own {
			dates[i] = showsMoment(code)
		} else {
			dates[i] = isMomentFormat(s.Format)
		}
	}
	return dates, nil
}

// isMomentFormat reports whether one of the formats that every workbook has is
// of days or times; 27 to 36 and 50 to 58 are those of Chinese Excel.
func isMomentFormat(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id == 45 || id == 47 || id >= 50 && id <= 58
}

// showsMoment reports whether a number format is of days or times of day. What
// stands between quotes or brackets counts for nothing, but for [h] and the
// like, which are spans of time and no moments.
func showsMoment(code string) bool {
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	moment := false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return moment
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return moment
			}
			if inside := code[i+1 : i+end]; inside != "" && strings.Trim(inside, inside[:1]) == "" && strings.Contains("hms", inside[:1]) {
				return false
			}
			i += end
		case '\\', '_', '*':
			i++
		case 'y', 'm', 'd', 'h', 's':
			moment = true
		case 'g': // General
			if strings.HasPrefix(code[i:], "general") {
				i += len("general") - 1
			}
		}
	}
	return moment
}

// errTooLong reports that a part, or a row, is beyond its limit.
var errTooLong = errors.New("too long")

// errTooDeep reports elements within elements without end.
var errTooDeep = errors.New("too many elements within one another")

// deepest is how deep elements may be; a workbook's own are some ten deep.
const deepest = 100

// shallow hands on XML's tokens as long as they aren't too deep.
type shallow struct {
	from  *xml.Decoder
	depth int
}

func newDecoder(r io.Reader) *xml.Decoder {
	return xml.NewTokenDecoder(&shallow{from: xml.NewDecoder(r)})
}

// Token makes it an xml.TokenReader.
func (s *shallow) Token() (xml.Token, error) {
	t, err := s.from.RawToken()
	switch t.(type) {
	case xml.StartElement:
		if s.depth++; s.depth > deepest {
			return nil, errTooDeep
		}
	case xml.EndElement:
		s.depth--
	case xml.Directive:
		return nil, errDirective
	}
	return t, err
}

// errDirective reports a document type, which no workbook has.
var errDirective = errors.New("it has a DOCTYPE, which isn't read")

// bounded reads until left bytes were read; whoever goes on sets left again.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong
	}
	n, err := b.from.Read(p)
	b.left -= int64(n)
	return n, err
}
