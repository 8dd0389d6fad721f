package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/paulmach/orb/encoding/mvt"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis"
	"onemap/tiles"
	"onemap/web"
)

// liveTiles is a builder that takes no tile from an archive.
type liveTiles struct{ *tiles.Builder }

func (b liveTiles) Set(chosen []layers.Layer) tiles.Set { return b.Builder.Set(chosen).Live() }

// liveHandler is the service on a database, without archives and cache.
func liveHandler(ctx context.Context, url string) (http.Handler, func(), error) {
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: liveConnections})
	if err != nil {
		return nil, nil, err
	}
	watcher, err := layers.NewWatcher(ctx, db, func(error) {})
	if err != nil {
		return nil, nil, err
	}
	archives, err := tiles.NewArchives(db, filepath.Join(os.TempDir(), fmt.Sprintf("onemap-live-%d", os.Getpid())))
	if err != nil {
		return nil, nil, err
	}
	_ = archives.Reload(ctx) // their files are elsewhere; what they put into PostGIS is known all the same
	metrics := web.NewMetrics(db)
	handler, err := web.New(web.Config{Name: "bench", NameEN: "bench"}, web.Parts{
		DB: db, Store: layers.NewStore(db), Catalogue: watcher, Tokens: access.NewTokens(db), Metrics: metrics,
		Tiles: liveTiles{tiles.NewBuilder(db, archives, metrics)}, Archives: archives,
	})
	return handler, func() { db.Close(); os.RemoveAll(archives.Folder()) }, err
}

// featuresOf counts the features of a tile, without label points, which rivals don't make.
func featuresOf(ctx context.Context, url string) (n int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s: %w", url, got.Status, err)
	}
	decoded, err := mvt.Unmarshal(body)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", url, err)
	}
	for _, l := range decoded {
		if !strings.HasSuffix(l.Name, "_label") {
			n += len(l.Features)
		}
	}
	return n, nil
}
