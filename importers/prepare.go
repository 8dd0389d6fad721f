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
	"onemap/importers/redline"
	"onemap/importers/tables"
	"onemap/layers"
	"onemap/spatial/crs"
)

// source is a layer of a file, open, with everything decided that rows need.
type source struct {
	def        layers.Definition
	dataset    dataset
	file       opened
	index      int // of the layer within the file
	layer      gdal.Layer
	names      []string       // of its fields, decoded
	layout     *tables.Layout // of a table; nil elsewhere
	charset    Charset
	system     crs.System
	parameters *crs.SevenParameters // of a system on an older datum
	swapAxes   bool                 // asked for, if they are swapped
	swap       bool                 // they are
	closeLines bool                 // closed lines are polygons
	mapping    mapping
	keepExtra  bool
	extras     []int // fields that are kept beyond the layer's
	expected   int64 // rows that it should have; 0 is unknown
}

func (s *source) close() { s.file.Close() }

// columns are the fields to be read: those that are mapped, then a table's
// position, then those that are kept beside.
func (s *source) columns() []int {
	var fields []int
	for _, m := range s.mapping.matches {
		fields = append(fields, m.source)
	}
	if s.layout != nil {
		fields = append(fields, s.layout.Columns()...)
	}
	return append(fields, s.extras...)
}

// width is how many values a row for the store has.
func (s *source) width() int {
	if s.keepExtra {
		return len(s.def.Fields) + 4
	}
	return len(s.def.Fields) + 3
}

func (s *source) transformer() (*crs.Transformer, error) {
	if s.parameters != nil {
		return crs.NewTransformerWith(s.system, *s.parameters)
	}
	return crs.NewTransformer(s.system)
}

// openSource opens the candidate and decides on encoding, fields and system; the
// report gets the decisions. The caller closes the source.
func openSource(c candidate, def layers.Definition, o Options, report *Report) (_ *source, err error) {
	s := &source{
		def: def, dataset: c.dataset, index: c.index, charset: charsetUTF8, swapAxes: o.SwapAxes, keepExtra: o.KeepExtra || def.KeepExtra,
		closeLines: def.Geometry == layers.Polygon && (c.dataset.format == formatDXF || c.dataset.format == formatKML),
	}
	var side shapefile
	if c.dataset.format == formatShapefile {
		if side, err = inspectShapefile(c.dataset); err != nil {
			return nil, err
		}
	}
	var info mapInfo
	if c.dataset.format == formatTAB || c.dataset.format == formatMIF {
		if info, err = inspectMapInfo(c.dataset); err != nil {
			return nil, err
		}
	}
	if s.file, err = c.dataset.open(o.limits()); err != nil {
		return nil, cantOpen(c.dataset, err)
	}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := s.takeLayer(report); err != nil {
		return nil, err
	}
	report.Format, report.SourceLayer = string(c.dataset.format), c.name
	if report.Encoding, err = s.decideCharset(o.Encoding, &side); err != nil {
		return nil, err
	}
	s.decodeNames(report)
	if err := s.decideLayout(o, report); err != nil {
		return nil, err
	}
	if err := s.decideSystem(o, side.prj, report); err != nil {
		return nil, err
	}
	if len(s.names) == 0 {
		if n, err := s.file.Count(s.index); err == nil && n == 0 && s.layout == nil {
			return nil, noRows()
		}
	}
	if err := s.decideFields(o, report); err != nil {
		return nil, err
	}
	if s.expected, err = s.file.Count(s.index); err != nil {
		return nil, s.explainRead(err)
	}
	if s.expected = max(s.expected, info.rows); c.dataset.format == formatShapefile {
		s.expected = side.records - side.deleted
		if side.deleted > 0 {
			report.note("属性表中有 %d 行已标记删除，未导入", "%d rows of the table are marked as deleted and were left out", side.deleted)
		}
	}
	return s, nil
}

// takeLayer finds the layer in the open file, and notes what is odd about it.
func (s *source) takeLayer(report *Report) error {
	all := s.file.Layers()
	if s.index >= len(all) {
		return cantOpen(s.dataset, errors.New("no layer"))
	}
	s.layer = all[s.index]
	switch {
	case s.layer.Failure != "":
		return cantOpen(s.dataset, errors.New(s.layer.Failure))
	case strings.Contains(s.layer.Warning, "ignoring features"): // a FileGDB whose index is short: rows would be lost
		return cantOpen(s.dataset, errors.New(s.layer.Warning))
	case s.layer.Warning != "":
		report.note("GDAL 提示：%s", "GDAL remarks: %s", s.layer.Warning)
	}
	if f, ok := s.file.(*placemarks); ok {
		f.notes(s.index, report)
	}
	return nil
}

// decideCharset finds the encoding of texts that GDAL hands on as bytes.
func (s *source) decideCharset(option string, side *shapefile) (Encoding, error) {
	claims := declared{option: option, cpg: side.cpg, ldid: side.ldid}
	seen := &side.evidence
	switch s.dataset.format {
	case formatShapefile:
	case formatTAB, formatMIF:
		e, err := s.scanMapInfo()
		if err != nil {
			return Encoding{}, err
		}
		claims.mapInfo, seen = s.dataset.charset, &e
	case formatDXF:
		e, unwrap, err := s.scanDrawing()
		if err != nil {
			return Encoding{}, err
		}
		charset, encoding, err := decideEncoding(claims, &e)
		s.charset = charset
		s.charset.unwrap = unwrap
		return encoding, err
	case formatRedline:
		if s.dataset.wide != "" {
			return wideEncoding(s.dataset), nil
		}
		return s.file.(*redlineFile).encoding, nil // its reader decodes, as does the next one's
	case formatKML:
		return s.file.(*placemarks).encoding, nil
	case formatCSV:
		if s.dataset.wide != "" {
			return wideEncoding(s.dataset), nil
		}
		e, err := scanLines(s.dataset.path)
		if err != nil {
			return Encoding{}, err
		}
		seen = &e
	case formatGeoJSON, formatGeoJSONSeq:
		if s.dataset.wide != "" {
			return wideEncoding(s.dataset), nil
		}
		if err := checkUTF8(s.dataset); err != nil {
			return Encoding{}, err
		}
		fallthrough
	default:
		return Encoding{charsetUTF8.Name, "格式规定为 UTF-8", "the format is UTF-8"}, nil
	}
	charset, encoding, err := decideEncoding(claims, seen)
	s.charset = charset
	return encoding, err
}

// decodeNames decodes the fields' names.
func (s *source) decodeNames(report *Report) {
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
	report.Source = s.names
}

// decideFields maps the fields, and says which of the others are kept.
func (s *source) decideFields(o Options, report *Report) error {
	var err error
	fields := make([]sourceField, len(s.layer.Fields))
	for i, f := range s.layer.Fields {
		fields[i] = sourceField{s.names[i], f.Alias, f.Type}
	}
	s.mapping, err = mapFields(s.def, fields, s.charset, s.dataset.format == formatShapefile, o.Map)
	if err != nil {
		return err
	}
	for _, r := range s.mapping.remarks {
		report.note("%[1]s", "%[2]s", r.zh, r.en)
	}
	report.Fields, report.Missing = s.mapping.matches, s.mapping.missing
	for _, i := range s.mapping.unused {
		switch {
		case s.layout != nil && slices.Contains(s.layout.Columns(), i):
		case s.keepExtra:
			s.extras = append(s.extras, i)
		default:
			report.Dropped = append(report.Dropped, s.names[i])
		}
	}
	if len(s.extras) > 0 {
		report.note("图层没有的 %d 个字段保留在 extra 中", "%d fields that the layer hasn't are kept in extra", len(s.extras))
	}
	return nil
}

// checkPlausible tells by the middle one of the first rows' positions whether
// the file is of the system it is taken for. Single rows that aren't are refused
// later, one by one.
func (s *source) checkPlausible(batch gdal.Batch, report *Report) error {
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
	x, y := xs[len(xs)/2], ys[len(ys)/2]
	err = s.system.Check(orb.Point{x, y})
	if lower := (orb.Point{xs[(len(xs)-1)/2], ys[(len(ys)-1)/2]}); err != nil && s.system.Check(lower) == nil {
		x, y, err = lower[0], lower[1], nil // of an even number the middle two: one that fits is enough
	}
	switch {
	case !s.swapAxes:
		return err
	case errors.Is(err, crs.ErrSwapped):
		s.swap = true
		report.note("坐标轴颠倒，已按 --swap-axes 交换", "the axes were swapped and have been exchanged, by --swap-axes")
		return s.system.Check(orb.Point{y, x})
	case err == nil:
		report.note("坐标轴没有颠倒，--swap-axes 未起作用", "the axes aren't swapped: --swap-axes did nothing")
	}
	return err
}

// explainRead words what GDAL found wrong on the way.
func (s *source) explainRead(err error) error {
	if worded := wordReader(s.dataset, err); worded != nil {
		return worded
	}
	if !errors.Is(err, gdal.ErrRead) {
		return err
	}
	return problem(because(ErrDamaged, err),
		"%[1]s 读取中断，文件可能不完整或已损坏；请重新导出或重新传输。GDAL：%[2]s",
		"%[1]s can't be read to its end: it may be cut off or damaged; export or transfer it again. GDAL: %[2]s", s.dataset.name, s.dataset.said(err))
}

// wordReader words what readers of ours find wrong; nil is none of that.
func wordReader(d dataset, err error) error {
	if worded := wordKML(d, err); worded != nil {
		return worded
	}
	var syntax *redline.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return problem(because(ErrDamaged, err), "%[1]s 第 %[2]d 行：%[3]s", "%[1]s, line %[2]d: %[4]s", d.name, syntax.Line, syntax.ZH, syntax.EN)
	case strings.Contains(err.Error(), "OGR_GEOJSON_MAX_OBJ_SIZE"):
		return problem(because(ErrFormat, err),
			"%[1]s 中有一个要素超过 16 MiB，GeoJSON 中这样大的要素不予读取；请改用 GeoPackage 或 Shapefile 交付",
			"a feature of %[1]s is larger than 16 MiB, which isn't read from GeoJSON; deliver it as GeoPackage or Shapefile", d.name)
	case errors.Is(err, tables.ErrWorkbook):
		return problem(because(ErrDamaged, err),
			"%[1]s 无法作为 Excel 工作簿读取，文件可能已损坏、有密码或过大；请另存为 .xlsx 或 CSV。原因：%[2]v",
			"%[1]s can't be read as a workbook: it may be damaged, have a password or be too large; save it again as .xlsx or CSV. Reason: %[2]v", d.name, err)
	}
	return nil
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
		for _, part := range sideFiles(file, formatShapefile) {
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
