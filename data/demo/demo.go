package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onemap/importers"
)

// ErrUnknownScale reports a scale that settings.json does not have.
var ErrUnknownScale = errors.New("demo: 没有这种规模，可用 tiny、demo、bench / unknown scale, use tiny, demo or bench")

// Scale names a size of the demonstration city.
type Scale string

// The scales: one town for tests, the whole city at the counts of its real
// grids, and a city for benchmarks.
const (
	Tiny  Scale = "tiny"
	Demo  Scale = "demo"
	Bench Scale = "bench"
)

// Options say what to generate.
type Options struct {
	Scale Scale
	Seed  uint64 // the same scale and seed give the same bytes, in a FileGDB the same rows
	Dir   string // written to; made if it is not there

	// Progress, if given, is told of stages: first those that make the city,
	// at their start, then each file when it is written, with the number done
	// and the total of their kind. Calls never overlap.
	Progress func(stage string, done, total int)
}

// Manifest lists what was written; it stands in deliveries.json beside the
// files, in the form that importers read.
type Manifest struct {
	importers.Manifest
	Scale Scale  `json:"scale"`
	Seed  uint64 `json:"seed"`
}

// Delivery is one layer in one file, with what an importer must be told of it.
type Delivery = importers.Delivery

const note = "演示数据：形状与属性均为程序生成，不是真实数据。Demonstration data: shapes and values are generated, none is real."

// Generate makes the city and writes it as deliveries into options.Dir, with
// the manifest in deliveries.json. A file that is there is overwritten.
func Generate(ctx context.Context, options Options) (Manifest, error) {
	progress := options.Progress
	if progress == nil {
		progress = func(string, int, int) {}
	}
	c, err := newCity(options)
	if err != nil {
		return Manifest{}, err
	}
	if err := os.MkdirAll(options.Dir, 0o755); err != nil {
		return Manifest{}, fmt.Errorf("demo: %w", err)
	}
	if err := c.make(ctx, progress); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Manifest: importers.Manifest{Note: note}, Scale: options.Scale, Seed: options.Seed}
	if m.Deliveries, err = c.deliver(ctx, options.Dir, progress); err != nil {
		return Manifest{}, err
	}
	progress(TerrainFile, 0, 1)
	if err := c.writeHeights(filepath.Join(options.Dir, TerrainFile)); err != nil {
		return Manifest{}, err
	}
	progress(TerrainFile, 1, 1)
	if err := c.writeIncidents(filepath.Join(options.Dir, IncidentsFile)); err != nil {
		return Manifest{}, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Manifest{}, fmt.Errorf("demo: %w", err)
	}
	if err := os.WriteFile(filepath.Join(options.Dir, importers.ManifestFile), append(text, '\n'), 0o644); err != nil {
		return Manifest{}, fmt.Errorf("demo: %w", err)
	}
	return m, nil
}
