package tiles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
	"onemap/tiles/packed"
)

// maxTile is the most bytes a tile may unpack to: of [MaxLayers] layers with a few MiB each.
const maxTile = 256 << 20

// Tile is a built vector tile, of one or several layers.
type Tile struct {
	Packed  []byte // Mapbox Vector Tile 2, gzip-compressed; nil where nothing is to be drawn
	LeftOut int    // features for which live layers had no room: less important ones than those that are there
	Limit   int    // the most features of a layer, where one has had no room for all; else 0
}

// Empty tells whether nothing is to be drawn.
func (t Tile) Empty() bool { return len(t.Packed) == 0 }

// MVT is the tile before compression.
func (t Tile) MVT() ([]byte, error) { return packed.Unpack(t.Packed, maxTile) }

// Set is a choice of published layers that make tiles together.
type Set struct {
	Layers []layers.Layer
	Square grid.Square // that its tiles are cut from
	shares []*share
	tag    string
}

// Tag names the content of the set: it changes when a version is published, an
// archive is built, or the way tiles are built changes, and only then.
func (s Set) Tag() string { return s.tag }

// Live is the set with all its tiles live, as if no archive were there; what
// archives draw at low zooms is still used.
func (s Set) Live() Set {
	live := Set{Layers: s.Layers, Square: s.Square, tag: s.tag + "-live"}
	for _, one := range s.shares {
		share := *one
		share.archive, share.top, share.tag = nil, -1, one.tag+"-live"
		live.shares = append(live.shares, &share)
	}
	return live
}

// share is what a layer gives to tiles.
type share struct {
	layer   layers.Layer
	square  grid.Square
	archive *heldArchive // nil where the tiles are live
	top     int          // highest zoom of the archive
	tag     string
	leftOut map[int]string // by zoom: what the archive leaves out, in words

	raw    statements         // of live tiles, from the version's own shapes
	levels map[int]statements // by zoom: from those that the archive draws
}

// statements are the SQL texts of one way to make a live tile: only the tile's
// address varies, and it is bound, so each connection prepares each once.
type statements struct {
	all   string // with all features
	some  string // with room for @most features only
	level bool   // from a level's table
}

func newShare(l layers.Layer, in grid.Square, known *heldArchive) *share {
	held := known
	if known != nil && known.Archive == nil {
		held = nil // its file is missing
	}
	// The statement names the version's table and its columns.
	raw := statements{all: statement(l, in), some: crowdedStatement(l, in)}
	what := fmt.Sprintf("%s\n%s\n%s\n%d-%d\n", raw.all, raw.some, l.Published.ContentHash, l.Definition.MinZoom, l.Definition.MaxZoom)
	s := &share{layer: l, square: in, archive: held, top: -1, raw: raw}
	if held != nil {
		what += held.File
		s.top = planOf(l, in).MaxZoom
		s.leftOut = leftOut(held.ArchiveRecord.Metadata.Zooms, l.Definition.ID)
	}
	if known != nil {
		s.levels = map[int]statements{}
		for _, zoom := range known.Levels {
			s.levels[zoom] = levelStatements(l, levelTable(l, known.Fingerprint, zoom))
			what += s.levels[zoom].all
		}
	}
	sum := sha256.Sum256([]byte(what))
	s.tag = hex.EncodeToString(sum[:8])
	return s
}

func leftOut(zooms []archive.ZoomReport, layer string) map[int]string {
	said := map[int]string{}
	for _, z := range zooms {
		if z.Merged+z.Clustered+z.Dropped > 0 {
			said[z.Zoom] = fmt.Sprintf("%s merged=%d clustered=%d dropped=%d", layer, z.Merged, z.Clustered, z.Dropped)
		}
	}
	return said
}

// draws tells whether the layer is drawn at a zoom.
func (s *share) draws(zoom int) bool {
	return s.layer.Definition.MinZoom <= zoom && zoom <= s.layer.Definition.MaxZoom
}

// archived tells whether its tiles of a zoom are in the archive.
func (s *share) archived(zoom int) bool { return zoom <= s.top }

// question is what PostGIS is asked for a live tile.
func (s *share) question(t maptile.Tile) (statements, pgx.StrictNamedArgs) {
	if level, ok := s.levels[int(t.Z)]; ok {
		return level, levelArguments(t)
	}
	return s.raw, arguments(t)
}

// liveTag names the content of a live tile, which is known without building it.
func (s *share) liveTag(t maptile.Tile) string {
	return fmt.Sprintf("%s-%d-%d-%d", s.tag, t.Z, t.X, t.Y)
}

// shares keeps the share of each version that was asked for, as long as the
// same archives are there: to make one costs more than to send a tile.
type shares struct {
	mu    sync.RWMutex
	held  *map[archiveKey]*heldArchive
	known map[shareKey]*share
}

type shareKey struct {
	version *layers.Version
	square  grid.Square
}

// mostShares is how many are kept: a catalogue that is read anew brings new ones.
const mostShares = 4096

func (k *shares) of(l layers.Layer, in grid.Square, a *Archives) *share {
	key := shareKey{l.Published, in}
	var held *map[archiveKey]*heldArchive
	if a != nil {
		held = a.held.Load()
	}
	k.mu.RLock()
	s, ok := k.known[key]
	ok = ok && k.held == held
	k.mu.RUnlock()
	if ok {
		return s
	}
	s = newShare(l, in, a.known(l, in))
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held != held || len(k.known) >= mostShares || k.known == nil {
		k.held, k.known = held, map[shareKey]*share{}
	}
	k.known[key] = s
	return s
}

// Set makes a set of published layers, in drawing order of the tile, for tiles of WebMercatorQuad.
func (b *Builder) Set(chosen []layers.Layer) Set { return b.SetIn(grid.Mercator, chosen) }

// SetIn makes a set of published layers for the tiles of a square.
func (b *Builder) SetIn(in grid.Square, chosen []layers.Layer) Set {
	s := Set{Layers: chosen, Square: in, shares: make([]*share, len(chosen))}
	tags := make([]string, len(chosen))
	for i, l := range chosen {
		s.shares[i] = b.shares.of(l, in, b.archives)
		tags[i] = s.shares[i].tag
	}
	s.tag = tags[0]
	if len(tags) > 1 {
		sum := sha256.Sum256([]byte(strings.Join(tags, " ")))
		s.tag = hex.EncodeToString(sum[:8])
	}
	return s
}
