package web

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"onemap/tiles"
)

// Metrics counts and times what the service does, for Prometheus. Labels are
// few-valued: routes, layers and bands of zooms, never tiles or people.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	tiles    *prometheus.HistogramVec
	bytes    *prometheus.HistogramVec
	failures *prometheus.CounterVec
	archives *prometheus.HistogramVec
	leftOut  *prometheus.GaugeVec
	unbuilt  prometheus.Counter
	noRoom   *prometheus.CounterVec
	cache    *prometheus.CounterVec
}

// NewMetrics makes metrics that also watch the pool.
func NewMetrics(pool *pgxpool.Pool) *Metrics {
	seconds := []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onemap_request_seconds", Help: "Time to answer a request.", Buckets: seconds,
		}, []string{"route", "method", "status"}),
		tiles: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onemap_tile_build_seconds", Help: "Time PostGIS took for one layer of a tile.", Buckets: seconds,
		}, []string{"layer", "zooms"}),
		bytes: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onemap_tile_bytes", Help: "Uncompressed size of one layer of a tile.", Buckets: prometheus.ExponentialBuckets(1024, 4, 7),
		}, []string{"layer", "zooms"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onemap_tile_build_failures_total", Help: "Tiles that PostGIS could not build, cancelled ones included.",
		}, []string{"layer"}),
		archives: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onemap_archive_build_seconds", Help: "Time to build the tile archive of a layer's version.", Buckets: prometheus.ExponentialBuckets(0.25, 2, 12),
		}, []string{"layer"}),
		leftOut: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "onemap_archive_left_out_features", Help: "Features that the newest archive does not draw on their own, by zoom and reason: merged, clustered, dropped.",
		}, []string{"layer", "zoom", "reason"}),
		unbuilt: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onemap_archive_build_failures_total", Help: "Tile archives that could not be built.",
		}),
		cache: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onemap_tile_cache_total", Help: "Live tiles by where they were found: memory, second or none; error counts failures of the second level.",
		}, []string{"found"}),
		noRoom: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onemap_tile_left_out_features_total", Help: "Features for which live tiles had no room.",
		}, []string{"layer", "zooms"}),
	}
	m.registry.MustRegister(m.cache, m.noRoom, m.requests, m.tiles, m.bytes, m.failures, m.archives, m.leftOut, m.unbuilt, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for name, value := range map[string]func() float64{
		"onemap_pool_connections":     func() float64 { return float64(pool.Stat().TotalConns()) },
		"onemap_pool_connections_max": func() float64 { return float64(pool.Stat().MaxConns()) },
		"onemap_pool_in_use":          func() float64 { return float64(pool.Stat().AcquiredConns()) },
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: "Connections to PostgreSQL."}, value))
	}
	return m
}

// Tile is told of every tile of a layer that was built live; see tiles.Observer.
func (m *Metrics) Tile(b tiles.Built) {
	if b.Err != nil {
		m.failures.WithLabelValues(b.Layer).Inc()
		return
	}
	band := fmt.Sprintf("%d-%d", b.Zoom/4*4, b.Zoom/4*4+3)
	m.tiles.WithLabelValues(b.Layer, band).Observe(b.Seconds)
	m.bytes.WithLabelValues(b.Layer, band).Observe(float64(b.Bytes))
	if b.LeftOut > 0 {
		m.noRoom.WithLabelValues(b.Layer, band).Add(float64(b.LeftOut))
	}
}

// Cache is told where a live tile was found; see tiles.Observer.
func (m *Metrics) Cache(found string) { m.cache.WithLabelValues(found).Inc() }

// Archive is told of every tile archive that was built, and of every failure.
func (m *Metrics) Archive(r tiles.ArchiveRecord, err error) {
	if err != nil {
		m.unbuilt.Inc()
		return
	}
	m.archives.WithLabelValues(r.Layer).Observe(r.Seconds)
	for _, z := range r.Metadata.Zooms {
		for reason, n := range map[string]int{"merged": z.Merged, "clustered": z.Clustered, "dropped": z.Dropped} {
			m.leftOut.WithLabelValues(r.Layer, strconv.Itoa(z.Zoom), reason).Set(float64(n))
		}
	}
}

func (m *Metrics) request(route, method string, status int, seconds float64) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Observe(seconds)
}

// succeeded is where the times of a route's answers with 200 go, looked up once: a
// look-up by labels takes longer than to count. A route that nobody asks for has none.
func (m *Metrics) succeeded(one route) func() prometheus.Observer {
	return sync.OnceValue(func() prometheus.Observer {
		return m.requests.WithLabelValues(one.path, one.method, strconv.Itoa(http.StatusOK))
	})
}

// getMetrics answers GET /metrics.
func (s *server) getMetrics(w http.ResponseWriter, r *http.Request) error {
	promhttp.HandlerFor(s.Metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}
