package files

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/planar"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// drawing writes a DXF of R12, which every CAD program reads: rings and lines as
// polylines, points, names as texts, on a CAD layer each. A feature's number and
// values are extended data of the application ONEMAP. Texts are in GBK, as the
// header says; characters that it lacks are written \U+XXXX, which CAD programs show.
type drawing struct {
	o    Options
	file *os.File
	out  *bufio.Writer
	now  Layer
}

// drawingApp names the extended data.
const drawingApp = "ONEMAP"

// mostExtended is how many bytes of extended data an entity may have, less some for its frame.
const mostExtended = 15_000

func newDrawing(folder, base string, o Options) (*drawing, error) {
	file, err := os.OpenFile(filepath.Join(folder, base+".dxf"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrite, err)
	}
	w := &drawing{o: o, file: file, out: bufio.NewWriterSize(file, 1<<18)}
	w.put("0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", "AC1009", "9", "$DWGCODEPAGE", "3", "ANSI_936", "0", "ENDSEC")
	w.put("0", "SECTION", "2", "TABLES", "0", "TABLE", "2", "APPID", "70", "1", "0", "APPID", "2", drawingApp, "70", "0", "0", "ENDTAB", "0", "ENDSEC")
	w.put("0", "SECTION", "2", "ENTITIES")
	return w, nil
}

// put writes pairs of group codes and values.
func (w *drawing) put(pairs ...string) {
	for _, one := range pairs {
		w.out.WriteString(one)    //nolint:errcheck // Flush tells
		w.out.WriteString("\r\n") //nolint:errcheck // likewise
	}
}

// Begin implements [Writer]. R12 makes a CAD layer of each name that it meets.
func (w *drawing) Begin(l Layer) error {
	w.now = l
	return nil
}

// Add implements [Writer].
func (w *drawing) Add(fid int64, shape []byte, values []any) error {
	g, err := wkb.Unmarshal(shape)
	if err != nil {
		return fmt.Errorf("%w: feature %d: %w", ErrWrite, fid, err)
	}
	extended := w.extended(fid, values)
	var at orb.Point
	switch g := g.(type) {
	case orb.MultiPoint:
		for _, p := range g {
			w.put("0", "POINT", "8", w.now.Name)
			w.point(p)
			w.put(extended...)
			at = p
		}
	case orb.MultiLineString:
		for _, line := range g {
			w.polyline(line, false, extended)
			if len(line) > 0 {
				at = line[len(line)/2]
			}
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			for _, ring := range polygon {
				w.polyline(orb.LineString(ring), true, extended)
			}
		}
		at, _ = planar.CentroidArea(g)
	default:
		return fmt.Errorf("%w: feature %d is a %s", ErrWrite, fid, g.GeoJSONType())
	}
	if i := w.now.LabelAt; i >= 0 && i < len(values) {
		if text := plainText(w.now.Columns[i], values[i]); text != "" {
			w.put("0", "TEXT", "8", w.now.Name+"_TEXT")
			w.point(at)
			height := 5.0 // metres
			if w.o.Degrees {
				height = 5.0 / 111_000
			}
			w.put("40", w.number(height), "1", escape(text, 240))
		}
	}
	return nil
}

func (w *drawing) point(p orb.Point) {
	w.put("10", w.number(p[0]), "20", w.number(p[1]), "30", "0.0")
}

func (w *drawing) number(v float64) string {
	places := 4
	if w.o.Degrees {
		places = 9
	}
	return strconv.FormatFloat(v, 'f', places, 64)
}

func (w *drawing) polyline(line orb.LineString, closed bool, extended []string) {
	if closed && len(line) > 1 && line[0] == line[len(line)-1] {
		line = line[:len(line)-1]
	}
	flag := "0"
	if closed {
		flag = "1"
	}
	w.put("0", "POLYLINE", "8", w.now.Name, "66", "1", "10", "0.0", "20", "0.0", "30", "0.0", "70", flag)
	w.put(extended...)
	for _, p := range line {
		w.put("0", "VERTEX", "8", w.now.Name)
		w.point(p)
	}
	w.put("0", "SEQEND", "8", w.now.Name)
}

// extended are a feature's number and values as extended data.
func (w *drawing) extended(fid int64, values []any) []string {
	pairs := []string{"1001", drawingApp, "1000", "fid=" + strconv.FormatInt(fid, 10)}
	size := 0
	for i, c := range w.now.Columns {
		text := plainText(c, values[i])
		if text == "" {
			continue
		}
		one := escape(c.Name+"="+text, 250)
		if size += len(one); size > mostExtended {
			break
		}
		pairs = append(pairs, "1000", one)
	}
	return pairs
}

// plainText is a value as people read it; no value is "".
func plainText(c Column, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if c.Type == Date {
			return v.Format(time.DateOnly)
		}
		return v.In(beijing).Format("2006-01-02 15:04:05")
	default:
		return fmt.Sprint(v)
	}
}

// escape writes a text as GBK in at most so many bytes.
func escape(text string, most int) string {
	var b strings.Builder
	for _, r := range text {
		one := string(r)
		switch {
		case r < ' ' || r == 0x7f:
			one = " "
		case r > 0x7f:
			one = gbkOf(r)
		}
		if b.Len()+len(one) > most {
			return b.String()
		}
		b.WriteString(one)
	}
	return b.String()
}

func gbkOf(r rune) string {
	if packed, err := simplifiedchinese.GBK.NewEncoder().String(string(r)); err == nil && len(packed) == 2 {
		return packed
	}
	escaped := ""
	for _, unit := range utf16.Encode([]rune{r}) {
		escaped += fmt.Sprintf(`\U+%04X`, unit)
	}
	return escaped
}

// Close implements [Writer].
func (w *drawing) Close() error {
	w.put("0", "ENDSEC", "0", "EOF")
	if err := errors.Join(w.out.Flush(), w.file.Close()); err != nil {
		return fmt.Errorf("%w: %w", ErrWrite, err)
	}
	return nil
}

// Notes implements [Writer].
func (w *drawing) Notes() ([]Renamed, []Loss) { return nil, nil }
