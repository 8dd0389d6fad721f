package importers

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/importers/repair"
	"onemap/importers/tables"
	"onemap/layers"
	"onemap/spatial/beidou"
	"onemap/spatial/crs"
)

// sampleRows is how many rows of a table are looked at for its positions.
const sampleRows = 200

// sample reads a table's first rows as texts.
func (s *source) sample() ([][]string, error) {
	fields := make([]int, len(s.layer.Fields))
	for i := range fields {
		fields[i] = i
	}
	reader, err := s.file.Read(s.index, fields)
	if err != nil {
		return nil, s.explainRead(err)
	}
	defer reader.Close()
	batch, err := reader.Next(sampleRows, batchBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, s.explainRead(err)
	}
	var rows [][]string
	err = batch.Each(func(_ []byte, values []gdal.Value) error {
		row := make([]string, len(values))
		for i, v := range values {
			row[i], _, _ = textOf(v, s.charset) // what isn't text is refused later, row by row
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// decideLayout finds the columns of a table that say where its rows lie. Where
// both degrees and metres are there, the named system decides.
func (s *source) decideLayout(o Options, report *Report) error {
	if !s.dataset.format.isTable() {
		return nil
	}
	rows, err := s.sample()
	if err != nil {
		return err
	}
	if err := s.checkTitle(rows); err != nil {
		return err
	}
	if o.Columns != "" {
		l, err := tables.Chosen(o.Columns, s.names, rows)
		if err != nil {
			return problem(because(ErrFields, err), "--columns：%[1]v", "--columns: %[1]v", err)
		}
		s.layout = &l
		report.note("坐标列按 --columns 采用 %s", "the position is taken from %s, by --columns", s.layoutNames())
		return nil
	}
	all, err := tables.Detect(s.names, rows)
	if err != nil {
		return problem(because(ErrFields, err),
			"表格里没有坐标列：需要“经度、纬度”两列，“X、Y”或“东坐标、北坐标”两列，WKT 列，或北斗网格码列；也可用 --columns x=…,y=… 指定。现有列：%[1]s",
			"the table has no columns with positions: it needs lon and lat (经度, 纬度), x and y (东坐标, 北坐标), a column of WKT, or one of BeiDou grid codes; or name them with --columns x=…,y=…. Its columns are: %[1]s", listSome(s.names))
	}
	s.layout = &all[0]
	if wanted, err := crs.Parse(o.CRS); err == nil {
		for i := range all {
			if all[i].Kind == tables.XY && all[i].Degrees == wanted.Geographic() {
				s.layout = &all[i]
				break
			}
		}
	}
	s.noteLayout(report, len(all) > 1)
	return s.checkWholeDegrees(rows)
}

// checkTitle refuses a CSV whose first line is a title: GDAL takes its cells for
// the columns' names and makes up the empty ones.
func (s *source) checkTitle(rows [][]string) error {
	made := 0
	for i, name := range s.names {
		if name == fmt.Sprintf("field_%d", i+1) {
			made++
		}
	}
	header, found := tables.FindHeader(rows)
	if s.dataset.format != formatCSV || made*2 < len(s.names) || !found {
		return nil
	}
	return problem(ErrFields,
		"%[1]s 的首行是标题而不是完整的列名（%[2]q，其余多为空），列名看来在第 %[3]d 行；请只留一行列名，放在首行",
		"the first line of %[1]s is a title, not the columns' names (%[2]q, most others are empty); those seem to be in line %[3]d: leave one line of names, as the first", s.dataset.name, s.names[0], header.Last+2)
}

// checkWholeDegrees refuses positions that all are whole degrees: minutes and
// seconds stand elsewhere, and rows would lie tens of kilometres off.
func (s *source) checkWholeDegrees(rows [][]string) error {
	l := s.layout
	if l.Kind != tables.XY || !l.Degrees || l.Parts != nil {
		return nil
	}
	whole := 0
	for _, row := range rows {
		x, okX := tables.Coordinate(row[l.X])
		y, okY := tables.Coordinate(row[l.Y])
		switch {
		case !okX || !okY:
		case x != math.Trunc(x) || y != math.Trunc(y):
			return nil
		default:
			whole++
		}
	}
	if whole < 2 {
		return nil
	}
	return problem(ErrFields,
		"坐标列 %[1]s 全是整度，分、秒可能在其他列；请把列名写成“经度(度)、经度(分)、经度(秒)、纬度(度)、纬度(分)、纬度(秒)”，或改为十进制度；确是整度请用 --columns 指定",
		"the columns %[1]s hold whole degrees only: minutes and seconds may be in other columns; name those 经度(度), 经度(分), 经度(秒), 纬度(度), 纬度(分), 纬度(秒), or lon_deg, lon_min, lon_sec, lat_deg and so on, or give decimal degrees; if they are whole indeed, name them with --columns", s.layoutNames())
}

func (s *source) layoutNames() string {
	var names []string
	for _, c := range s.layout.Columns() {
		names = append(names, s.names[c])
	}
	return strings.Join(names, ", ")
}

func (s *source) noteLayout(report *Report, several bool) {
	l := s.layout
	switch {
	case l.Kind == tables.WKT:
		report.note("图形取自 WKT 列 %s", "geometry is taken from column %s, well-known text", s.layoutNames())
	case l.Kind == tables.Grid:
		report.note("位置取自北斗网格码列 %s（CGCS2000）", "the position is taken from column %s, BeiDou grid codes (CGCS2000)", s.layoutNames())
	case l.Survey:
		report.note("列 %[2]s 的数值是北坐标（纬度），列 %[1]s 是东坐标（经度）：按测量坐标 X 北 Y 东读取，依据是数值大小",
			"by its figures column %[2]s holds northings (latitudes) and column %[1]s eastings (longitudes): they are read as the surveyor's X and Y", s.names[l.X], s.names[l.Y])
	case l.ByValues:
		report.note("东（经度）取自列 %s，北（纬度）取自列 %s，依据列名和数值大小", "east (longitude) is column %s and north (latitude) column %s, by name and figures", s.names[l.X], s.names[l.Y])
	default:
		report.note("东（经度）取自列 %s，北（纬度）取自列 %s，依据列名", "east (longitude) is column %s and north (latitude) column %s, by name", s.names[l.X], s.names[l.Y])
	}
	if several {
		report.note("表格还有其他坐标列；如需改用，请用 --columns x=…,y=…", "the table has other columns with positions; take them with --columns x=…,y=…")
	}
}

// position returns a feature's geometry in the file's system: its own, or for a
// table what its columns say. nil is none.
func (s *source) position(encoded []byte, values []gdal.Value) (orb.Geometry, *reason) {
	g, why := s.written(encoded, values)
	if why != nil || g == nil {
		return nil, why
	}
	return s.arranged(g), nil
}

// arranged puts right what was found of the whole file.
func (s *source) arranged(g orb.Geometry) orb.Geometry {
	if s.swap {
		g = swapped(g)
	}
	if s.closeLines {
		g = closedLines(g)
	}
	return g
}

// written is a feature's geometry as the file has it.
func (s *source) written(encoded []byte, values []gdal.Value) (orb.Geometry, *reason) {
	if s.layout != nil {
		return s.tabled(values[len(s.mapping.matches):]) // the position's columns come after the fields'
	}
	if encoded == nil {
		return nil, nil
	}
	g, err := wkb.Unmarshal(encoded)
	if err != nil {
		return nil, newReason("图形无法识读", "the geometry can't be read")
	}
	return g, nil
}

// tabled is the position that a table's columns say.
func (s *source) tabled(values []gdal.Value) (orb.Geometry, *reason) {
	l := s.layout
	if l.Kind == tables.XY {
		x, okX, whyX := coordinate(values[0], s.charset, s.names[l.X])
		y, okY, whyY := coordinate(values[1], s.charset, s.names[l.Y])
		switch {
		case whyX != nil:
			return nil, whyX
		case whyY != nil:
			return nil, whyY
		case !okX || !okY:
			return nil, nil
		case l.Parts != nil:
			if why := s.addParts(&x, &y, values[2:]); why != nil {
				return nil, why
			}
		}
		if x == 0 && y == 0 {
			return nil, newReason("坐标为 0, 0，即未填写", "the position is 0, 0: it was left out")
		}
		return orb.Point{x, y}, nil
	}
	text, _, ok := textOf(values[0], s.charset)
	switch {
	case !ok:
		return nil, newReason("列 %s 的文字不是有效的 %s 编码", "the text of column %s is not valid %s", s.names[l.X], s.charset.Name)
	case text == "":
		return nil, nil
	case l.Kind == tables.Grid:
		cell, err := beidou.Decode(text)
		if err != nil {
			return nil, newReason("%q 不是北斗网格位置码", "%q is no BeiDou grid location code", show(values[0], s.charset))
		}
		if s.def.Geometry == layers.Polygon {
			return cell.Bound.ToPolygon(), nil
		}
		return cell.Bound.Center(), nil
	}
	g, code, err := readWKT(text)
	switch {
	case err != nil:
		return nil, newReason("WKT 无法识读：%q", "the well-known text can't be read: %q", show(values[0], s.charset))
	case code != 0 && code != s.system.Code():
		return nil, newReason("WKT 的 SRID=%d 与文件的坐标系 %s 不同", "the text's SRID=%d is not the file's system %s", code, s.system)
	}
	return g, nil
}

// addParts adds minutes and seconds that have columns of their own.
func (s *source) addParts(x, y *float64, values []gdal.Value) *reason {
	for i, column := range s.layout.Parts {
		if column < 0 {
			continue
		}
		part, _, why := coordinate(values[0], s.charset, s.names[column]) // an empty one is nought
		values = values[1:]
		if why != nil {
			return why
		}
		if part < 0 || part >= 60 {
			return newReason("列 %s = %v 不是分、秒（0 至 60）", "column %s = %v is no minutes or seconds (0 to 60)", s.names[column], part)
		}
		to, size := x, 60.0
		if i >= 2 {
			to = y
		}
		if i%2 == 1 {
			size = 3600
		}
		*to += math.Copysign(part/size, *to)
	}
	return nil
}

// coordinate reads a coordinate of a table; without a value it is not ok.
func coordinate(v gdal.Value, charset Charset, column string) (float64, bool, *reason) {
	switch v.Kind {
	case gdal.Null:
		return 0, false, nil
	case gdal.Float:
		return v.Float, !math.IsNaN(v.Float), nil
	case gdal.Int:
		return float64(v.Int), true, nil
	}
	text, _, ok := textOf(v, charset)
	if ok && text == "" {
		return 0, false, nil
	}
	value, isFigure := tables.Coordinate(text)
	if !ok || !isFigure {
		return 0, false, newReason("坐标列 %s = %q 不是数", "coordinate column %s = %q is not a number", column, show(v, charset))
	}
	return value, true, nil
}

// swapped exchanges the axes of every position, in place where it can.
func swapped(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return orb.Point{g[1], g[0]}
	case orb.Collection:
		for i := range g {
			g[i] = swapped(g[i])
		}
	default:
		repair.EachRun(g, func(points []orb.Point) bool {
			for i, p := range points {
				points[i] = orb.Point{p[1], p[0]}
			}
			return true
		})
	}
	return g
}

// isFinite reports whether all coordinates are numbers.
func isFinite(g orb.Geometry) bool {
	return repair.EachRun(g, func(points []orb.Point) bool {
		return !slices.ContainsFunc(points, func(p orb.Point) bool { return math.IsNaN(p[0]-p[0]) || math.IsNaN(p[1]-p[1]) })
	})
}

// closedLines makes polygons of lines that end where they begin: drawings keep
// areas so. Others are left as they are.
func closedLines(g orb.Geometry) orb.Geometry {
	isClosed := func(l orb.LineString) bool { return len(l) > 3 && l[0] == l[len(l)-1] }
	switch g := g.(type) {
	case orb.LineString:
		if isClosed(g) {
			return orb.Polygon{orb.Ring(g)}
		}
	case orb.MultiLineString:
		var all orb.MultiPolygon
		for _, line := range g {
			if !isClosed(line) {
				return g
			}
			all = append(all, orb.Polygon{orb.Ring(line)})
		}
		return all
	}
	return g
}
