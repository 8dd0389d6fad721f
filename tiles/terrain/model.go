package terrain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/tiles/archive"
)

var (
	// ErrUnknown reports the id of a model that there isn't.
	ErrUnknown = errors.New("terrain: no such elevation model")
	// ErrDamaged reports an archive that is missing or isn't whole.
	ErrDamaged = errors.New("terrain: the file of an elevation model is missing or damaged")
	// ErrOutside reports a tile that the model doesn't have at a zoom it may be seen at.
	ErrOutside = errors.New("terrain: no such tile")
)

// PublicMetres is the finest grid that everybody may see: heights closer than this
// are for those who may read internal layers.
const PublicMetres = 100

// Record is what the catalogue knows of a model.
type Record struct {
	About
	File       string    `json:"file" db:"file"` // with the hash of its bytes
	Bytes      int64     `json:"bytes" db:"bytes"`
	Bounds     []float64 `json:"bounds" db:"bounds"`             // west, south, east, north, degrees (EPSG:4490)
	Resolution float64   `json:"resolution_m" db:"resolution_m"` // on the ground, of the file that it was made of
	Step       float64   `json:"step_m" db:"step_m"`             // to which heights are rounded
	MinZoom    int       `json:"min_zoom" db:"min_zoom"`
	MaxZoom    int       `json:"max_zoom" db:"max_zoom"`
	Tiles      int       `json:"tiles" db:"tiles"`
	Low        float64   `json:"lowest_m" db:"lowest_m"`
	High       float64   `json:"highest_m" db:"highest_m"`
	LoadedBy   string    `json:"loaded_by" db:"loaded_by"`
	LoadedAt   time.Time `json:"loaded_at" db:"loaded_at"`
}

// Tag names the content: it changes with every height and every word.
func (r Record) Tag() string {
	const hash, ending = 16, len(".pmtiles")
	if len(r.File) < hash+ending {
		return r.File
	}
	return r.File[len(r.File)-hash-ending : len(r.File)-ending]
}

// model is a model whose archive is open, for ever: somebody may be sending a tile.
type model struct {
	Record
	archive *archive.Archive
	kept    *memory
}

func open(folder string, r Record) (*model, error) {
	opened, err := archive.Open(filepath.Join(folder, r.File))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, r.ID, err)
	}
	if !opened.Pictures() || len(r.Bounds) != 4 {
		return nil, errors.Join(fmt.Errorf("%w: %s: %s holds no pictures", ErrDamaged, r.ID, r.File), opened.Close())
	}
	return &model{Record: r, archive: opened, kept: newMemory(64)}, nil
}

// View is a model as somebody may see it.
type View struct {
	*model
	top    int // the finest zoom
	public bool
}

// viewOf is the model as the context's principal may see it; false is not at all.
func viewOf(ctx context.Context, m *model) (View, bool) {
	if access.Require(ctx, access.ReadPublic) != nil {
		return View{}, false
	}
	v := View{m, m.MaxZoom, m.Resolution >= PublicMetres*0.99}
	if v.public || access.Require(ctx, access.ReadInternal) == nil {
		return v, true
	}
	v.public = true
	latitude := (m.Bounds[1] + m.Bounds[3]) / 2
	for v.top >= m.MinZoom && groundPixel(v.top, latitude) < PublicMetres {
		v.top--
	}
	return v, v.top >= m.MinZoom
}

// Top is the finest zoom that may be seen.
func (v View) Top() int { return v.top }

// Public tells whether everybody sees it so.
func (v View) Public() bool { return v.public }

// Seen is the distance in metres on the ground of the heights that may be seen:
// the model's own, or what is left of it.
func (v View) Seen() float64 {
	if v.top == v.MaxZoom {
		return v.Resolution
	}
	return math.Round(groundPixel(v.top, (v.Bounds[1]+v.Bounds[3])/2)*10) / 10
}

// Tile returns a tile as it is stored, which must not be changed. Where there is no
// height it is one whose pixels say so. A zoom that can't be seen and an address outside the grid are an [ErrOutside].
func (v View) Tile(t maptile.Tile) ([]byte, error) {
	if int(t.Z) < v.MinZoom || int(t.Z) > v.top || !t.Valid() {
		return nil, fmt.Errorf("%w: %d/%d/%d; zooms are %d to %d", ErrOutside, t.Z, t.X, t.Y, v.MinZoom, v.top)
	}
	tile, _, err := v.archive.Tile(t)
	if tile == nil && err == nil {
		return emptyTile()
	}
	return tile, err
}

// heights are those of a tile; nil where there are none.
func (m *model) heights(t maptile.Tile) ([]float32, error) {
	if known, ok := m.kept.get(t); ok {
		return known, nil
	}
	tile, _, err := m.archive.Tile(t)
	if err != nil {
		return nil, err
	}
	var heights []float32
	if tile != nil {
		if heights, err = decode(tile); err != nil {
			return nil, fmt.Errorf("%w (%s %d/%d/%d)", err, m.ID, t.Z, t.X, t.Y)
		}
	}
	m.kept.put(t, heights)
	return heights, nil
}

// Height is the height in metres of a position in EPSG:4490 degrees, longitude
// first, between the four nearest heights; false where one of them is none.
func (v View) Height(at orb.Point) (float64, bool, error) {
	b := v.Bounds
	if !(at[0] >= b[0] && at[0] <= b[2] && at[1] >= b[1] && at[1] <= b[3]) {
		return 0, false, nil
	}
	x, y := Pixel(v.top, at)
	p, err := v.Patch(v.top, int(math.Floor(x)), int(math.Floor(y)), 2, 2)
	if err != nil {
		return 0, false, err
	}
	h := p.Linear(x, y)
	return float64(h), h == h, nil
}
