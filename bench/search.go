package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/names"
	"onemap/spatial/search"
)

// searchedNames is how many names are searched.
const searchedNames = 200_000

// searching compares the search with PostgreSQL's: parts of names by ILIKE, over
// an index of trigrams where the extension can be had. What PostgreSQL has
// nothing for, pinyin, initials and slips, is held against 50 ms.
func searching(ctx context.Context, l *laboratory) ([]result, error) {
	own := &laboratory{l.program, filepath.Join(l.dir, "search"), l.scale}
	if err := os.MkdirAll(own.dir, 0o755); err != nil {
		return nil, err
	}
	table, err := names.NewTable(data.Files)
	if err != nil {
		return nil, err
	}
	made := madeNames()
	file, err := written(own.dir, "names.csv", searchedNames, func(w io.Writer, _ int) error { return writeNames(w, made) })
	if err != nil {
		return nil, err
	}
	if err := own.mapserver(ctx, "import", file, "--layer", "place_name", "--crs", "EPSG:4490", "--publish"); err != nil {
		return nil, err
	}
	cluster, err := own.cluster(ctx)
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
	x, err := search.Load(ctx, db, table, catalogue, nil)
	if err != nil {
		return nil, err
	}
	peer, err := trigrams(ctx, cluster, db)
	if err != nil {
		return nil, err
	}
	return measureSearch(access.With(ctx, access.Operator("bench")), x, db, table, made, peer)
}

// trigrams makes an index of trigrams if the extension is there, and names what the peer is.
func trigrams(ctx context.Context, cluster *postgis.Cluster, db *pgxpool.Pool) (string, error) {
	admin, err := pgx.Connect(ctx, cluster.AdminURL())
	if err != nil {
		return "", err
	}
	defer admin.Close(ctx) //nolint:errcheck // nothing is lost with it
	config := admin.Config().Copy()
	config.Database = db.Config().ConnConfig.Database
	in, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return "", err
	}
	defer in.Close(ctx) //nolint:errcheck // nothing is lost with it
	if _, err := in.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_trgm"); err != nil {
		return "ILIKE", nil
	}
	_, err = in.Exec(ctx, `CREATE TABLE IF NOT EXISTS public.bench_names AS SELECT fid, name FROM features.place_name;
		GRANT SELECT ON public.bench_names TO PUBLIC;
		CREATE INDEX IF NOT EXISTS bench_names_trgm ON public.bench_names USING gin (name gin_trgm_ops); ANALYZE public.bench_names`)
	return "ILIKE with pg_trgm", err
}

// madeNames are names of two to four characters and what they are, the same every time.
func madeNames() []string {
	const characters = "罗定榃滨泷江云浮郁南新兴车岗大坪石龙金银河水口山田坑塘黄陈李林上下东西南北中平安太和高长白马双凤连围州朗垌沙冲竹松桂茶龙门岩洞福寿仁义礼信永宁泰康"
	ends := []string{"村", "坪", "塘", "水库", "桥", "小学", "岭", "坑", "寨", "岗", "街", "围", "角", "咀", "口"}
	random, runes := rand.New(rand.NewPCG(1, 2)), []rune(characters)
	all := make([]string, searchedNames)
	for i := range all {
		var name strings.Builder
		for range 2 + random.IntN(3) {
			name.WriteRune(runes[random.IntN(len(runes))])
		}
		all[i] = name.String() + ends[random.IntN(len(ends))]
	}
	return all
}

func writeNames(w io.Writer, made []string) error {
	to := bufio.NewWriter(w)
	fmt.Fprintln(to, "place_id,name,lon,lat,rank") //nolint:errcheck // a buffer, whose Flush tells
	random := rand.New(rand.NewPCG(3, 4))
	for i, name := range made {
		fmt.Fprintf(to, "B%06d,%s,%.6f,%.6f,%d\n", i, name, 111.1+random.Float64()*1.2, 22.4+random.Float64()*0.8, 1+random.IntN(5)) //nolint:errcheck // likewise
	}
	return to.Flush()
}

func measureSearch(ctx context.Context, x *search.Index, db *pgxpool.Pool, table *names.Table, made []string, peer string) ([]result, error) {
	parts, typed := queriesOf(made, table)
	if err := sameNames(ctx, x, db, parts, peer); err != nil {
		return nil, err
	}
	const rounds = 5
	var ours, theirs, slow []float64
	for i := range rounds + 1 {
		a, err := eachQuery(parts, func(q string) error { _, err := found(ctx, x, q); return err })
		if err != nil {
			return nil, err
		}
		b, err := eachQuery(parts, func(q string) error { _, err := theirNames(ctx, db, q, peer); return err })
		if err != nil {
			return nil, err
		}
		c, err := eachQuery(append(slices.Clone(parts), typed...), func(q string) error { _, err := found(ctx, x, q); return err })
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first warms up
			ours, theirs, slow = append(ours, percentile(a, 95)), append(theirs, percentile(b, 95)), append(slow, percentile(c, 95))
		}
	}
	return []result{
		compareTimes("part of a name, 95 of 100", peer, "ms", 1, ours, theirs),
		compareTimes("all ways to type, 95 of 100", "50 ms", "ms", 1, slow, slices.Repeat([]float64{50}, rounds)),
	}, nil
}

// queriesOf are parts of names, and names typed in the other ways: pinyin whole
// and begun, initials, mixed, and each with a slip.
func queriesOf(made []string, table *names.Table) (parts, typed []string) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		name := []rune(made[random.IntN(len(made))])
		parts = append(parts, string(name[:2+random.IntN(2)]), string(name[len(name)-3:]))
		var pinyin, initials strings.Builder
		for _, r := range name {
			reading := table.Read(r)[0]
			pinyin.WriteString(reading)
			initials.WriteByte(reading[0])
		}
		p, n := pinyin.String(), len(pinyin.String())
		typed = append(typed, p, p[:n-2], initials.String(), string(name[:1])+initials.String()[1:], p[:2]+p[3:], p[:1]+p[2:3]+p[1:2]+p[3:], string(name[:1])+"凸"+string(name[2:]))
	}
	return parts, typed
}

func eachQuery(queries []string, ask func(string) error) ([]float64, error) {
	all := make([]float64, len(queries))
	for i, q := range queries {
		start := time.Now()
		if err := ask(q); err != nil {
			return nil, err
		}
		all[i] = float64(time.Since(start).Microseconds()) / 1000
	}
	return all, nil
}

func found(ctx context.Context, x *search.Index, q string) ([]string, error) {
	hits, err := x.Find(ctx, search.Question{Text: q, Limit: search.MaxLimit, Open: func(string) bool { return true }})
	var all []string
	for _, h := range hits {
		if h.Closeness != search.Fuzzy {
			all = append(all, h.Item.Label)
		}
	}
	return all, err
}

func theirNames(ctx context.Context, db *pgxpool.Pool, q, peer string) ([]string, error) {
	from := "public.bench_names"
	if peer == "ILIKE" {
		from = "features.place_name"
	}
	rows, err := db.Query(ctx, "SELECT name FROM "+from+" WHERE name ILIKE '%' || $1 || '%' ORDER BY name <> $1, position($1 in name), char_length(name), fid LIMIT 100", q)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// sameNames checks that both find as many, and the same where that is all.
func sameNames(ctx context.Context, x *search.Index, db *pgxpool.Pool, parts []string, peer string) error {
	whole := 0
	for _, q := range parts {
		ours, err := found(ctx, x, q)
		if err != nil {
			return err
		}
		theirs, err := theirNames(ctx, db, q, peer)
		if err != nil {
			return err
		}
		if len(ours) != len(theirs) {
			return fmt.Errorf("%s: ours finds %d, %s %d", q, len(ours), peer, len(theirs))
		}
		if len(theirs) < search.MaxLimit {
			whole++
			slices.Sort(ours)
			slices.Sort(theirs)
			if !slices.Equal(ours, theirs) {
				return fmt.Errorf("%s: ours finds other names than %s", q, peer)
			}
		}
	}
	if whole == 0 {
		return errors.New("no query finds few enough names to compare them")
	}
	return nil
}
