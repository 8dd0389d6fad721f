package archive

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// entry is a run of tiles with the same bytes, or, with run 0, a leaf directory.
type entry struct {
	id     uint64 // of the first tile
	offset uint64 // in the tile data, or in the leaves
	length uint32 // in bytes
	run    uint32 // number of tiles
}

// maxDirectory is the most bytes a directory may unpack to.
const maxDirectory = 1 << 30

func packDirectory(entries []entry) ([]byte, error) {
	b := binary.AppendUvarint(nil, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.id-last)
		last = e.id
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			b = append(b, 0) // right behind the one before
			continue
		}
		b = binary.AppendUvarint(b, e.offset+1)
	}
	return pack(b)
}

func unpackDirectory(packed []byte) ([]entry, error) {
	b, err := unpack(packed, maxDirectory)
	if err != nil {
		return nil, err
	}
	r := bytes.NewReader(b)
	n, err := binary.ReadUvarint(r)
	if err != nil || n > uint64(len(b)) {
		return nil, fmt.Errorf("%w: directory of %d entries in %d bytes", ErrDamaged, n, len(b))
	}
	entries := make([]entry, n)
	last := uint64(0)
	columns := []func(i int, v uint64){
		func(i int, v uint64) { last += v; entries[i].id = last },
		func(i int, v uint64) { entries[i].run = uint32(v) },
		func(i int, v uint64) { entries[i].length = uint32(v) },
		func(i int, v uint64) {
			if v == 0 && i > 0 {
				entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
				return
			}
			entries[i].offset = v - 1
		},
	}
	for _, set := range columns {
		for i := range entries {
			v, err := binary.ReadUvarint(r)
			if err != nil {
				return nil, fmt.Errorf("%w: directory ends early", ErrDamaged)
			}
			set(i, v)
		}
	}
	return entries, nil
}

// layOut packs the entries into a root directory that fits behind the header,
// and leaf directories where one is not enough.
func layOut(entries []entry) (root, leaves []byte, err error) {
	root, err = packDirectory(entries)
	if err != nil || len(root) <= rootEnd-headerSize {
		return root, nil, err
	}
	for size := 4096; ; size *= 2 {
		leaves = leaves[:0]
		var pointers []entry
		for i := 0; i < len(entries); i += size {
			leaf, err := packDirectory(entries[i:min(i+size, len(entries))])
			if err != nil {
				return nil, nil, err
			}
			pointers = append(pointers, entry{id: entries[i].id, offset: uint64(len(leaves)), length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root, err = packDirectory(pointers); err != nil || len(root) <= rootEnd-headerSize {
			return root, leaves, err
		}
	}
}

func pack(b []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, 9)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

func unpack(packed []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%w: unpacks to more than %d bytes", ErrDamaged, limit)
	}
	return b, nil
}
