package main

import (
	"fmt"
	"log/slog"

	"onemap/tiles"
	"onemap/tiles/shelf"
)

// tileCache is where live tiles are kept.
type tileCache struct {
	mib       *int
	folder    *string
	folderMiB *int
	redis     *string
}

func (o *options) tileCache() *tileCache {
	return &tileCache{
		mib:       o.Int("tile-cache-mib", 256, "实时瓦片内存缓存（MiB），0 为不缓存 / `MiB` of memory for live tiles, 0 for none"),
		folder:    o.String("tile-cache-dir", "", "实时瓦片二级缓存目录 / `folder` that keeps live tiles beyond the server's end"),
		folderMiB: o.Int("tile-cache-dir-mib", 4096, "二级缓存目录上限（MiB） / most `MiB` in that folder"),
		redis:     o.String("tile-cache-redis", "", "实时瓦片二级缓存 Redis 地址 / `address` of a Redis instead of a folder, redis://host:6379/0"),
	}
}

// use gives the builder its cache. What is returned ends the second level.
func (c *tileCache) use(b *tiles.Builder) (func(), error) {
	if *c.folder != "" && *c.redis != "" {
		return nil, fmt.Errorf("%w: --tile-cache-dir, --tile-cache-redis: 二者只能选一 / one of both at most", errUsage)
	}
	var second *shelf.Shelf
	var err error
	switch {
	case *c.folder != "":
		second, err = shelf.Folder(*c.folder, int64(*c.folderMiB)<<20)
	case *c.redis != "":
		second, err = shelf.Redis(*c.redis)
	case *c.mib <= 0:
		return func() {}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("实时瓦片二级缓存不可用 / the second level of the tile cache cannot be used: %w", err)
	}
	size := int64(*c.mib) << 20
	if second == nil {
		cache, err := tiles.NewCache(size, nil)
		if err == nil {
			b.UseCache(cache)
		}
		return func() {}, err
	}
	cache, err := tiles.NewCache(size, second)
	if err != nil {
		return nil, err
	}
	b.UseCache(cache)
	return func() {
		if err := second.Close(); err != nil {
			slog.Warn("closing the tile cache", "error", err)
		}
	}, nil
}
