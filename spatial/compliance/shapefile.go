package compliance

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/geojson"

	"onemap/spatial/files"
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
var kinds = []struct {
	name string
	kind files.Kind
}{{"pieces", files.Polygons}, {"pieces_lines", files.Lines}, {"pieces_points", files.Points}}

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
	encoded, err := files.ParseEncoding(encoding)
	if err != nil || encoding == "" {
		return fmt.Errorf("%w, not %.20q", ErrEncoding, encoding)
	}
	dir, err := os.MkdirTemp(temp, "onemap-compliance-")
	if err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary folder is no failure
	if err := a.writeKinds(dir, encoded); err != nil {
		return fmt.Errorf("compliance: writing a Shapefile: %w", err)
	}
	archive := zip.NewWriter(to)
	if err := addFiles(archive, dir); err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("compliance: %w", err)
	}
	return nil
}

// columns are the fields of a piece.
func columns() []files.Column {
	return []files.Column{
		{Name: "rule", Type: files.Text},
		{Name: "rule_name", Type: files.Text},
		{Name: "layer", Type: files.Text},
		{Name: "layer_name", Type: files.Text},
		{Name: "verdict", Type: files.Text},
		{Name: "feature", Type: files.Integer},
		{Name: "attributes", Type: files.Text},
		{Name: "area_m2", Type: files.Real},
		{Name: "area_mu", Type: files.Real},
		{Name: "area_ha", Type: files.Real},
		{Name: "share", Type: files.Real},
		{Name: "length_m", Type: files.Real},
		{Name: "distance_m", Type: files.Real},
	}
}

func (p pieceProperties) values() []any {
	return []any{p.Rule, p.RuleName, p.Layer, p.Name, p.Verdict, p.FID, p.Words, p.M2, p.Mu, p.Hectares, p.Share, p.LengthM, p.Distance}
}

// writeKinds writes the Shapefile of each kind that there is.
func (a Answer) writeKinds(dir string, encoding files.Encoding) error {
	parts := make([][]pieceFeature, len(kinds))
	for _, f := range a.Collection().Features {
		i := kindOf(f.Geometry.Geometry())
		parts[i] = append(parts[i], f)
	}
	w, err := files.Create(dir, "pieces", files.Shapefile, files.Options{EPSG: 4490, Degrees: true, Encoding: encoding, At: a.AskedAt})
	if err != nil {
		return err
	}
	for i, part := range parts {
		if len(part) == 0 {
			continue
		}
		if err := w.Begin(files.Layer{Name: kinds[i].name, Title: kinds[i].name, Kind: kinds[i].kind, Columns: columns(), LabelAt: -1}); err != nil {
			return errors.Join(err, w.Close())
		}
		for n, f := range part {
			shape, err := wkb.Marshal(f.Geometry.Geometry(), wkb.DefaultByteOrder)
			if err == nil {
				err = w.Add(int64(n+1), shape, f.Properties.values())
			}
			if err != nil {
				return errors.Join(err, w.Close())
			}
		}
	}
	return w.Close()
}

// addFiles packs the files of a folder.
func addFiles(archive *zip.Writer, dir string) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, one := range all {
		content, err := os.ReadFile(filepath.Join(dir, one.Name()))
		if err != nil {
			return err
		}
		w, err := archive.Create(one.Name())
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
