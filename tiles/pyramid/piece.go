package pyramid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"onemap/tiles/coverage"
	"onemap/tiles/mvt"
)

// errBroken reports a work file that does not hold what was written to it.
var errBroken = errors.New("pyramid: broken work file")

// piece is the part of a feature that lies in one block.
type piece struct {
	id     uint64
	size   float64 // of the whole feature: area in square units of the finest grid, or length in units
	rank   float64
	count  uint64         // features that it stands for: 1, or more for a clustered point
	owned  bool           // the block holds the feature's anchor: here it is counted and labelled
	anchor coverage.Point // a place on the feature, on the finest grid
	values []mvt.Value
	parts  [][]coverage.Point
}

// appendTo writes the piece behind b.
func (p *piece) appendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, p.id)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.size))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.rank))
	b = binary.AppendUvarint(b, p.count)
	if p.owned {
		b = append(b, 1)
		b = binary.AppendVarint(b, int64(p.anchor.X))
		b = binary.AppendVarint(b, int64(p.anchor.Y))
	} else {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(p.values)))
	for _, v := range p.values {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	b = binary.AppendUvarint(b, uint64(len(p.parts)))
	var last coverage.Point
	for _, part := range p.parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		for _, q := range part {
			b = binary.AppendVarint(b, int64(q.X)-int64(last.X))
			b = binary.AppendVarint(b, int64(q.Y)-int64(last.Y))
			last = q
		}
	}
	return b
}

// pieceReader reads pieces one after another. The points of a piece are valid
// until the next one is read.
type pieceReader struct {
	b      []byte
	points []coverage.Point
	failed bool
}

func (r *pieceReader) next(into *piece) (bool, error) {
	if len(r.b) == 0 {
		return false, nil
	}
	*into = piece{values: into.values[:0], parts: into.parts[:0]}
	into.id = r.uvarint()
	into.size = math.Float64frombits(r.word())
	into.rank = math.Float64frombits(r.word())
	into.count = r.uvarint()
	if into.owned = r.uvarint() == 1; into.owned {
		into.anchor = coverage.Point{X: int32(r.varint()), Y: int32(r.varint())}
	}
	for range r.count() {
		n := r.count()
		into.values = append(into.values, mvt.Value(r.b[:n]))
		r.b = r.b[n:]
	}
	parts := r.count()
	r.points = r.points[:0]
	var last coverage.Point
	ends := make([]int, 0, parts)
	for range parts {
		for range r.count() {
			last = coverage.Point{X: last.X + int32(r.varint()), Y: last.Y + int32(r.varint())}
			r.points = append(r.points, last)
		}
		ends = append(ends, len(r.points))
	}
	begin := 0
	for _, end := range ends {
		into.parts = append(into.parts, r.points[begin:end:end])
		begin = end
	}
	if r.failed {
		return false, fmt.Errorf("%w: a piece ends early", errBroken)
	}
	return true, nil
}

func (r *pieceReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	return r.took(v, n)
}

func (r *pieceReader) varint() int64 {
	v, n := binary.Varint(r.b)
	return int64(r.took(uint64(v), n))
}

func (r *pieceReader) word() uint64 {
	if len(r.b) < 8 {
		return r.took(0, 0)
	}
	return r.took(binary.LittleEndian.Uint64(r.b), 8)
}

func (r *pieceReader) took(v uint64, n int) uint64 {
	if n <= 0 || n > len(r.b) {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many follow; never more than there are bytes.
func (r *pieceReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return 0
	}
	return int(n)
}
