package web

import (
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"onemap/layers"
)

// A client that closes its connection, or tears it, in the middle of a live tile ends
// its query, and PostgreSQL's connection is used again. The query would wait for ever,
// so its end is never its own.
func TestAClientThatLeavesEndsItsQueryAndNoMore(t *testing.T) {
	s := newService(t)
	db := s.parts.DB
	blocker, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer blocker.Rollback(t.Context()) //nolint:errcheck // it holds a lock and nothing else
	if _, err := blocker.Exec(t.Context(), "LOCK TABLE "+layers.Table("pond", 1).Sanitize()); err != nil {
		t.Fatal(err)
	}
	watch, err := db.Acquire(t.Context()) // whoever looks must not wait for a connection
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Release()
	building := func() (pid int32) {
		t.Helper()
		err := watch.QueryRow(t.Context(), "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%tiles/draw makes%' AND pid <> pg_backend_pid()").Scan(&pid)
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	wait := func(what string, until func() bool) {
		t.Helper()
		for start := time.Now(); !until(); time.Sleep(time.Millisecond) {
			if time.Since(start) > 30*time.Second {
				t.Fatal(what)
			}
		}
	}
	p := s.dial(nil)
	address := p.conn.RemoteAddr().String()
	var took []time.Duration // from the client's leaving to the query's end
	pids := map[int32]bool{}
	for round := range 20 {
		p.send(head("GET", "/tiles/pond"+archivedTile, takesIt))
		pid := int32(0)
		wait("no tile is built", func() bool { pid = building(); return pid != 0 })
		pids[pid] = true
		if round%2 == 1 {
			if err := p.conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
		}
		left := time.Now()
		p.conn.Close()
		wait("the query runs on", func() bool { return building() == 0 })
		took = append(took, time.Since(left))
		p.connect(address)
		if len(took) >= 4 && slices.Min(took) <= 200*time.Millisecond {
			break // both ways of leaving, and a machine that has time
		}
	}
	t.Logf("from leaving to the end of the query: %v", took)
	if fastest := slices.Min(took); fastest > 200*time.Millisecond {
		t.Errorf("at best its query runs for %v after the client left", fastest)
	}
	for pid := range pids {
		var there bool
		if err := watch.QueryRow(t.Context(), "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $1", pid).Scan(&there); err != nil || !there {
			t.Errorf("the connection of process %d is lost, %v", pid, err)
		}
	}
	if err := blocker.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.send(head("GET", "/tiles/pond"+archivedTile, takesIt))
	if got := p.receive("GET"); got.status != http.StatusOK || len(got.body) == 0 {
		t.Errorf("the tile, when nobody leaves: %d, %d bytes", got.status, len(got.body))
	}
}
