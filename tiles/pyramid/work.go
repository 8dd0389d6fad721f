package pyramid

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
	"onemap/tiles/coverage"
)

// Records of the file that holds what a block made. It takes its name when it
// is whole, so a build that was stopped finds the blocks that were finished.
const (
	tileRecord    = 't' // id of the tile, its compressed bytes
	piecesRecord  = 'p' // x and y of a block below, its pieces
	shapesRecord  = 's' // a zoom, what is drawn at it as pieces without values
	zoomRecord    = 'z' // a zoom's report as JSON
	outcomeRecord = 'o' // what became of the features, as JSON
)

// blockFile writes what a block makes.
type blockFile struct {
	kind   Kind
	block  block
	belowZ int // zoom of the blocks below, -1 for none
	file   *os.File
	out    *bufio.Writer
	pieces map[maptile.Tile][]byte
	shapes map[int][]byte // by zoom
	err    error
}

func blockPath(folder string, t maptile.Tile) string {
	return filepath.Join(folder, fmt.Sprintf("block-%d-%d-%d", t.Z, t.X, t.Y))
}

func createBlockFile(folder string, kind Kind, b block, belowZoom int) (*blockFile, error) {
	file, err := os.Create(blockPath(folder, b.tile) + ".part")
	if err != nil {
		return nil, fmt.Errorf("pyramid: %w", err)
	}
	return &blockFile{kind: kind, block: b, belowZ: belowZoom, file: file, out: bufio.NewWriterSize(file, 1<<18), pieces: map[maptile.Tile][]byte{}, shapes: map[int][]byte{}}, nil
}

func (f *blockFile) record(kind byte, key uint64, b []byte) {
	head := binary.AppendUvarint([]byte{kind}, key)
	head = binary.AppendUvarint(head, uint64(len(b)))
	if _, err := f.out.Write(head); err != nil && f.err == nil {
		f.err = err
	}
	if _, err := f.out.Write(b); err != nil && f.err == nil {
		f.err = err
	}
}

func (f *blockFile) tile(b built) error {
	f.record(tileRecord, archive.TileID(b.tile), b.packed)
	return f.err
}

func (f *blockFile) zoom(r archive.ZoomReport) {
	text, err := json.Marshal(r)
	if err != nil && f.err == nil {
		f.err = err
	}
	f.record(zoomRecord, uint64(r.Zoom), text)
}

func (f *blockFile) shape(zoom int, id uint64, parts [][]coverage.Point) {
	f.shapes[zoom] = (&piece{id: id, parts: parts}).appendTo(f.shapes[zoom])
}

func (f *blockFile) ended(o outcome) {
	text, err := json.Marshal(o)
	if err != nil && f.err == nil {
		f.err = err
	}
	f.record(outcomeRecord, 0, text)
}

func (f *blockFile) below(p piece) error {
	if f.belowZ < 0 {
		return nil
	}
	c := cutter{kind: f.kind, unitZoom: int(f.block.tile.Z)}
	unbroken := func() error { return nil } // a block has few below it
	return c.cut(p, f.belowZ, unbroken, func(to block, cut piece) error {
		f.pieces[to.tile] = cut.appendTo(f.pieces[to.tile])
		return nil
	})
}

// finish completes the file and gives it its name.
func (f *blockFile) finish() error {
	for t, pieces := range f.pieces {
		f.record(piecesRecord, archive.TileID(t), pieces)
	}
	for zoom, shapes := range f.shapes {
		f.record(shapesRecord, uint64(zoom), shapes)
	}
	if f.err == nil {
		f.err = f.out.Flush()
	}
	if err := f.file.Close(); f.err == nil {
		f.err = err
	}
	if f.err == nil {
		f.err = os.Rename(f.file.Name(), blockPath(filepath.Dir(f.file.Name()), f.block.tile))
	}
	if f.err != nil {
		return fmt.Errorf("pyramid: %w", f.err)
	}
	return nil
}

// abandon removes an unfinished file.
func (f *blockFile) abandon() error {
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}

// made reads what a block made, record by record. The bytes are valid until do returns.
func made(folder string, t maptile.Tile, do func(kind byte, key uint64, b []byte) error) error {
	file, err := os.Open(blockPath(folder, t))
	if err != nil {
		return fmt.Errorf("pyramid: %w", err)
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 1<<18)
	var b []byte
	for {
		kind, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("pyramid: %w", err)
		}
		key, err := binary.ReadUvarint(in)
		if err != nil {
			return fmt.Errorf("%w: %w", errBroken, err)
		}
		n, err := binary.ReadUvarint(in)
		if err != nil || n > 1<<31 {
			return fmt.Errorf("%w: a record of %d bytes, %w", errBroken, n, err)
		}
		if uint64(cap(b)) < n {
			b = make([]byte, n)
		}
		b = b[:n]
		if _, err := io.ReadFull(in, b); err != nil {
			return fmt.Errorf("%w: %w", errBroken, err)
		}
		if err := do(kind, key, b); err != nil {
			return err
		}
	}
}
