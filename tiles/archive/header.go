package archive

import (
	"encoding/binary"
	"fmt"
	"math"
)

const (
	headerSize = 127
	// rootEnd is where header and root directory end at the latest, so that a
	// reader over a network gets both in one small piece.
	rootEnd = 16384
	magic   = "PMTiles\x03"

	asItIs  = 1 // values of the compression bytes
	gzipped = 2

	mvtType = 1 // values of the tile type
	pngType = 2
)

// section is a run of bytes of the file.
type section struct{ offset, length uint64 }

// header is the first 127 bytes of an archive.
type header struct {
	root, metadata, leaves, data section
	addressed, entries, contents uint64
	minZoom, maxZoom             uint8
	pictures                     bool       // PNG, stored as it is; else vector tiles, gzip-compressed
	bounds                       [4]float64 // longitude and latitude of south-west and north-east, degrees
}

func (h header) bytes() []byte {
	b := make([]byte, 0, headerSize)
	b = append(b, magic...)
	for _, s := range []section{h.root, h.metadata, h.leaves, h.data} {
		b = binary.LittleEndian.AppendUint64(b, s.offset)
		b = binary.LittleEndian.AppendUint64(b, s.length)
	}
	for _, n := range []uint64{h.addressed, h.entries, h.contents} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	compression, kind := byte(gzipped), byte(mvtType)
	if h.pictures {
		compression, kind = asItIs, pngType
	}
	b = append(b, 1, gzipped, compression, kind, h.minZoom, h.maxZoom)
	for _, degrees := range h.bounds {
		b = binary.LittleEndian.AppendUint32(b, uint32(e7(degrees)))
	}
	b = append(b, (h.minZoom+h.maxZoom)/2)
	for _, degrees := range []float64{(h.bounds[0] + h.bounds[2]) / 2, (h.bounds[1] + h.bounds[3]) / 2} {
		b = binary.LittleEndian.AppendUint32(b, uint32(e7(degrees)))
	}
	return b
}

func e7(degrees float64) int32 { return int32(math.Round(degrees * 1e7)) }

func parseHeader(b []byte) (header, error) {
	var h header
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return h, fmt.Errorf("%w: not a PMTiles archive of version 3", ErrDamaged)
	}
	rest := b[len(magic):]
	take := func() uint64 {
		n := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		return n
	}
	for _, s := range []*section{&h.root, &h.metadata, &h.leaves, &h.data} {
		s.offset, s.length = take(), take()
	}
	h.addressed, h.entries, h.contents = take(), take(), take()
	h.pictures = rest[2] == asItIs && rest[3] == pngType
	if rest[1] != gzipped || !h.pictures && (rest[2] != gzipped || rest[3] != mvtType) {
		return h, fmt.Errorf("%w: only gzip-compressed vector tiles and PNG are kept here", ErrDamaged)
	}
	h.minZoom, h.maxZoom = rest[4], rest[5]
	rest = rest[6:]
	for i := range h.bounds {
		h.bounds[i] = float64(int32(binary.LittleEndian.Uint32(rest[4*i:]))) / 1e7
	}
	return h, nil
}
