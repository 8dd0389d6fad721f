package incidents

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

//go:embed sql/tally.sql
var tallySQL string

// Tally counts incidents by state and by class of kinds.
type Tally struct {
	Summary
	ByKind map[string]int64 `json:"by_kind"` // by the first two digits of the kind
}

// Tally counts the incidents that a query asks for and that the context's
// principal may see.
func (s *Store) Tally(ctx context.Context, q Query) (Tally, error) {
	tally := Tally{Summary: Summary{ByState: map[State]int64{}}, ByKind: map[string]int64{}}
	if err := access.Require(ctx, access.Report); err != nil {
		return tally, err
	}
	rows, err := s.db.Query(ctx, tallySQL+listSQL+"GROUP BY 1, 2", q.args(ctx))
	if err != nil {
		return tally, fmt.Errorf("incidents: counting: %w", err)
	}
	var state State
	var kind string
	var count int64
	_, err = pgx.ForEachRow(rows, []any{&state, &kind, &count}, func() error {
		tally.Count += count
		tally.ByState[state] += count
		tally.ByKind[kind[:min(2, len(kind))]] += count
		if !s.rules.Final(state) {
			tally.Open += count
		}
		return nil
	})
	if err != nil {
		return tally, fmt.Errorf("incidents: counting: %w", err)
	}
	return tally, nil
}
