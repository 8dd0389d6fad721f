package tiles

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
)

// ErrNoArchive reports a layer whose tiles have not been built ahead.
var ErrNoArchive = errors.New("tiles: no archive")

// ErrLost reports an archive that the catalogue has and whose file is missing or
// damaged. Its tiles are live, and it can be built again; nothing else suffers.
var ErrLost = errors.New("tiles: the file of an archive is missing or damaged")

var (
	//go:embed sql/archives.sql
	archivesSQL string
	//go:embed sql/insert_archive.sql
	insertArchiveSQL string
	//go:embed sql/delete_archive.sql
	deleteArchiveSQL string
)

// ArchiveRecord is what the catalogue knows of an archive.
type ArchiveRecord struct {
	Layer       string           `db:"layer"`
	Version     int              `db:"version"`
	Grid        string           `db:"grid"` // whose levels are its zooms: [grid.Square.String]
	Fingerprint string           `db:"fingerprint"`
	File        string           `db:"file"` // name in the folder of archives
	Bytes       int64            `db:"bytes"`
	Metadata    archive.Metadata `db:"metadata"`
	Levels      []int            `db:"levels"`  // zooms whose shapes are in PostGIS too
	Seconds     float64          `db:"seconds"` // the build took
	BuiltAt     time.Time        `db:"built_at"`
	Edited      int64            `db:"edited"` // the last edit that it holds; 0 is none
}

// Archives are the tile archives in a folder that all servers on a database
// share, and which of them are whole. Reading never waits.
type Archives struct {
	db     *pgxpool.Pool
	folder string
	ahead  []grid.Square // squares that are built ahead
	held   atomic.Pointer[held]
	taking sync.Mutex // an older picture must not come after a newer one
}

// held is a picture of what is built and of what was edited. It never changes.
type held struct {
	archives map[archiveKey][]*heldArchive // those with more edits first
	edits    map[versionKey]*versionEdits
}

// archiveKey says what an archive is of. Which way it is drawn, and after which
// edit, is in its fingerprint.
type archiveKey struct {
	layer   string
	version int
	grid    string
}

type heldArchive struct {
	ArchiveRecord
	*archive.Archive // nil where the file is missing or damaged
}

// NewArchives keeps archives in the folder, which is made if it is not there.
// Until [Archives.Reload] none is known. ahead are the squares that every layer is
// built in; tiles of others are live. Without any that is Mercator's alone.
func NewArchives(db *pgxpool.Pool, folder string, ahead ...grid.Square) (*Archives, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("tiles: folder of archives: %w", err)
	}
	if len(ahead) == 0 {
		ahead = []grid.Square{grid.Mercator}
	}
	a := &Archives{db: db, folder: folder, ahead: ahead}
	a.held.Store(&held{})
	return a, nil
}

// Folder is where the archives lie.
func (a *Archives) Folder() string { return a.folder }

// Reload looks for archives that were built or removed since, and for edits. An archive whose
// file is missing or damaged is left out, and an [ErrLost] when all others have been taken.
func (a *Archives) Reload(ctx context.Context) error {
	a.taking.Lock()
	defer a.taking.Unlock()
	records, err := a.records(ctx)
	if err != nil {
		return err
	}
	before, now := a.held.Load(), make(map[archiveKey][]*heldArchive, len(records))
	edits, err := loadEdits(ctx, a.db, before.edits) // after the archives: none holds an edit that is not known
	if err != nil {
		return err
	}
	var damaged error
	for _, r := range records {
		key := archiveKey{r.Layer, r.Version, r.Grid}
		i := slices.IndexFunc(before.archives[key], func(old *heldArchive) bool {
			return old.Fingerprint == r.Fingerprint && old.File == r.File && old.Archive != nil && old.BuiltAt.Equal(r.BuiltAt)
		})
		if i >= 0 {
			now[key] = append(now[key], before.archives[key][i])
			continue
		}
		opened, err := archive.Open(filepath.Join(a.folder, r.File))
		if err != nil {
			damaged, opened = errors.Join(damaged, fmt.Errorf("%w: %w", ErrLost, err)), nil
		}
		now[key] = append(now[key], &heldArchive{r, opened})
	}
	// Those that went stay mapped: somebody may be sending a tile of theirs. That
	// costs addresses, not memory.
	a.held.Store(&held{now, edits})
	return damaged
}

// ReloadEdits looks for edits that were made since: the tiles that they show in
// are live from then on.
func (a *Archives) ReloadEdits(ctx context.Context) error {
	a.taking.Lock()
	defer a.taking.Unlock()
	before := a.held.Load()
	edits, err := loadEdits(ctx, a.db, before.edits)
	if err == nil {
		a.held.Store(&held{before.archives, edits})
	}
	return err
}

// editsOf are the edits of the version that a layer shows; nil are none.
func (h *held) editsOf(l layers.Layer) *versionEdits {
	return h.edits[versionKey{l.Definition.ID, l.Published.Number}]
}

func (a *Archives) records(ctx context.Context) ([]ArchiveRecord, error) {
	rows, err := a.db.Query(ctx, archivesSQL)
	if err != nil {
		return nil, fmt.Errorf("tiles: archives: %w", err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowToStructByName[ArchiveRecord])
	if err != nil {
		return nil, fmt.Errorf("tiles: archives: %w", err)
	}
	return records, nil
}

// of returns the archive of a layer's version in a square that is drawn as it would
// be now and has the most edits, or nil.
func (a *Archives) of(l layers.Layer, in grid.Square) *heldArchive {
	if a == nil || l.Published == nil {
		return nil
	}
	if one := a.held.Load().known(l, in); one != nil && one.Archive != nil {
		return one
	}
	return nil
}

// known returns the archive of a layer's version in a square; where the files of
// all are missing one without its file, and nil where there is none.
func (h *held) known(l layers.Layer, in grid.Square) *heldArchive {
	var lost *heldArchive
	for _, one := range h.archives[archiveKey{l.Definition.ID, l.Published.Number, in.String()}] {
		switch {
		case one.Fingerprint != FingerprintAt(l, in, one.Edited):
		case one.Archive != nil:
			return one
		case lost == nil:
			lost = one
		}
	}
	return lost
}

// Record returns what is known of the archive of a layer's version in WebMercatorQuad, or [ErrNoArchive].
func (a *Archives) Record(l layers.Layer) (ArchiveRecord, error) { return a.RecordIn(grid.Mercator, l) }

// RecordIn returns what is known of the archive of a layer's version in a square, or [ErrNoArchive].
func (a *Archives) RecordIn(in grid.Square, l layers.Layer) (ArchiveRecord, error) {
	held := a.of(l, in)
	if held == nil {
		return ArchiveRecord{}, fmt.Errorf("%w: %s v%d in %v", ErrNoArchive, l.Definition.ID, l.Published.Number, in)
	}
	return held.ArchiveRecord, nil
}

// Open returns the archive of a layer's version in WebMercatorQuad, or [ErrNoArchive]. It need not be closed.
func (a *Archives) Open(l layers.Layer) (*archive.Archive, error) { return a.OpenIn(grid.Mercator, l) }

// OpenIn returns the archive of a layer's version in a square, or [ErrNoArchive]. It need not be closed.
func (a *Archives) OpenIn(in grid.Square, l layers.Layer) (*archive.Archive, error) {
	held := a.of(l, in)
	if held == nil {
		return nil, fmt.Errorf("%w: %s v%d in %v", ErrNoArchive, l.Definition.ID, l.Published.Number, in)
	}
	return held.Archive, nil
}

// MissingArchive is one that is to be built: of a layer's published version, in a square.
type MissingArchive struct {
	Layer  layers.Layer
	Square grid.Square
}

// Missing lists the archives that the published layers of a catalogue lack, those of
// the first square before those of the next. In a square those come first without
// which a map looks wrong: until they are there, live tiles of more features than
// fit show the most important ones alone, the more so the lower the zoom.
func (a *Archives) Missing(c *layers.Catalogue) []MissingArchive {
	var missing []MissingArchive
	for _, in := range a.ahead {
		first := len(missing)
		for _, l := range c.Layers {
			if l.Published != nil && a.of(l, in) == nil {
				missing = append(missing, MissingArchive{l, in})
			}
		}
		slices.SortStableFunc(missing[first:], byNeed)
	}
	return missing
}

// byNeed orders layers of which a tile cannot hold all features by their lowest
// zoom, and before all others.
func byNeed(a, b MissingArchive) int {
	need := func(m MissingArchive) int {
		if m.Layer.Published.FeatureCount > FeatureLimit {
			return m.Layer.Definition.MinZoom
		}
		return MaxZoom + 1
	}
	return cmp.Compare(need(a), need(b))
}

// StaleArchive is one that lacks edits.
type StaleArchive struct {
	MissingArchive
	Edits       int       // that it lacks
	First, Last time.Time // when the first and the last of them were made
	Seconds     float64   // it took to build
	BuiltAt     time.Time
}

// Stale lists the archives of the published layers of a catalogue that lack edits.
func (a *Archives) Stale(c *layers.Catalogue) []StaleArchive {
	var stale []StaleArchive
	for _, in := range a.ahead {
		for _, l := range c.Layers {
			if l.Published == nil {
				continue
			}
			one, edits := a.of(l, in), a.held.Load().editsOf(l)
			if one == nil || edits == nil || edits.last <= one.Edited {
				continue
			}
			n, first, last := edits.after(one.Edited)
			stale = append(stale, StaleArchive{MissingArchive{l, in}, n, first, last, one.Seconds, one.BuiltAt})
		}
	}
	return stale
}

// Waiting is [Archives.WaitingIn] of WebMercatorQuad.
func (a *Archives) Waiting(l layers.Layer) int { return a.WaitingIn(grid.Mercator, l) }

// WaitingIn is how many edits of a layer's version its archive in a square lacks;
// their tiles are live. Without an archive all tiles are, and none waits.
func (a *Archives) WaitingIn(in grid.Square, l layers.Layer) int {
	one, edits := a.of(l, in), a.held.Load().editsOf(l)
	if one == nil || edits == nil {
		return 0
	}
	n, _, _ := edits.after(one.Edited)
	return n
}

// Build builds the archive of a layer's published version, with the edits that the layer knows of, in the square of o, and makes it known to
// every server on the database. Whoever looks at the layer meanwhile sees live
// tiles, or those of the archive before; a build that is stopped changes nothing.
func (a *Archives) Build(ctx context.Context, l layers.Layer, o PyramidOptions) (ArchiveRecord, error) {
	o.Folder = a.folder
	start := time.Now()
	if l.Published.Edited > 0 { // edits that are made meanwhile are for the next one
		until := l.Published.Edited
		l.Until = &until
	}
	levels := levelWriter{ctx: ctx, db: a.db, layer: l}
	defer levels.close()
	o.shape = levels.shape
	path, metadata, err := BuildPyramid(ctx, a.db, l, o)
	if err != nil {
		return ArchiveRecord{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return ArchiveRecord{}, fmt.Errorf("tiles: %w", err)
	}
	r := ArchiveRecord{
		Layer: l.Definition.ID, Version: l.Published.Number, Grid: o.Square.String(), Fingerprint: Fingerprint(l, o.Square), File: filepath.Base(path), Bytes: info.Size(),
		Metadata: metadata, BuiltAt: time.Now(), Edited: l.Published.Edited,
	}
	tx, zooms, err := levels.finish(r.Fingerprint)
	if err != nil {
		return ArchiveRecord{}, err
	}
	r.Levels, r.Seconds = zooms, time.Since(start).Seconds()
	if err := record(ctx, tx, r); err != nil {
		return ArchiveRecord{}, fmt.Errorf("tiles: recording the archive of %s: %w", r.Layer, err)
	}
	if err := a.Reload(ctx); err != nil && !errors.Is(err, ErrLost) {
		return ArchiveRecord{}, err
	}
	_, err = a.RecordIn(o.Square, l) // others may be lost; this one must be there
	return r, err
}

// record makes an archive known, and commits.
func record(ctx context.Context, tx pgx.Tx, r ArchiveRecord) error {
	_, err := tx.Exec(ctx, insertArchiveSQL, pgx.StrictNamedArgs{
		"layer": r.Layer, "version": r.Version, "grid": r.Grid, "fingerprint": r.Fingerprint, "file": r.File, "bytes": r.Bytes,
		"metadata": r.Metadata, "levels": r.Levels, "seconds": r.Seconds, "edited": r.Edited,
	})
	if err != nil {
		return err
	}
	if _, err = tx.Exec(ctx, "SELECT pg_notify($1, $2)", layers.Channel, r.Layer); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// keptVersions is how many versions of a layer keep their archive: the
// published one and those that a rollback would bring back.
const keptVersions = 3

const (
	// abandoned is how old the pieces of a build must be to be nobody's.
	abandoned = 24 * time.Hour
	// unrecorded is the same for a whole archive: what comes between its last byte
	// and its record are the tables of its levels.
	unrecorded = 10 * time.Minute
)

// grace is how long an archive is kept after another took its place: servers that
// have not heard of that yet read its levels.
const grace = time.Minute

// superseded tells whether an archive of a layer's published version is drawn
// otherwise than now, or lacks edits that another one has, whose file has been
// there for a while.
func (a *Archives) superseded(r ArchiveRecord, l layers.Layer, all []ArchiveRecord) bool {
	g, err := grid.Named(r.Grid)
	if err != nil || r.Fingerprint != FingerprintAt(l, g.Square, r.Edited) {
		return true
	}
	return slices.ContainsFunc(all, func(other ArchiveRecord) bool {
		if other.Layer != r.Layer || other.Version != r.Version || other.Grid != r.Grid || other.Edited <= r.Edited || time.Since(other.BuiltAt) < grace ||
			other.Fingerprint != FingerprintAt(l, g.Square, other.Edited) {
			return false
		}
		_, err := os.Stat(filepath.Join(a.folder, other.File))
		return err == nil
	})
}

// Sweep removes archives of versions long replaced, and files that no record names any more.
func (a *Archives) Sweep(ctx context.Context, c *layers.Catalogue) error {
	records, err := a.records(ctx)
	if err != nil {
		return err
	}
	for _, r := range records {
		l, err := c.Layer(r.Layer)
		if err == nil && l.Published != nil && r.Version > l.Published.Number-keptVersions && (r.Version != l.Published.Number || !a.superseded(r, l, records)) {
			continue
		}
		if _, err := a.db.Exec(ctx, deleteArchiveSQL, pgx.StrictNamedArgs{"layer": r.Layer, "version": r.Version, "grid": r.Grid, "fingerprint": r.Fingerprint}); err != nil {
			return fmt.Errorf("tiles: archives: %w", err)
		}
	}
	if err := a.dropStrayLevels(ctx); err != nil {
		return err
	}
	return a.removeFiles(ctx)
}

// removeFiles removes what no record names. Another server may be about to record
// a file, under a name that an older record had too: what was written just now stays.
func (a *Archives) removeFiles(ctx context.Context) error {
	files, err := os.ReadDir(a.folder)
	if err != nil {
		return fmt.Errorf("tiles: archives: %w", err)
	}
	records, err := a.records(ctx) // after the files: those that come meanwhile are not in the list
	if err != nil {
		return err
	}
	for _, f := range files {
		least := abandoned
		if strings.HasSuffix(f.Name(), ".pmtiles") {
			least = unrecorded
		}
		info, err := f.Info()
		if err != nil || time.Since(info.ModTime()) < least || slices.ContainsFunc(records, func(r ArchiveRecord) bool { return r.File == f.Name() }) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(a.folder, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("tiles: archives: %w", err)
		}
	}
	return nil
}
