package terrain

import (
	"context"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// TileJSON describes the tiles of a model; https://github.com/mapbox/tilejson-spec,
// 3.0.0, with encoding and tile_size as viewers of raster-dem name them.
type TileJSON struct {
	TileJSON    string     `json:"tilejson"`
	Name        string     `json:"name"`
	Attribution string     `json:"attribution"`
	Version     string     `json:"version"`
	Scheme      string     `json:"scheme"`
	Format      string     `json:"format"`
	Encoding    string     `json:"encoding"`
	TileSize    int        `json:"tileSize"`
	Tiles       []string   `json:"tiles"`
	MinZoom     int        `json:"minzoom"`
	MaxZoom     int        `json:"maxzoom"`
	Bounds      [4]float64 `json:"bounds"` // west, south, east, north in degrees
	Resolution  float64    `json:"resolution_m"`
	Lowest      float64    `json:"lowest_m"`
	Highest     float64    `json:"highest_m"`
	Synthetic   bool       `json:"synthetic"`
}

// Describe returns the TileJSON of a model as it may be seen. base is put before the
// path of the tiles: the service's public address, or "" for addresses from the
// root. The addresses carry the model's tag, so each tile may be kept for ever.
func Describe(v View, base string) TileJSON {
	source := v.Source
	if v.Synthetic {
		source += "（演示数据）"
	}
	return TileJSON{
		TileJSON: "3.0.0", Name: v.Title, Attribution: source, Version: "1.0.0", Scheme: "xyz", Format: "png", Encoding: "terrarium", TileSize: Side,
		Tiles:   []string{fmt.Sprintf("%s/terrain/%s/{z}/{x}/{y}.png?v=%s", base, v.ID, v.Tag())},
		MinZoom: v.MinZoom, MaxZoom: v.top, Bounds: [4]float64(v.Bounds), Resolution: v.Seen(), Lowest: v.Low, Highest: v.High, Synthetic: v.Synthetic,
	}
}

// Answer is the height of a place, and what it is taken from.
type Answer struct {
	Lon        float64  `json:"lon"`
	Lat        float64  `json:"lat"`
	Height     *float64 `json:"elevation_m"` // nil where no model has a height
	Model      *string  `json:"model"`
	Title      *string  `json:"title"`
	Source     *string  `json:"source"`
	Date       *string  `json:"date"`
	Resolution *float64 `json:"resolution_m"` // distance of the heights on the ground
	Synthetic  bool     `json:"synthetic"`
}

// Answer tells the height of a position in EPSG:4490 degrees, longitude first, to
// the decimetre.
func (g *Ground) Answer(ctx context.Context, at orb.Point) (Answer, error) {
	a := Answer{Lon: at[0], Lat: at[1]}
	metres, from, ok, err := g.At(ctx, at)
	if err != nil || !ok {
		return a, err
	}
	metres = math.Round(metres*10) / 10
	seen := from.Seen()
	a.Height, a.Model, a.Title, a.Source, a.Date, a.Resolution, a.Synthetic = &metres, &from.ID, &from.Title, &from.Source, from.Date, &seen, from.Synthetic
	return a, nil
}

// Along is the ground as spatial/elevation asks for it.
func (g *Ground) Along(ctx context.Context) func(at orb.Point) (metres, resolution float64, ok bool, err error) {
	return func(at orb.Point) (float64, float64, bool, error) {
		if err := ctx.Err(); err != nil {
			return 0, 0, false, err
		}
		metres, from, ok, err := g.At(ctx, at)
		if !ok || err != nil {
			return 0, 0, false, err
		}
		return metres, from.Seen(), true, nil
	}
}
