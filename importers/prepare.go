package importers

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"onemap/importers/gdal"
	"onemap/layers"
	"onemap/spatial/crs"
)

// source is a layer of a file, open, with everything decided that rows need.
type source struct {
	def      layers.Definition
	dataset  dataset
	file     *gdal.Dataset
	layer    gdal.Layer
	names    []string // of its fields, decoded
	x, y     int      // columns with the position of a table; -1 elsewhere
	charset  Charset
	system   crs.System
	mapping  mapping
	expected int64 // rows that it should have
}

func (s *source) close() { s.file.Close() }

// columns are the fields to be read: those that are mapped, then a table's position.
func (s *source) columns() []int {
	var fields []int
	for _, m := range s.mapping.matches {
		fields = append(fields, m.source)
	}
	if s.x >= 0 {
		fields = append(fields, s.x, s.y)
	}
	return fields
}

// openSource opens the candidate and decides on encoding, fields and system; the
// report gets the decisions. The caller closes the source.
func openSource(c candidate, def layers.Definition, o Options, report *Report) (_ *source, err error) {
	s := &source{def: def, dataset: c.dataset, x: -1, y: -1, charset: charsetUTF8}
	var side shapefile
	if c.dataset.format == formatShapefile {
		if side, err = inspectShapefile(c.dataset); err != nil {
			return nil, err
		}
	}
	if s.file, err = c.dataset.format.open(c.dataset.path); err != nil {
		return nil, cantOpen(c.dataset, err)
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	all := s.file.Layers()
	if c.index >= len(all) {
		return nil, cantOpen(c.dataset, errors.New("no layer"))
	}
	s.layer = all[c.index]
	switch {
	case s.layer.Failure != "":
		return nil, cantOpen(c.dataset, errors.New(s.layer.Failure))
	case strings.Contains(s.layer.Warning, "ignoring features"): // a FileGDB whose index is short: rows would be lost
		return nil, cantOpen(c.dataset, errors.New(s.layer.Warning))
	case s.layer.Warning != "":
		report.note("GDAL 提示：%s", "GDAL remarks: %s", s.layer.Warning)
	}
	report.Format, report.SourceLayer = string(c.dataset.format), c.name
	if report.Encoding, err = s.decideCharset(o.Encoding, &side); err != nil {
		return nil, err
	}
	if err := s.decideSystem(o.CRS, side.prj, report); err != nil {
		return nil, err
	}
	if err := s.decideFields(report); err != nil {
		return nil, err
	}
	if s.expected, err = s.layer.Count(); err != nil {
		return nil, s.explainRead(err)
	}
	if c.dataset.format == formatShapefile {
		s.expected = side.records - side.deleted
		if side.deleted > 0 {
			report.note("属性表中有 %d 行已标记删除，未导入", "%d rows of the table are marked as deleted and were left out", side.deleted)
		}
	}
	return s, nil
}

// decideCharset finds the encoding of texts that GDAL hands on as bytes.
func (s *source) decideCharset(option string, side *shapefile) (Encoding, error) {
	claims := declared{option: option, cpg: side.cpg, ldid: side.ldid}
	seen := &side.evidence
	switch s.dataset.format {
	case formatShapefile:
	case formatCSV:
		e, err := scanLines(s.dataset.path)
		if err != nil {
			return Encoding{}, err
		}
		seen = &e
	default:
		return Encoding{charsetUTF8.Name, "格式规定为 UTF-8", "the format is UTF-8"}, nil
	}
	charset, encoding, err := decideEncoding(claims, seen)
	s.charset = charset
	return encoding, err
}

// decideFields decodes the fields' names and maps them.
func (s *source) decideFields(report *Report) error {
	for i, f := range s.layer.Fields {
		name, cut, ok := s.charset.decode([]byte(f.Name))
		if !ok {
			name = fmt.Sprintf("#%d", i+1)
			report.note("第 %d 个字段的名称不是有效的 %s（字节 % x）", "the name of field %d is not valid %s (bytes % x)", i+1, s.charset.Name, clipBytes([]byte(f.Name)))
		}
		if cut {
			report.note("字段名 %q 末尾被截断的半个字符已去除", "half a character at the end of field name %q, cut off, was removed", name)
		}
		s.names = append(s.names, strings.TrimSpace(name))
	}
	if s.dataset.format == formatCSV {
		if s.x, s.y = positionColumns(s.names); s.x < 0 || s.y < 0 {
			return problem(ErrFields,
				"CSV 里没有坐标列；需要“经度、纬度”（或 lon、lat）两列，或投影坐标的 x、y 两列。现有列：%[1]s",
				"the CSV has no columns with positions: it needs lon and lat (经度, 纬度), or x and y of a projection. Its columns are: %[1]s", listSome(s.names))
		}
	}
	var err error
	s.mapping, err = mapFields(s.def, s.names, s.charset, s.dataset.format == formatShapefile)
	if err != nil {
		return err
	}
	report.Fields, report.Missing = s.mapping.matches, s.mapping.missing
	for _, name := range s.mapping.dropped {
		if s.x < 0 || name != s.names[s.x] && name != s.names[s.y] {
			report.Dropped = append(report.Dropped, name)
		}
	}
	return nil
}

// decideSystem finds the coordinate system. A person's word stands; where it
// differs from the file's, the report says so.
func (s *source) decideSystem(option, prj string, report *Report) error {
	text, by := s.layer.WKT, "file"
	switch s.dataset.format {
	case formatShapefile:
		text, by = prj, "prj"
	case formatGeoJSON:
		by = "geojson"
	case formatCSV:
		text = ""
	}
	stated, err := crs.Identify(text)
	if option != "" {
		wanted, optionErr := crs.Parse(option)
		if optionErr != nil {
			return optionErr
		}
		if text != "" && (err != nil || stated != wanted) {
			what := stated.String()
			if err != nil {
				what = "?"
			}
			var p *crs.Problem
			if errors.As(err, &p) && errors.Is(err, crs.ErrNeedsParameters) {
				what = "Xi'an 1980 / Beijing 1954"
			}
			report.note("文件自述坐标系为 %[1]s，按 --crs 采用 %[2]s", "the file says its system is %[1]s; %[2]s was taken from --crs", what, wanted)
		}
		stated, err, by = wanted, nil, "option"
	}
	if err != nil {
		return err
	}
	if by == "geojson" && stated == crs.WGS84 {
		report.note("GeoJSON 按标准视为 WGS 84；若来自高德、腾讯等平台，请用 --crs GCJ-02",
			"GeoJSON is WGS 84 by its standard; if it comes from AMap, Tencent or the like, use --crs GCJ-02")
	}
	s.system = stated
	report.CRS, report.CRSName, report.CRSSource = stated.String(), stated.Name(), by
	return nil
}

// checkPlausible tells by the middle one of the first rows' positions whether
// the file is of the system it is taken for. Single rows that aren't are refused
// later, one by one.
func (s *source) checkPlausible(batch gdal.Batch) error {
	var xs, ys []float64
	err := batch.Each(func(encoded []byte, values []gdal.Value) error {
		if g, why := s.position(encoded, values); why == nil && g != nil {
			p := firstPoint(g)
			xs, ys = append(xs, p[0]), append(ys, p[1])
		}
		return nil
	})
	if err != nil || len(xs) == 0 {
		return err
	}
	slices.Sort(xs)
	slices.Sort(ys)
	return s.system.Check(orb.Point{xs[len(xs)/2], ys[len(ys)/2]})
}

// explainRead words what GDAL found wrong on the way.
func (s *source) explainRead(err error) error {
	if !errors.Is(err, gdal.ErrRead) {
		return err
	}
	return problem(because(ErrDamaged, err),
		"%[1]s 读取中断，文件可能不完整或已损坏；请重新导出或重新传输。GDAL：%[2]v",
		"%[1]s can't be read to its end: it may be cut off or damaged; export or transfer it again. GDAL: %[2]v", s.dataset.name, err)
}

// hashFile is the SHA-256 of a delivery as it was handed in, hexadecimal: of a
// file's bytes, of a Shapefile's parts one after another, or of a folder's files
// by name.
func hashFile(ctx context.Context, file string) (string, error) {
	files := []string{file}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return "", fmt.Errorf("importers: %w", err)
	case info.IsDir():
		files = nil
		err := filepath.WalkDir(file, func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return "", fmt.Errorf("importers: %w", err)
		}
	case strings.EqualFold(filepath.Ext(file), ".shp"):
		files = nil
		for _, part := range sideFiles(file) {
			files = append(files, part)
		}
	}
	slices.Sort(files)
	h := sha256.New()
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("importers: %w", err)
		}
		_, err = io.Copy(h, untilDone{ctx, f})
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fmt.Errorf("importers: %w", err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// untilDone reads until the context ends.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (r untilDone) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(b)
}
