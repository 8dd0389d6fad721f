package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/maptile"

	"onemap/tiles/grid"
)

// script is one statement for pgbench, of a tile at random; what else follows
// from the tile is worked out from its x and y.
func script(sql string, args pgx.StrictNamedArgs, low, high maptile.Tile) string {
	var script strings.Builder
	fmt.Fprintf(&script, "\\set x random(%d, %d)\n\\set y random(%d, %d)\n", low.X, high.X, low.Y, high.Y)
	extent := grid.Mercator.Extent(low)
	if _, ok := args["west"]; ok {
		side := extent.Max[0] - extent.Min[0]
		fmt.Fprintf(&script, "\\set west %f + (:x - %d) * %f\n\\set north %f - (:y - %d) * %f\n", extent.Min[0], low.X, side, extent.Max[1], low.Y, side)
	}
	for _, name := range []string{"x", "y", "west", "north"} {
		delete(args, name)
	}
	for name, value := range args {
		if _, text := value.(string); !text {
			fmt.Fprintf(&script, "\\set %s %v\n", name, value)
		}
	}
	return script.String() + forPgbench(sql, args) + ";\n"
}

var perSecond = regexp.MustCompile(`tps = ([0-9.]+) \(without initial`)

// pgbenchRate runs the script over all connections and returns transactions a second.
func pgbenchRate(ctx context.Context, url, script string, during time.Duration) (float64, error) {
	cmd := exec.CommandContext(ctx, pgbenchProgram(), "-n", "-M", "prepared", "-c", strconv.Itoa(liveConnections), "-j", "2",
		"-T", strconv.Itoa(int(during.Seconds())), "-f", script, url)
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c jit=off")
	out, err := cmd.CombinedOutput()
	found := perSecond.FindSubmatch(out)
	if err != nil || found == nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// forPgbench puts a statement into pgbench's terms: one command without comments,
// with its variables; texts are written out.
func forPgbench(sql string, args pgx.StrictNamedArgs) string {
	var lines []string
	for _, line := range strings.Split(sql, "\n") { // pgbench keeps comments, and their words would become variables
		before, _, _ := strings.Cut(line, "--")
		lines = append(lines, before)
	}
	return strings.TrimSpace(placeholder.ReplaceAllStringFunc(strings.Join(lines, "\n"), func(name string) string {
		if text, ok := args[name[1:]].(string); ok {
			return "'" + text + "'"
		}
		return ":" + name[1:]
	}))
}

func pgbenchProgram() string {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench"); len(found) > 0 {
		return found[len(found)-1]
	}
	return "pgbench"
}
