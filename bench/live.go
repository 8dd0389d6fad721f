package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/maptile"

	"onemap/layers"
	"onemap/postgis"
	"onemap/tiles"
	"onemap/web"
)

// liveConnections are those to PostgreSQL, of every rival.
const liveConnections = 16

// live measures tiles that no archive holds, each asked for once: over HTTP
// beside pgbench with as many connections, of PostGIS making the same tile and of the
// prepared statement that tiles are drawn from, and beside tegola where BENCH_TEGOLA names its program (see bench/tegola); at low
// zooms from the levels; and one z14 tile in a tenth of the data. BENCH_DATABASE is
// the address of a database to measure instead of one of the bench's own; it
// is brought to the newest schema, and gets an archive's levels.
func live(ctx context.Context, l *laboratory) ([]result, error) {
	url := os.Getenv("BENCH_DATABASE")
	if url == "" {
		if err := l.load(ctx); err != nil {
			return nil, err
		}
		cluster, err := l.cluster(ctx)
		if err != nil {
			return nil, err
		}
		defer cluster.Close(ctx) //nolint:errcheck // the figures are taken
		url = cluster.URL()
	}
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: liveConnections})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if _, err := postgis.Migrate(ctx, db); err != nil {
		return nil, err
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		return nil, err
	}
	parcels, err := catalogue.PublishedLayer("dltb")
	if err != nil {
		return nil, err
	}
	set, err := l.liveSet(ctx, db, parcels)
	if err != nil {
		return nil, err
	}
	ours, stop, err := startRival(ctx, "ours", "/tiles/dltb/%s.mvt", os.Args[0], "--live", url)
	if err != nil {
		return nil, err
	}
	defer stop()
	m := liveBench{l, url, db, set, ours}
	var results []result
	for _, one := range []struct {
		zoom maptile.Zoom
		goal float64
	}{{14, 0.9}, {16, 0.6}} {
		some, err := m.zoom(ctx, one.zoom, one.goal)
		if err != nil {
			return nil, err
		}
		results = append(results, some...)
	}
	low, err := m.levels(ctx)
	if err != nil {
		return nil, err
	}
	growth, err := m.growth(ctx, parcels)
	return append(append(results, low), growth), err
}

// liveSet is the parcels as live tiles, with the levels of an archive.
func (l *laboratory) liveSet(ctx context.Context, db *pgxpool.Pool, parcels layers.Layer) (tiles.Set, error) {
	archives, err := tiles.NewArchives(db, filepath.Join(l.dir, "live"))
	if err != nil {
		return tiles.Set{}, err
	}
	_ = archives.Reload(ctx) // a missing file is built again
	if _, err := archives.Record(parcels); err != nil {
		if _, err := archives.Build(ctx, parcels, tiles.PyramidOptions{}); err != nil {
			return tiles.Set{}, err
		}
	}
	return tiles.NewBuilder(db, archives, nil).Set([]layers.Layer{parcels}).Live(), nil
}

type liveBench struct {
	l    *laboratory
	url  string
	db   *pgxpool.Pool
	set  tiles.Set
	ours rival
}

// inner lists the tiles of a zoom in the inner half of the layer's bounds, row by row.
func (m liveBench) inner(zoom maptile.Zoom) (low, high maptile.Tile, list []string) {
	b := m.set.Layers[0].Published.Bounds
	x, y := (b[2]-b[0])/4, (b[3]-b[1])/4
	low, high = maptile.At([2]float64{b[0] + x, b[3] - y}, zoom), maptile.At([2]float64{b[2] - x, b[1] + y}, zoom)
	for x := low.X; x <= high.X; x++ {
		for y := low.Y; y <= high.Y; y++ {
			list = append(list, fmt.Sprintf("%d/%d/%d", zoom, x, y))
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return low, high, list
}

// zoom compares by turns. The first turn is told apart: statements are not
// prepared yet, and PostgreSQL's buffers are as they were found.
func (m liveBench) zoom(ctx context.Context, zoom maptile.Zoom, goal float64) ([]result, error) {
	low, high, list := m.inner(zoom)
	if err := m.same(ctx, list[:min(40, len(list))]); err != nil {
		return nil, err
	}
	whole, rows := filepath.Join(m.l.dir, fmt.Sprintf("live-%d.sql", zoom)), filepath.Join(m.l.dir, fmt.Sprintf("rows-%d.sql", zoom))
	wholeSQL, wholeArgs := reference(m.set.Layers[0], low)
	rowsSQL, rowsArgs := m.set.Question(low)
	err := errors.Join(os.WriteFile(whole, []byte(script(wholeSQL, wholeArgs, low, high)), 0o644), os.WriteFile(rows, []byte(script(rowsSQL, rowsArgs, low, high)), 0o644))
	if err != nil {
		return nil, err
	}
	tegola, stop, err := m.tegola(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	const rounds = 3
	var ours, theirs, bare, peers []float64
	var cold result
	for i := range rounds + 1 {
		our, slow, err := m.ours.load(ctx, list, measuring)
		if err != nil {
			return nil, err
		}
		their, err := pgbenchRate(ctx, m.url, whole, measuring)
		if err != nil {
			return nil, err
		}
		row, err := pgbenchRate(ctx, m.url, rows, measuring)
		if err != nil {
			return nil, err
		}
		var peer float64
		if tegola != nil {
			if peer, _, err = tegola.load(ctx, list, measuring); err != nil {
				return nil, err
			}
		}
		if i == 0 {
			cold = compareRates(fmt.Sprintf("live tiles, zoom %d, cold (p99 %.0f ms)", zoom, slow), "pgbench, after ours", "/s", 0, []float64{our}, []float64{their})
			continue
		}
		ours, theirs, bare, peers = append(ours, our), append(theirs, their), append(bare, row), append(peers, peer)
	}
	results := []result{
		cold, compareRates(fmt.Sprintf("live tiles, zoom %d", zoom), "pgbench, ST_AsMVT of the same tile", "/s", goal, ours, theirs),
		compareRates(fmt.Sprintf("live tiles, zoom %d", zoom), "pgbench, our rows alone", "/s", 0, ours, bare),
	}
	if tegola != nil {
		results = append(results, compareRates(fmt.Sprintf("live tiles, zoom %d", zoom), "tegola mvt_postgis", "/s", 2, ours, peers))
	}
	return results, nil
}

// levels measures zoom 12, whose tiles come from what the archive draws.
func (m liveBench) levels(ctx context.Context) (result, error) {
	_, _, list := m.inner(12)
	if sql, _ := m.set.Question(addressOf(list[0])); !strings.Contains(sql, `"levels"`) {
		return result{}, errors.New("tiles of zoom 12 don't come from a level")
	}
	for _, address := range list[:min(20, len(list))] {
		if n, err := featuresOf(ctx, "http://"+m.ours.host+fmt.Sprintf(m.ours.path, address)); err != nil || n == 0 {
			return result{}, fmt.Errorf("tile %s of zoom 12 has %d features: %w", address, n, err)
		}
	}
	var rates []float64
	for i := range 6 {
		rate, _, err := m.ours.load(ctx, list, measuring)
		if err != nil {
			return result{}, err
		}
		if i > 0 {
			rates = append(rates, rate)
		}
	}
	return compareRates("live tiles, zoom 12", "the bar", "/s", 1, rates, []float64{100}), nil
}

// growth asks the same statement for the same z14 tiles of all parcels, and of a
// table with the tenth of them that lies round these tiles.
func (m liveBench) growth(ctx context.Context, parcels layers.Layer) (result, error) {
	const tenth = "bench_tenth"
	_, _, list := m.inner(14)
	middle := addressOf(list[0]).Bound().Center()
	for _, sql := range []string{
		"DROP TABLE IF EXISTS " + tenth,
		fmt.Sprintf("CREATE TABLE %s AS SELECT * FROM %s ORDER BY geom_3857 <-> ST_Transform(ST_SetSRID(ST_MakePoint(%f, %f), 4326), 3857) LIMIT %d",
			tenth, parcels.Table().Sanitize(), middle[0], middle[1], parcels.Published.FeatureCount/10),
		"CREATE INDEX ON " + tenth + " USING gist (geom_3857)",
		"VACUUM ANALYZE " + tenth,
	} {
		if _, err := m.db.Exec(ctx, sql); err != nil {
			return result{}, err
		}
	}
	defer m.db.Exec(context.WithoutCancel(ctx), "DROP TABLE "+tenth) //nolint:errcheck // the figures are taken
	center := addressOf(list[0])
	var all, few []float64
	for i := range 11 {
		var times [2][]float64
		for dx := range uint32(5) {
			for dy := range uint32(5) {
				sql, args := m.set.Question(maptile.New(center.X+dx-2, center.Y+dy-2, 14))
				var tiles [2]string
				for k, text := range []string{sql, strings.ReplaceAll(sql, parcels.Table().Sanitize(), tenth)} {
					took, err := timed(func() error { return allRows(ctx, m.db, text, args) })
					if err != nil {
						return result{}, err
					}
					times[k] = append(times[k], took*1000)
					if err := m.db.QueryRow(ctx, "SELECT md5(string_agg(md5(t::text), '')) FROM ("+text+") t", args).Scan(&tiles[k]); err != nil {
						return result{}, err
					}
				}
				if tiles[0] != tiles[1] {
					return result{}, errors.New("a tenth of the data gives another tile")
				}
			}
		}
		if i > 0 {
			all, few = append(all, median(times[0])), append(few, median(times[1]))
		}
	}
	return compareTimes("tile of zoom 14, p50, ten times the data", "a tenth of it", "ms", 1/1.1, all, few), nil
}

// allRows asks, and reads what comes.
func allRows(ctx context.Context, db *pgxpool.Pool, sql string, args pgx.StrictNamedArgs) error {
	rows, err := db.Query(ctx, sql, pgx.QueryResultFormats{pgx.BinaryFormatCode}, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		_ = rows.RawValues()
	}
	return rows.Err()
}

// same checks that tiles over HTTP have the features that PostGIS gives them.
func (m liveBench) same(ctx context.Context, list []string) error {
	for _, address := range list {
		got, err := fetch(ctx, "http://"+m.ours.host, addressOf(address))
		if err == nil {
			err = sameFeatures(ctx, m.db, m.set.Layers[0], addressOf(address), got)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func addressOf(text string) maptile.Tile {
	parts := strings.Split(text, "/")
	t, err := tiles.ParseAddress(parts[0], parts[1], parts[2])
	if err != nil {
		panic(err) // the bench has written it
	}
	return t
}

// tegola starts the peer if there is one.
func (m liveBench) tegola(ctx context.Context) (*rival, func(), error) {
	program := os.Getenv("BENCH_TEGOLA")
	if program == "" {
		return nil, func() {}, nil
	}
	port, err := freePort()
	if err != nil {
		return nil, nil, err
	}
	c := m.db.Config().ConnConfig
	l := m.set.Layers[0]
	var columns []string
	for _, f := range l.TileFields() {
		columns = append(columns, f.Name)
	}
	database, options := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))), ""
	if strings.HasPrefix(c.Host, "/") { // it wants a host and a port, and lets the options say otherwise
		database, options = net.JoinHostPort("127.0.0.1", strconv.Itoa(int(c.Port))), "&host="+c.Host
	}
	config := fmt.Sprintf(`[webserver]
port = "127.0.0.1:%s"
[[providers]]
name = "pg"
type = "mvt_postgis"
uri = "postgres://%s:%s@%s/%s?sslmode=disable&pool_max_conns=%d%s"
srid = 3857
  [[providers.layers]]
  name = "dltb"
  geometry_fieldname = "geom"
  id_fieldname = "fid"
  geometry_type = "MultiPolygon"
  sql = "SELECT fid, %s, ST_AsMVTGeom(geom_3857, !BBOX!, 4096, 64, true) AS geom FROM %s WHERE geom_3857 && ST_Expand(!BBOX!, 4*!PIXEL_WIDTH!)"
[[maps]]
name = "m"
  [[maps.layers]]
  provider_layer = "pg.dltb"
  min_zoom = 0
  max_zoom = 22
`, port, c.User, cmp.Or(c.Password, "none"), database, c.Database, liveConnections, options, strings.Join(columns, ", "), strings.ReplaceAll(l.Table().Sanitize(), `"`, ""))
	file := filepath.Join(m.l.dir, "tegola.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, nil, err
	}
	peer, stop, err := startRival(ctx, "tegola", "/maps/m/dltb/%s.pbf", program, "serve", "--config", file, "--no-cache")
	if err != nil {
		return nil, nil, err
	}
	peer.host = "127.0.0.1:" + port
	address := addressOf(m.someTile())
	ours, err := featuresOf(ctx, "http://"+m.ours.host+fmt.Sprintf(m.ours.path, m.someTile()))
	if err == nil {
		var theirs int
		if theirs, err = featuresOf(ctx, "http://"+peer.host+fmt.Sprintf(peer.path, m.someTile())); err == nil && theirs != ours {
			err = fmt.Errorf("tile %v has %d features from tegola, %d from us", address, theirs, ours)
		}
	}
	if err != nil {
		stop()
		return nil, nil, err
	}
	return &peer, stop, nil
}

func (m liveBench) someTile() string {
	_, _, list := m.inner(14)
	slices.Sort(list)
	return list[len(list)/2]
}

// serveLive is this program as a server of live tiles.
func serveLive(ctx context.Context, url string) error {
	handler, stop, err := liveHandler(ctx, url)
	if err != nil {
		return err
	}
	defer stop()
	return serveOn(ctx, handler, web.Parcels)
}
