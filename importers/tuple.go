package importers

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"onemap/layers"
)

// Rows go to the store as PostgreSQL's binary COPY has them: the workers encode,
// on all cores, and whoever sends only passes bytes on.
//
// A tuple is the number of its values as int16, then for each its length as
// int32, -1 for none, and its bytes, big-endian.

// copyHeader and copyTrailer go before the first tuple and after the last.
var (
	copyHeader  = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	copyTrailer = []byte{0xff, 0xff}
)

// postgresEpoch is the moment that PostgreSQL counts dates and times from.
var postgresEpoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// appendValue appends a converted value for a column of the field's type. A
// value of another type is an error of ours.
func appendValue(to []byte, f *layers.Field, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return binary.BigEndian.AppendUint32(to, math.MaxUint32), nil
	case string:
		to = binary.BigEndian.AppendUint32(to, uint32(len(v)))
		return append(to, v...), nil
	case int64:
		return appendInt64(to, v), nil
	case float64:
		return appendInt64(to, int64(math.Float64bits(v))), nil
	case bool:
		to = binary.BigEndian.AppendUint32(to, 1)
		if v {
			return append(to, 1), nil
		}
		return append(to, 0), nil
	case time.Time:
		if f.Type == layers.Date {
			to = binary.BigEndian.AppendUint32(to, 4)
			return binary.BigEndian.AppendUint32(to, uint32(int32((v.Unix()-postgresEpoch.Unix())/(24*60*60)))), nil
		}
		return appendInt64(to, v.UnixMicro()-postgresEpoch.UnixMicro()), nil
	case amount:
		return appendNumeric(to, v), nil
	default:
		return nil, fmt.Errorf("importers: a value of type %T for field %s", value, f.Name)
	}
}

func appendInt64(to []byte, v int64) []byte {
	to = binary.BigEndian.AppendUint32(to, 8)
	return binary.BigEndian.AppendUint64(to, uint64(v))
}

func appendJSON(to []byte, text json.RawMessage) []byte {
	if text == nil {
		return binary.BigEndian.AppendUint32(to, math.MaxUint32)
	}
	to = binary.BigEndian.AppendUint32(to, uint32(len(text)+1))
	return append(append(to, 1), text...) // 1 is the version of jsonb's form
}

// numericGroups is how many groups of four digits an amount has at most: five
// before the point and five after it.
const numericGroups = 10

// appendNumeric appends a numeric: how many groups of four decimal digits there
// are, the first one's power of 10,000, the sign, the places after the point,
// and the groups, without empty ones at either end.
func appendNumeric(to []byte, a amount) []byte {
	sign, size := uint16(0), uint64(a.unscaled)
	if a.unscaled < 0 {
		sign, size = 0x4000, -size
	}
	one := powersOfTen[a.scale]
	whole, fraction := size/one, size%one
	var groups [numericGroups]uint16
	first := numericGroups / 2
	for ; whole > 0; whole /= 10_000 {
		first--
		groups[first] = uint16(whole % 10_000)
	}
	weight := numericGroups/2 - 1 - first
	last := numericGroups / 2
	for places := a.scale; fraction > 0; last++ {
		if places >= 4 {
			places -= 4
			groups[last] = uint16(fraction / powersOfTen[places])
			fraction %= powersOfTen[places]
		} else {
			groups[last] = uint16(fraction * powersOfTen[4-places])
			fraction = 0
		}
	}
	for first < last && groups[first] == 0 {
		first++
		weight--
	}
	for last > first && groups[last-1] == 0 {
		last--
	}
	if first == last {
		weight = 0
	}
	to = binary.BigEndian.AppendUint32(to, uint32(8+2*(last-first)))
	to = binary.BigEndian.AppendUint16(to, uint16(last-first))
	to = binary.BigEndian.AppendUint16(to, uint16(int16(weight)))
	to = binary.BigEndian.AppendUint16(to, sign)
	to = binary.BigEndian.AppendUint16(to, uint16(a.scale))
	for _, g := range groups[first:last] {
		to = binary.BigEndian.AppendUint16(to, g)
	}
	return to
}

// appendLength reserves the length of a value whose bytes come next; closeLength
// fills it in.
func appendLength(to []byte) (_ []byte, at int) {
	return append(to, 0, 0, 0, 0), len(to)
}

func closeLength(to []byte, at int) {
	binary.BigEndian.PutUint32(to[at:], uint32(len(to)-at-4))
}
