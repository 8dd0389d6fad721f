package warnings_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/spatial/warnings"
)

// newStore is a store on a database with two towns, 445302001 from 112.0 and
// 445302100 from 112.1, each 0.1° square.
func newStore(t *testing.T) (context.Context, *pgxpool.Pool, *warnings.Store) {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	store := layers.NewStore(db)
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Define(ctx, defs); err != nil {
		t.Fatal(err)
	}
	draft, err := store.BeginDraft(ctx, "division_town")
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Abandon(ctx)
	v, err := draft.Finish(ctx, layers.DraftSummary{Report: json.RawMessage("{}")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (fid, code, name, level, geom, geom_3857)
		SELECT n, code, name, 'town', g, ST_Transform(g, 3857) FROM (SELECT n, code, name, ST_Multi(ST_MakeEnvelope(x, 22.9, x + 0.1, 23.0, 4490)) AS g
		FROM (VALUES (1, '445302001', '云城街道', 112.0), (2, '445302100', '高峰街道', 112.1)) v (n, code, name, x)) w`, layers.Table("division_town", v.Number).Sanitize())); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(ctx, "division_town", v.Number); err != nil {
		t.Fatal(err)
	}
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, db, warnings.NewStore(db, register, func(ctx context.Context, id string) (layers.Layer, error) {
		catalogue, err := layers.LoadCatalogue(ctx, db)
		if err != nil {
			return layers.Layer{}, err
		}
		return catalogue.Open(ctx, id)
	})
}

func rain() warnings.Content {
	now := time.Now().Truncate(time.Second)
	return warnings.Content{
		Kind: "rainstorm", Colour: "yellow", Headline: "暴雨黄色预警", Text: "未来 6 小时有暴雨。", Issuer: "云浮市气象台",
		ValidFrom: now.Add(-time.Minute), ValidTo: now.Add(6 * time.Hour), Divisions: []string{"445302001"},
	}
}

func TestAWarningIsPublishedUpdatedAndCancelledAndItsHistoryKept(t *testing.T) {
	ctx, db, store := newStore(t)
	first, created, err := store.Publish(ctx, rain(), nil)
	if err != nil || !created || first.Number != 1 || first.State != warnings.Active || first.AreaText != "云城街道" || len(first.Area) != 1 || first.By != "operator:test" {
		t.Fatalf("%+v, %v, %v", first, created, err)
	}
	second, err := store.Update(ctx, first.ID, "雨势加大", nil, func(w warnings.Warning) (warnings.Content, error) {
		w.Colour, w.Divisions, w.AreaText = "red", append(w.Divisions, "445302100"), ""
		return w.Content, nil
	})
	if err != nil || second.Number != 2 || second.Colour != "red" || second.AreaText != "云城街道、高峰街道" || second.Reason != "雨势加大" {
		t.Fatalf("%+v, %v", second, err)
	}
	east := &orb.Point{112.15, 22.95}
	at := func(moment time.Time, place *orb.Point) string {
		t.Helper()
		found, err := store.List(ctx, warnings.Query{At: moment, State: warnings.Active, Place: place, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, w := range found {
			said = append(said, w.Colour)
		}
		return strings.Join(said, ",")
	}
	if got := at(time.Now(), east); got != "red" {
		t.Errorf("in the east now: %q", got)
	}
	if got := at(first.At, east); got != "" {
		t.Errorf("in the east before the update: %q", got)
	}
	if got := at(first.At, &orb.Point{112.1, 22.95}); got != "yellow" {
		t.Errorf("on the border before the update: %q", got)
	}
	if got := at(first.At.Add(-time.Millisecond), nil); got != "" {
		t.Errorf("before it was published: %q", got)
	}
	cancelled, err := store.Cancel(ctx, first.ID, "雨停", nil)
	if err != nil || cancelled.State != warnings.Cancelled || cancelled.Number != 3 {
		t.Fatalf("%+v, %v", cancelled, err)
	}
	if again, err := store.Cancel(ctx, first.ID, "雨停", nil); err != nil || again.Number != 3 {
		t.Errorf("cancelled again: %+v, %v", again, err)
	}
	if got := at(time.Now(), nil); got != "" {
		t.Errorf("after it was cancelled: %q", got)
	}
	if got := at(second.At, east); got != "red" {
		t.Errorf("what was known before the cancellation is not kept: %q", got)
	}
	if _, err := store.Update(ctx, first.ID, "", nil, func(w warnings.Warning) (warnings.Content, error) { return w.Content, nil }); !errors.Is(err, warnings.ErrCancelled) {
		t.Errorf("a cancelled one was updated: %v", err)
	}
	history, err := store.History(ctx, first.ID, time.Time{})
	if err != nil || len(history) != 3 || history[0].Colour != "yellow" || history[2].Action != warnings.Cancel {
		t.Errorf("%+v, %v", history, err)
	}
	if known, err := store.History(ctx, first.ID, second.At); err != nil || len(known) != 2 {
		t.Errorf("the history known then: %d, %v", len(known), err)
	}
	var rows int
	if err := db.QueryRow(ctx, "SELECT count(*) FROM warnings.revisions").Scan(&rows); err != nil || rows != 3 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func TestWhoLacksTheRightWarnsNobody(t *testing.T) {
	_, _, store := newStore(t)
	reader := access.With(t.Context(), access.Principal{Name: "reader", Rights: []access.Right{access.ReadPublic, access.Publish}})
	if _, _, err := store.Publish(reader, rain(), nil); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("published: %v", err)
	}
	if _, err := store.Cancel(reader, 1, "", nil); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWarningsThatCannotBePublished(t *testing.T) {
	ctx, _, store := newStore(t)
	square := orb.Polygon{{{112, 22.9}, {112.1, 22.9}, {112.1, 23}, {112, 22.9}}}
	for sentence, c := range map[string]struct {
		change func(*warnings.Content)
		member string
	}{
		"an unknown kind":     {func(c *warnings.Content) { c.Kind = "meteor" }, "kind"},
		"a fifth colour":      {func(c *warnings.Content) { c.Colour = "white" }, "colour"},
		"no headline":         {func(c *warnings.Content) { c.Headline = "" }, "headline"},
		"a headline too long": {func(c *warnings.Content) { c.Headline = strings.Repeat("雨", 201) }, "headline"},
		"a NUL":               {func(c *warnings.Content) { c.Text = "雨\x00" }, "text"},
		"no UTF-8":            {func(c *warnings.Content) { c.Text = "雨\xff" }, "text"},
		"no issuer":           {func(c *warnings.Content) { c.Issuer = "" }, "issuer"},
		"no end":              {func(c *warnings.Content) { c.ValidTo = time.Time{} }, "valid_to"},
		"the end first":       {func(c *warnings.Content) { c.ValidTo = c.ValidFrom }, "valid_to"},
		"ended":               {func(c *warnings.Content) { c.ValidFrom, c.ValidTo = time.Unix(1, 0), time.Unix(2, 0) }, "valid_to"},
		"a year":              {func(c *warnings.Content) { c.ValidTo = c.ValidTo.AddDate(1, 0, 0) }, "valid_to"},
		"nowhere":             {func(c *warnings.Content) { c.Divisions = nil }, "divisions"},
		"no code":             {func(c *warnings.Content) { c.Divisions = []string{"云城"} }, "divisions"},
		"a town that is not":  {func(c *warnings.Content) { c.Divisions = []string{"445302777"} }, "divisions"},
		"a hole":              {func(c *warnings.Content) { c.Polygon = orb.MultiPolygon{{square[0], square[0]}} }, "polygon"},
		"a polygon like a bow": {func(c *warnings.Content) {
			c.Polygon = orb.MultiPolygon{{{{112, 22}, {113, 23}, {113, 22}, {112, 23}, {112, 22}}}}
		}, "polygon"},
		"a polygon of too much": {func(c *warnings.Content) { c.Polygon = orb.MultiPolygon{{make(orb.Ring, warnings.MaxVertices+1)}} }, "polygon"},
	} {
		content := rain()
		c.change(&content)
		_, _, err := store.Publish(ctx, content, nil)
		var wrong *warnings.ContentError
		if !errors.As(err, &wrong) || wrong.Member != c.member {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if _, err := store.Get(ctx, 7, time.Time{}); !errors.Is(err, warnings.ErrUnknown) {
		t.Errorf("one that there is not: %v", err)
	}
	if head, err := store.Head(ctx); err != nil || head != 0 {
		t.Errorf("something was kept: %d, %v", head, err)
	}
}

func TestDivisionsAndPolygonsTogether(t *testing.T) {
	ctx, db, store := newStore(t)
	c := rain()
	c.Divisions = []string{"445302100000"} // as twelve digits
	c.Polygon = orb.MultiPolygon{{{{111.9, 22.9}, {112.01, 22.9}, {112.01, 23}, {111.9, 23}, {111.9, 22.9}}}}
	w, _, err := store.Publish(ctx, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	board := warnings.NewBoard(db, store, nil)
	if _, err := board.At(orb.Point{112, 22.95}); !errors.Is(err, warnings.ErrNotLoaded) {
		t.Errorf("before it was loaded: %v", err)
	}
	if err := board.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[orb.Point]int{{112.15, 22.95}: 1, {111.95, 22.95}: 1, {112.05, 22.95}: 0, {112.2, 23}: 1} {
		if got, err := board.At(place); err != nil || len(got) != want {
			t.Errorf("%v: %v, %v", place, got, err)
		}
		place := place
		if got, err := store.List(ctx, warnings.Query{Place: &place, State: warnings.Active, Limit: 5}); err != nil || len(got) != want {
			t.Errorf("%v, from PostGIS: %v, %v", place, got, err)
		}
	}
	if len(w.Polygon) != 1 || len(w.Area) != 2 {
		t.Errorf("%+v", w)
	}
}

// Nothing that a reader has passed may become visible later.
func TestSubscribersMissNothing(t *testing.T) {
	ctx, db, store := newStore(t)
	board := warnings.NewBoard(db, store, nil)
	following, stop := context.WithCancel(ctx)
	go board.Run(following)
	defer func() { stop(); <-board.Ended() }()
	changes, unsubscribe := board.Subscribe()
	defer unsubscribe()
	const writers, each = 6, 5
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				if _, _, err := store.Publish(ctx, rain(), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var known int64
	heard := 0
	for deadline := time.After(20 * time.Second); heard < writers*each; {
		select {
		case <-changes:
		case <-deadline:
			t.Fatalf("%d of %d heard", heard, writers*each)
		}
		for {
			news, err := store.Since(ctx, known, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range news {
				known = w.Seq
				heard++
			}
			if len(news) < 3 {
				break
			}
		}
	}
	writing.Wait()
	if found, err := board.At(orb.Point{112.05, 22.95}); err != nil || len(found) != writers*each {
		t.Errorf("%d warnings hold there, %v", len(found), err)
	}
}

func TestAMessageIsPublishedOnce(t *testing.T) {
	ctx, _, store := newStore(t)
	m := &warnings.Message{Identifier: "A1", Sender: "met@gd", Sent: time.Now().Truncate(time.Second)}
	one, created, err := store.Publish(ctx, rain(), m)
	if err != nil || !created || one.CAP.Identifier != "A1" {
		t.Fatalf("%+v, %v", one, err)
	}
	again, created, err := store.Publish(ctx, rain(), m)
	if err != nil || created || again.ID != one.ID || again.Number != 1 {
		t.Errorf("%+v, %v, %v", again, created, err)
	}
	if id, err := store.Find(ctx, *m); err != nil || id != one.ID {
		t.Errorf("%d, %v", id, err)
	}
	if _, err := store.Find(ctx, warnings.Message{Identifier: "A2", Sender: "met@gd"}); !errors.Is(err, warnings.ErrReference) {
		t.Error(err)
	}
}
