package incidents_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/incidents"
	"onemap/incidents/photos"
	"onemap/postgis/postgistest"
	"onemap/spatial/beidou"
	"onemap/spatial/cells"
)

func rules(t testing.TB) incidents.Rules {
	t.Helper()
	r, err := incidents.ReadRules(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newStore(t testing.TB) (*incidents.Store, *pgxpool.Pool) {
	t.Helper()
	db := postgistest.DB(t)
	return incidents.NewStore(db, rules(t)), db
}

const micro = "44530200100101001"

// at is a place in a micro grid of 云城.
func at(lon, lat float64) *cells.Place {
	code, err := beidou.Encode(orb.Point{lon, lat}, cells.BeiDouLevel)
	if err != nil {
		panic(err)
	}
	return &cells.Place{
		Position: orb.Point{lon, lat}, BeiDou: code, Cell: cells.Named{Code: micro, Name: "微网格1", Layer: "grid_micro"},
		Chain: []cells.Named{{Code: "44530200100101", Layer: "grid_small"}, {Code: "445302001001", Layer: "grid_medium"}, {Code: "445302001", Layer: "division_town"}, {Code: "445302", Layer: "division_county"}},
	}
}

func draft(client string) incidents.Draft {
	lon, lat := 112.04, 22.93
	return incidents.Draft{ClientID: client, Kind: "0402", Text: "井盖破损", Lon: &lon, Lat: &lat, CRS: "EPSG:4490"}
}

func as(t testing.TB, name, cell string, rights ...access.Right) context.Context {
	t.Helper()
	return access.With(t.Context(), access.Principal{Name: name, Rights: rights, Cell: cell})
}

func worker(t testing.TB) context.Context { return as(t, "user:张", "445302001001", access.Report) }

func handler(t testing.TB) context.Context {
	return as(t, "user:李", "", access.Report, access.Handle)
}

func report(t testing.TB, s *incidents.Store, ctx context.Context, d incidents.Draft, where *cells.Place) int64 {
	t.Helper()
	id, created, err := s.Report(ctx, d, where, nil)
	if err != nil || !created {
		t.Fatalf("%v, created %v", err, created)
	}
	return id
}

func TestAReportSentAgainIsOneIncident(t *testing.T) {
	s, db := newStore(t)
	d := draft("phone-1:1")
	moment := time.Now().Add(-time.Hour)
	d.ReportedAt = &moment
	var created atomic.Int32
	var ids sync.Map
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			id, fresh, err := s.Report(worker(t), d, at(112.04, 22.93), []incidents.Danger{})
			if err != nil {
				t.Error(err)
			}
			if fresh {
				created.Add(1)
			}
			ids.Store(id, true)
		})
	}
	group.Wait()
	n := 0
	ids.Range(func(_, _ any) bool { n++; return true })
	if created.Load() != 1 || n != 1 {
		t.Errorf("%d were created, %d ids", created.Load(), n)
	}
	var steps int
	if err := db.QueryRow(t.Context(), "SELECT count(*) FROM incidents.transitions").Scan(&steps); err != nil || steps != 1 {
		t.Errorf("%d steps, %v", steps, err)
	}
	d.Text = "  井盖破损 \r\n"
	if _, fresh, err := s.Report(worker(t), d, at(112.04, 22.93), nil); err != nil || fresh {
		t.Errorf("blanks round the text make another report: %v, %v", fresh, err)
	}
	d.Text = "路灯不亮"
	if _, _, err := s.Report(worker(t), d, at(112.04, 22.93), nil); !errors.Is(err, incidents.ErrClientID) {
		t.Errorf("another report with the same client id: %v", err)
	}
	if _, fresh, err := s.Report(handler(t), d, at(112.04, 22.93), nil); err != nil || !fresh {
		t.Errorf("client ids of two people meet: %v", err)
	}
	if _, _, err := s.Report(as(t, "x", "", access.ReadPublic), draft("y"), at(112.04, 22.93), nil); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the right: %v", err)
	}
}

func TestReportsThatAreRefused(t *testing.T) {
	s, _ := newStore(t)
	for member, change := range map[string]func(*incidents.Draft){
		"client_id":   func(d *incidents.Draft) { d.ClientID = "a\x00b" },
		"kind":        func(d *incidents.Draft) { d.Kind = "04" },
		"source":      func(d *incidents.Draft) { d.Source = "moon" },
		"text":        func(d *incidents.Draft) { d.Text = "a\x00" },
		"accuracy":    func(d *incidents.Draft) { d.AccuracyM = new(float64); *d.AccuracyM = -1 },
		"reported_at": func(d *incidents.Draft) { m := time.Now().Add(time.Hour); d.ReportedAt = &m },
	} {
		t.Run(member, func(t *testing.T) {
			d := draft("p")
			change(&d)
			_, _, err := s.Report(worker(t), d, at(112.04, 22.93), nil)
			var wrong *incidents.ContentError
			if !errors.As(err, &wrong) || wrong.Member != member || wrong.ZH == "" {
				t.Errorf("%v", err)
			}
		})
	}
	for sentence, change := range map[string]func(*incidents.Draft){
		"no text":      func(d *incidents.Draft) { d.Text = "  \n" },
		"a long text":  func(d *incidents.Draft) { d.Text = strings.Repeat("长", 2001) },
		"no client id": func(d *incidents.Draft) { d.ClientID = "" },
		"an old one":   func(d *incidents.Draft) { m := time.Now().AddDate(0, 0, -31); d.ReportedAt = &m },
	} {
		d := draft("p")
		change(&d)
		if _, _, err := s.Report(worker(t), d, at(112.04, 22.93), nil); !errors.Is(err, incidents.ErrContent) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestReadingReports(t *testing.T) {
	for text, member := range map[string]string{
		`{"lon": NaN, "lat": 1}`:                      "lon",
		`{"lat": -Infinity}`:                          "lat",
		`{"lon": "112", "lat": 1}`:                    "lon",
		`{"lon": 112}`:                                "lat",
		`{"lat": 22}`:                                 "lon",
		`{"lon": 1e999, "lat": 1}`:                    "lon",
		`{"lon": 112, "lat": 22, "colour": 1}`:        "colour",
		`{"lon": 112, "lat": 22, "reported_at": "2"}`: "reported_at",
		`{"lon": 112, "lat": 22, "reported_at": 5}`:   "reported_at",
		`{"lon": 112, "lat": 22} {}`:                  "(body)",
		`[]`:                                          "(body)",
		"{\"text\": \"a\x00\"}":                       "(body)",
		``:                                            "(body)",
	} {
		_, err := incidents.ReadDraft([]byte(text))
		var wrong *incidents.ContentError
		if !errors.As(err, &wrong) || wrong.Member != member {
			t.Errorf("%s: %v, want the member %s", text, err, member)
		}
	}
}

func FuzzReadDraft(f *testing.F) {
	f.Add([]byte(`{"client_id": "a", "lon": 112.04, "lat": 22.93, "reported_at": "2026-05-01T08:00:00+08:00"}`))
	f.Add([]byte(`{"lat": NaN}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := incidents.ReadDraft(text); err == nil && (d.Lon == nil || d.Lat == nil) {
			t.Fatal("without a position")
		} else if err != nil && !errors.Is(err, incidents.ErrContent) {
			t.Fatal(err)
		}
	})
}

// TestEveryStepOfTheTable walks to each state and tries each step from there.
func TestEveryStepOfTheTable(t *testing.T) {
	s, db := newStore(t)
	r := s.Rules()
	paths := map[incidents.State][]incidents.State{
		"reported": {}, "verified": {"verified"}, "rejected": {"rejected"}, "filed": {"verified", "filed"}, "dispatched": {"verified", "filed", "dispatched"},
		"in_progress": {"verified", "filed", "dispatched", "in_progress"}, "handled": {"verified", "filed", "dispatched", "in_progress", "handled"},
		"checked": {"verified", "filed", "dispatched", "in_progress", "handled", "checked"}, "closed": {"verified", "filed", "dispatched", "in_progress", "handled", "checked", "closed"},
		"returned": {"verified", "filed", "dispatched", "in_progress", "handled", "returned"}, "suspended": {"verified", "filed", "suspended"},
	}
	if len(paths) != len(r.States.Entries) {
		t.Fatalf("%d states have a path, %d are there", len(paths), len(r.States.Entries))
	}
	allowed := 0
	for from, path := range paths {
		for _, to := range r.States.Entries {
			id := report(t, s, worker(t), draft(fmt.Sprintf("%s-%s", from, to.Code)), at(112.04, 22.93))
			for n, state := range path {
				if err := s.Move(handler(t), id, incidents.Move{To: state, Version: n + 1, Why: "因"}); err != nil {
					t.Fatalf("%s by %v: %v", from, path, err)
				}
			}
			now, err := s.Get(handler(t), id)
			if err != nil || now.State != from || now.Version != len(path)+1 || len(now.History) != len(path)+1 {
				t.Fatalf("%v: %+v", err, now)
			}
			possible := slices.ContainsFunc(now.Next, func(n incidents.Transition) bool { return n.To == incidents.State(to.Code) })
			err = s.Move(handler(t), id, incidents.Move{To: incidents.State(to.Code), Version: now.Version, Why: "因"})
			var refused *incidents.TransitionError
			if possible != (err == nil) || !possible && (!errors.As(err, &refused) || len(refused.Possible) != len(now.Next)) {
				t.Errorf("%s to %s: %v, and possible is %v", from, to.Code, err, now.Next)
			}
			if err == nil {
				allowed++
			}
		}
	}
	if allowed != 20 {
		t.Errorf("%d steps were taken, the table has 20", allowed)
	}
	for _, sql := range []string{"UPDATE incidents.transitions SET why = 'x'", "DELETE FROM incidents.transitions", "TRUNCATE incidents.transitions"} {
		if _, err := db.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "only added to") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestWhoMayTakeAStep(t *testing.T) {
	s, _ := newStore(t)
	id := report(t, s, worker(t), draft("1"), at(112.04, 22.93))
	outside := as(t, "user:张", "445381", access.Report) // the reporter, now of another cell
	for sentence, c := range map[string]struct {
		ctx  context.Context
		move incidents.Move
		want error
	}{
		"a worker of elsewhere doesn't see it":     {as(t, "user:王", "445381", access.Report), incidents.Move{To: "verified", Version: 1}, incidents.ErrUnknown},
		"a worker without a cell doesn't either":   {as(t, "user:赵", "", access.Report), incidents.Move{To: "verified", Version: 1}, incidents.ErrUnknown},
		"anybody may not":                          {access.With(t.Context(), access.Anonymous()), incidents.Move{To: "verified", Version: 1}, access.ErrUnauthenticated},
		"its reporter of elsewhere may not verify": {outside, incidents.Move{To: "verified", Version: 1}, access.ErrForbidden},
		"a worker may not reject":                  {worker(t), incidents.Move{To: "rejected", Version: 1, Why: "x"}, access.ErrForbidden},
		"a rejection needs a reason":               {handler(t), incidents.Move{To: "rejected", Version: 1}, incidents.ErrContent},
		"a version that was never":                 {handler(t), incidents.Move{To: "verified", Version: 7}, incidents.ErrChanged},
		"no version":                               {handler(t), incidents.Move{To: "verified"}, incidents.ErrContent},
		"a state that isn't":                       {handler(t), incidents.Move{To: "gone", Version: 1}, incidents.ErrContent},
		"a department where nothing is dispatched": {handler(t), incidents.Move{To: "verified", Version: 1, Department: "x"}, incidents.ErrContent},
		"a NUL in the reason":                      {handler(t), incidents.Move{To: "verified", Version: 1, Why: "\x00"}, incidents.ErrContent},
		"an incident that isn't":                   {handler(t), incidents.Move{To: "verified", Version: 1}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			target, want := id, c.want
			if want == nil {
				target, want = 1<<40, incidents.ErrUnknown
			}
			if err := s.Move(c.ctx, target, c.move); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
	if err := s.Move(worker(t), id, incidents.Move{To: "verified", Version: 1}); err != nil {
		t.Errorf("a worker verifies in the own cell: %v", err)
	}
	now, err := s.Get(worker(t), id)
	if err != nil || len(now.Next) != 0 || now.History[1].By != "user:张" {
		t.Errorf("%v, next %v", err, now.Next)
	}
}

func TestOfTwoStepsAtOnceOneWins(t *testing.T) {
	s, _ := newStore(t)
	id := report(t, s, worker(t), draft("1"), at(112.04, 22.93))
	var won, lost atomic.Int32
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			m := incidents.Move{To: "verified", Version: 1}
			if i%2 == 0 {
				m = incidents.Move{To: "rejected", Version: 1, Why: "重复"}
			}
			switch err := s.Move(handler(t), id, m); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, incidents.ErrChanged):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if w, err := s.Get(handler(t), id); won.Load() != 1 || lost.Load() != 7 || err != nil || w.Version != 2 || len(w.History) != 2 {
		t.Errorf("%d won, %d lost, %v", won.Load(), lost.Load(), err)
	}
}

func TestADispatchSaysToWhom(t *testing.T) {
	s, _ := newStore(t)
	id := report(t, s, worker(t), draft("1"), at(112.04, 22.93))
	first, err := s.Get(handler(t), id)
	if err != nil || first.Department == "" || first.Role != "liaison" {
		t.Fatalf("assigned to %q, %q, %v", first.Department, first.Role, err)
	}
	for n, m := range []incidents.Move{{To: "verified"}, {To: "filed"}, {To: "dispatched", Department: "交通运输局", Role: "worker"}} {
		m.Version = n + 1
		if err := s.Move(handler(t), id, m); err != nil {
			t.Fatal(err)
		}
	}
	now, err := s.Get(handler(t), id)
	if err != nil || now.Department != "交通运输局" || now.Role != "worker" || now.History[2].Department != first.Department || now.History[3].Department != "交通运输局" {
		t.Errorf("%+v, %v", now, err)
	}
}

// PostGIS measures: a place 49 m away is a duplicate, one 51 m away isn't.
func TestDuplicatesArePointedOut(t *testing.T) {
	s, db := newStore(t)
	old := time.Now().Add(-23 * time.Hour)
	older := time.Now().Add(-25 * time.Hour)
	east := func(metres float64) *cells.Place {
		var lon, lat float64
		if err := db.QueryRow(t.Context(), "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_Project(ST_SetSRID(ST_MakePoint(112.04, 22.93), 4326)::geography, $1, pi()/2)::geometry AS p) x", metres).Scan(&lon, &lat); err != nil {
			t.Fatal(err)
		}
		return at(lon, lat)
	}
	for client, c := range map[string]struct {
		metres float64
		change func(*incidents.Draft)
	}{
		"near":    {49, func(d *incidents.Draft) { d.ReportedAt = &old }},
		"far":     {51, func(*incidents.Draft) {}},
		"other":   {10, func(d *incidents.Draft) { d.Kind = "0403" }},
		"earlier": {10, func(d *incidents.Draft) { d.ReportedAt = &older }},
		"refused": {10, func(*incidents.Draft) {}},
	} {
		d := draft(client)
		c.change(&d)
		id := report(t, s, worker(t), d, east(c.metres))
		if client == "refused" {
			if err := s.Move(handler(t), id, incidents.Move{To: "rejected", Version: 1, Why: "误报"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	id := report(t, s, worker(t), draft("now"), at(112.04, 22.93))
	w, err := s.Get(worker(t), id)
	if err != nil || len(w.Duplicates) != 1 || w.Duplicates[0].DistanceM < 48.9 || w.Duplicates[0].DistanceM > 49.1 {
		t.Errorf("%+v, %v", w.Duplicates, err)
	}
}

func TestWhatIsListed(t *testing.T) {
	s, _ := newStore(t)
	texts := []string{"井盖破损", "100% 浸水", "a_b", "路灯", "=1+1"}
	for n, text := range texts {
		d := draft(fmt.Sprint(n))
		d.Text = text
		if n == 3 {
			d.Kind, d.Source = "0403", "public"
		}
		report(t, s, worker(t), d, at(112.04+float64(n)/100, 22.93))
	}
	if err := s.Move(handler(t), 1, incidents.Move{To: "verified", Version: 1}); err != nil {
		t.Fatal(err)
	}
	box := orb.Bound{Min: orb.Point{112.035, 22.9}, Max: orb.Point{112.055, 23}}
	for sentence, c := range map[string]struct {
		ctx  context.Context
		q    incidents.Query
		want int
	}{
		"all, to who handles":            {handler(t), incidents.Query{}, 5},
		"all, to their reporter":         {as(t, "user:张", "", access.Report), incidents.Query{}, 5},
		"those of the own cell":          {as(t, "user:王", micro, access.Report), incidents.Query{}, 5},
		"none, to a worker of elsewhere": {as(t, "user:王", "445381", access.Report), incidents.Query{}, 0},
		"none, without a cell":           {as(t, "user:王", "", access.Report), incidents.Query{}, 0},
		"in a rectangle":                 {handler(t), incidents.Query{Bounds: &box}, 2},
		"in a cell of the chain":         {handler(t), incidents.Query{Cell: "445302001"}, 5},
		"with the beginning of a code":   {handler(t), incidents.Query{Cell: "4453"}, 5},
		"in another cell":                {handler(t), incidents.Query{Cell: "445381"}, 0},
		"a cell with a wildcard":         {handler(t), incidents.Query{Cell: "%"}, 0},
		"in a state":                     {handler(t), incidents.Query{States: []incidents.State{"verified"}}, 1},
		"in one of two states":           {handler(t), incidents.Query{States: []incidents.State{"verified", "reported"}}, 5},
		"of a kind":                      {handler(t), incidents.Query{Kind: "0403"}, 1},
		"of a class":                     {handler(t), incidents.Query{Kind: "04"}, 5},
		"of a source":                    {handler(t), incidents.Query{Source: "public"}, 1},
		"since an hour":                  {handler(t), incidents.Query{From: time.Now().Add(-time.Hour)}, 5},
		"before an hour ago":             {handler(t), incidents.Query{To: time.Now().Add(-time.Hour)}, 0},
		"with a text":                    {handler(t), incidents.Query{Text: "路灯"}, 1},
		"a percent sign is itself":       {handler(t), incidents.Query{Text: "0%"}, 1},
		"an underline is itself":         {handler(t), incidents.Query{Text: "a_"}, 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			found, err := s.List(c.ctx, c.q, 0, 100)
			if err != nil || len(found) != c.want {
				t.Errorf("%d, want %d, %v", len(found), c.want, err)
			}
			counts, err := s.Heat(c.ctx, c.q, "town")
			tally, tallied := s.Tally(c.ctx, c.q)
			if tallied != nil || tally.Count != int64(c.want) || tally.ByKind["04"] != tally.Count {
				t.Errorf("tallied %+v, %v", tally, tallied)
			}
			if c.want == 0 && len(counts) != 0 || c.want > 0 && (len(counts) != 1 || counts[0].Count != int64(c.want) || counts[0].Code != "445302001") {
				t.Errorf("counted %v, %v", counts, err)
			}
		})
	}
	page, err := s.List(handler(t), incidents.Query{}, 4, 2)
	if err != nil || len(page) != 2 || page[0].ID != 3 || page[1].ID != 2 {
		t.Errorf("a page: %+v, %v", page, err)
	}
	n := 0
	if err := s.Each(handler(t), incidents.Query{}, 3, func(incidents.Incident) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("each: %d, %v", n, err)
	}
	if counts, err := s.Heat(handler(t), incidents.Query{}, incidents.BeiDou5); err != nil || len(counts) != 5 || len(counts[0].Code) != 11 {
		t.Errorf("by BeiDou cell: %v, %v", counts, err)
	}
	if sum, err := s.Summarise(handler(t), "445302"); err != nil || sum.Count != 5 || sum.Open != 5 || sum.ByState["verified"] != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestNewsComesInOrderToWhoMaySee(t *testing.T) {
	s, _ := newStore(t)
	var group sync.WaitGroup
	for n := range 12 {
		group.Go(func() { report(t, s, worker(t), draft(fmt.Sprint(n)), at(112.04, 22.93)) })
	}
	var heard []int64
	for deadline := time.Now().Add(10 * time.Second); len(heard) < 12 && time.Now().Before(deadline); {
		after := int64(0)
		if len(heard) > 0 {
			after = heard[len(heard)-1]
		}
		news, err := s.Since(handler(t), after, 5)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range news {
			heard = append(heard, n.Seq)
		}
	}
	group.Wait()
	if len(heard) != 12 || !slices.IsSorted(heard) {
		t.Errorf("heard %v", heard)
	}
	if news, err := s.Since(as(t, "user:王", "445381", access.Report), 0, 100); err != nil || len(news) != 0 {
		t.Errorf("a worker of elsewhere hears %v, %v", news, err)
	}
	if _, err := s.Since(access.With(t.Context(), access.Anonymous()), 0, 1); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("anybody hears: %v", err)
	}
	if head, err := s.Head(t.Context()); err != nil || head != heard[11] {
		t.Errorf("head %d, %v", head, err)
	}
}

func TestPhotosOfAnIncident(t *testing.T) {
	s, _ := newStore(t)
	id := report(t, s, worker(t), draft("1"), at(112.04, 22.93))
	photo := func(n int) photos.Photo {
		return photos.Photo{OriginalSHA256: fmt.Appendf(nil, "%032d", n), Width: 3, Height: 2, JPEG: []byte{1, byte(n)}, Thumbnail: []byte{2}}
	}
	var added, refused atomic.Int32
	var group sync.WaitGroup
	for n := range 12 {
		group.Go(func() {
			_, fresh, err := s.AddPhoto(worker(t), id, photo(n))
			if fresh {
				added.Add(1)
			}
			if errors.Is(err, incidents.ErrTooMany) {
				refused.Add(1)
			}
		})
	}
	group.Wait()
	w, err := s.Get(worker(t), id)
	if err != nil || added.Load() != incidents.MaxPhotos || refused.Load() != 3 || len(w.Photos) != incidents.MaxPhotos {
		t.Fatalf("%d added, %d refused, %d there, %v", added.Load(), refused.Load(), len(w.Photos), err)
	}
	jpeg, err := s.Photo(worker(t), id, w.Photos[0].ID, false)
	if err != nil || len(jpeg) != 2 {
		t.Fatalf("%v, %v", jpeg, err)
	}
	if again, fresh, err := s.AddPhoto(worker(t), id, photo(int(jpeg[1]))); err != nil || fresh || again.ID != w.Photos[0].ID {
		t.Errorf("the same file again: %+v, %v, %v", again, fresh, err)
	}
	if _, err := s.Photo(as(t, "user:王", "445381", access.Report), id, w.Photos[0].ID, true); !errors.Is(err, incidents.ErrUnknown) {
		t.Errorf("a worker of elsewhere: %v", err)
	}
	if _, err := s.Photo(worker(t), id, 1<<40, true); !errors.Is(err, incidents.ErrUnknownPhoto) {
		t.Errorf("no such photo: %v", err)
	}
	other := report(t, s, worker(t), draft("2"), at(112.04, 22.93))
	if _, err := s.Photo(worker(t), other, w.Photos[0].ID, true); !errors.Is(err, incidents.ErrUnknownPhoto) {
		t.Errorf("a photo of another incident: %v", err)
	}
}

func TestLoadingThePast(t *testing.T) {
	s, _ := newStore(t)
	operator := access.With(t.Context(), access.Operator("test"))
	moment := time.Date(2025, 5, 1, 8, 0, 0, 0, time.UTC)
	past := func(client string, after time.Duration, steps ...incidents.State) incidents.Past {
		first := moment.Add(after)
		p := incidents.Past{Report: draft(client)}
		p.Report.ReportedAt = &first
		for n, to := range steps {
			p.Steps = append(p.Steps, incidents.PastStep{To: to, At: first.Add(time.Duration(n+1) * time.Hour)})
		}
		return p
	}
	place := func(incidents.Draft) (*cells.Place, error) { return at(112.04, 22.93), nil }
	still := past("still", 0, "verified", "filed")
	still.Steps[1].At = still.Steps[0].At
	for sentence, c := range map[string]struct {
		ctx  context.Context
		past incidents.Past
		want error
	}{
		"a step that isn't in the table":      {operator, past("x", 0, "closed"), incidents.ErrTransition},
		"a step no later than the one before": {operator, still, incidents.ErrTransition},
		"a kind that isn't":                   {operator, func() incidents.Past { p := past("x", 0); p.Report.Kind = "9999"; return p }(), incidents.ErrContent},
		"without the right":                   {handler(t), past("x", 0), access.ErrForbidden},
	} {
		if err := s.Load(c.ctx, []incidents.Past{c.past}, place); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
	if empty, err := s.Empty(t.Context()); err != nil || !empty {
		t.Errorf("nothing was loaded, and empty is %v, %v", empty, err)
	}
	if err := s.Load(operator, []incidents.Past{past("later", 2*time.Hour, "rejected"), past("first", 0, "verified", "filed")}, place); err != nil {
		t.Fatal(err)
	}
	found, err := s.List(operator, incidents.Query{States: []incidents.State{"filed"}}, 0, 10)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	w, err := s.Get(operator, found[0].ID)
	if err != nil || !w.Synthetic || w.State != "filed" || w.Version != 3 || len(w.History) != 3 || !w.ReceivedAt.Equal(moment) || !w.History[2].At.Equal(moment.Add(2*time.Hour)) {
		t.Errorf("%+v, %v", w, err)
	}
	news, err := s.Since(operator, 0, 100)
	if err != nil || len(news) != 5 || !slices.IsSortedFunc(news, func(a, b incidents.News) int { return a.At.Compare(b.At) }) {
		t.Errorf("%+v, %v", news, err)
	}
	if empty, err := s.Empty(t.Context()); err != nil || empty {
		t.Errorf("something was loaded, and empty is %v, %v", empty, err)
	}
	if err := s.Load(operator, []incidents.Past{past("again", 0)}, place); !errors.Is(err, incidents.ErrNotEmpty) {
		t.Errorf("loaded twice: %v", err)
	}
}
