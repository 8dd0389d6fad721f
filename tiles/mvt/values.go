package mvt

import (
	"encoding/binary"
	"math"
)

// Value is an attribute's value as a tile carries it: the bytes of one Value
// message. Values that are equal have equal bytes. The empty Value is none.
type Value string

// Text is a value of text. Bytes that are not UTF-8 must not be given.
func Text(s string) Value {
	b := binary.AppendUvarint([]byte{1<<3 | 2}, uint64(len(s)))
	return Value(append(b, s...))
}

// Integer is a value of a whole number, as PostGIS writes it: unsigned where it can be.
func Integer(n int64) Value {
	if n >= 0 {
		return Value(binary.AppendUvarint([]byte{5 << 3}, uint64(n)))
	}
	return Value(binary.AppendUvarint([]byte{6 << 3}, zigzag64(n)))
}

// Real is a value of a number with a fraction.
func Real(f float64) Value {
	return Value(binary.LittleEndian.AppendUint64([]byte{3<<3 | 1}, math.Float64bits(f)))
}

// Boolean is a truth value.
func Boolean(b bool) Value {
	if b {
		return "\x38\x01"
	}
	return "\x38\x00"
}

func zigzag64(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

func zigzag(n int32) uint32 { return uint32(n)<<1 ^ uint32(n>>31) }
