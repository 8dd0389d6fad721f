package importers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// wideEndings are the formats that editors and Excel ("Unicode text") write so.
var wideEndings = []string{".csv", ".txt", ".kml", ".geojson", ".json", ".geojsonl", ".geojsons", ".jsonl", ".ndjson"}

// wideText says which of the two encodings of two bytes a character a text is in,
// by its byte order mark; "" is neither.
func wideText(name string, head []byte) string {
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case !slices.Contains(wideEndings, ext):
	case bytes.HasPrefix(head, []byte("\xff\xfe")) && !bytes.HasPrefix(head, []byte("\xff\xfe\x00\x00")):
		return "UTF-16LE"
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "UTF-16BE"
	}
	return ""
}

// narrow writes a text of two bytes a character as UTF-8 into the delivery's
// folder and returns its head.
func (d *delivery) narrow(ctx context.Context, one *dataset, temp string) (head []byte, err error) {
	if d.dir == "" {
		if d.dir, err = os.MkdirTemp(temp, "onemap-import-"); err != nil {
			return nil, fmt.Errorf("importers: %w", err)
		}
	}
	from, err := os.Open(one.path)
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	defer from.Close()
	to, err := os.CreateTemp(d.dir, "narrow-*"+strings.ToLower(filepath.Ext(one.name)))
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	decoder := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
	_, err = io.Copy(to, bufio.NewReaderSize(decoder.Reader(untilDone{ctx, bufio.NewReaderSize(from, 1<<18)}), 1<<18))
	if err = errors.Join(err, to.Close()); err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	one.path = to.Name()
	return readHead(one.path)
}

// recognised tells a file's format, having made UTF-8 of a text of two bytes a
// character.
func (d *delivery) recognised(ctx context.Context, one dataset, head []byte, temp string) (dataset, error) {
	wide := wideText(one.name, head)
	if wide != "" {
		var err error
		if head, err = d.narrow(ctx, &one, temp); err != nil {
			return one, err
		}
	}
	known, err := recognise(one.name, head)
	known.path, known.wide = one.path, wide
	return known, err
}

// wideEncoding is the decision on a text of two bytes a character.
func wideEncoding(d dataset) Encoding {
	return Encoding{d.wide, "依据文件开头的字节序标记", "by the byte order mark that it begins with"}
}
