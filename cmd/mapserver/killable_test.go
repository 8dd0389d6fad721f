package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/postgis"
	"onemap/postgis/postgistest"
)

// killable is the built program, serving in a process of its own.
type killable struct {
	t       *testing.T
	program string
	data    string
	token   string
	db      *pgxpool.Pool
	process *exec.Cmd
	url     string
	options []string // of serve
}

func newKillable(t *testing.T) *killable {
	t.Helper()
	k := &killable{t: t, program: filepath.Join(t.TempDir(), "mapserver"), data: t.TempDir()}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", k.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	url := postgistest.URL(t)
	t.Setenv("DATABASE_URL", url)
	t.Setenv("ONEMAP_DATA", k.data)
	k.db = postgistest.Pool(t, url)
	k.token = strings.TrimSpace(must(t, "token", "create", "keeper", "--rights", "import,publish"))
	k.start()
	t.Cleanup(k.kill)
	return k
}

func (k *killable) start() {
	k.t.Helper()
	k.process = exec.CommandContext(context.Background(), k.program, append([]string{"serve", "--listen", "127.0.0.1:0"}, k.options...)...)
	out, err := k.process.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.process.Start(); err != nil {
		k.t.Fatal(err)
	}
	ready := regexp.MustCompile(`ready (http://\S+)`)
	var said []byte
	buffer := make([]byte, 4096)
	for k.url = ""; k.url == ""; {
		n, err := out.Read(buffer)
		said = append(said, buffer[:n]...)
		if found := ready.FindSubmatch(said); found != nil {
			k.url = string(found[1])
		} else if err != nil {
			k.t.Fatalf("it is not ready: %v, %s", err, said)
		}
	}
	go io.Copy(io.Discard, out) //nolint:errcheck // ends with the process
}

// newKillableWithCluster is the program on a private cluster of its own.
func newKillableWithCluster(t *testing.T) *killable {
	t.Helper()
	postgistest.URL(t) // skips where the others skip
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "onemap-lost-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	k := &killable{t: t, program: self, data: filepath.Join(dir, "data")}
	t.Setenv(programVariable, "1")
	t.Setenv("DATABASE_URL", "")
	t.Setenv("ONEMAP_DATA", k.data)
	k.token = strings.TrimSpace(must(t, "token", "create", "keeper", "--rights", "import,publish"))
	return k
}

// join opens the private cluster beside the server; leave ends that.
func (k *killable) join() (leave func()) {
	k.t.Helper()
	ctx := context.WithoutCancel(k.t.Context())
	cluster, err := postgis.StartCluster(ctx, filepath.Join(k.data, "postgis"), postgis.ClusterOptions{})
	if err != nil {
		k.t.Fatal(err)
	}
	if k.db, err = pgxpool.New(ctx, cluster.URL()); err != nil {
		k.t.Fatal(err)
	}
	return func() {
		k.db.Close()
		_ = cluster.Close(ctx) // it may be gone already
	}
}

// interrupt is Ctrl-C; the program must end by itself.
func (k *killable) interrupt() {
	k.t.Helper()
	ended := make(chan struct{})
	go func() { _ = k.process.Wait(); close(ended) }() // that the database is gone may be its last word
	if err := k.process.Process.Signal(os.Interrupt); err != nil {
		k.t.Errorf("it had ended before Ctrl-C: %v", err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		k.t.Error("it does not end a minute after Ctrl-C")
		k.kill()
		<-ended
	}
}

// kill is kill -9.
func (k *killable) kill() {
	_ = k.process.Process.Kill() // it may have been killed before
	_ = k.process.Wait()
}

func (k *killable) do(method, path string, body io.Reader, headers ...string) (int, http.Header, map[string]any) {
	k.t.Helper()
	r, err := http.NewRequestWithContext(k.t.Context(), method, k.url+path, body)
	if err != nil {
		k.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+k.token)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, nil // it was killed meanwhile
	}
	defer got.Body.Close()
	var value map[string]any
	_ = json.NewDecoder(got.Body).Decode(&value) // some answers have none
	return got.StatusCode, got.Header, value
}

// create asks for an import, which is to be published or not, and returns its
// address.
func (k *killable) create(file []byte, publish bool) string {
	k.t.Helper()
	body := fmt.Sprintf(`{"layer": "place_name", "filename": "places.geojson", "size": %d, "options": {"publish": %t}}`, len(file), publish)
	status, header, value := k.do(http.MethodPost, "/api/v1/imports", strings.NewReader(body))
	if status != http.StatusCreated {
		k.t.Fatalf("%d %v", status, value)
	}
	return header.Get("Location")
}

func (k *killable) patch(address string, offset int, body io.Reader) int {
	k.t.Helper()
	status, _, _ := k.do(http.MethodPatch, address+"/content", body, "Content-Type: application/offset+octet-stream", "Upload-Offset: "+strconv.Itoa(offset))
	return status
}

// moment is a point of an import at which something dies.
type moment struct {
	table string // whose row is changed there
	when  string // the change, in SQL
}

// stageBegins is when the import enters a stage.
func stageBegins(stage string) moment {
	return moment{"jobs.imports", fmt.Sprintf("NEW.stage = '%[1]s' AND OLD.stage <> '%[1]s'", stage)}
}

// moments are those at which the kill tests strike. In the order of an import.
var moments = []struct {
	name     string
	at       moment
	publish  bool // the import is to be published
	versions int  // that the database has then, beside those before
}{
	{"reading the file", stageBegins("inspect"), false, 0},
	{"loading rows", stageBegins("load"), false, 0},
	{"checking", stageBegins("check"), false, 0},
	{"indexing", stageBegins("finish"), false, 0},
	{"writing the version", moment{"catalogue.versions", "true"}, false, 0},
	{"saying that it is done", moment{"jobs.imports", "NEW.state = 'done'"}, false, 1},
	{"publishing", moment{"catalogue.layers", "NEW.published > 1"}, true, 0},
}

// haltKey is the advisory lock that halts an import.
const haltKey = 704_311

// halt has the next import stop at a moment: a trigger waits there for a lock
// that is held until the function is called that is returned.
func (k *killable) halt(at moment) (release func()) {
	k.t.Helper()
	ctx := context.WithoutCancel(k.t.Context())
	event := "UPDATE"
	if at.when == "true" {
		event = "INSERT"
	}
	conn, err := k.db.Acquire(ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	_, err = conn.Exec(ctx, fmt.Sprintf(`CREATE OR REPLACE FUNCTION public.halt() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN PERFORM pg_advisory_xact_lock(%d); RETURN NULL; END $$;
		CREATE TRIGGER halt AFTER %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION public.halt();
		SELECT pg_advisory_lock(%[1]d)`, haltKey, event, at.table, at.when), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		k.t.Fatal(err)
	}
	return func() { _ = conn.Hijack().Close(ctx) } // the database may be gone
}

// halted waits until the import has come to the moment.
func (k *killable) halted() {
	k.t.Helper()
	for range 4000 {
		var waiting bool
		err := k.db.QueryRow(k.t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1)", haltKey).Scan(&waiting)
		if err != nil {
			k.t.Fatal(err)
		}
		if waiting {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	k.t.Fatal("the import never came there")
}

// unhalt ends the statement that waits, as a lost client's would be, and removes
// the trigger.
func (k *killable) unhalt(at moment, release func()) {
	k.t.Helper()
	ctx := k.t.Context()
	_, err := k.db.Exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1", haltKey)
	if err != nil {
		k.t.Fatal(err)
	}
	release()
	if _, err := k.db.Exec(ctx, "DROP TRIGGER halt ON "+at.table+"; DROP FUNCTION public.halt()", pgx.QueryExecModeSimpleProtocol); err != nil {
		k.t.Fatal(err)
	}
}

// ends waits for the import's end.
func (k *killable) ends(address string) map[string]any {
	k.t.Helper()
	for range 1200 {
		_, _, one := k.do(http.MethodGet, address, nil)
		if state := one["state"]; state == "done" || state == "failed" {
			return one
		}
		time.Sleep(50 * time.Millisecond)
	}
	k.t.Fatal("it never ends")
	return nil
}

// state is what the catalogue should have of the places.
type state struct{ published, rows, versions int }

// wellAfterwards checks the state, and that nothing is left over.
func (k *killable) wellAfterwards(want state) {
	k.t.Helper()
	k.has(want)
	if out := must(k.t, "doctor"); strings.Contains(out, "✗") {
		k.t.Errorf("doctor: %s", out)
	}
	if left, err := os.ReadDir(filepath.Join(k.data, "uploads")); err != nil || len(left) > 0 {
		k.t.Errorf("uploads are left: %v, %v", left, err)
	}
}

// has checks the state: what is published, and how many versions there are.
func (k *killable) has(want state) {
	k.t.Helper()
	var got state
	err := k.db.QueryRow(k.t.Context(), `SELECT published, (SELECT count(*) FROM features.place_name),
		(SELECT count(*) FROM catalogue.versions WHERE layer = 'place_name') FROM catalogue.layers WHERE id = 'place_name'`).Scan(&got.published, &got.rows, &got.versions)
	if err != nil || got != want {
		k.t.Errorf("the places are %+v, want %+v: %v", got, want, err)
	}
	var orphans []string
	err = k.db.QueryRow(k.t.Context(), `SELECT coalesce(array_agg(t.schemaname || '.' || t.tablename), '{}') FROM pg_tables t
		WHERE t.schemaname = 'staging' OR t.schemaname = 'features'
			AND NOT EXISTS (SELECT FROM catalogue.versions v WHERE t.tablename = v.layer || '_v' || v.number)`).Scan(&orphans)
	if err != nil || len(orphans) > 0 {
		k.t.Errorf("tables of no version: %v, %v", orphans, err)
	}
}

// places is a delivery of n named places.
func places(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type": "FeatureCollection", "features": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"type": "Feature", "properties": {"place_id": "P%d", "name": "地名%d"}, "geometry": {"type": "Point", "coordinates": [%.5f, %.5f]}}`,
			i, i, 111.9+float64(i%300)*1e-3, 22.8+float64(i/300)*1e-3)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// first publishes three places as version 1, and returns a larger delivery.
func firstPlaces(t *testing.T) []byte {
	t.Helper()
	first := filepath.Join(t.TempDir(), "first.geojson")
	if err := os.WriteFile(first, places(3), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "import", first, "--layer", "place_name", "--publish")
	return places(60_000)
}

// send uploads a delivery, which is to be published or not, and returns the
// import's address.
func (k *killable) send(file []byte, publish bool) string {
	k.t.Helper()
	address := k.create(file, publish)
	if status := k.patch(address, 0, bytes.NewReader(file)); status != http.StatusNoContent {
		k.t.Fatalf("sending: %d", status)
	}
	return address
}
