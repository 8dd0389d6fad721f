package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"onemap/access"
	"onemap/data/demo"
	"onemap/importers"
	"onemap/layers"
	"onemap/postgis"
	"onemap/postgis/postgistest"
)

// terminal collects what the program says.
type terminal struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (s *terminal) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(b)
}

func (s *terminal) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// mapserver runs a command line on the database of DATABASE_URL.
func mapserver(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	messages, fileErr := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if fileErr != nil {
		t.Fatal(fileErr)
	}
	defer messages.Close()
	var out terminal
	err = run(t.Context(), args, &out, messages)
	text, fileErr := os.ReadFile(messages.Name())
	if fileErr != nil {
		t.Fatal(fileErr)
	}
	return out.String(), string(text), err
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, err := mapserver(t, args...)
	if err != nil {
		t.Fatalf("mapserver %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	return stdout
}

// serving runs `serve` until the test ends and returns its address.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var out terminal
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), &out, os.Stderr)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve ended with %v", err)
		}
	})
	ready := regexp.MustCompile(`(?m)^ready (http://\S+) \(\d+ layers, \d+ features\)$`)
	for range 600 {
		if found := ready.FindStringSubmatch(out.String()); found != nil {
			return found[1]
		}
		select {
		case err := <-ended:
			ended <- nil
			t.Fatalf("serve ended before it was ready: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatalf("not ready in a minute: %s", out.String())
	return ""
}

func get(t *testing.T, address string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, body
}

func TestHelpListsEveryCommand(t *testing.T) {
	out := must(t, "help")
	for _, c := range commands() {
		if !strings.Contains(out, "\n  "+c.name) {
			t.Errorf("help lacks %s", c.name)
		}
	}
}

func TestCommandLinesThatCannotBeUnderstood(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none?connect_timeout=1")
	for sentence, args := range map[string][]string{
		"no such command":          {"fly"},
		"an unknown flag":          {"import", "x.zip", "--layr", "dltb"},
		"import without a layer":   {"import", "x.zip"},
		"import of two files":      {"import", "x.zip", "y.zip", "--layer", "dltb"},
		"publish without version":  {"publish", "dltb"},
		"a version that is a word": {"publish", "dltb", "new"},
		"demo without a directory": {"demo", "generate"},
	} {
		if _, _, err := mapserver(t, args...); !isUsage(err) {
			t.Errorf("%s: got %v, want a usage error", sentence, err)
		}
	}
	if _, _, err := mapserver(t, "layers"); !errors.Is(err, postgis.ErrUnreachable) || !strings.Contains(explain(err), "DATABASE_URL") {
		t.Errorf("a database that is not there: %v", err)
	}
}

// TestTheDemonstrationCityEndToEnd goes the whole way in one test: a first start with
// an empty database makes the city, imports it, and serves it.
func TestTheDemonstrationCityEndToEnd(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	t.Setenv("ONEMAP_DATA", t.TempDir())
	url := serving(t, "--demo", "--scale", "tiny")
	var catalogue struct {
		Synthetic bool `json:"synthetic"`
		Layers    []struct {
			ID        string    `json:"id"`
			Version   *int      `json:"published_version"`
			Bounds    []float64 `json:"bounds"`
			Count     int       `json:"feature_count"`
			MaxZoom   int       `json:"max_zoom"`
			Synthetic bool      `json:"synthetic"`
		} `json:"layers"`
	}
	_, body := get(t, url+"/api/v1/layers")
	if err := json.Unmarshal(body, &catalogue); err != nil {
		t.Fatal(err)
	}
	published := 0
	for _, l := range catalogue.Layers {
		if l.Version == nil {
			continue
		}
		published++
		if !l.Synthetic {
			t.Errorf("%s does not say that it is demonstration data", l.ID)
		}
		west, south, east, north := l.Bounds[0], l.Bounds[1], l.Bounds[2], l.Bounds[3]
		if west < 111.0 || east > 112.6 || south < 22.2 || north > 23.5 {
			t.Errorf("%s lies at %v, outside Yunfu", l.ID, l.Bounds)
		}
	}
	if published < 20 || !catalogue.Synthetic {
		t.Errorf("%d layers are published, want at least 20; synthetic %v", published, catalogue.Synthetic)
	}
	if status, page := get(t, url+"/"); status != http.StatusOK || !bytes.Contains(page, []byte("<script")) {
		t.Logf("the page is not built: %d", status)
	}
	out := must(t, "doctor")
	if strings.Contains(out, "✗") {
		t.Errorf("doctor: %s", out)
	}
}

// sharedData is real data that lies beside a checkout, where it lies there.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Skipf("real data is not beside this checkout: shared/data/%s", name)
	}
	return file
}

// TestRealFilesDrawInTheRightPlace imports files that nobody here made, and
// asks the service what is in 云城's centre and in the tile over it.
func TestRealFilesDrawInTheRightPlace(t *testing.T) {
	for sentence, c := range map[string]struct {
		file, layer, source, crs string
		want                     string // in the properties of what is at 112.0386 E, 22.9308 N
	}{
		"a Shapefile in 4546 with GBK names in the zip": {"formats/yunfu_county_gk111e_gbkdbf_gbkzipnames.zip", "division_county", "", "", "云城区"},
		"a Shapefile in 4525, UTF-8":                    {"formats/yunfu_county_gkzone37_utf8.zip", "division_county", "", "", "云城区"},
		"a Shapefile that says nothing, with --crs":     {"formats/yunfu_county_noprj_nocpg_gbk.zip", "division_county", "", "EPSG:4490", "云城区"},
		"a GeoPackage with Chinese names":               {"formats/yunfu_onemap_sample_cn_layernames.gpkg", "division_county", "县级行政区", "", "云城区"},
		"a FileGDB in a zip":                            {"formats/yunfu_onemap_sample_openfilegdb.gdb.zip", "division_county", "县级行政区", "", "云城区"},
		"the prefectures of China":                      {"admin/ocha_chn_adm2_prefectures_wgs84_shp.zip", "division_city", "", "", "云浮市"},
	} {
		t.Run(sentence, func(t *testing.T) {
			file := sharedData(t, c.file)
			t.Setenv("DATABASE_URL", postgistest.URL(t))
			args := []string{"import", file, "--layer", c.layer, "--publish"}
			if c.source != "" {
				args = append(args, "--source-layer", c.source)
			}
			if c.crs != "" {
				args = append(args, "--crs", c.crs)
			}
			must(t, args...)
			url := serving(t)
			status, here := get(t, url+"/api/v1/identify?lon=112.0386&lat=22.9308&layers="+c.layer)
			if status != http.StatusOK || !strings.Contains(string(here), c.want) {
				t.Errorf("at the centre of 云城: %d %.300s", status, here)
			}
			// 10/830/445 is over 云城.
			status, tile := get(t, url+"/tiles/"+c.layer+"/10/830/445.mvt")
			if status != http.StatusOK || !bytes.Contains(tile, []byte(c.want)) {
				t.Errorf("the tile over 云城: %d, %d bytes, without %s", status, len(tile), c.want)
			}
		})
	}
}

func TestRealFileInXian80IsRefusedWithTheReason(t *testing.T) {
	file := sharedData(t, "formats/yunfu_county_xian80_gkzone37_gbk.zip")
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	_, _, err := mapserver(t, "import", file, "--layer", "division_county", "--publish")
	if err == nil || !strings.Contains(explain(err), "西安") || !strings.Contains(explain(err), "Xi'an 1980") {
		t.Errorf("got %v", err)
	}
}

// deliveries makes the tiny city once for the tests of this package.
var deliveries = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "onemap-city-")
	if err != nil {
		return "", err
	}
	_, err = demo.Generate(context.Background(), demo.Options{Scale: demo.Tiny, Seed: 1, Dir: dir})
	return dir, err
})

// programVariable makes the test binary be the program itself, for tests that
// kill it.
const programVariable = "MAPSERVER_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		main()
		return
	}
	data, err := os.MkdirTemp("", "onemap-data-")
	if err != nil {
		panic(err)
	}
	os.Setenv("ONEMAP_DATA", data) // not the one of an installation
	code := m.Run()
	os.RemoveAll(data)
	if dir, err := deliveries(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func city(t *testing.T) string {
	t.Helper()
	dir, err := deliveries()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func parcels(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(city(t), "DLTB*.zip"))
	if err != nil || len(found) != 1 {
		t.Fatalf("the city's parcels: %v, %v", found, err)
	}
	return found[0]
}

// without copies a zip and leaves members out.
func without(t *testing.T, file, ending string) string {
	t.Helper()
	from, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(filepath.Join(t.TempDir(), "changed.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	w := zip.NewWriter(to)
	for _, member := range from.File {
		if !strings.HasSuffix(strings.ToLower(member.Name), ending) {
			if err := w.Copy(member); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}

func truncated(t *testing.T, file string) string {
	t.Helper()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.zip")
	if err := os.WriteFile(half, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	return half
}

func TestBadInputIsSaidAndChangesNothing(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	good := parcels(t)
	must(t, "import", good, "--layer", "dltb", "--publish")
	before := must(t, "layers", "dltb")
	for sentence, c := range map[string]struct {
		args []string
		says string // in the message, beside what to do
	}{
		"a zip that was cut in half":           {[]string{truncated(t, good), "--layer", "dltb"}, "zip"},
		"a Shapefile without its .dbf":         {[]string{without(t, good, ".dbf"), "--layer", "dltb"}, ".dbf"},
		"a Shapefile without its .prj":         {[]string{without(t, good, ".prj"), "--layer", "dltb"}, "--crs"},
		"a system that nobody knows":           {[]string{without(t, good, ".prj"), "--layer", "dltb", "--crs", "EPSG:99999"}, "99999"},
		"a layer id that does not exist":       {[]string{good, "--layer", "dltx"}, "dltx"},
		"a file that does not exist":           {[]string{filepath.Join(city(t), "none.zip"), "--layer", "dltb"}, "none.zip"},
		"lines into a layer of polygons":       {[]string{filepath.Join(city(t), "地名.geojson"), "--layer", "dltb"}, ""},
		"a source layer that is not in there":  {[]string{good, "--layer", "dltb", "--source-layer", "xyz"}, "xyz"},
		"a text encoding that does not exist":  {[]string{good, "--layer", "dltb", "--encoding", "EBCDIC"}, "EBCDIC"},
		"a system that the numbers contradict": {[]string{without(t, good, ".prj"), "--layer", "dltb", "--crs", "EPSG:4490"}, "4490"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, _, err := mapserver(t, append([]string{"import", "--publish"}, c.args...)...)
			if err == nil {
				t.Fatal("it was imported")
			}
			if code := exitCode(err, io.Discard); code == 0 {
				t.Error("exit status 0")
			}
			if message := explain(err); !strings.Contains(message, c.says) || !strings.Contains(message, " / ") {
				t.Errorf("the message %q does not name %q in both languages", message, c.says)
			}
		})
	}
	if after := must(t, "layers", "dltb"); after != before {
		t.Errorf("the versions changed:\n%s\nbefore\n%s", after, before)
	}
	if out := must(t, "doctor"); strings.Contains(out, "✗") {
		t.Errorf("something was left behind: %s", out)
	}
}

// TestADatabaseThatGoesAwayHalfWay stops PostgreSQL in the middle of the rows.
func TestADatabaseThatGoesAwayHalfWay(t *testing.T) {
	postgistest.URL(t) // skips where the others skip
	t.Setenv("DATABASE_URL", "")
	dir, err := os.MkdirTemp("", "onemap-away-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Setenv("ONEMAP_DATA", filepath.Join(dir, "data"))
	file := parcels(t)
	must(t, "import", file, "--layer", "dltb", "--publish")

	ctx := access.With(t.Context(), access.Operator("test"))
	cluster, err := postgis.StartCluster(ctx, filepath.Join(dir, "data", "postgis"), postgis.ClusterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	db := postgistest.Pool(t, cluster.URL())
	var once sync.Once
	_, err = importers.Run(ctx, importers.Into(layers.NewStore(db)), importers.Options{
		File: file, Layer: "dltb", Publish: true,
		Progress: func(p importers.Progress) {
			if p.Stage == importers.Finishing {
				once.Do(func() { crash(t, filepath.Join(dir, "data", "postgis", "pg"), "-QUIT") })
			}
		},
	})
	if !errors.Is(err, importers.ErrDatabaseLost) {
		t.Errorf("got %v, want an ErrDatabaseLost", err)
	}
	db.Close()
	_ = cluster.Close(ctx) // it is gone already

	if out := must(t, "layers", "dltb"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "v1    published") {
		t.Errorf("after the crash and a restart: %s", out)
	}
	if out := must(t, "doctor"); strings.Contains(out, "✗") {
		t.Errorf("something was left behind: %s", out)
	}
}

// program is the server as a process of its own.
type program struct {
	t    *testing.T
	cmd  *exec.Cmd
	said *terminal
	url  string
}

func startProgram(t *testing.T, dataDir string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: exec.Command(self, "serve", "--listen", "127.0.0.1:0"), said: &terminal{}}
	p.cmd.Env = append(os.Environ(), programVariable+"=1", "DATABASE_URL=", "ONEMAP_DATA="+dataDir)
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 600 {
		if _, rest, ok := strings.Cut(p.said.String(), "ready "); ok && strings.Contains(rest, ")") {
			p.url, _, _ = strings.Cut(rest, " ")
			return p
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("not ready in a minute: %s", p.said)
	return nil
}

// TestKillingTheServerLosesNothing ends the server without warning, starts it
// again on the database that lived on, and stops that in order.
func TestKillingTheServerLosesNothing(t *testing.T) {
	postgistest.URL(t) // skips where the others skip
	dir, err := os.MkdirTemp("", "onemap-kill-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	t.Setenv("DATABASE_URL", "")
	t.Setenv("ONEMAP_DATA", data)
	first := startProgram(t, data)
	if !strings.Contains(first.said.String(), "onemap_") {
		t.Error("the first start shows no token")
	}
	must(t, "import", parcels(t), "--layer", "dltb", "--publish") // beside the running server
	eventually(t, "the running server shows what another program imported", func() bool {
		status, _ := get(t, first.url+"/api/v1/layers/dltb/features/1")
		return status == http.StatusOK
	})
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait() // it was killed

	second := startProgram(t, data)
	if strings.Contains(second.said.String(), "onemap_") {
		t.Error("a later start shows a token")
	}
	if status, _ := get(t, second.url+"/api/v1/layers/dltb/features/1"); status != http.StatusOK {
		t.Errorf("after kill -9 and a restart: %d", status)
	}
	if err := second.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := second.cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C the server ended with %v: %s", err, second.said)
	}
	if _, err := os.Stat(filepath.Join(data, "postgis", "pg", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Ctrl-C the private database still runs: %v", err)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 100 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("five seconds later it is not so: %s", what)
}

// crash kills the server as a power cut would: without a checkpoint.
func crash(t *testing.T, data, signal string) {
	t.Helper()
	pid, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		t.Error(err)
		return
	}
	number, _, _ := strings.Cut(string(pid), "\n")
	if out, err := exec.Command("kill", signal, number).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	time.Sleep(500 * time.Millisecond)
}

// TestAFullDisk unpacks a delivery onto a file system of 64 KiB.
func TestAFullDisk(t *testing.T) {
	url := postgistest.URL(t)
	small := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount a small file system: %v: %s", err, bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", small).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	file := parcels(t)
	t.Setenv("DATABASE_URL", url)
	must(t, "import", file, "--layer", "dltb", "--publish")
	t.Setenv("TMPDIR", small)
	messages, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer messages.Close()
	err = run(t.Context(), []string{"import", file, "--layer", "dltb", "--publish"}, io.Discard, messages)
	if !errors.Is(err, importers.ErrDiskFull) || !strings.Contains(explain(err), "TMPDIR") {
		t.Errorf("got %v, want an ErrDiskFull that says what to do", err)
	}
	if left, err := os.ReadDir(small); err != nil || len(left) != 0 {
		t.Errorf("left on the full disk: %v, %v", left, err)
	}
	if out := must(t, "layers", "dltb"); strings.Count(out, "\n") != 1 {
		t.Errorf("after that: %s", out)
	}
}

func TestPublishRollbackAndTokens(t *testing.T) {
	t.Setenv("DATABASE_URL", postgistest.URL(t))
	file := parcels(t)
	must(t, "import", file, "--layer", "dltb", "--publish")
	must(t, "import", file, "--layer", "dltb")
	if out := must(t, "publish", "dltb", "2"); !strings.Contains(out, "dltb v2") {
		t.Error(out)
	}
	if out := must(t, "rollback", "dltb"); !strings.Contains(out, "dltb v1") {
		t.Error(out)
	}
	if _, _, err := mapserver(t, "rollback", "dltb"); !errors.Is(err, layers.ErrNothingToRollBackTo) {
		t.Errorf("rolling back the first version: %v", err)
	}
	if out := must(t, "import", file, "--layer", "dltb", "--dry-run"); !strings.Contains(out, "nothing was stored") {
		t.Error(out)
	}
	if out := must(t, "layers", "dltb"); strings.Count(out, "\n") != 2 {
		t.Errorf("the dry run stored something: %s", out)
	}
	secret := strings.TrimSpace(must(t, "token", "create", "bureau", "--rights", "import"))
	if !strings.HasPrefix(secret, "onemap_") {
		t.Errorf("token %q", secret)
	}
	if out := must(t, "token", "list"); !strings.Contains(out, "bureau") || strings.Contains(out, secret) {
		t.Error(out)
	}
	must(t, "token", "revoke", "1")
	if out := must(t, "migrate", "--to", "0"); !strings.Contains(out, ": 0") {
		t.Error(out)
	}
}

func TestATakenPortIsSaidBeforeAnythingElse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	t.Setenv("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
	_, _, err = mapserver(t, "serve", "--listen", taken.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("got %v", err)
	}
}

func Example_help() {
	err := run(context.Background(), []string{"fly"}, os.Stdout, os.Stderr)
	fmt.Println(isUsage(err))
	// Output: true
}
