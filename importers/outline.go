package importers

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strconv"

	"github.com/paulmach/orb"

	"onemap/importers/gdal"
	"onemap/layers"
	"onemap/spatial/crs"
)

// ErrOutline reports a file or text that no outline can be made of. It arrives
// wrapped in a [Problem].
var ErrOutline = errors.New("importers: no outline")

// mostOutlineRows and mostOutlinePoints bound what is read of an outline's file;
// who asks with the outline has bounds of their own, which are lower.
const (
	mostOutlineRows   = 20_000
	mostOutlinePoints = 1_000_000
)

// Plot is a plot of an outline's file.
type Plot struct {
	Number string           `json:"number,omitempty"`
	Name   string           `json:"name,omitempty"`
	Stated float64          `json:"stated_m2,omitempty"` // m², as the file states it; 0 is not stated
	Shape  orb.MultiPolygon `json:"-"`                   // EPSG:4490
}

// Outline is what a file or a text says that a project's land is: the red line.
type Outline struct {
	Format    string // as "Shapefile"
	CRS       string // as "EPSG:4525"
	CRSName   string // Chinese / English
	CRSSource string // see Report
	Encoding  string
	Notes     []Note
	Plots     []Plot
}

// Shape is all plots, unmended: they may overlap, and rings may cross.
func (o Outline) Shape() orb.MultiPolygon {
	var all orb.MultiPolygon
	for _, p := range o.Plots {
		all = append(all, p.Shape...)
	}
	return all
}

// OutlineOptions say how an outline is read. All but the file may be left out.
type OutlineOptions struct {
	File        string // in any format that is imported, or a ZIP of it
	SourceLayer string
	CRS         string
	Encoding    string
	OverrideCRS bool
	SwapAxes    bool
	TempDir     string
	Limits      Limits
}

// outlineDefinition is what an outline's file is mapped to, as if it were a layer.
func outlineDefinition() layers.Definition {
	return layers.Definition{
		ID: "redline", Name: "红线", NameEN: "Red line", Aliases: []string{"用地红线", "HX", "项目红线"}, Geometry: layers.Polygon,
		Fields: []layers.Field{
			{Name: "number", Label: "地块编号", LabelEN: "Number", Type: layers.Text, Aliases: []string{"dkbh", "地块号"}},
			{Name: "name", Label: "地块名称", LabelEN: "Name", Type: layers.Text, Aliases: []string{"dkmc", "xmmc", "项目名称"}},
			{Name: "hectares", Label: "地块面积", LabelEN: "Hectares", Type: layers.Text},
		},
	}
}

// ReadOutline reads the plots of a file of any format that is imported. Geometry
// comes as it is, brought to EPSG:4490: nothing is mended. The rows of a table of
// positions are the corners of one plot, in their order. What can't be told, or
// is no polygon, is a [Problem].
func ReadOutline(ctx context.Context, from OutlineOptions) (Outline, error) {
	read, err := readOutline(ctx, from)
	return read, explain(err)
}

func readOutline(ctx context.Context, from OutlineOptions) (Outline, error) {
	o := Options{
		File: from.File, SourceLayer: from.SourceLayer, CRS: from.CRS, Encoding: from.Encoding, OverrideCRS: from.OverrideCRS, SwapAxes: from.SwapAxes,
		TempDir: from.TempDir, Limits: from.Limits,
	}
	delivered, err := openDelivery(ctx, o, func(int64) {})
	if err != nil {
		return Outline{}, err
	}
	defer delivered.Close()
	def := outlineDefinition()
	chosen, err := choose(delivered, o.SourceLayer, def, o.limits())
	if err != nil {
		return Outline{}, err
	}
	report := Report{File: filepath.Base(o.File)}
	s, err := openSource(chosen, def, o, &report)
	if err != nil {
		return Outline{}, err
	}
	defer s.close()
	r := outlineReader{source: s}
	if r.to4490, err = s.transformer(); err != nil {
		return Outline{}, err
	}
	if err := r.read(ctx, &report); err != nil {
		return Outline{}, err
	}
	read := Outline{
		Format: report.Format, CRS: report.CRS, CRSName: report.CRSName, CRSSource: report.CRSSource, Encoding: report.Encoding.Name,
		Notes: report.Notes, Plots: r.plots,
	}
	if len(r.corners) > 0 {
		if len(r.plots) > 0 {
			return Outline{}, problem(ErrOutline, "文件里既有面又有点；请只留下红线", "the file has polygons and points; leave only the red line")
		}
		read.Plots = []Plot{{Shape: orb.MultiPolygon{{orb.Ring(r.corners)}}}}
	}
	if len(read.Plots) == 0 {
		return Outline{}, noRows()
	}
	return read, nil
}

// outlineReader gathers the plots of a source.
type outlineReader struct {
	source  *source
	to4490  *crs.Transformer
	plots   []Plot
	corners []orb.Point // of a table
	rows    int64
	points  int
}

func (r *outlineReader) read(ctx context.Context, report *Report) error {
	reader, err := r.source.file.Read(r.source.index, r.source.columns())
	if err != nil {
		return r.source.explainRead(err)
	}
	defer reader.Close()
	for {
		batch, err := reader.Next(batchRows, batchBytes)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.source.explainRead(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.rows == 0 {
			if err := r.source.checkPlausible(batch, report); err != nil {
				return err
			}
		}
		if err := batch.Each(r.row); err != nil {
			return err
		}
	}
}

// row takes a row of the file.
func (r *outlineReader) row(encoded []byte, values []gdal.Value) error {
	if r.rows++; r.rows > mostOutlineRows {
		return problem(ErrOutline, "文件超过 %[1]d 行，不像一条红线；请只交该项目的红线", "the file has more than %[1]d rows, which is no red line; send the project's alone", mostOutlineRows)
	}
	g, why := r.source.position(encoded, values)
	if why != nil {
		return problem(ErrOutline, "第 %[1]d 行：%[2]s", "row %[1]d: %[3]s", r.rows, why.zh, why.en)
	}
	if g == nil {
		return nil
	}
	if r.points += pointsOf(g); r.points > mostOutlinePoints {
		return problem(ErrOutline, "图形超过 %[1]d 个顶点；请抽稀或分块提交", "the outline has more than %[1]d vertices; simplify it, or send it in parts", mostOutlinePoints)
	}
	if err := r.source.system.Check(firstPoint(g)); err != nil {
		return err
	}
	g, err := r.to4490.Transform(g)
	if err != nil {
		return problem(because(ErrOutline, err), "第 %[1]d 行的坐标不是数或超出投影范围", "row %[1]d has a position that is no number or outside the projection", r.rows)
	}
	plot := Plot{}
	switch g := g.(type) {
	case orb.Polygon:
		plot.Shape = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		plot.Shape = g
	case orb.Point:
		r.corners = append(r.corners, g)
		return nil
	default:
		return problem(ErrOutline,
			"第 %[1]d 行是 %[2]s，不是面；红线须为闭合的面（DXF、KML 中的线须首尾相接）",
			"row %[1]d is a %[2]s, no polygon; a red line is of closed polygons (lines of DXF and KML must end where they begin)", r.rows, g.GeoJSONType())
	}
	r.describe(&plot, values)
	r.plots = append(r.plots, plot)
	return nil
}

// describe takes a plot's texts; a red-line text states areas in hectares.
func (r *outlineReader) describe(p *Plot, values []gdal.Value) {
	for i, m := range r.source.mapping.matches {
		text, _, ok := textOf(values[i], r.source.charset)
		if !ok {
			continue
		}
		switch r.source.def.Fields[m.target].Name {
		case "number":
			p.Number = text
		case "name":
			p.Name = text
		case "hectares":
			if hectares, err := strconv.ParseFloat(text, 64); err == nil && hectares > 0 && hectares < 1e9 && r.source.dataset.format == formatRedline {
				p.Stated = hectares * 1e4
			}
		}
	}
}

// pointsOf counts a geometry's points.
func pointsOf(g orb.Geometry) int {
	n := 0
	switch g := g.(type) {
	case orb.Point:
		return 1
	case orb.MultiPoint:
		return len(g)
	case orb.LineString:
		return len(g)
	case orb.MultiLineString:
		for _, line := range g {
			n += len(line)
		}
	case orb.Polygon:
		for _, ring := range g {
			n += len(ring)
		}
	case orb.MultiPolygon:
		for _, polygon := range g {
			n += pointsOf(polygon)
		}
	case orb.Collection:
		for _, part := range g {
			n += pointsOf(part)
		}
	}
	return n
}
