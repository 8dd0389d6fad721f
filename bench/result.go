package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// result is one figure of ours beside the peer's. Ours and Theirs are medians;
// Ratio above 1 is ours ahead.
type result struct {
	Name   string  `json:"name"`
	Ours   float64 `json:"ours"`
	Theirs float64 `json:"theirs"`
	Peer   string  `json:"peer"`
	Unit   string  `json:"unit"`
	Ratio  float64 `json:"ratio"`
	Goal   float64 `json:"goal"`
	Met    bool    `json:"met"`

	OursSpread   [2]float64 `json:"ours_spread"`   // smallest and largest
	TheirsSpread [2]float64 `json:"theirs_spread"` // smallest and largest
	Rounds       int        `json:"rounds"`
}

// compareTimes makes a result of times taken by turns, where less is better.
func compareTimes(name, peer, unit string, goal float64, ours, theirs []float64) result {
	r := result{
		Name: name, Peer: peer, Unit: unit, Goal: goal, Rounds: len(ours),
		Ours: median(ours), Theirs: median(theirs),
		OursSpread:   [2]float64{slices.Min(ours), slices.Max(ours)},
		TheirsSpread: [2]float64{slices.Min(theirs), slices.Max(theirs)},
	}
	r.Ratio = r.Theirs / r.Ours
	r.Met = r.Ratio >= goal
	return r
}

// compareRates makes a result of rates taken by turns, where more is better.
func compareRates(name, peer, unit string, goal float64, ours, theirs []float64) result {
	r := compareTimes(name, peer, unit, goal, ours, theirs)
	r.Ratio = r.Ours / r.Theirs
	r.Met = r.Ratio >= goal
	return r
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// report prints a table and writes bench/out/NAME.json.
func report(out io.Writer, name string, results []result) error {
	fmt.Fprintf(out, "\n%s\n%-34s %12s %12s  %-6s %7s %6s  %s\n", name, "", "ours", "theirs", "unit", "ratio", "goal", "peer")
	for _, r := range results {
		met := "met"
		if !r.Met {
			met = "NOT met"
		}
		fmt.Fprintf(out, "%-34s %12.3f %12.3f  %-6s %7.2f %6.2f  %s, %s\n", r.Name, r.Ours, r.Theirs, r.Unit, r.Ratio, r.Goal, r.Peer, met)
		fmt.Fprintf(out, "%-34s %5.3f–%-6.3f %5.3f–%-6.3f  %d rounds\n", "", r.OursSpread[0], r.OursSpread[1], r.TheirsSpread[0], r.TheirsSpread[1], r.Rounds)
	}
	text, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	file := filepath.Join("bench", "out", name+".json")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
