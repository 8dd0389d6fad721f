package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/data"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/risk"
)

// risks measures what is near a place, over HTTP and out of memory, against the
// limit and against the same question to PostGIS, one prepared statement over an
// index of geographies that PostGIS is given for it.
func risks(ctx context.Context, l *laboratory) ([]result, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	cluster, err := l.cluster(ctx)
	if err != nil {
		return nil, err
	}
	defer cluster.Close(ctx) //nolint:errcheck // the figures are taken
	db, err := postgis.Open(ctx, cluster.URL(), postgis.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		return nil, err
	}
	rules, _, err := risk.ReadRules(data.Files)
	if err != nil {
		return nil, err
	}
	sql, err := riskReferee(ctx, db, catalogue, rules)
	if err != nil {
		return nil, err
	}
	defer dropRiskReferee(ctx, db, rules)
	zones, err := catalogue.PublishedLayer(rules.Sources[0].Layer)
	if err != nil {
		return nil, err
	}
	url, _, stop, err := l.serve(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.settled(ctx); err != nil {
		return nil, errors.Join(err, stop())
	}
	results, err := measureRisk(ctx, db, sql, url, zones.Published.Bounds)
	return results, errors.Join(err, stop())
}

// riskReferee writes the question in SQL and gives each layer the index it needs.
func riskReferee(ctx context.Context, db *pgxpool.Pool, catalogue *layers.Catalogue, rules risk.Rules) (string, error) {
	var parts []string
	for _, s := range rules.Sources {
		l, err := catalogue.PublishedLayer(s.Layer)
		if errors.Is(err, layers.ErrNotPublished) || errors.Is(err, layers.ErrUnknownLayer) {
			continue // a city made before the layer was
		}
		if err != nil {
			return "", err
		}
		where := "true"
		if s.OnlyRanked {
			where = pgx.Identifier{s.Grade.Field}.Sanitize() + " IN ('C', 'D')"
		}
		copied := pgx.Identifier{"bench_risk_" + s.Layer}.Sanitize()
		_, err = db.Exec(ctx, fmt.Sprintf("DROP TABLE IF EXISTS %[1]s; CREATE TABLE %[1]s AS SELECT fid, geom::geography AS geog FROM %[2]s WHERE %[3]s; CREATE INDEX ON %[1]s USING gist (geog); ANALYZE %[1]s",
			copied, l.Table().Sanitize(), where), pgxSimple)
		if err != nil {
			return "", err
		}
		parts = append(parts, fmt.Sprintf("SELECT fid, ST_Distance(geog, p.g) AS metres FROM %s, p WHERE ST_DWithin(geog, p.g, $3)", copied))
	}
	return "WITH p AS (SELECT ST_SetSRID(ST_MakePoint($1, $2), 4490)::geography AS g) " + strings.Join(parts, " UNION ALL ") + " ORDER BY metres", nil
}

func dropRiskReferee(ctx context.Context, db *pgxpool.Pool, rules risk.Rules) {
	for _, s := range rules.Sources {
		db.Exec(ctx, "DROP TABLE IF EXISTS "+pgx.Identifier{"bench_risk_" + s.Layer}.Sanitize()) //nolint:errcheck // the next run drops them too
	}
}

// riskRadius is the one that the address has by default, in metres.
const riskRadius = 500

func measureRisk(ctx context.Context, db *pgxpool.Pool, sql, url string, bounds []float64) ([]result, error) {
	random := rand.New(rand.NewPCG(1, 2))
	places := make([][2]float64, 500)
	for i := range places {
		places[i] = [2]float64{bounds[0] + random.Float64()*(bounds[2]-bounds[0]), bounds[1] + random.Float64()*(bounds[3]-bounds[1])}
	}
	if err := sameRisk(ctx, db, sql, url, places[:100]); err != nil {
		return nil, err
	}
	const rounds, limit, clients = 5, 10.0, 8
	c := askers(clients)
	defer c.CloseIdleConnections()
	var slow, empty, crowded, floor, limits, ours, theirs []float64
	for i := range rounds + 1 {
		var mine, nothing, postGIS []float64
		for _, p := range places {
			took, err := timed(func() error { _, err := fetchBody(ctx, c, riskAddress(url, p)); return err })
			if err != nil {
				return nil, err
			}
			mine = append(mine, took*1000)
			if took, err = timed(func() error { _, err := fetchBody(ctx, c, url+"/healthz"); return err }); err != nil {
				return nil, err
			}
			nothing = append(nothing, took*1000)
			if took, err = timed(func() error { _, err := refereeRisk(ctx, db, sql, p); return err }); err != nil {
				return nil, err
			}
			postGIS = append(postGIS, took*1000)
		}
		together, err := askedTogether(ctx, c, clients, len(places), func(i int) string { return riskAddress(url, places[i]) })
		if err != nil {
			return nil, err
		}
		idle, err := askedTogether(ctx, c, clients, len(places), func(int) string { return url + "/healthz" })
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first round warms both up
			empty, floor = append(empty, percentile(nothing, 99)), append(floor, percentile(idle, 99))
			slow, crowded, limits = append(slow, percentile(mine, 99)), append(crowded, percentile(together, 99)), append(limits, limit)
			ours, theirs = append(ours, median(mine)), append(theirs, median(postGIS))
		}
	}
	return []result{
		compareTimes("risk, 99 of 100", "limit of 10 ms", "ms", 1, slow, limits),
		compareTimes("an empty answer, 99 of 100", "limit of 10 ms", "ms", 1, empty, limits), // what the machine allows
		compareTimes("risk, 99 of 100, 8 at once", "limit of 10 ms", "ms", 1, crowded, limits),
		compareTimes("an empty answer, 99 of 100, 8 at once", "limit of 10 ms", "ms", 1, floor, limits),
		compareTimes("risk over HTTP, median", "PostGIS, distances only", "ms", 1, ours, theirs),
	}, nil
}

// askers is a client for so many that ask at once. That of net/http keeps two
// connections to a server: the others would make a new one for every question, and
// that would be measured.
func askers(clients int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
}

// askedTogether asks so many questions from several clients at once and returns the
// milliseconds of each, until the last byte of its answer was there.
func askedTogether(ctx context.Context, c *http.Client, clients, questions int, address func(int) string) ([]float64, error) {
	all := make([]float64, questions)
	failed := make([]error, clients)
	var asking sync.WaitGroup
	for k := range clients {
		asking.Go(func() {
			for i := k; i < questions && failed[k] == nil; i += clients {
				start := time.Now()
				_, failed[k] = fetchBody(ctx, c, address(i))
				all[i] = time.Since(start).Seconds() * 1000
			}
		})
	}
	asking.Wait()
	return all, errors.Join(failed...)
}

// sameRisk checks that both find the same number of dangers, but for polygons that
// PostGIS, which looks for their nearest point on a sphere, puts just outside.
func sameRisk(ctx context.Context, db *pgxpool.Pool, sql, url string, places [][2]float64) error {
	total := 0
	for _, p := range places {
		found, err := fetchRisk(ctx, url, p)
		if err != nil {
			return err
		}
		metres, err := refereeRisk(ctx, db, sql, p)
		if err != nil {
			return err
		}
		if len(metres) > found || found > len(metres)+1 {
			return fmt.Errorf("%v: %d dangers over HTTP, PostGIS has %d", p, found, len(metres))
		}
		total += found
	}
	if total == 0 {
		return errors.New("there is no danger near any of the places")
	}
	return nil
}

func riskAddress(url string, p [2]float64) string {
	return fmt.Sprintf("%s/api/v1/risk?lon=%.7f&lat=%.7f&radius=%d", url, p[0], p[1], riskRadius)
}

func fetchRisk(ctx context.Context, url string, p [2]float64) (found int, err error) {
	text, err := fetchBody(ctx, http.DefaultClient, riskAddress(url, p))
	if err != nil {
		return 0, err
	}
	var answer struct{ Found int }
	err = json.Unmarshal(text, &answer)
	return answer.Found, err
}

func fetchBody(ctx context.Context, c *http.Client, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	got, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %.200s", address, got.Status, text)
	}
	return text, err
}

func refereeRisk(ctx context.Context, db *pgxpool.Pool, sql string, p [2]float64) ([]float64, error) {
	rows, err := db.Query(ctx, sql, p[0], p[1], float64(riskRadius))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (metres float64, err error) {
		var fid int64
		return metres, row.Scan(&fid, &metres)
	})
}
