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
	"regexp"
	"strconv"
	"strings"
)

// mapInfo is what a MapInfo TAB or MIF says of itself beside its features.
type mapInfo struct {
	charset string // as "WindowsSimpChinese"; "" without one
	rows    int64  // of a MIF's table; 0 is unknown
}

// mapInfoHead bounds the part of a .tab or .mif in which it describes itself.
const mapInfoHead = 256 << 10

// charsetLine finds the encoding's name in a .tab, !charset Neutral, and in a
// .mif, Charset "Neutral".
var (
	charsetLine = regexp.MustCompile(`(?i)(?:^|[\r\n])[ \t]*!?charset[ \t]+("?[A-Za-z0-9_-]+"?)`)
	columnsLine = regexp.MustCompile(`(?i)[\r\n][ \t]*columns[ \t]+(\d+)`)
	nativeLine  = regexp.MustCompile(`(?i)type[ \t]+native`)
)

// mapInfoCharsets are the names that MapInfo has for encodings.
var mapInfoCharsets = map[string]string{
	"windowssimpchinese": "GBK", "windowstradchinese": "Big5", "windowsjapanese": "Shift_JIS", "windowskorean": "EUC-KR",
	"windowscyrillic": "windows-1251", "windowslatin2": "windows-1250", "utf-8": "UTF-8",
}

// inspectMapInfo checks that the parts are there, and counts the rows of a MIF's
// table: GDAL would take the shorter of the two files for the whole.
func inspectMapInfo(d dataset) (mapInfo, error) {
	m := mapInfo{charset: d.charset}
	head, err := readSome(d.path, mapInfoHead)
	if err != nil {
		return m, err
	}
	parts := sideFiles(d.path, d.format)
	var needed []string
	columns := 0
	if c := columnsLine.FindSubmatch(head); d.format == formatMIF && c != nil {
		if columns, err = strconv.Atoi(string(c[1])); err == nil && columns > 0 {
			needed = []string{".mid"}
		}
	} else if d.format == formatTAB && nativeLine.Match(head) {
		needed = []string{".dat", ".map", ".id"}
	}
	var missing []string
	for _, ext := range needed {
		if parts[ext] == "" {
			missing = append(missing, ext)
		}
	}
	if len(missing) > 0 {
		return m, problem(ErrIncomplete,
			"%[1]s 缺少 %[2]s；%[3]s 的各个文件须一并交付",
			"%[1]s lacks %[2]s; all files of a %[3]s are delivered together", d.name, strings.Join(missing, ", "), d.format)
	}
	if columns > 0 {
		m.rows, err = countRecords(parts[".mid"])
	}
	return m, err
}

// readSome reads the beginning of a file, up to most bytes.
func readSome(file string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	return b, nil
}

// countRecords counts the records of a .mid: its lines, but for breaks within
// quotes and blank lines at the end.
func countRecords(file string) (int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	var records, blank int64
	quoted, filled := false, false
	end := func() {
		if blank++; filled {
			records, blank = records+blank, 0
		}
		filled = false
	}
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		piece, err := r.ReadSlice('\n')
		quoted = quoted != (bytes.Count(piece, []byte(`"`))%2 == 1)
		filled = filled || len(bytes.TrimSpace(piece)) > 0
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			end()
			if quoted { // a quote too many: nothing is certain
				return 0, nil
			}
			return records, nil
		case err != nil:
			return 0, fmt.Errorf("importers: %w", err)
		case !quoted:
			end()
		}
	}
}

// scanMapInfo looks a MapInfo dataset's texts through for their encoding: a
// MIF's as lines of its table, which is much faster than through GDAL.
func (s *source) scanMapInfo() (evidence, error) {
	table := sideFiles(s.dataset.path, s.dataset.format)[".mid"]
	if table == "" {
		return s.scanValues(func(b []byte) []byte { return b })
	}
	e, err := scanLines(table)
	for _, f := range s.layer.Fields {
		e.add([]byte(f.Name))
	}
	return e, err
}

// neutral has GDAL hand on the texts of a MapInfo dataset as their bytes are: it
// would decode them as the file says, and what it can't decode would be lost. A
// file of ours is changed in place, for one of others there is a copy that is.
func (d *delivery) neutral(ctx context.Context, one *dataset, temp string) error {
	head, err := readSome(one.path, mapInfoHead)
	if err != nil {
		return err
	}
	at := charsetLine.FindSubmatchIndex(head)
	if at == nil {
		return nil
	}
	word := string(head[at[2]:at[3]])
	one.charset = strings.Trim(word, `"`)
	plain := "Neutral"
	if strings.HasPrefix(word, `"`) {
		plain = `"Neutral"`
	}
	if strings.EqualFold(word, plain) || len(word) < len(plain) { // the short ones are UTF-8 and None, which it leaves alone
		return nil
	}
	if d.dir == "" || !strings.HasPrefix(one.path, d.dir) {
		if err := d.copied(ctx, one, temp); err != nil {
			return err
		}
	}
	file, err := os.OpenFile(one.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte(plain+strings.Repeat(" ", len(word)-len(plain))), int64(at[2])); err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	return nil
}

// copied copies a dataset's main file into the delivery's folder, and links its
// other parts beside it.
func (d *delivery) copied(ctx context.Context, one *dataset, temp string) (err error) {
	if d.dir == "" {
		if d.dir, err = os.MkdirTemp(temp, "onemap-import-"); err != nil {
			return fmt.Errorf("importers: %w", err)
		}
	}
	dir, err := os.MkdirTemp(d.dir, "copy-")
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	for ext, part := range sideFiles(one.path, one.format) {
		to := filepath.Join(dir, "d"+ext)
		if ext != one.format.extension() {
			if part, err = filepath.Abs(part); err == nil {
				err = os.Symlink(part, to)
			}
			if err != nil {
				return fmt.Errorf("importers: %w", err)
			}
			continue
		}
		if err := copyFile(ctx, part, to); err != nil {
			return err
		}
	}
	one.path = filepath.Join(dir, "d"+one.format.extension())
	return nil
}

func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	_, err = io.Copy(out, untilDone{ctx, in})
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	return nil
}
