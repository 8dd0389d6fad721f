package tiles

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/maypok86/otter/v2"
)

// errNoPart reports bytes that are not a kept share of a tile.
var errNoPart = errors.New("tiles: not a kept tile")

// shelf is what this package needs of a second level, which may outlive the
// server. An error is as good as nothing there.
type shelf interface {
	Get(ctx context.Context, key string) (value []byte, ok bool, err error)
	Put(ctx context.Context, key string, value []byte) error
}

// Cache keeps live tiles, compressed, each layer's share by itself. A key names
// the content: the version, how it is drawn, and the address. So nothing in it
// ever becomes wrong; what is not asked for any more makes room.
type Cache struct {
	memory *otter.Cache[string, part]
	second shelf // may be nil
}

// NewCache keeps up to so many bytes in memory, and in second, which may be nil,
// what it has room for.
func NewCache(bytes int64, second shelf) (*Cache, error) {
	memory, err := otter.New(&otter.Options[string, part]{
		MaximumWeight: uint64(max(bytes, 1)),
		Weigher: func(key string, p part) uint32 {
			const around = 128 // what the cache itself takes for an entry
			return uint32(min(len(key)+len(p.packed)+around, math.MaxUint32))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("tiles: cache: %w", err)
	}
	return &Cache{memory, second}, nil
}

// UseCache makes the builder keep what it builds. It must be called before the
// builder is used.
func (b *Builder) UseCache(c *Cache) { b.cache = c }

// remembered returns what memory holds.
func (b *Builder) remembered(key string) (part, bool) {
	if b.cache == nil {
		return part{}, false
	}
	p, ok := b.cache.memory.GetIfPresent(key)
	if ok {
		b.observe.Cache("memory")
	}
	return p, ok
}

// shelved returns what the second level holds. Callers of one key come one at a time.
func (b *Builder) shelved(ctx context.Context, key string) (part, bool) {
	if b.cache == nil {
		return part{}, false
	}
	if b.cache.second != nil {
		value, ok, err := b.cache.second.Get(ctx, key)
		var p part
		if err == nil && ok {
			p, err = readPart(value)
		}
		if err == nil && ok {
			b.cache.memory.Set(key, p)
			b.observe.Cache("second")
			return p, true
		}
		if err != nil && ctx.Err() == nil {
			b.observe.Cache("error")
		}
	}
	b.observe.Cache("none")
	return part{}, false
}

// keep puts a tile into both levels, an empty one too. Callers of one key come
// one at a time.
func (b *Builder) keep(ctx context.Context, key string, p part) {
	if b.cache == nil {
		return
	}
	b.cache.memory.Set(key, p)
	if b.cache.second == nil {
		return
	}
	if err := b.cache.second.Put(ctx, key, p.append(nil)); err != nil && ctx.Err() == nil {
		b.observe.Cache("error")
	}
}

// partVersion is the first byte of a kept part.
const partVersion = 1

func (p part) append(b []byte) []byte {
	b = binary.AppendUvarint(append(b, partVersion), uint64(p.leftOut))
	return append(b, p.packed...)
}

func readPart(b []byte) (part, error) {
	if len(b) < 2 || b[0] != partVersion {
		return part{}, errNoPart
	}
	leftOut, n := binary.Uvarint(b[1:])
	if n <= 0 || leftOut > math.MaxInt32 {
		return part{}, errNoPart
	}
	p := part{leftOut: int(leftOut)}
	if rest := b[1+n:]; len(rest) > 0 {
		p.packed = rest
	}
	return p, nil
}
