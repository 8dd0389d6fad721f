package compliance

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// ErrEncoding reports an encoding that Shapefiles aren't written in.
var ErrEncoding = errors.New("compliance: a Shapefile is written in UTF-8 or GBK")

// pieceProperties are the fields of a piece in files; a DBF's names have ten characters.
type pieceProperties struct {
	Rule     string  `json:"rule"`
	RuleName string  `json:"rule_name"`
	Layer    string  `json:"layer"`
	Name     string  `json:"layer_name"`
	Verdict  string  `json:"verdict"`
	FID      int64   `json:"feature"`
	Words    string  `json:"attributes"`
	M2       float64 `json:"area_m2"`
	Mu       float64 `json:"area_mu"`
	Hectares float64 `json:"area_ha"`
	Share    float64 `json:"share"`
	LengthM  float64 `json:"length_m"`
	Distance float64 `json:"distance_m"`
}

// pieceFeature is a piece as a feature of GeoJSON.
type pieceFeature struct {
	Type       string            `json:"type"`
	Geometry   *geojson.Geometry `json:"geometry"`
	Properties pieceProperties   `json:"properties"`
}

// PieceCollection is all pieces as GeoJSON, EPSG:4490, longitude first; the red
// line itself is the first feature, of the rule "redline", and what lies outside
// a layer that it must lie within has feature 0.
type PieceCollection struct {
	Type     string         `json:"type"`
	Features []pieceFeature `json:"features"`
}

// Collection gathers the pieces.
func (a Answer) Collection() PieceCollection {
	all := PieceCollection{Type: "FeatureCollection"}
	add := func(g *geojson.Geometry, p pieceProperties) {
		all.Features = append(all.Features, pieceFeature{"Feature", g, p})
	}
	add(a.Redline, pieceProperties{
		Rule: "redline", RuleName: "红线", Layer: "redline", Name: "红线", Verdict: a.VerdictName, Words: a.Name,
		M2: a.Area.M2, Mu: a.Area.Mu, Hectares: a.Area.Hectares, Share: 1,
	})
	for _, f := range a.Findings {
		p := pieceProperties{Rule: f.ID, RuleName: f.Name, Layer: f.Layer, Name: f.LayerName, Verdict: f.FindingName}
		if f.Outside != nil {
			out := p
			out.Words, out.M2, out.Mu, out.Hectares, out.Share = "范围外", f.Size.M2, f.Size.Mu, f.Size.Hectares, f.Share
			add(f.Outside, out)
		}
		for _, piece := range f.Pieces {
			one := p
			one.FID, one.Words, one.LengthM, one.Share = piece.FID, words(piece), piece.LengthM, piece.Share
			if piece.Size != nil {
				one.M2, one.Mu, one.Hectares = piece.Size.M2, piece.Size.Mu, piece.Size.Hectares
			}
			if piece.DistanceM != nil {
				one.Distance = *piece.DistanceM
			}
			add(piece.Geometry, one)
		}
	}
	return all
}

// kinds are the Shapefiles of an archive: each holds one kind of geometry.
var kinds = []struct{ name, gdal string }{{"pieces", "MULTIPOLYGON"}, {"pieces_lines", "MULTILINESTRING"}, {"pieces_points", "MULTIPOINT"}}

func kindOf(g orb.Geometry) int {
	switch g.(type) {
	case orb.Point, orb.MultiPoint:
		return 2
	case orb.LineString, orb.MultiLineString:
		return 1
	default:
		return 0
	}
}

// WriteShapefiles writes the pieces as a ZIP of Shapefiles in EPSG:4490: pieces
// for polygons, with the red line, and pieces_lines and pieces_points where there
// are any. encoding is UTF-8 or GBK; each .cpg says which. temp is a folder for
// the files while they are made, "" the system's. Another encoding is an [ErrEncoding].
func (a Answer) WriteShapefiles(to io.Writer, encoding, temp string) error {
	name := map[string]string{"UTF-8": "UTF-8", "GBK": "CP936"}[strings.ToUpper(encoding)]
	if name == "" {
		return fmt.Errorf("%w, not %.20q", ErrEncoding, encoding)
	}
	dir, err := os.MkdirTemp(temp, "onemap-compliance-")
	if err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary folder is no failure
	for _, driver := range []godal.DriverName{godal.GeoJSON, "ESRI Shapefile"} {
		if err := godal.RegisterVector(driver); err != nil {
			return fmt.Errorf("compliance: GDAL has no driver %s: %w", driver, err)
		}
	}
	parts := make([]PieceCollection, len(kinds))
	for _, f := range a.Collection().Features {
		part := &parts[kindOf(f.Geometry.Geometry())]
		f.Properties.Words = clipBytes(f.Properties.Words, 240)
		part.Type, part.Features = "FeatureCollection", append(part.Features, f)
	}
	archive := zip.NewWriter(to)
	for i, part := range parts {
		if len(part.Features) == 0 {
			continue
		}
		if err := writeShapefile(dir, kinds[i].name, kinds[i].gdal, name, part); err != nil {
			return err
		}
		if err := addShapefile(archive, dir, kinds[i].name, strings.ToUpper(encoding)); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	return nil
}

// clipBytes shortens a text to so many bytes of UTF-8, at a character's border.
func clipBytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

func writeShapefile(dir, name, kind, encoding string, part PieceCollection) error {
	text, err := json.Marshal(part)
	if err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	lines := filepath.Join(dir, name+".geojson")
	if err := os.WriteFile(lines, text, 0o600); err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	source, err := godal.Open(lines, godal.VectorOnly())
	if err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	defer source.Close() //nolint:errcheck // it was only read
	made, err := source.VectorTranslate(filepath.Join(dir, name+".shp"), []string{
		"-f", "ESRI Shapefile", "-a_srs", "EPSG:4490", "-nlt", kind, "-lco", "ENCODING=" + encoding,
	})
	if err != nil {
		return fmt.Errorf("compliance: writing a Shapefile: %w", err)
	}
	if err := made.Close(); err != nil {
		return fmt.Errorf("compliance: writing a Shapefile: %w", err)
	}
	return nil
}

func addShapefile(archive *zip.Writer, dir, name, encoding string) error {
	for _, ending := range []string{".shp", ".shx", ".dbf", ".prj", ".cpg"} {
		content := []byte(encoding)
		if ending != ".cpg" { // GDAL's .cpg says CP936, which some readers don't know
			var err error
			if content, err = os.ReadFile(filepath.Join(dir, name+ending)); err != nil {
				return fmt.Errorf("compliance: %w", err)
			}
		}
		w, err := archive.Create(name + ending)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return fmt.Errorf("compliance: %w", err)
		}
	}
	return nil
}
