package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// callLimit is what the server may take for 95 in 100 calls of a user's action, in milliseconds.
const callLimit = 500.0

// pageActions drives the page in Chromium through what its users do, on the
// demonstration city, and holds every address that the page asks to the limit.
// Times are the browser's own, from the end of the request to the end of the answer;
// the browser draws on the same processor, so they are not too low.
func pageActions(ctx context.Context, l *laboratory) ([]result, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	url, _, stop, err := l.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer stop() //nolint:errcheck // the figures are taken
	if err := l.settled(ctx); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", filepath.Join("e2e", "actions.mjs"), "5")
	cmd.Dir = filepath.Join("web", "ui")
	cmd.Env = append(os.Environ(), "ONEMAP_URL="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("node e2e/actions.mjs: %w", err)
	}
	var calls []struct {
		Name            string
		Calls           int
		P50, P95, Worst float64
	}
	if err := json.Unmarshal(bytes.TrimSpace(out), &calls); err != nil {
		return nil, fmt.Errorf("what the page measured: %w", err)
	}
	results := make([]result, 0, len(calls))
	for _, c := range calls {
		r := compareTimes(fmt.Sprintf("%s, p95 of %d", c.Name, c.Calls), "limit of 500 ms", "ms", 1, []float64{c.P95}, []float64{callLimit})
		r.OursSpread = [2]float64{c.P50, c.Worst}
		results = append(results, r)
	}
	return results, nil
}
