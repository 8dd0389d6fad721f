package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onemap/access"
	"onemap/importers"
	"onemap/layers/follow"
	"onemap/spatial/cells"
)

// TestLookupsOverHTTPWhileGridsArePublished publishes micro-grids and small grids
// together, whose names are those of their version, while positions are looked up
// one by one and by the line: each answer is of one version.
func TestLookupsOverHTTPWhileGridsArePublished(t *testing.T) {
	s := newGrid(t)
	operator := access.With(t.Context(), access.Operator("test"))
	running, stop := context.WithCancel(operator)
	var following sync.WaitGroup
	following.Go(func() { s.parts.Cells.(*follow.Follower[*cells.Index]).Run(running) })
	defer func() { stop(); following.Wait() }()

	names := regexp.MustCompile(`"name":"[^\n]*?","parent"`)
	publish := func(version int) {
		t.Helper()
		numbers := map[string]int{}
		for layer, text := range map[string]string{"grid_small": smallFile, "grid_micro": microFile} {
			file := filepath.Join(t.TempDir(), layer+".geojson")
			if err := os.WriteFile(file, names.ReplaceAll([]byte(text), fmt.Appendf(nil, `"name":"v%d","parent"`, version)), 0o600); err != nil {
				t.Fatal(err)
			}
			result, err := importers.Run(operator, importers.Into(s.store), importers.Options{File: file, Layer: layer, Unchecked: true})
			if err != nil {
				t.Fatal(err)
			}
			numbers[layer] = result.Version.Number
		}
		if err := s.store.PublishTogether(operator, numbers, true); err != nil {
			t.Fatal(err)
		}
	}
	var newest, lookups atomic.Int64
	seen := func(version int) {
		t.Helper()
		for start := time.Now(); newest.Load() < int64(version); time.Sleep(time.Millisecond) {
			if time.Since(start) > 20*time.Second || t.Failed() { // a second is promised; a machine that does other work gets more
				t.Fatalf("version %d is not seen, but %d", version, newest.Load())
			}
		}
	}
	looking, end := context.WithCancel(operator)
	var callers sync.WaitGroup
	defer func() { end(); callers.Wait() }()
	for range 2 {
		callers.Go(func() {
			for looking.Err() == nil {
				version, err := oneVersion(looking, s.url)
				if err != nil && looking.Err() == nil {
					t.Error(err)
					return
				}
				if version > newest.Load() {
					newest.Store(version)
				}
				lookups.Add(1)
				time.Sleep(5 * time.Millisecond) // each POST is logged
			}
		})
	}
	for version := 2; version <= 4; version++ {
		publish(version)
		seen(version)
	}
	t.Logf("%d lookups", lookups.Load())
}

// oneVersion looks a position up alone and among others, and returns the version
// that both answers are of, or that of the second where one was published between.
func oneVersion(ctx context.Context, url string) (int64, error) {
	var one struct {
		Cell     struct{ Code, Name string }
		Chain    []struct{ Name string }
		Versions map[string]int64
	}
	request, err := http.NewRequestWithContext(ctx, "GET", url+"/api/v1/grid/locate?lon=112.005&lat=22.91", http.NoBody)
	if err != nil {
		return 0, err
	}
	text, err := succeed(request)
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(text, &one); err != nil {
		return 0, err
	}
	if err := sameVersion(one.Versions, one.Cell.Name); err != nil || len(one.Chain) == 0 || one.Versions["grid_micro"] > 1 && one.Chain[0].Name != one.Cell.Name {
		return 0, fmt.Errorf("one answer of several versions: %s: %v", text, err)
	}
	request, err = http.NewRequestWithContext(ctx, "POST", url+"/api/v1/grid/locate", bytes.NewBufferString("[[112.005,22.91],[112.015,22.91],[112.035,22.91]]"))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	if text, err = succeed(request); err != nil {
		return 0, err
	}
	var many struct {
		Results  []struct{ Code, Name string }
		Versions map[string]int64
	}
	if err := json.Unmarshal(text, &many); err != nil {
		return 0, err
	}
	for _, r := range many.Results {
		if err := sameVersion(many.Versions, r.Name); err != nil || r.Code == "" {
			return 0, fmt.Errorf("many answers of several versions: %s: %v", text, err)
		}
	}
	return many.Versions["grid_micro"], nil
}

// sameVersion holds a cell's name to the versions that an answer says it is of.
// The first version's names say nothing.
func sameVersion(versions map[string]int64, name string) error {
	micro := versions["grid_micro"]
	if micro < 1 || versions["grid_small"] != micro || micro > 1 && name != fmt.Sprintf("v%d", micro) {
		return fmt.Errorf("%s of %v", name, versions)
	}
	return nil
}

func succeed(request *http.Request) ([]byte, error) {
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(got.Body)
	if err := got.Body.Close(); err != nil {
		return nil, err
	}
	if err == nil && got.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", got.Status, text)
	}
	return text, err
}
