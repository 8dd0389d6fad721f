package styles

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// GroundID names the source of heights in a document, and HillshadeID the layer
// that lights them. No layer of the catalogue has such a name.
const (
	GroundID    = "onemap:ground"
	HillshadeID = "onemap:hillshade"
)

// Ground is where the heights of the ground are.
type Ground struct {
	TileJSON string    // address of its TileJSON, as "/terrain/ground.json"
	Bounds   []float64 // west, south, east, north in degrees (EPSG:4490)
	MinZoom  int
	MaxZoom  int
	TileSize int // pixels to a side of its tiles
}

// OnGround puts heights and their shading into a document that [Look.Document] has
// made: over the background and the city's paper and beneath everything else, in
// the colours of a palette. A document that has them is returned as it is.
func OnGround(text []byte, palette string, g Ground) ([]byte, error) {
	p, err := PaletteNamed(palette)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	var sources map[string]json.RawMessage
	var all []json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("styles: reading a document: %w", err)
	}
	if err := json.Unmarshal(members["sources"], &sources); err != nil {
		return nil, fmt.Errorf("styles: reading a document: %w", err)
	}
	if err := json.Unmarshal(members["layers"], &all); err != nil {
		return nil, fmt.Errorf("styles: reading a document: %w", err)
	}
	if _, has := sources[GroundID]; has {
		return text, nil
	}
	if sources[GroundID], err = json.Marshal(map[string]any{
		"type": "raster-dem", "url": g.TileJSON, "encoding": "terrarium", "tileSize": g.TileSize, "minzoom": g.MinZoom, "maxzoom": g.MaxZoom, "bounds": g.Bounds,
	}); err != nil {
		return nil, fmt.Errorf("styles: writing a document: %w", err)
	}
	shade, err := json.Marshal(map[string]any{
		"id": HillshadeID, "type": "hillshade", "source": GroundID, "paint": map[string]any{
			"hillshade-illumination-direction": 315, "hillshade-illumination-anchor": "map", "hillshade-exaggeration": 0.7,
			"hillshade-shadow-color": p.Roles["hillshade.shadow"] + "cc", "hillshade-highlight-color": p.Roles["hillshade.highlight"] + "99", "hillshade-accent-color": p.Roles["hillshade.accent"] + "4d",
		},
	})
	if err != nil {
		return nil, fmt.Errorf("styles: writing a document: %w", err)
	}
	at := slices.IndexFunc(all, func(l json.RawMessage) bool { return !beneath(l) })
	if at < 0 {
		at = len(all)
	}
	for name, value := range map[string]any{"sources": sources, "layers": slices.Insert(all, at, json.RawMessage(shade))} {
		if members[name], err = encoded(value); err != nil {
			return nil, err
		}
	}
	return encoded(members)
}

// beneath tells whether a style layer lies below the ground's shading: the
// background, and the city's own paper.
func beneath(text json.RawMessage) bool {
	var l struct{ Type, Source string }
	if err := json.Unmarshal(text, &l); err != nil {
		return false
	}
	return l.Type == "background" || l.Type == "fill" && l.Source == "division_city"
}

func encoded(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("styles: writing a document: %w", err)
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
