// Command bench measures the one map side by side with its peers.
//
//	go run ./bench            all benchmarks
//	go run ./bench import     one
//
// BENCH_SCALE, BENCH_ROWS and BENCH_FORMATS choose smaller or other data; see
// laboratory and formatRows. BENCH_PARTS chooses parts of render; see rendering.
//
// Each benchmark starts what it needs, runs ours and the peer's by turns on the
// same data and the same machine, checks that both computed the same thing,
// prints a table, and writes bench/out/NAME.json. Nothing here is a test: a slow
// machine makes no failure, only another figure.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// benchmark is one comparison.
type benchmark struct {
	name string
	run  func(ctx context.Context, lab *laboratory) ([]result, error)
}

func benchmarks() []benchmark {
	return []benchmark{{"startup", startup}, {"import", importing}, {"formats", formats}, {"tile", liveTile}, {"crowded", crowded}, {"pyramid", pyramids}, {"archive", archived}, {"live", live}, {"locate", locate}, {"compliance", checking}, {"risk", risks}, {"search", searching}, {"render", rendering}, {"page", pageActions}}
}

// rivals are what this program serves when it measures itself: run as
// `bench --NAME ARGUMENT` it prints its address and serves until it is told to stop.
func rivals() map[string]func(ctx context.Context, argument string) error {
	return map[string]func(context.Context, string) error{
		"--bare": serveBare, "--live": serveLive, "--locate": serveLocate, "--empty": serveEmpty, "--services": serveServices,
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	if len(names) == 2 {
		if serve, ok := rivals()[names[0]]; ok {
			return serve(ctx, names[1])
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(benchmarks(), func(b benchmark) bool { return b.name == name }) {
			return fmt.Errorf("there is no benchmark %q", name)
		}
	}
	lab, err := newLaboratory(os.Getenv("BENCH_SCALE"))
	if err != nil {
		return err
	}
	for _, b := range benchmarks() {
		if len(names) > 0 && !slices.Contains(names, b.name) {
			continue
		}
		results, err := b.run(ctx, lab)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		if err := report(os.Stdout, b.name, results); err != nil {
			return err
		}
	}
	return nil
}
