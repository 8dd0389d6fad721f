package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"onemap/data/demo"
	"onemap/postgis"
)

// laboratory is where benchmarks work: a folder under the system's temporary one,
// kept from run to run so that the city is generated once. BENCH_SCALE chooses
// the city: tiny, demo (the default) or bench.
type laboratory struct {
	program string // build/mapserver
	dir     string
	scale   demo.Scale
}

func newLaboratory(scale string) (*laboratory, error) {
	if scale == "" {
		scale = string(demo.Demo)
	}
	program, err := filepath.Abs("build/mapserver")
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(program); err != nil {
		return nil, errors.New("build/mapserver is missing: run `make build` first, or `make bench`")
	}
	// PostgreSQL's own user must be able to enter, so not below a home directory.
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("onemap-bench-%d-%s", os.Getuid(), scale))
	return &laboratory{program, dir, demo.Scale(scale)}, os.MkdirAll(dir, 0o755)
}

// city generates the demonstration city, once, and returns its folder and manifest.
func (l *laboratory) city(ctx context.Context) (string, demo.Manifest, error) {
	dir := filepath.Join(l.dir, "city")
	file := filepath.Join(dir, "deliveries.json")
	var m demo.Manifest
	if _, err := os.Stat(file); err != nil {
		fmt.Fprintf(os.Stderr, "bench: generating the city at scale %s\n", l.scale)
		// In a process of its own: a child's peak memory counts from its parent's at the fork.
		if err := l.mapserver(ctx, "demo", "generate", "--scale", string(l.scale), "--seed", "1", "--out", dir); err != nil {
			return "", m, err
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", m, err
	}
	return dir, m, json.Unmarshal(text, &m)
}

// delivery finds the file of a layer.
func delivery(m demo.Manifest, layer string) (demo.Delivery, error) {
	for _, d := range m.Deliveries {
		if d.Layer == layer {
			return d, nil
		}
	}
	return demo.Delivery{}, fmt.Errorf("the city has no layer %s", layer)
}

// dataDir is the data directory of the servers under measurement.
func (l *laboratory) dataDir() string { return filepath.Join(l.dir, "data") }

// cluster starts the database of the data directory.
func (l *laboratory) cluster(ctx context.Context) (*postgis.Cluster, error) {
	return postgis.StartCluster(ctx, filepath.Join(l.dataDir(), "postgis"), postgis.ClusterOptions{})
}

// mapserver runs one of the program's chores to its end.
func (l *laboratory) mapserver(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, l.program, args...)
	cmd.Env = append(os.Environ(), "ONEMAP_DATA="+l.dataDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("mapserver %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// serve starts a server and returns its address, how long it took to be ready,
// and the way to stop it.
func (l *laboratory) serve(ctx context.Context) (url string, ready time.Duration, stop func() error, err error) {
	cmd := exec.CommandContext(ctx, l.program, "serve", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "ONEMAP_DATA="+l.dataDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, nil, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return "", 0, nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			ready = time.Since(start)
			url, _, _ = strings.Cut(rest, " ")
			break
		}
	}
	stop = func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			return err
		}
		return cmd.Wait()
	}
	if url == "" {
		return "", 0, nil, errors.Join(errors.New("the server did not become ready"), cmd.Wait())
	}
	return url, ready, stop, nil
}

// settled waits until a running server has the archives of all layers: it builds
// those that are missing as soon as it starts, with every core.
func (l *laboratory) settled(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		cmd := exec.CommandContext(ctx, l.program, "tiles", "list")
		cmd.Env = append(os.Environ(), "ONEMAP_DATA="+l.dataDir())
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("mapserver tiles list: %w", err)
		}
		if !bytes.Contains(out, []byte("no archive")) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
