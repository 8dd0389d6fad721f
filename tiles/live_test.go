package tiles_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"onemap/access"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/tiles"
)

// crowd publishes so many regular polygons of so many corners, 100 to a row, 70 m
// apart, over the tile yunfu. The polygon with fid n has the rank n*7919 modulo
// the number, and grows with its rank.
func crowd(t *testing.T, db *pgxpool.Pool, rank string, number, corners int) layers.Layer {
	t.Helper()
	d := shapeDefinition("crowd")
	d.Label, d.Rank = "", rank
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	if err := store.Define(ctx, layers.Definitions{Themes: []layers.Theme{{ID: "test", Name: "测", NameEN: "Test"}}, Layers: []layers.Definition{d}}); err != nil {
		t.Fatal(err)
	}
	draft, err := store.BeginDraft(ctx, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}"), ContentHash: "crowd"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (fid, name, area, geom, geom_3857)
		SELECT fid, 'n' || rank, rank, ST_Transform(g, 4490), g
		FROM (SELECT n AS fid, n::bigint * 7919 %% %[2]d AS rank FROM generate_series(1, %[2]d) AS n) one,
		LATERAL (SELECT ST_Multi(ST_SetSRID(ST_MakePolygon(ST_MakeLine(array_agg(ST_MakePoint(
			12475300 + fid %% 100 * 70 + (10 + 20.0 * rank / %[2]d) * cos(2 * pi() * c / %[3]d),
			2617000 + fid / 100 * 70 + (10 + 20.0 * rank / %[2]d) * sin(2 * pi() * c / %[3]d)) ORDER BY turn))), 3857)) AS g
			FROM (SELECT turn, turn %% %[3]d AS c FROM generate_series(0, %[3]d) AS turn) corners) shape`, layers.Table(d.ID, v.Number).Sanitize(), number, corners))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(ctx, d.ID, v.Number); err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.PublishedLayer(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestATileWithoutRoomKeepsTheMostImportant(t *testing.T) {
	for sentence, c := range map[string]struct {
		rank            string
		number, corners int
		address         maptile.Tile
		least           bool // the least ranks are kept
		kept            int  // 0 where bytes decide
	}{
		"more features than there is room for, without a rank: the largest": {"", 5200, 4, maptile.New(1661, 890, 11), false, tiles.FeatureLimit},
		"more features than there is room for, by rank":                     {"area", 5200, 4, maptile.New(1661, 890, 11), false, tiles.FeatureLimit},
		"more features than there is room for, less being more":             {"-area", 5200, 4, maptile.New(1661, 890, 11), true, tiles.FeatureLimit},
		"more bytes than there is room for":                                 {"area", 4000, 400, yunfu, false, 0},
		"as many features as there is room for":                             {"area", 5000, 4, maptile.New(1661, 890, 11), false, 5000},
	} {
		t.Run(sentence, func(t *testing.T) {
			db := postgistest.DB(t)
			l := crowd(t, db, c.rank, c.number, c.corners)
			l.Definition.MaxZoom = int(c.address.Z) // every corner is kept
			var seen built
			builder := tiles.NewBuilder(db, nil, &seen)
			got, err := builder.Build(t.Context(), builder.Set([]layers.Layer{l}), c.address)
			if err != nil {
				t.Fatal(err)
			}
			raw := unpacked(t, got)
			ranks := ranksOf(t, raw)
			if len(raw) > tiles.ByteLimit || len(ranks) > tiles.FeatureLimit || c.kept > 0 && len(ranks) != c.kept || len(ranks) < 300 {
				t.Errorf("%d features in %d bytes", len(ranks), len(raw))
			}
			for n := range ranks { // the ranks are 0 to number-1, so those that are kept are known
				if c.least == (n >= len(ranks)) && c.least || !c.least && n < c.number-len(ranks) {
					t.Fatalf("of %d features %d are kept, and among them that of rank %d", c.number, len(ranks), n)
				}
			}
			if got.LeftOut != c.number-len(ranks) || (got.Limit > 0) != (got.LeftOut > 0) || seen.last.LeftOut != got.LeftOut {
				t.Errorf("%d of %d features are there, and %d are said to be left out, %d in the metric; limit %d", len(ranks), c.number, got.LeftOut, seen.last.LeftOut, got.Limit)
			}
			again, err := builder.Build(t.Context(), builder.Set([]layers.Layer{l}), c.address)
			if err != nil || !bytes.Equal(again.Packed, got.Packed) {
				t.Errorf("the second time it came out differently, %v", err)
			}
		})
	}
}

// built remembers what was built last, and how often.
type built struct {
	mu    sync.Mutex
	times int
	last  tiles.Built
}

func (b *built) Tile(one tiles.Built) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = one
	b.times++
}

func (b *built) Cache(string) {}

func ranksOf(t *testing.T, tile []byte) map[int]bool {
	t.Helper()
	decoded, err := mvt.Unmarshal(tile)
	if err != nil || len(decoded) == 0 {
		t.Fatalf("%d layers, %v", len(decoded), err)
	}
	ranks := map[int]bool{}
	for _, f := range decoded[0].Features {
		ranks[int(f.Properties.MustFloat64("area"))] = true
	}
	return ranks
}

// statements counts the tile statements that a pool sends.
type statements struct{ sent atomic.Int32 }

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if strings.Contains(q.SQL, "tiles/draw makes") {
		s.sent.Add(1)
	}
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// counted is a pool of few connections that counts.
func counted(t *testing.T, url string) (*pgxpool.Pool, *statements) {
	t.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	var s statements
	config.MaxConns, config.ConnConfig.Tracer = 4, &s
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, &s
}

func TestAHundredClientsOfOneColdTileCostOneStatement(t *testing.T) {
	url := postgistest.URL(t)
	db, sent := counted(t, url)
	l := published(t, postgistest.Pool(t, url), "shape", "square")
	blocker := postgistest.Pool(t, url)
	tx, err := blocker.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "LOCK TABLE "+l.Table().Sanitize()); err != nil {
		t.Fatal(err)
	}
	builder := tiles.NewBuilder(db, nil, nil)
	set := builder.Set([]layers.Layer{l})
	var clients sync.WaitGroup
	var asked atomic.Int32
	for range 100 {
		clients.Go(func() {
			asked.Add(1)
			if got, err := builder.Build(t.Context(), set, yunfu); err != nil || got.Empty() {
				t.Errorf("%d bytes, %v", len(got.Packed), err)
			}
		})
	}
	for asked.Load() < 100 || sent.sent.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // they have begun; now they wait
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	clients.Wait()
	if n := sent.sent.Load(); n != 1 {
		t.Errorf("100 clients of one cold tile cost %d statements", n)
	}
}

func TestAHundredClientsOfDistinctColdTilesAreAllAnswered(t *testing.T) {
	url := postgistest.URL(t)
	db, sent := counted(t, url)
	l := crowd(t, postgistest.Pool(t, url), "", 2000, 4)
	l.Definition.MaxZoom = 16
	builder := tiles.NewBuilder(db, nil, nil)
	set := builder.Set([]layers.Layer{l})
	var clients sync.WaitGroup
	for n := range uint32(100) {
		clients.Go(func() {
			if _, err := builder.Build(t.Context(), set, maptile.New(yunfu.X<<4+2+n%10, yunfu.Y<<4+n/10, 16)); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	if n := sent.sent.Load(); n != 100 {
		t.Errorf("100 tiles cost %d statements", n)
	}
}
