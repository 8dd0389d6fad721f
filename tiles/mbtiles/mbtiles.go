// Package mbtiles writes tiles as MBTiles 1.3, the SQLite file that QGIS and many
// phones read (https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md).
//
// It is a form of export: the service itself keeps its tiles in tiles/archive.
package mbtiles

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb/maptile"
)

// ErrExists reports that a file with the name is there already.
var ErrExists = errors.New("mbtiles: the file exists")

// Writer writes one file. SQLite is reached through GDAL, which brings it.
type Writer struct {
	data *godal.Dataset
	path string
}

// Create begins a file; metadata are its rows of that name. A file that exists is
// an [ErrExists].
func Create(path string, metadata map[string]string) (*Writer, error) {
	if _, err := os.Stat(path); err == nil {
		return nil, fmt.Errorf("%w: %s", ErrExists, path)
	}
	if err := godal.RegisterVector("SQLite"); err != nil {
		return nil, fmt.Errorf("mbtiles: %w", err)
	}
	data, err := godal.CreateVector("SQLite", path, godal.CreationOption("METADATA=NO"))
	if err != nil {
		return nil, fmt.Errorf("mbtiles: %w", err)
	}
	w := &Writer{data, path}
	err = w.do(
		"CREATE TABLE metadata (name text, value text)",
		"CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)",
	)
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		if err == nil {
			err = w.do(fmt.Sprintf("INSERT INTO metadata VALUES (%s, %s)", quote(name), quote(metadata[name])))
		}
	}
	if err == nil {
		err = data.StartTransaction()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mbtiles: %w", err), w.Abandon())
	}
	return w, nil
}

func (w *Writer) do(statements ...string) error {
	for _, sql := range statements {
		result, err := w.data.ExecuteSQL(sql)
		if err != nil {
			return err
		}
		if result != nil {
			if err := result.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Add writes a tile, gzip-compressed. Rows count from the south, as MBTiles has it.
func (w *Writer) Add(t maptile.Tile, packed []byte) error {
	row := uint32(1)<<t.Z - 1 - t.Y
	if err := w.do(fmt.Sprintf("INSERT INTO tiles VALUES (%d, %d, %d, x'%s')", t.Z, t.X, row, hex.EncodeToString(packed))); err != nil {
		return fmt.Errorf("mbtiles: %w", err)
	}
	return nil
}

// Finish completes the file.
func (w *Writer) Finish() error {
	err := w.data.CommitTransaction()
	if err == nil {
		err = w.do("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
	}
	if err != nil {
		return errors.Join(fmt.Errorf("mbtiles: %w", err), w.Abandon())
	}
	if err := w.data.Close(); err != nil {
		return fmt.Errorf("mbtiles: %w", err)
	}
	return nil
}

// Abandon removes an unfinished file.
func (w *Writer) Abandon() error {
	return errors.Join(w.data.Close(), os.Remove(w.path))
}

// quote writes a text as SQLite reads it. NUL, at which it would end, is left out.
func quote(s string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), "'", "''") + "'"
}
