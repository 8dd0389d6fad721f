package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/paulmach/orb/maptile"
)

// ErrDamaged reports a file that is not a whole archive.
var ErrDamaged = errors.New("archive: damaged")

// Archive is an open archive. Its tiles can be read by many at once. The file is
// mapped into memory: a tile is the bytes of the file, which must not be written
// to, neither here nor by anybody else. Removing the file is harmless.
type Archive struct {
	path    string
	bytes   []byte // the whole file, mapped
	unmap   func() error
	header  header
	entries []entry         // all tiles, leaves laid out
	content []atomic.Uint64 // of each entry, what names its bytes; 0 before it was asked for
}

// Open opens an archive and reads its directories, 32 bytes of memory for every
// run of equal tiles. A file that is cut off or is no archive is an [ErrDamaged].
func Open(path string) (*Archive, error) {
	bytes, unmap, err := mapFile(path)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	a := &Archive{path: path, bytes: bytes, unmap: unmap}
	if err := a.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w (%s)", err, path), unmap())
	}
	return a, nil
}

func (a *Archive) read() (err error) {
	if a.header, err = parseHeader(a.bytes); err != nil {
		return err
	}
	for _, s := range []section{a.header.root, a.header.metadata, a.header.leaves, a.header.data} {
		if size := uint64(len(a.bytes)); s.offset > size || s.length > size-s.offset {
			return fmt.Errorf("%w: the file has %d bytes, a section ends behind it", ErrDamaged, size)
		}
	}
	if a.entries, err = a.directory(a.header.root, 0); err != nil {
		return err
	}
	for i, e := range a.entries {
		if e.length == 0 || e.offset > a.header.data.length || uint64(e.length) > a.header.data.length-e.offset || i > 0 && e.id < a.entries[i-1].id+uint64(a.entries[i-1].run) {
			return fmt.Errorf("%w: entry %d of the directory", ErrDamaged, i)
		}
	}
	a.content = make([]atomic.Uint64, len(a.entries))
	return nil
}

func (a *Archive) section(s section) []byte { return a.bytes[s.offset : s.offset+s.length] }

// directory reads a directory and the leaves it points to, which may be one level deep.
func (a *Archive) directory(s section, depth int) ([]entry, error) {
	entries, err := unpackDirectory(a.section(s))
	if err != nil {
		return nil, err
	}
	var all []entry
	for _, e := range entries {
		if e.run > 0 {
			all = append(all, e)
			continue
		}
		if depth > 0 || e.offset > a.header.leaves.length || uint64(e.length) > a.header.leaves.length-e.offset {
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

// Close gives the memory back. Nobody may hold a tile of it any more.
func (a *Archive) Close() error { return a.unmap() }

// Size is the file's length in bytes.
func (a *Archive) Size() int64 { return int64(len(a.bytes)) }

// Content is the whole file.
func (a *Archive) Content() io.ReadSeeker { return bytes.NewReader(a.bytes) }

// Zooms are the lowest and the highest zoom of the archive.
func (a *Archive) Zooms() (lowest, highest int) {
	return int(a.header.minZoom), int(a.header.maxZoom)
}

// Counts are the tiles that have an address, and the different contents they have.
func (a *Archive) Counts() (tiles, contents uint64) {
	return a.header.addressed, a.header.contents
}

// Pictures tells whether the tiles are PNG; else they are gzip-compressed vector tiles.
func (a *Archive) Pictures() bool { return a.header.pictures }

// Tile returns the stored bytes of a tile and a number that names its
// content, or nil where nothing is to be drawn. It copies nothing.
func (a *Archive) Tile(t maptile.Tile) (packed []byte, content uint64, err error) {
	i, ok := a.find(TileID(t))
	if !ok {
		return nil, 0, nil
	}
	// Somebody may have cut off the file all the same.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			packed, err = nil, fmt.Errorf("%w: %s was cut off while it was open", ErrDamaged, a.path)
		}
	}()
	packed = a.at(a.entries[i])
	if content = a.content[i].Load(); content == 0 {
		content = xxhash.Sum64(packed)
		a.content[i].Store(content)
	}
	runtime.KeepAlive(packed[len(packed)-1]) // read, as what was cut off lacks its end
	return packed, content, nil
}

// find returns the number of the entry that a tile is in.
func (a *Archive) find(id uint64) (int, bool) {
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
		return 0, false
	}
	return i, true
}

func (a *Archive) at(e entry) []byte {
	return a.section(section{a.header.data.offset + e.offset, uint64(e.length)})
}

// Each calls do for every tile in the order of the archive, with its compressed
// bytes, until do fails.
func (a *Archive) Each(do func(t maptile.Tile, packed []byte) error) error {
	for _, e := range a.entries {
		for i := range uint64(e.run) {
			if err := do(TileOf(e.id+i), a.at(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Metadata reads the archive's description of itself.
func (a *Archive) Metadata() (Metadata, error) {
	var m Metadata
	text, err := unpack(a.section(a.header.metadata), maxDirectory)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: metadata: %w", ErrDamaged, err)
	}
	return m, nil
}
