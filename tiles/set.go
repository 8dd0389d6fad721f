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
	archive *heldArchive   // nil where the tiles are live
	top     int            // highest zoom of the archive
	tag     string         // of all its tiles
	leftOut map[int]string // by zoom: what the archive leaves out, in words

	edits *versionEdits // of the version, as far as is known; nil are none
	blind bool          // nobody knows where edits lie
	drawn int64         // the last edit that archive and levels show alike: later ones make a tile live

	raw    way         // of live tiles, from the version's own shapes
	levels map[int]way // by zoom: from those that the archive draws
	edited map[int]way // the same, where tiles show edits that it does not hold
}

// way is one way to make live tiles.
type way struct {
	statements
	tag string // of what it makes, but for edits
}

// statements are the SQL texts of one way to make a live tile: only the tile's
// address varies, and it is bound, so each connection prepares each once.
type statements struct {
	all    string // with all features
	some   string // with room for @most features only
	level  bool   // from a level's table
	edited bool   // and from shapes of features that were edited
}

func newShare(l layers.Layer, in grid.Square, all *held) *share {
	var known, present *heldArchive
	var edits *versionEdits
	if all != nil {
		known, edits = all.known(l, in), all.editsOf(l)
	}
	if known != nil && known.Archive != nil { // else its file is missing
		present = known
	}
	s := &share{layer: l, square: in, archive: present, top: -1, edits: edits, blind: all == nil}
	// The statement names the version's table and its columns.
	described := fmt.Sprintf("%s\n%d-%d\n", l.Published.ContentHash, l.Definition.MinZoom, l.Definition.MaxZoom)
	s.raw = wayOf(statements{all: statement(l, in), some: crowdedStatement(l, in)}, described)
	what := fmt.Sprintf("%s\n%d\n", s.raw.tag, s.lastEdit())
	if present != nil {
		what += present.File
		s.top = planOf(l, in).MaxZoom
		s.leftOut = leftOut(present.ArchiveRecord.Metadata.Zooms, l.Definition.ID)
	}
	if known != nil {
		s.drawn = known.Edited
		if l.Until != nil {
			s.drawn = min(s.drawn, *l.Until)
		}
		s.levels, s.edited = map[int]way{}, map[int]way{}
		for _, zoom := range known.Levels {
			table := levelTable(l, known.Fingerprint, zoom)
			s.levels[zoom] = wayOf(levelStatements(l, table.Sanitize(), false), described)
			what += s.levels[zoom].tag
			if edits != nil && edits.last > s.drawn {
				s.edited[zoom] = wayOf(levelStatements(l, editedLevel(l, table, zoom, s.drawn), true), described)
			}
		}
	}
	s.tag = tagOf(what)
	return s
}

func wayOf(s statements, described string) way {
	return way{s, tagOf(s.all + "\n" + s.some + "\n" + described)}
}

func tagOf(what string) string {
	sum := sha256.Sum256([]byte(what))
	return hex.EncodeToString(sum[:8])
}

// lastEdit is the last edit of the version that is known; 0 is none.
func (s *share) lastEdit() int64 {
	switch {
	case s.edits != nil:
		return s.edits.last
	case s.blind:
		return s.layer.Published.Edited
	}
	return 0
}

// newest is the last edit that may show in a tile; 0 is none.
func (s *share) newest(t maptile.Tile) int64 {
	if s.edits != nil {
		return s.edits.newest(s.square, t)
	}
	return s.lastEdit()
}

// dirty tells whether edits show in a tile that the archive does not hold, or, of
// a layer as it was earlier, that it holds already.
func (s *share) dirty(t maptile.Tile) bool {
	return s.edits != nil && s.edits.last > s.drawn && s.newest(t) > s.drawn
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

// draws tells whether the layer is drawn at a zoom. Beyond its highest zoom it is,
// live and with every vertex: viewers that read TileJSON enlarge the tiles they have,
// but other layers of one tile may go higher, and other clients may not read it.
func (s *share) draws(zoom int) bool { return s.layer.Definition.MinZoom <= zoom }

// archived tells whether the archive holds a tile as it is.
func (s *share) archived(t maptile.Tile) bool { return int(t.Z) <= s.top && !s.dirty(t) }

// live is the way that a live tile is made.
func (s *share) live(t maptile.Tile) way {
	if level, ok := s.edited[int(t.Z)]; ok && s.dirty(t) {
		return level
	}
	if level, ok := s.levels[int(t.Z)]; ok && !s.dirty(t) {
		return level
	}
	return s.raw
}

// question is what PostGIS is asked for a live tile.
func (s *share) question(t maptile.Tile) (statements, pgx.StrictNamedArgs) {
	one := s.live(t)
	if one.level {
		return one.statements, levelArguments(t, one.edited)
	}
	return one.statements, arguments(t)
}

// liveTag names the content of a live tile, which is known without building it:
// the way it is made and the last edit that may show in it. An edit elsewhere does
// not change it, nor does an archive that takes edits in.
func (s *share) liveTag(t maptile.Tile) string {
	if newest := s.newest(t); newest > 0 && s.layer.Until == nil {
		return fmt.Sprintf("%s.%d-%d-%d-%d", s.live(t).tag, newest, t.Z, t.X, t.Y)
	}
	return fmt.Sprintf("%s-%d-%d-%d", s.live(t).tag, t.Z, t.X, t.Y)
}

// shares keeps the share of each version that was asked for, as long as the
// same archives and edits are there: to make one costs more than to send a tile.
type shares struct {
	mu    sync.RWMutex
	held  *held
	known map[shareKey]*share
}

type shareKey struct {
	version *layers.Version
	square  grid.Square
}

// mostShares is how many are kept: a catalogue that is read anew brings new ones.
const mostShares = 4096

func (k *shares) of(l *layers.Layer, in grid.Square, a *Archives) *share {
	key := shareKey{l.Published, in}
	var held *held
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
	s = newShare(*l, in, held)
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
	for i := range chosen { // by place: a layer is a large value
		s.shares[i] = b.shares.of(&chosen[i], in, b.archives)
	}
	s.tag = s.shares[0].tag
	if len(s.shares) > 1 {
		tags := make([]string, len(s.shares))
		for i, one := range s.shares {
			tags[i] = one.tag
		}
		sum := sha256.Sum256([]byte(strings.Join(tags, " ")))
		s.tag = hex.EncodeToString(sum[:8])
	}
	return s
}
