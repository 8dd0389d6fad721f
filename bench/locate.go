package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"onemap/access"
	"onemap/layers"
	"onemap/layers/follow"
	"onemap/postgis"
	"onemap/spatial/cells"
	"onemap/tiles"
	"onemap/web"
)

// locateRows is the number of positions of one batch.
const locateRows = 10_000

// locate measures which cell a position is in: in Go, with the city's
// micro-grids and with ten times as many, beside PostGIS by prepared statement
// on two connections; 10,000 at once over HTTP, likewise; and one at a time over
// HTTP, beside an empty handler that answers as many bytes. BENCH_DATABASE is the address
// of a database to measure instead of one of the bench's own; BENCH_LOCATE is the one
// of these, go, batch or single, to measure alone.
func locate(ctx context.Context, l *laboratory) ([]result, error) {
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
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: 2})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		return nil, err
	}
	x, err := cells.Load(ctx, db, catalogue, nil)
	if err != nil {
		return nil, err
	}
	m := locateBench{db: db, x: x, points: somewhereIn(x, 100_000)}
	if err := m.sameAsPostGIS(ctx); err != nil {
		return nil, err
	}
	only := os.Getenv("BENCH_LOCATE")
	var results []result
	for _, part := range []struct {
		name    string
		measure func(context.Context, string) ([]result, error)
	}{{"go", func(ctx context.Context, _ string) ([]result, error) { return m.inGo(ctx) }}, {"batch", m.batch}, {"single", m.single}} {
		if only != "" && only != part.name {
			continue
		}
		some, err := part.measure(ctx, url)
		if err != nil {
			return nil, err
		}
		results = append(results, some...)
	}
	return results, nil
}

type locateBench struct {
	db     *pgxpool.Pool
	x      *cells.Index
	points []orb.Point
}

// somewhereIn picks positions in micro-grids at random.
func somewhereIn(x *cells.Index, count int) []orb.Point {
	r := rand.New(rand.NewPCG(1, 1))
	tier := x.Tiers()[0]
	b := tier.Bound()
	points := make([]orb.Point, 0, count)
	for len(points) < count {
		p := orb.Point{b.Min[0] + r.Float64()*(b.Max[0]-b.Min[0]), b.Min[1] + r.Float64()*(b.Max[1]-b.Min[1])}
		if x.InTier(tier.Definition.ID, p) != cells.NoCell {
			points = append(points, p)
		}
	}
	return points
}

// question is the lookup in PostGIS. With the lowest code, as ours has it, it
// would have to sort; a cell is enough for it.
func (m locateBench) question() string {
	t := m.x.Tiers()[0]
	return fmt.Sprintf("SELECT code FROM %s WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint($1, $2), 4490)) LIMIT 1", layers.Table(t.Definition.ID, t.Version).Sanitize())
}

func (m locateBench) sameAsPostGIS(ctx context.Context) error {
	for _, p := range m.points[:2000] {
		var code string
		if err := m.db.QueryRow(ctx, m.question(), p[0], p[1]).Scan(&code); err != nil {
			return err
		}
		if got := m.x.Cell(m.x.At(p)).Code; got != code {
			return fmt.Errorf("%v is in %s, PostGIS says %s", p, got, code)
		}
	}
	return nil
}

// inPostGIS returns the positions a second on two connections.
func (m locateBench) inPostGIS(ctx context.Context, during time.Duration) (float64, error) {
	var wait sync.WaitGroup
	var counts [2]int
	var errs [2]error
	sql, start := m.question(), time.Now()
	for k := range counts {
		wait.Go(func() {
			conn, err := m.db.Acquire(ctx)
			if err != nil {
				errs[k] = err
				return
			}
			defer conn.Release()
			for time.Since(start) < during && errs[k] == nil {
				for range 100 {
					p := m.points[(counts[k]*2+k)%len(m.points)]
					var code string
					errs[k] = errors.Join(errs[k], conn.QueryRow(ctx, sql, p[0], p[1]).Scan(&code))
					counts[k]++
				}
			}
		})
	}
	wait.Wait()
	return float64(counts[0]+counts[1]) / time.Since(start).Seconds(), errors.Join(errs[:]...)
}

// lookup returns the microseconds a position on one core.
func (m locateBench) lookup(x *cells.Index) float64 {
	const passes = 5
	start := time.Now()
	found := 0
	for range passes {
		for _, p := range m.points {
			if x.At(p) != cells.NoCell {
				found++
			}
		}
	}
	took := time.Since(start)
	if found != passes*len(m.points) {
		return -1
	}
	return float64(took.Nanoseconds()) / 1000 / float64(found)
}

// inGo compares lookups in the program with the bars and with PostGIS.
func (m locateBench) inGo(ctx context.Context) ([]result, error) {
	more, count, err := m.divided()
	if err != nil {
		return nil, err
	}
	const rounds = 5
	var ours, ten, rates, theirs []float64
	for i := range rounds + 1 {
		our, our10 := m.lookup(m.x), m.lookup(more)
		their, err := m.inPostGIS(ctx, measuring)
		if err != nil {
			return nil, err
		}
		if our < 0 || our10 < 0 {
			return nil, errors.New("a position is in no cell")
		}
		if i > 0 {
			ours, ten, rates, theirs = append(ours, our), append(ten, our10), append(rates, 1e6/our), append(theirs, their)
		}
	}
	s, s10 := m.x.Size(), more.Size()
	return []result{
		compareTimes(fmt.Sprintf("lookup, %d micro-grids", m.x.Tiers()[0].Len()), "the bar", "µs", 1, ours, []float64{2}),
		compareTimes(fmt.Sprintf("lookup, %d micro-grids", count), "the bar", "µs", 1, ten, []float64{4}),
		compareRates("lookups, one core", "PostGIS prepared, 2 connections", "/s", 20, rates, theirs),
		compareTimes(fmt.Sprintf("index, %d vertices", s.Vertices), "the bar", "B/vtx", 1, []float64{s.BytesPerVertex}, []float64{300}),
		compareTimes(fmt.Sprintf("index, %d vertices", s10.Vertices), "the bar", "B/vtx", 1, []float64{s10.BytesPerVertex}, []float64{300}),
	}, nil
}

// divided is an index with each micro-grid cut into some ten by a grid of four by
// three, checked to give the parts of the cells that the whole ones give.
func (m locateBench) divided() (*cells.Index, int, error) {
	tiers := slices.Clone(m.x.Tiers())
	var parts []cells.Cell
	var shapes []orb.MultiPolygon
	tier := tiers[0]
	for i := range tier.Len() {
		r := m.x.Ref(0, i)
		c, shape, b := m.x.Cell(r), m.x.Shape(r), m.x.Bound(r)
		const columns, rows = 4, 3
		for k := range columns * rows {
			line := func(low, high float64, at, of int) float64 { return low + (high-low)*float64(at)/float64(of) }
			box := orb.Bound{
				Min: orb.Point{line(b.Min[0], b.Max[0], k%columns, columns), line(b.Min[1], b.Max[1], k/columns, rows)},
				Max: orb.Point{line(b.Min[0], b.Max[0], k%columns+1, columns), line(b.Min[1], b.Max[1], k/columns+1, rows)},
			}
			piece := clip.MultiPolygon(box, shape.Clone())
			if len(piece) == 0 {
				continue
			}
			parts = append(parts, cells.Cell{Code: fmt.Sprintf("%s%02d", c.Code, k), Name: c.Name, Parent: c.Parent, People: c.People})
			shapes = append(shapes, piece)
		}
	}
	own, err := cells.NewTier(tier.Definition, tier.Version, tier.Roles, parts, shapes)
	if err != nil {
		return nil, 0, err
	}
	tiers[0] = own
	x, differ := cells.NewIndex(tiers), 0
	for _, p := range m.points {
		if !strings.HasPrefix(x.Cell(x.At(p)).Code, m.x.Cell(m.x.At(p)).Code) {
			differ++
		}
	}
	if differ > len(m.points)/1000 { // cutting rounds, so a few on borders may
		return nil, 0, fmt.Errorf("%d of %d positions are in parts of other cells", differ, len(m.points))
	}
	return x, len(parts), nil
}

// body is a batch of positions.
func (m locateBench) body() []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, p := range m.points[:locateRows] {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "[%.7f,%.7f]", p[0], p[1])
	}
	b.WriteByte(']')
	return b.Bytes()
}

// batch compares 10,000 positions in one request with as many lookups in PostGIS.
func (m locateBench) batch(ctx context.Context, url string) ([]result, error) {
	ours, stop, err := startRival(ctx, "ours", "", os.Args[0], "--locate", url)
	if err != nil {
		return nil, err
	}
	defer stop()
	body := m.body()
	ask := func() ([]byte, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+ours.host+"/api/v1/grid/locate", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/json")
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, err
		}
		defer got.Body.Close()
		text, err := io.ReadAll(got.Body)
		if err == nil && got.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %.300s", got.Status, text)
		}
		return text, err
	}
	text, err := ask()
	if err != nil {
		return nil, err
	}
	var answer struct{ Results []struct{ Code string } }
	if err := json.Unmarshal(text, &answer); err != nil || len(answer.Results) != locateRows {
		return nil, fmt.Errorf("%d results, %w", len(answer.Results), err)
	}
	for i, p := range m.points[:locateRows] { // to seven decimals a few may cross a border
		if want := m.x.Cell(m.x.At(p)).Code; answer.Results[i].Code != want && i < 100 {
			return nil, fmt.Errorf("%v is in %s, over HTTP in %s", p, want, answer.Results[i].Code)
		}
	}
	var times, rates, theirs []float64
	for i := range 6 {
		const times10 = 10
		took, err := timed(func() error {
			for range times10 {
				if _, err := ask(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		their, err := m.inPostGIS(ctx, measuring)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			times, rates, theirs = append(times, took*1000/times10), append(rates, locateRows*times10/took), append(theirs, their)
		}
	}
	return []result{
		compareTimes("10,000 positions in one request", "the bar", "ms", 1, times, []float64{30}),
		compareRates("positions in requests of 10,000", "PostGIS prepared, 2 connections", "/s", 20, rates, theirs),
	}, nil
}

// single compares requests for one position with an empty handler.
func (m locateBench) single(ctx context.Context, url string) ([]result, error) {
	ours, stop, err := startRival(ctx, "ours", "/api/v1/grid/locate?%s", os.Args[0], "--locate", url)
	if err != nil {
		return nil, err
	}
	defer stop()
	addresses := make([]string, locateRows)
	for i, p := range m.points[:locateRows] {
		addresses[i] = fmt.Sprintf("lon=%.7f&lat=%.7f", p[0], p[1])
	}
	c, err := ours.connect()
	if err != nil {
		return nil, err
	}
	total := 0
	for i, address := range addresses[:500] {
		status, body, err := c.get(fmt.Sprintf(ours.path, address), true)
		var place cells.Place
		if err = errors.Join(err, json.Unmarshal(body, &place)); err != nil || status != http.StatusOK {
			return nil, fmt.Errorf("%s: status %d, %w", address, status, err)
		}
		if want := m.x.Cell(m.x.At(m.points[i])).Code; place.Cell.Code != want && i < 100 {
			return nil, fmt.Errorf("%s is in %s, over HTTP in %s", address, want, place.Cell.Code)
		}
		total += len(body)
	}
	c.conn.Close()
	empty, stopEmpty, err := startRival(ctx, "empty handler", ours.path, os.Args[0], "--empty", strconv.Itoa(total/500))
	if err != nil {
		return nil, err
	}
	defer stopEmpty()
	var rates, theirs, slow []float64
	for i := range 6 {
		rate, p99, err := ours.load(ctx, addresses, measuring)
		if err != nil {
			return nil, err
		}
		their, _, err := empty.load(ctx, addresses, measuring)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			rates, theirs, slow = append(rates, rate), append(theirs, their), append(slow, p99)
		}
	}
	return []result{
		compareRates(fmt.Sprintf("one position, %d connections", connections), "empty handler, as many bytes", "/s", 0.7, rates, theirs),
		compareTimes("slowest of a hundred", "the bar", "ms", 1, slow, []float64{10}),
	}, nil
}

// serveLocate is this program as the service with its index of cells.
func serveLocate(ctx context.Context, url string) error {
	db, err := postgis.Open(ctx, url, postgis.Options{MaxConns: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	watcher, err := layers.NewWatcher(ctx, db, nil)
	if err != nil {
		return err
	}
	follower := follow.New(watcher, cells.Layers(), func(ctx context.Context, c *layers.Catalogue, last *cells.Index) (*cells.Index, error) {
		return cells.Load(ctx, db, c, last)
	}, nil)
	if err := follower.Refresh(ctx); err != nil {
		return err
	}
	metrics := web.NewMetrics(db)
	handler, err := web.New(web.Config{Name: "bench", NameEN: "bench"}, web.Parts{
		DB: db, Store: layers.NewStore(db), Catalogue: watcher, Tokens: access.NewTokens(db), Metrics: metrics,
		Tiles: tiles.NewBuilder(db, nil, metrics), Cells: follower,
	})
	if err != nil {
		return err
	}
	return serveOn(ctx, handler, web.Parcels)
}

// serveEmpty answers everything with so many bytes of JSON.
func serveEmpty(ctx context.Context, size string) error {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	body := []byte(`"` + strings.Repeat("x", max(n-2, 0)) + `"`)
	length := []string{strconv.Itoa(len(body))}
	return serveOn(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Type"] = []string{"application/json"}
		h["Content-Length"] = length
		w.Write(body) //nolint:errcheck // the client measures
	}), nil)
}

// serveOn serves on a free port, which it prints; on the listener that prepare, if
// there is one, makes of it, as the service does.
func serveOn(ctx context.Context, handler http.Handler, prepare func(net.Listener, *http.Server) net.Listener) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: handler}
	if prepare != nil {
		listener = prepare(listener, server)
	}
	go func() { <-ctx.Done(); server.Close() }()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
