// Package packed compresses tiles so that compressed tiles can be joined.
//
// The layers of a tile are repeated fields of one message: the bytes of two
// tiles, one behind the other, are the tile of both. Packed so that its deflate
// stream ends on a whole byte without a last block, one tile's stream can be put
// behind another's in the same gzip member: a tile of several layers costs a copy.
//
// Archives (tiles/archive) and live tiles (tiles) are packed with it.
package packed

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// ErrNotPacked reports bytes that this package did not make.
var ErrNotPacked = errors.New("packed: not a packed tile")

const (
	// header is that of a gzip member without name and time, from an unknown system.
	header = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	// last is an empty last block.
	last = "\x03\x00"
	// level is the compression level: higher ones save some per cent for twice the time.
	level = 6
	// trailer is the length of checksum and size behind the stream.
	trailer = 8
)

// Packer packs tiles one after another. It is not safe for use by several goroutines.
type Packer struct {
	deflate *flate.Writer
	out     bytes.Buffer
}

// NewPacker makes a packer that takes the time that archives are worth.
func NewPacker() *Packer { return newPacker(level) }

func newPacker(level int) *Packer {
	w, err := flate.NewWriter(nil, level)
	if err != nil {
		panic(err) // the level is a constant of whoever asks
	}
	return &Packer{deflate: w}
}

// Pack returns the tile as one gzip member; nothing for an empty tile. The same
// tile gives the same bytes.
func (p *Packer) Pack(tile []byte) []byte {
	if len(tile) == 0 {
		return nil
	}
	p.out.Reset()
	p.out.WriteString(header)
	p.deflate.Reset(&p.out)
	// A buffer takes everything.
	p.deflate.Write(tile) //nolint:errcheck // see above
	p.deflate.Flush()     //nolint:errcheck // see above
	p.out.WriteString(last)
	b := p.out.Bytes()
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(tile))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(tile)))
	return bytes.Clone(b)
}

// Pool packs tiles from many goroutines at once. Its zero value is ready.
type Pool struct {
	Level   int // of compression, 1 to 9; 0 is that of archives
	packers sync.Pool
}

// Pack is [Packer.Pack].
func (p *Pool) Pack(tile []byte) []byte {
	one, ok := p.packers.Get().(*Packer)
	if !ok {
		one = newPacker(cmp.Or(p.Level, level))
	}
	defer p.packers.Put(one)
	return one.Pack(tile)
}

// Join returns one gzip member of several packed tiles, in their order, at the
// cost of copying them. Empty ones may be among them.
func Join(tiles ...[]byte) ([]byte, error) {
	var sum uint32
	var size uint64
	length, parts := 0, 0
	for _, t := range tiles {
		if len(t) > 0 {
			length += len(t)
			parts++
		}
	}
	if parts == 0 {
		return nil, nil
	}
	joined := append(make([]byte, 0, length), header...)
	for _, t := range tiles {
		if len(t) == 0 {
			continue
		}
		end := len(t) - trailer - len(last)
		if end < len(header) || string(t[:len(header)]) != header || string(t[end:end+len(last)]) != last || !bytes.HasSuffix(t[:end], []byte{0, 0, 0xff, 0xff}) {
			return nil, fmt.Errorf("%w: %d bytes", ErrNotPacked, len(t))
		}
		joined = append(joined, t[len(header):end]...)
		n := binary.LittleEndian.Uint32(t[len(t)-4:])
		sum = combine(sum, binary.LittleEndian.Uint32(t[len(t)-8:]), n)
		size += uint64(n)
	}
	joined = append(joined, last...)
	joined = binary.LittleEndian.AppendUint32(joined, sum)
	return binary.LittleEndian.AppendUint32(joined, uint32(size)), nil
}

// Unpack returns the tile, at most limit bytes.
func Unpack(b []byte, limit int64) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPacked, err)
	}
	tile, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPacked, err)
	}
	if int64(len(tile)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrNotPacked, limit)
	}
	return tile, nil
}

// combine is the CRC-32 of two texts one behind the other, from that of each
// and the length of the second: the first's is moved on by so many zero bytes,
// which is a multiplication by a power of x modulo the polynomial.
func combine(first, second, length uint32) uint32 {
	return multiply(powerOfX(8*uint64(length)), first) ^ second
}

// multiply multiplies two polynomials over GF(2) modulo that of CRC-32; the
// highest bit is the constant term.
func multiply(a, b uint32) uint32 {
	var product uint32
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		b = b>>1 ^ crc32.IEEE&-(b&1)
	}
	return product
}

// powerOfX is x to the power n, by squaring.
func powerOfX(n uint64) uint32 {
	result, square := uint32(1)<<31, uint32(1)<<30
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = multiply(result, square)
		}
		square = multiply(square, square)
	}
	return result
}
