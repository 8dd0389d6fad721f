package importers

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// shapefile is what a Shapefile's files say beside their features.
type shapefile struct {
	prj      string // content of the .prj; "" without one
	cpg      string // content of the .cpg; "" without one
	ldid     byte   // language driver id of the DBF header
	records  int64  // rows of the DBF, deleted ones included
	deleted  int64  // rows marked as deleted, which GDAL passes over
	evidence evidence
	files    []string // paths of the parts that there are
}

// inspectShapefile checks that the parts are there and belong together, and
// reads the table once for its encoding. GDAL would read on where a part is
// missing or short; here that is an [ErrIncomplete] or an [ErrDamaged].
func inspectShapefile(d dataset) (shapefile, error) {
	var s shapefile
	parts := sideFiles(d.path, formatShapefile)
	var missing []string
	for _, ext := range []string{".dbf", ".shx"} {
		if parts[ext] == "" {
			missing = append(missing, ext)
		}
	}
	if parts[".shp"] == "" {
		missing = append([]string{".shp"}, missing...)
	}
	if len(missing) > 0 {
		return s, problem(ErrIncomplete,
			"Shapefile %[1]s 缺少 %[2]s；.shp、.shx、.dbf、.prj 须一并交付",
			"the Shapefile %[1]s lacks %[2]s; .shp, .shx, .dbf and .prj are delivered together", d.name, strings.Join(missing, ", "))
	}
	for _, ext := range []string{".shp", ".shx", ".dbf", ".prj", ".cpg"} {
		if parts[ext] != "" {
			s.files = append(s.files, parts[ext])
		}
	}
	s.prj, s.cpg = readText(parts[".prj"]), readText(parts[".cpg"])
	for _, ext := range []string{".shp", ".shx"} {
		if err := checkMainFile(parts[ext], d.name, ext); err != nil {
			return s, err
		}
	}
	if err := s.takeTable(d.table, parts[".dbf"], d.name); err != nil {
		return s, err
	}
	info, err := os.Stat(parts[".shx"])
	if err != nil {
		return s, fmt.Errorf("importers: %w", err)
	}
	if shapes := (info.Size() - 100) / 8; shapes != s.records {
		return s, problem(ErrDamaged,
			"%[1]s 的图形有 %[2]d 个，属性表有 %[3]d 行，二者对不上（属性表可能单独编辑过）；请重新导出",
			"%[1]s has %[2]d shapes but %[3]d rows in its table (which may have been edited by itself); export it again", d.name, shapes, s.records)
	}
	return s, nil
}

// sideFiles finds all parts of a dataset of several files by that of its main
// file, whatever the case of their endings.
func sideFiles(file string, f format) map[string]string {
	parts := map[string]string{}
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		return parts
	}
	for _, e := range entries {
		ext := filepath.Ext(e.Name())
		if slices.Contains(readings[f].endings, strings.ToLower(ext)) && strings.TrimSuffix(e.Name(), ext) == stem {
			parts[strings.ToLower(ext)] = filepath.Join(filepath.Dir(file), e.Name())
		}
	}
	return parts
}

// readText returns a small text file's content, or "".
func readText(file string) string {
	if file == "" {
		return ""
	}
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return ""
	}
	return string(text)
}

func cutOff(name, part string, is, should int64) error {
	return problem(ErrDamaged,
		"%[1]s 不完整：%[2]s 只有 %[3]d 字节，应有 %[4]d 字节；请重新导出或重新传输",
		"%[1]s is cut off: its %[2]s has %[3]d bytes of %[4]d; export or transfer it again", name, part, is, should)
}

// checkMainFile compares the length in the header of a .shp or .shx, in 16-bit
// words, with the file's.
func checkMainFile(file, name, part string) error {
	head, err := readHead(file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	if len(head) < 100 {
		return cutOff(name, part, info.Size(), 100)
	}
	if !bytes.HasPrefix(head, []byte{0, 0, 0x27, 0x0a}) {
		return problem(ErrDamaged, "%[1]s 的 %[2]s 文件头不对；请重新导出", "the %[2]s of %[1]s has a wrong header; export it again", name, part)
	}
	if should := int64(binary.BigEndian.Uint32(head[24:])) * 2; info.Size() < should {
		return cutOff(name, part, info.Size(), should)
	}
	return nil
}

// column is a column of a DBF that is looked through: where its bytes are in a
// record, and whether they are a whole number's or a text's.
type column struct {
	name     string
	from, to int
	whole    bool
}

// looked is what a Shapefile's table says, and why it can't be used.
type looked struct {
	shapefile
	err error
}

// lookAtTable reads a table through ahead of the rest, while the shapes, which are
// larger, are still being unpacked.
func lookAtTable(file, name string) *looked {
	l := &looked{}
	l.err = l.scanTable(file, name)
	return l
}

// takeTable takes what was read of the table before, or reads it now.
func (s *shapefile) takeTable(before *looked, file, name string) error {
	if before == nil {
		return s.scanTable(file, name)
	}
	s.ldid, s.records, s.deleted, s.evidence = before.ldid, before.records, before.deleted, before.evidence
	return before.err
}

// scanTable reads a DBF through for its encoding and its deleted rows.
func (s *shapefile) scanTable(file, name string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	r := bufio.NewReaderSize(f, 1<<20)
	columns, length, err := s.readHeader(r, name, info.Size())
	if err != nil {
		return err
	}
	record := make([]byte, length)
	for range s.records {
		if _, err := io.ReadFull(r, record); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return cutOff(name, ".dbf", info.Size(), info.Size()+int64(length))
			}
			return fmt.Errorf("importers: %w", err)
		}
		if record[0] == '*' {
			s.deleted++
			continue
		}
		for _, c := range columns {
			value, _, _ := bytes.Cut(record[c.from:c.to], []byte{0}) // what stands behind a nought byte nobody reads
			value = bytes.TrimRight(value, " ")
			if !c.whole {
				s.evidence.add(value)
			} else if bytes.IndexByte(value, '.') >= 0 { // GDAL would drop the fraction
				return problem(ErrDamaged,
					"%[1]s 的字段 %[2]s 定义为整数，却有小数 %[3]q；请修正字段的小数位数后重新导出",
					"field %[2]s of %[1]s is defined as whole numbers but has %[3]q; correct its decimal places and export again", name, c.name, value)
			}
		}
	}
	return nil
}

// readHeader reads a DBF's header: language id, record count, columns to look through. It
// returns the length of a record.
func (s *shapefile) readHeader(r *bufio.Reader, name string, size int64) ([]column, int, error) {
	damaged := problem(ErrDamaged, "%[1]s 的属性表（.dbf）文件头不对；请重新导出", "the table (.dbf) of %[1]s has a wrong header; export it again", name)
	head := make([]byte, 32)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, 0, cutOff(name, ".dbf", size, 33)
	}
	s.records = int64(binary.LittleEndian.Uint32(head[4:]))
	headerLength, recordLength := int(binary.LittleEndian.Uint16(head[8:])), int(binary.LittleEndian.Uint16(head[10:]))
	s.ldid = head[29]
	if headerLength < 33 || recordLength < 1 {
		return nil, 0, damaged
	}
	if should := int64(headerLength) + s.records*int64(recordLength); size < should {
		return nil, 0, cutOff(name, ".dbf", size, should)
	}
	rest := make([]byte, headerLength-32)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, 0, damaged
	}
	var columns []column
	at := 1
	for ; len(rest) >= 32 && rest[0] != '\r' && rest[0] != 0; rest = rest[32:] {
		fieldName, _, _ := bytes.Cut(rest[:11], []byte{0})
		s.evidence.add(fieldName)
		width := int(rest[16])
		if at+width > recordLength {
			return nil, 0, damaged
		}
		if kind := rest[11]; kind == 'C' || kind == 'N' && rest[17] == 0 {
			columns = append(columns, column{strings.ToValidUTF8(string(fieldName), "?"), at, at + width, kind == 'N'})
		}
		at += width
	}
	return columns, recordLength, nil
}

// scanLines reads a text file through for its encoding, line by line.
func scanLines(file string) (evidence, error) {
	var e evidence
	f, err := os.Open(file)
	if err != nil {
		return e, fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadSlice('\n')
		e.add(bytes.TrimRight(line, "\r\n"))
		switch {
		case errors.Is(err, bufio.ErrBufferFull): // a line of a megabyte: its pieces will do
		case errors.Is(err, io.EOF):
			return e, nil
		case err != nil:
			return e, fmt.Errorf("importers: %w", err)
		}
	}
}
