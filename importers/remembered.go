package importers

import (
	"bytes"
	"hash/maphash"
	"math"

	"onemap/importers/gdal"
	"onemap/layers"
)

// remembered keeps what values of one column were converted to, so that those
// that come again and again (codes, names, years) are decoded and read once. Of a
// column whose values hardly recur it lets go.
type remembered struct {
	slots        []slot
	seed         maphash.Seed
	hits, misses int
	off          bool
}

const (
	rememberedValues = 1024 // a power of two
	rememberedBytes  = 64   // longer texts are not kept
	trialRows        = 2048
)

type slot struct {
	kind  gdal.Kind // 0 is an empty slot
	bits  uint64    // of a number
	text  []byte
	value any
	done  *reason
}

// convert is the function convert.
func (r *remembered) convert(f *layers.Field, v gdal.Value, charset Charset) (value any, done, refused *reason) {
	var bits uint64
	switch v.Kind {
	case gdal.Null:
		return nil, nil, nil
	case gdal.Int:
		bits = uint64(v.Int)
	case gdal.Float:
		bits = math.Float64bits(v.Float)
	case gdal.Moment:
		return convert(*f, v, charset)
	}
	if r.off || len(v.Text) > rememberedBytes {
		return convert(*f, v, charset)
	}
	if r.slots == nil {
		r.slots, r.seed = make([]slot, rememberedValues), maphash.MakeSeed()
	}
	place := bits * 0x9e3779b97f4a7c15 >> 32
	if v.Kind == gdal.Text {
		place = maphash.Bytes(r.seed, v.Text)
	}
	at := &r.slots[place%rememberedValues]
	if at.kind == v.Kind && at.bits == bits && bytes.Equal(at.text, v.Text) {
		r.hits++
		return at.value, at.done, nil
	}
	if r.misses++; r.misses > trialRows && r.misses > 2*r.hits {
		r.off, r.slots = true, nil
		return convert(*f, v, charset)
	}
	if value, done, refused = convert(*f, v, charset); refused == nil {
		*at = slot{v.Kind, bits, append(at.text[:0], v.Text...), value, done}
	}
	return value, done, refused
}
