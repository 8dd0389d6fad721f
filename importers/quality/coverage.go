package quality

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
)

var (
	//go:embed sql/faces.sql
	facesSQL string
	//go:embed sql/pairs.sql
	pairsSQL string
)

// DefaultCoverageEdges is how many edges without a partner are cut with one
// another, where nothing else is said. A coverage has few; where there are more,
// overlaps are sought pair by pair.
const DefaultCoverageEdges = 500_000

// Limits of overlaps and gaps where the rule doesn't say. The first is thickness:
// borders that one neighbour draws with more points than the other part by
// millimetres when they are projected.
const (
	coverageTolerance = 0.01 // metres
	coverageMinimum   = 0.01 // square metres
)

// face is a piece of ground that is not covered once.
type face struct {
	place  Place
	m2     float64
	covers []int64 // rows; none is a gap
}

// settleCoverage finds overlaps and gaps. Edges that two neighbours share cancel
// out; what is left is cut into faces, and the database says what covers each.
func (p *Plan) settleCoverage(ctx context.Context, inspect Inspect, r *Report) error {
	if p.edges == nil {
		return nil
	}
	overlap, gap := p.result(r, "overlap"), p.result(r, "gap")
	count, edges, err := p.edges.unmatched(cmp.Or(p.CoverageEdges, DefaultCoverageEdges))
	if err != nil || count == 0 {
		return err
	}
	limits := overlap
	if overlap == nil {
		limits = gap
	}
	tolerance := cmp.Or(limits.Rule.Tolerance, coverageTolerance)
	minimum := cmp.Or(limits.Rule.Minimum, coverageMinimum)
	var faces []face
	err = inspect(ctx, func(ctx context.Context, tx pgx.Tx, table pgx.Identifier) (err error) {
		if edges == nil {
			faces, err = pairsOf(ctx, tx, table, tolerance, minimum)
			return err
		}
		if err = loadEdges(ctx, tx, table, edges); err == nil {
			faces, err = facesOf(ctx, tx, table, tolerance, minimum)
		}
		return err
	})
	if why, yes := unmeasured(err); yes {
		for _, one := range []*Result{overlap, gap} {
			if one != nil {
				one.skip("数据库无法裁切："+why, "the database could not cut the shapes: "+why)
			}
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("quality: overlaps and gaps: %w", err)
	}
	if edges == nil && gap != nil {
		gap.skip(fmt.Sprintf("有 %d 条边界没有相邻图斑，不是连续覆盖，未检查缝隙", count), fmt.Sprintf("%d edges have no neighbour: not a coverage, gaps were not sought", count))
		gap = nil
	}
	tellFaces(faces, overlap, gap)
	return nil
}

func (p *Plan) result(r *Report, id string) *Result {
	if i, ok := p.index[id]; ok && !p.skipped[id] {
		return &r.Rules[i]
	}
	return nil
}

// tellFaces counts faces; the largest come first among the examples.
func tellFaces(faces []face, overlap, gap *Result) {
	slices.SortFunc(faces, func(a, b face) int {
		return cmp.Or(cmp.Compare(b.m2, a.m2), cmp.Compare(a.place.Lon, b.place.Lon), cmp.Compare(a.place.Lat, b.place.Lat))
	})
	for _, f := range faces {
		to := gap
		e := Example{Place: &f.place, Value: fmt.Sprintf("%.2f", f.m2)}
		if len(f.covers) > 0 {
			to = overlap
			e.Row, e.Rows = f.covers[0], f.covers[1:min(len(f.covers), mostExamples)]
			e.Message, e.MessageEN = fmt.Sprintf("重叠 %.2f 平方米", f.m2), fmt.Sprintf("%.2f m² overlap", f.m2)
		} else {
			e.Message, e.MessageEN = fmt.Sprintf("缝隙 %.2f 平方米", f.m2), fmt.Sprintf("a gap of %.2f m²", f.m2)
		}
		if to == nil || to == gap && to.Rule.Maximum > 0 && f.m2 > to.Rule.Maximum {
			continue
		}
		to.Count++
		if len(to.Examples) < mostExamples {
			to.Examples = append(to.Examples, e)
		}
	}
}

// rowsAtOnce bounds how many geometries are read back together.
const rowsAtOnce = 2000

// loadEdges brings the edges into a temporary table, as lines.
func loadEdges(ctx context.Context, tx pgx.Tx, table pgx.Identifier, edges []edgeRef) error {
	if _, err := tx.Exec(ctx, "CREATE TEMP TABLE IF NOT EXISTS quality_edges (line geometry(LineString, 4490)) ON COMMIT DROP; TRUNCATE quality_edges", pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	for len(edges) > 0 {
		wanted := map[int64][]int{}
		n := 0
		for ; n < len(edges) && (len(wanted) < rowsAtOnce || wanted[edges[n].row()] != nil); n++ {
			wanted[edges[n].row()] = append(wanted[edges[n].row()], edges[n].edge())
		}
		edges = edges[n:]
		lines, err := linesOf(ctx, tx, table, wanted)
		if err != nil {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"pg_temp", "quality_edges"}, []string{"line"}, pgx.CopyFromRows(lines))
		if err != nil {
			return err
		}
	}
	return nil
}

// linesOf reads rows' geometries and returns the wanted edges, those that
// follow one another as one line.
func linesOf(ctx context.Context, tx pgx.Tx, table pgx.Identifier, wanted map[int64][]int) ([][]any, error) {
	fids := make([]int64, 0, len(wanted))
	for fid := range wanted {
		fids = append(fids, fid)
	}
	slices.Sort(fids)
	rows, err := tx.Query(ctx, fmt.Sprintf("SELECT fid, ST_AsBinary(geom) FROM %s WHERE fid = ANY ($1) ORDER BY fid", table.Sanitize()), fids)
	if err != nil {
		return nil, err
	}
	var lines [][]any
	var fid int64
	var encoded []byte
	_, err = pgx.ForEachRow(rows, []any{&fid, &encoded}, func() error {
		g, err := wkb.Unmarshal(encoded)
		if err != nil {
			return err
		}
		take := wanted[fid]
		var line orb.LineString
		end := func() {
			if len(line) > 1 {
				lines = append(lines, []any{lineEWKB(line)})
			}
			line = nil
		}
		eachEdge(g, func(n int, a, b orb.Point) {
			if len(take) == 0 || n != take[0] {
				return
			}
			take = take[1:]
			if len(line) == 2 && line[0] == b { // the ring runs the other way
				line[0], line[1] = line[1], line[0]
			}
			switch {
			case line != nil && line[len(line)-1] == a:
				line = append(line, b)
			case line != nil && line[len(line)-1] == b:
				line = append(line, a)
			default:
				end()
				line = orb.LineString{a, b}
			}
		})
		end()
		return nil
	})
	return lines, err
}

func lineEWKB(line orb.LineString) []byte {
	b := binary.LittleEndian.AppendUint32([]byte{1}, 2|0x20000000)
	b = binary.LittleEndian.AppendUint32(b, 4490)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(line)))
	for _, p := range line {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
	}
	return b
}

func facesOf(ctx context.Context, tx pgx.Tx, table pgx.Identifier, tolerance, minimum float64) ([]face, error) {
	return collectFaces(ctx, tx, strings.ReplaceAll(facesSQL, "{table}", table.Sanitize()), tolerance, minimum)
}

func pairsOf(ctx context.Context, tx pgx.Tx, table pgx.Identifier, tolerance, minimum float64) ([]face, error) {
	return collectFaces(ctx, tx, strings.ReplaceAll(pairsSQL, "{table}", table.Sanitize()), tolerance, minimum)
}

func collectFaces(ctx context.Context, tx pgx.Tx, sql string, tolerance, minimum float64) ([]face, error) {
	rows, err := tx.Query(ctx, sql, pgx.StrictNamedArgs{"tolerance": tolerance, "minimum": minimum})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (f face, err error) {
		return f, row.Scan(&f.place.Lon, &f.place.Lat, &f.m2, &f.covers)
	})
}
