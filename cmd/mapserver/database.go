package main

import (
	"context"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/data"
	"onemap/importers/jobs"
	"onemap/layers"
	"onemap/postgis"
	exports "onemap/products/packages/jobs"
	sheetjobs "onemap/products/sheets/jobs"
	tilejobs "onemap/tiles/jobs"
)

// defaultDataDir is where an installation keeps its private database and files.
func defaultDataDir() string {
	if dir := os.Getenv("ONEMAP_DATA"); dir != "" {
		return dir
	}
	if os.Getuid() == 0 {
		return "/var/lib/onemap"
	}
	if dir, err := os.UserHomeDir(); err == nil {
		return filepath.Join(dir, ".local", "share", "onemap")
	}
	return "onemap-data"
}

func accountName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// database is an open, migrated database, private or not.
type database struct {
	pool    *pgxpool.Pool
	store   *layers.Store
	url     string           // where it is
	cluster *postgis.Cluster // nil when DATABASE_URL names another
}

// open connects to DATABASE_URL, or starts the private PostGIS of the data
// directory, and brings the schema and the catalogue up to date.
func (o *options) open(ctx context.Context, pool postgis.Options) (*database, error) {
	d, err := o.connect(ctx, pool)
	if err != nil {
		return nil, err
	}
	if err := d.prepare(ctx); err != nil {
		d.close(ctx)
		return nil, err
	}
	return d, nil
}

// connect opens the database as it is.
func (o *options) connect(ctx context.Context, pool postgis.Options) (*database, error) {
	d := &database{}
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		cluster, err := postgis.StartCluster(ctx, filepath.Join(o.dataDir, "postgis"), postgis.ClusterOptions{})
		if err != nil {
			return nil, err
		}
		d.cluster, url = cluster, cluster.URL()
	}
	var err error
	if d.pool, err = postgis.Open(ctx, url, pool); err != nil {
		d.close(ctx)
		return nil, err
	}
	d.store, d.url = layers.NewStore(d.pool), url
	return d, nil
}

func (d *database) prepare(ctx context.Context) error {
	if _, err := postgis.Migrate(ctx, d.pool); err != nil {
		return err
	}
	if err := jobs.Prepare(ctx, d.pool); err != nil {
		return err
	}
	if err := postgis.PrepareRiver(ctx, d.pool, tilejobs.Schema); err != nil {
		return err
	}
	if err := sheetjobs.Prepare(ctx, d.pool); err != nil {
		return err
	}
	if err := postgis.PrepareRiver(ctx, d.pool, exports.Schema); err != nil {
		return err
	}
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		return err
	}
	return d.store.Define(ctx, defs)
}

// close ends the use of the database; the private one stops when nobody else uses it.
func (d *database) close(ctx context.Context) error {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 90*time.Second)
	defer cancel()
	return d.cluster.Close(ctx)
}
