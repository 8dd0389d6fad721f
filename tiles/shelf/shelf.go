package shelf

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"net/url"
	"time"

	"github.com/go-spatial/tegola/cache"
	"github.com/go-spatial/tegola/cache/redis"
	"github.com/go-spatial/tegola/dict"
)

var (
	// ErrUnusable reports a folder or a Redis that cannot be used.
	ErrUnusable = errors.New("shelf: cannot be used")
	// ErrDamaged reports a value that is not what was put there.
	ErrDamaged = errors.New("shelf: damaged value")
)

const (
	// Life is how long a value is kept.
	Life = 7 * 24 * time.Hour
	// patience is the longest time that one reading or writing may take.
	patience = 250 * time.Millisecond
	// highestZoom is the most that tegola's caches keep: everything.
	highestZoom = uint(30)
)

// Shelf keeps values under keys. It is safe for use by several goroutines, if no
// two of them put the same key at the same time.
type Shelf struct {
	cache cache.Interface
	// before is run before a value is put; nil where there is nothing to do.
	before func(size int)
	close  func() error
}

// Redis keeps values at an address as "redis://user:password@host:6379/0".
// Errors never carry the password.
func Redis(address string) (*Shelf, error) {
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "redis" && u.Scheme != "rediss" {
		return nil, fmt.Errorf("%w: the address of Redis must look like redis://host:6379/0", ErrUnusable)
	}
	c, err := redis.New(dict.Dict{redis.ConfigKeyURI: address, redis.ConfigKeyTTL: int(Life.Seconds()), redis.ConfigKeyMaxZoom: highestZoom})
	if err != nil {
		return nil, fmt.Errorf("%w: redis does not answer as it should: %w", ErrUnusable, err)
	}
	r, ok := c.(*redis.RedisCache)
	if !ok {
		return nil, fmt.Errorf("%w: not a Redis: %T", ErrUnusable, c)
	}
	r.Redis.Options().ContextTimeoutEnabled = true // without it a Redis that hangs is waited for, whatever the deadline
	return &Shelf{cache: c, close: r.Redis.Close}, nil
}

// place is where a key stands: whatever it is made of, its hash alone is used,
// in a few thousand folders at most. The name keeps clear of other users of the same Redis.
func place(key string) *cache.Key {
	sum := sha256.Sum256([]byte(key))
	return &cache.Key{
		MapName: "onemap-tiles-1", LayerName: hex.EncodeToString(sum[:1]),
		Z: uint(sum[1] & 15), Y: uint(binary.LittleEndian.Uint64(sum[2:])),
	}
}

// Get returns the value of a key, and whether there is one.
func (s *Shelf) Get(ctx context.Context, key string) ([]byte, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b, ok, err := s.cache.Get(ctx, place(key))
	if err != nil || !ok {
		return nil, false, err
	}
	if len(b) < 4 || binary.LittleEndian.Uint32(b) != sumOf(key, b[4:]) {
		return nil, false, fmt.Errorf("%w: %d bytes", ErrDamaged, len(b))
	}
	return b[4:], true, nil
}

// Put keeps a value, which may be empty.
func (s *Shelf) Put(ctx context.Context, key string, value []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if s.before != nil {
		s.before(len(value))
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, len(value)+4), sumOf(key, value))
	return s.cache.Set(ctx, place(key), append(b, value...))
}

// sumOf covers the key too: a value in another's place is damaged.
func sumOf(key string, value []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(key)), crc32.IEEETable, value)
}

// Close gives the folder or the connections back.
func (s *Shelf) Close() error { return s.close() }
