package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb/maptile"
)

// ErrDamaged reports a file that is not a whole archive.
var ErrDamaged = errors.New("archive: damaged")

// Archive is an open archive. Its tiles can be read by many at once.
type Archive struct {
	file    *os.File
	size    int64
	header  header
	entries []entry // all tiles, leaves laid out
}

// Open opens an archive and reads its directories, 24 bytes of memory for every
// run of equal tiles. A file that is cut off or is no archive is an [ErrDamaged].
func Open(path string) (*Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	a := &Archive{file: file}
	if err := a.read(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	return a, nil
}

func (a *Archive) read() error {
	info, err := a.file.Stat()
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	a.size = info.Size()
	first := make([]byte, headerSize)
	if _, err := a.file.ReadAt(first, 0); err != nil {
		return fmt.Errorf("%w: header: %w", ErrDamaged, err)
	}
	if a.header, err = parseHeader(first); err != nil {
		return err
	}
	for _, s := range []section{a.header.root, a.header.metadata, a.header.leaves, a.header.data} {
		if s.offset > uint64(a.size) || s.length > uint64(a.size)-s.offset {
			return fmt.Errorf("%w: the file has %d bytes, a section ends behind it", ErrDamaged, a.size)
		}
	}
	if a.entries, err = a.directory(a.header.root, 0); err != nil {
		return err
	}
	for i, e := range a.entries {
		if e.length == 0 || e.offset+uint64(e.length) > a.header.data.length || i > 0 && e.id < a.entries[i-1].id+uint64(a.entries[i-1].run) {
			return fmt.Errorf("%w: entry %d of the directory", ErrDamaged, i)
		}
	}
	return nil
}

// directory reads a directory and the leaves it points to, which may be one level deep.
func (a *Archive) directory(s section, depth int) ([]entry, error) {
	packed := make([]byte, s.length)
	if _, err := a.file.ReadAt(packed, int64(s.offset)); err != nil {
		return nil, fmt.Errorf("%w: directory: %w", ErrDamaged, err)
	}
	entries, err := unpackDirectory(packed)
	if err != nil {
		return nil, err
	}
	var all []entry
	for _, e := range entries {
		if e.run > 0 {
			all = append(all, e)
			continue
		}
		if depth > 0 || e.offset+uint64(e.length) > a.header.leaves.length {
			return nil, fmt.Errorf("%w: leaf directory", ErrDamaged)
		}
		leaf, err := a.directory(section{a.header.leaves.offset + e.offset, uint64(e.length)}, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, leaf...)
	}
	return all, nil
}

// Close closes the file. Nobody may be reading it any more.
func (a *Archive) Close() error { return a.file.Close() }

// Size is the file's length in bytes.
func (a *Archive) Size() int64 { return a.size }

// Content is the whole file.
func (a *Archive) Content() io.ReadSeeker { return io.NewSectionReader(a.file, 0, a.size) }

// Zooms are the lowest and the highest zoom of the archive.
func (a *Archive) Zooms() (lowest, highest int) {
	return int(a.header.minZoom), int(a.header.maxZoom)
}

// Counts are the tiles that have an address, and the different contents they have.
func (a *Archive) Counts() (tiles, contents uint64) {
	return a.header.addressed, a.header.contents
}

// Tile returns the gzip-compressed bytes of a tile and a number that names its
// content, or nil where nothing is to be drawn.
func (a *Archive) Tile(t maptile.Tile) ([]byte, uint64, error) {
	e, ok := a.find(TileID(t))
	if !ok {
		return nil, 0, nil
	}
	b, err := a.at(e)
	return b, xxhash.Sum64(b), err
}

func (a *Archive) find(id uint64) (entry, bool) {
	i, found := slices.BinarySearchFunc(a.entries, id, func(e entry, id uint64) int {
		switch {
		case e.id < id:
			return -1
		case e.id > id:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	if i < 0 || id >= a.entries[i].id+uint64(a.entries[i].run) {
		return entry{}, false
	}
	return a.entries[i], true
}

func (a *Archive) at(e entry) ([]byte, error) {
	b := make([]byte, e.length)
	if _, err := a.file.ReadAt(b, int64(a.header.data.offset+e.offset)); err != nil {
		return nil, fmt.Errorf("%w: tile: %w", ErrDamaged, err)
	}
	return b, nil
}

// Each calls do for every tile in the order of the archive, with its compressed
// bytes, until do fails.
func (a *Archive) Each(do func(t maptile.Tile, packed []byte) error) error {
	for _, e := range a.entries {
		b, err := a.at(e)
		if err != nil {
			return err
		}
		for i := range uint64(e.run) {
			if err := do(TileOf(e.id+i), b); err != nil {
				return err
			}
		}
	}
	return nil
}

// Metadata reads the archive's description of itself.
func (a *Archive) Metadata() (Metadata, error) {
	var m Metadata
	packed := make([]byte, a.header.metadata.length)
	if _, err := a.file.ReadAt(packed, int64(a.header.metadata.offset)); err != nil {
		return m, fmt.Errorf("%w: metadata: %w", ErrDamaged, err)
	}
	text, err := unpack(packed, maxDirectory)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: metadata: %w", ErrDamaged, err)
	}
	return m, nil
}
