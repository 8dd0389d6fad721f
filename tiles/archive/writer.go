package archive

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/paulmach/orb/maptile"
)

// Writer collects tiles in any order and from several goroutines, and then
// writes them as an archive. Until it is finished nothing stands under the
// archive's name.
type Writer struct {
	folder   string
	pictures bool
	mu       sync.Mutex
	spool    *os.File
	out      *bufio.Writer
	end      uint64
	tiles    []spooled
	known    map[[16]byte]section // content by its hash
}

// spooled is a tile whose bytes wait in the spool.
type spooled struct {
	id     uint64
	offset uint64
	length uint32
}

// NewWriter makes a writer of an archive in the folder, which must exist. What
// it collects waits in a file there whose name is gone, so a process that dies leaves nothing.
func NewWriter(folder string) (*Writer, error) {
	spool, err := os.CreateTemp(folder, ".spool-*")
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	if err := os.Remove(spool.Name()); err != nil {
		spool.Close()
		return nil, fmt.Errorf("archive: %w", err)
	}
	return &Writer{folder: folder, spool: spool, out: bufio.NewWriterSize(spool, 1<<20), known: map[[16]byte]section{}}, nil
}

// NewPictureWriter makes a writer of an archive of PNG tiles; see [NewWriter].
func NewPictureWriter(folder string) (*Writer, error) {
	w, err := NewWriter(folder)
	if err == nil {
		w.pictures = true
	}
	return w, err
}

// Add takes the bytes of a tile: gzip-compressed, or PNG as it is. Each tile is added once; empty
// tiles are not added.
func (w *Writer) Add(t maptile.Tile, packed []byte) error {
	sum := sha256.Sum256(packed)
	key := [16]byte(sum[:16])
	w.mu.Lock()
	defer w.mu.Unlock()
	at, ok := w.known[key]
	if !ok {
		at = section{w.end, uint64(len(packed))}
		if _, err := w.out.Write(packed); err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		w.known[key] = at
		w.end += at.length
	}
	w.tiles = append(w.tiles, spooled{TileID(t), at.offset, uint32(at.length)})
	return nil
}

// Close frees what the writer holds. After [Writer.Finish] it does nothing.
func (w *Writer) Close() error {
	if w.spool == nil {
		return nil
	}
	err := w.spool.Close()
	w.spool = nil
	return err
}

// Finish writes the archive and returns its path, name-HASH.pmtiles in the
// writer's folder, where HASH is the start of the SHA-256 of all its bytes. The
// same tiles and metadata, written as JSON, give the same bytes. bounds are longitude and latitude
// of the south-west and the north-east corner in degrees.
func (w *Writer) Finish(name string, bounds [4]float64, metadata any) (string, error) {
	defer w.Close() //nolint:errcheck // it was only read
	if err := w.out.Flush(); err != nil {
		return "", fmt.Errorf("archive: %w", err)
	}
	slices.SortFunc(w.tiles, func(a, b spooled) int { return cmp.Compare(a.id, b.id) })
	entries, contents := w.cluster()
	h := header{addressed: uint64(len(w.tiles)), entries: uint64(len(entries)), contents: uint64(len(contents)), bounds: bounds, pictures: w.pictures}
	if n := len(w.tiles); n > 0 {
		h.minZoom, h.maxZoom = uint8(TileOf(w.tiles[0].id).Z), uint8(TileOf(w.tiles[n-1].id).Z)
	}
	root, leaves, err := layOut(entries)
	if err != nil {
		return "", fmt.Errorf("archive: %w", err)
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		return "", fmt.Errorf("archive: %w", err)
	}
	packed, err := pack(text)
	if err != nil {
		return "", fmt.Errorf("archive: %w", err)
	}
	h.root = section{headerSize, uint64(len(root))}
	h.metadata = section{h.root.offset + h.root.length, uint64(len(packed))}
	h.leaves = section{h.metadata.offset + h.metadata.length, uint64(len(leaves))}
	h.data = section{h.leaves.offset + h.leaves.length, w.end}
	path, err := w.write(name, slices.Concat(h.bytes(), root, packed, leaves), contents)
	if err != nil {
		return "", fmt.Errorf("archive: %w", err)
	}
	return path, nil
}

// cluster lists runs of equal tiles, and the contents in the order in which
// the tiles first need them.
func (w *Writer) cluster() ([]entry, []section) {
	var entries []entry
	var contents []section
	placed := map[uint64]uint64{} // offset in the spool to offset in the archive
	end := uint64(0)
	for _, t := range w.tiles {
		at, ok := placed[t.offset]
		if !ok {
			at = end
			placed[t.offset] = at
			contents = append(contents, section{t.offset, uint64(t.length)})
			end += uint64(t.length)
		}
		if n := len(entries); n > 0 && entries[n-1].offset == at && entries[n-1].id+uint64(entries[n-1].run) == t.id {
			entries[n-1].run++
			continue
		}
		entries = append(entries, entry{t.id, at, t.length, 1})
	}
	return entries, contents
}

func (w *Writer) write(name string, front []byte, contents []section) (path string, err error) {
	file, err := os.CreateTemp(w.folder, ".archive-*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(file.Name())
		}
	}()
	hash := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(file, hash), 1<<20)
	if _, err := out.Write(front); err != nil {
		return "", err
	}
	for _, c := range contents {
		if _, err := io.Copy(out, io.NewSectionReader(w.spool, int64(c.offset), int64(c.length))); err != nil {
			return "", err
		}
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	if err := file.Chmod(0o644); err != nil {
		return "", err
	}
	if err := file.Sync(); err != nil {
		return "", err
	}
	if err := file.Close(); err != nil {
		return "", err
	}
	path = filepath.Join(w.folder, fmt.Sprintf("%s-%s.pmtiles", name, hex.EncodeToString(hash.Sum(nil)[:8])))
	return path, os.Rename(file.Name(), path)
}
