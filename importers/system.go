package importers

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/importers/gdal"
	"onemap/importers/redline"
	"onemap/importers/tables"
	"onemap/spatial/crs"
)

// statement is what a file says of its coordinate system.
type statement struct {
	system crs.System
	by     string // prj, file, geojson, kml, header, grid-code, wkt; see Report.CRSSource
	silent bool   // it says nothing that could be contradicted
	err    error  // why the system can't be taken as it is
}

// stated asks the file for its system.
func (s *source) stated(prj string) statement {
	text := s.layer.WKT
	st := statement{by: "file"}
	switch s.dataset.format {
	case formatShapefile:
		text, st.by = prj, "prj"
	case formatGeoJSON:
		return s.statedByMember()
	case formatGeoJSONSeq:
		st.by = "geojson"
	case formatKML:
		st.by, st.system = "kml", crs.WGS84
		return st
	case formatRedline:
		return s.statedByHeader()
	case formatCSV, formatXLSX:
		return s.statedByLayout()
	}
	st.system, st.err = crs.Identify(text)
	st.silent = errors.Is(st.err, crs.ErrUnknown) || st.by == "geojson" && st.system == crs.WGS84
	return st
}

// statedByLayout: grid codes are of CGCS2000 by their standard, and well-known
// text may name its system; figures name none.
func (s *source) statedByLayout() statement {
	unknown := func() error { _, err := crs.Identify(""); return err }
	switch s.layout.Kind {
	case tables.Grid:
		return statement{system: crs.CGCS2000, by: "grid-code"}
	case tables.WKT:
		rows, err := s.sample()
		for _, row := range rows {
			if _, code, wktErr := readWKT(row[s.layout.X]); err == nil && wktErr == nil && code != 0 {
				st := statement{by: "wkt"}
				st.system, st.err = crs.FromEPSG(code)
				return st
			}
		}
	}
	return statement{silent: true, err: unknown()}
}

// statedByHeader reads the attributes of a red-line text. Whether eastings have
// the zone's number before them the figures tell.
func (s *source) statedByHeader() statement {
	h := s.file.(*redlineFile).header
	st := statement{by: "header"}
	name := h.Get(redline.AttributeDatum)
	degrees, zone := leadingNumber(h.Get(redline.AttributeZoneWidth)), leadingNumber(h.Get(redline.AttributeZone))
	if name == "" || degrees == 0 || zone == 0 {
		st.silent = true
		_, st.err = crs.Identify("")
		return st
	}
	st.system, st.err = crs.NationalGrid(name, degrees, zone, s.hasZoneNumbers())
	return st
}

// leadingNumber reads "3", "3度带" or "37" as a number; 0 is none.
func leadingNumber(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	n, _ := strconv.Atoi(text[:end])
	return n
}

// hasZoneNumbers reports whether the first position has a figure beyond ten
// million in either place.
func (s *source) hasZoneNumbers() bool {
	p, ok := s.firstPosition()
	return ok && (math.Abs(p[0]) > 1e7 || math.Abs(p[1]) > 1e7)
}

// firstPosition is the first point of the first rows' geometries, as written. A
// table has none before its columns are known.
func (s *source) firstPosition() (at orb.Point, ok bool) {
	if s.layout != nil {
		return at, false
	}
	reader, err := s.file.Read(s.index, nil)
	if err != nil {
		return at, false
	}
	defer reader.Close()
	batch, err := reader.Next(sampleRows, batchBytes)
	if err != nil {
		return at, false
	}
	_ = batch.Each(func(encoded []byte, values []gdal.Value) error { // the function gives no error
		if g, why := s.written(encoded, values); !ok && why == nil && g != nil {
			at, ok = firstPoint(g), true
		}
		return nil
	})
	return at, ok
}

// decideSystem finds the coordinate system. A person's word stands where the
// file says nothing; against the file's own word it has to be said on purpose.
func (s *source) decideSystem(o Options, prj string, report *Report) error {
	st := s.stated(prj)
	if o.CRS != "" {
		wanted, err := crs.Parse(o.CRS)
		wanted, err = withParameters(wanted, err, o)
		if err != nil {
			return err
		}
		if err := s.overrule(st, wanted, o, report); err != nil {
			return err
		}
		st = statement{system: wanted, by: "option"}
	}
	if st.system, st.err = withParameters(st.system, st.err, o); st.err != nil {
		return s.hint(st)
	}
	var err error
	if s.parameters, err = o.parametersFor(st.system); err != nil {
		return err
	}
	if s.parameters != nil {
		report.note("按七参数由 %[1]s 转换到 CGCS2000，参数来源：%[3]s", "brought from %[2]s to CGCS2000 by seven parameters from: %[3]s",
			st.system, st.system, s.parameters.Source)
	}
	if st.by == "geojson" && st.system == crs.WGS84 {
		report.note("GeoJSON 按标准视为 WGS 84；若来自高德、腾讯等平台，请用 --crs GCJ-02",
			"GeoJSON is WGS 84 by its standard; if it comes from AMap, Tencent or the like, use --crs GCJ-02")
	}
	s.system = st.system
	report.CRS, report.CRSName, report.CRSSource = st.system.String(), st.system.Name(), st.by
	return nil
}

// parametersFor returns the seven parameters if the system needs them. To have
// given some for a file that needs none is an error, unless they were only offered.
func (o Options) parametersFor(system crs.System) (*crs.SevenParameters, error) {
	switch {
	case system.NeedsParameters():
		return o.SevenParameters, nil
	case o.SevenParameters != nil && !o.ParametersOffered:
		return nil, problem(crs.ErrParameters, "数据为 %[1]s，不需要七参数；请去掉 --seven-parameters", "the data is in %[1]s, which needs no seven parameters; leave out --seven-parameters", system)
	default:
		return nil, nil
	}
}

// withParameters takes a system on an older datum if there are parameters for it.
func withParameters(system crs.System, err error, o Options) (crs.System, error) {
	var p *crs.Problem
	if o.SevenParameters != nil && errors.Is(err, crs.ErrNeedsParameters) && errors.As(err, &p) && !p.System.IsZero() {
		return p.System, nil
	}
	return system, err
}

// overrule weighs a named system against the file's own word. GCJ-02 and BD-09
// can't be written into any file, so they don't contradict one that says WGS 84.
func (s *source) overrule(st statement, wanted crs.System, o Options, report *Report) error {
	same := st.err == nil && (st.system == wanted || isWorld(st.system) && isWorld(wanted))
	if st.silent || same {
		return nil
	}
	what := st.system.String()
	var p *crs.Problem
	switch {
	case errors.Is(st.err, crs.ErrNeedsParameters) && errors.As(st.err, &p) && !p.System.IsZero():
		what = p.System.String() + " " + p.System.Name()
	case st.err != nil:
		what = "?"
	}
	declared := st.system == crs.WGS84 && (wanted == crs.GCJ02 || wanted == crs.BD09)
	if !declared && !o.OverrideCRS {
		return problem(ErrCRSContradiction,
			"文件自述坐标系为 %[1]s，与 --crs %[2]s 矛盾；请去掉 --crs，或核实文件所写有误后加上 --override-crs",
			"the file says its system is %[1]s, which --crs %[2]s contradicts; leave out --crs, or, once you are sure that the file is wrong about itself, add --override-crs", what, wanted)
	}
	report.note("文件自述坐标系为 %[1]s，按 --crs 采用 %[2]s", "the file says its system is %[1]s; %[2]s was taken from --crs", what, wanted)
	return nil
}

// isWorld reports whether a system is one of the two that count as one.
func isWorld(s crs.System) bool { return s == crs.WGS84 || s == crs.CGCS2000 }

// hint adds to the refusal of a file that doesn't state its system what its
// figures look like.
func (s *source) hint(st statement) error {
	switch {
	case !errors.Is(st.err, crs.ErrUnknown):
		return st.err
	case s.layout == nil && st.silent:
		return s.hintOfPosition(st.err)
	case s.layout == nil || s.layout.Kind != tables.XY:
		return st.err
	}
	rows, err := s.sample()
	if err != nil {
		return st.err
	}
	for _, row := range rows {
		x, okX := tables.Coordinate(row[s.layout.X])
		y, okY := tables.Coordinate(row[s.layout.Y])
		if !okX || !okY {
			continue
		}
		system := likely(orb.Point{x, y}, s.layout.Degrees)
		if system.IsZero() {
			return st.err
		}
		return problem(crs.ErrUnknown,
			"表格没有说明坐标系；坐标列 %[1]s（%[2]s, %[3]s）看来可能是 %[4]s，请核实后用 --crs %[4]s 指定（手机或网络地图采集的经纬度用 --crs GCJ-02）",
			"the table doesn't say its coordinate system; the columns %[1]s (%[2]s, %[3]s) may be %[4]s: check, and name it with --crs %[4]s (--crs GCJ-02 for positions from phones or web maps)",
			s.layoutNames(), row[s.layout.X], row[s.layout.Y], system)
	}
	return st.err
}

func (s *source) hintOfPosition(refusal error) error {
	at, ok := s.firstPosition()
	if !ok {
		return refusal
	}
	degrees := at[0] >= 72 && at[0] <= 138 && at[1] >= 2 && at[1] <= 55 // China's
	system := likely(at, degrees)
	if system.IsZero() {
		return refusal
	}
	return problem(crs.ErrUnknown,
		"数据没有说明坐标系（例如缺少 .prj）；坐标（%[1]s, %[2]s）看来可能是 %[3]s，也可能是同一分带的西安 80、北京 54，单看坐标分不清；请向提供单位核实后用 --crs %[3]s 指定",
		"the data doesn't say its coordinate system (there is no .prj, say); the position (%[1]s, %[2]s) may be %[3]s, or the same zone in Xi'an 1980 or Beijing 1954, which figures don't tell: ask who delivered it, and name it with --crs %[3]s",
		strconv.FormatFloat(at[0], 'f', -1, 64), strconv.FormatFloat(at[1], 'f', -1, 64), system)
}

// likely is the system of CGCS2000 that a position looks like.
func likely(at orb.Point, degrees bool) crs.System {
	if degrees {
		return crs.CGCS2000
	}
	return crs.Likely(at)
}
