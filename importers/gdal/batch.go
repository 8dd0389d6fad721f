package gdal

import (
	"encoding/binary"
	"math"
	"time"
)

// Batch is a run of features in a compact form. Unlike the Reader it came from
// it holds no memory of C's, and may be read by any goroutine.
//
// Layout, little-endian: for each feature the length of its WKB as uint32 and
// the WKB; then for each field a tag and its value: '0' none, 'i' int64, 'f'
// float64, 's' uint32 length and bytes, 't' seven int32: year, month, day, hour,
// minute, millisecond of the minute, GDAL's time zone.
type Batch struct {
	Rows    int
	Warning string // the first that GDAL gave while reading; "" is none

	fields int
	data   []byte
}

// Size is the batch's length in bytes.
func (b *Batch) Size() int { return len(b.data) }

// Kind says which member of a [Value] counts.
type Kind byte

// The kinds of values.
const (
	Null   Kind = '0'
	Int    Kind = 'i'
	Float  Kind = 'f'
	Text   Kind = 's'
	Moment Kind = 't'
)

// Value is one attribute of a feature.
type Value struct {
	Kind  Kind
	Int   int64
	Float float64
	Text  []byte    // shared with the batch; not to be changed
	Time  time.Time // in UTC unless Zoned
	Zoned bool      // Time has a zone of its own
}

// Each calls f with every feature, in order: its WKB (nil without geometry) and
// its values in the order they were asked for. Both are only good until f returns.
func (b *Batch) Each(f func(wkb []byte, values []Value) error) error {
	values := make([]Value, b.fields)
	d := decoder{b.data}
	for range b.Rows {
		var wkb []byte
		if n := d.uint32(); n > 0 {
			wkb = d.take(int(n))
		}
		for i := range values {
			values[i] = d.value()
		}
		if err := f(wkb, values); err != nil {
			return err
		}
	}
	return nil
}

type decoder struct{ rest []byte }

func (d *decoder) take(n int) []byte {
	taken := d.rest[:n:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) uint32() uint32 { return binary.LittleEndian.Uint32(d.take(4)) }

func (d *decoder) uint64() uint64 { return binary.LittleEndian.Uint64(d.take(8)) }

func (d *decoder) value() Value {
	v := Value{Kind: Kind(d.take(1)[0])}
	switch v.Kind {
	case Int:
		v.Int = int64(d.uint64())
	case Float:
		v.Float = math.Float64frombits(d.uint64())
	case Text:
		v.Text = d.take(int(d.uint32()))
	case Moment:
		var part [7]int
		for i := range part {
			part[i] = int(int32(d.uint32()))
		}
		zone := time.UTC
		if part[6] > 1 { // 100 is UTC, one more is a quarter of an hour more
			zone = time.FixedZone("", (part[6]-100)*15*60)
			v.Zoned = true
		}
		v.Time = time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], 0, part[5]*int(time.Millisecond), zone)
	}
	return v
}
