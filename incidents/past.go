package incidents

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/spatial/cells"
)

// ErrNotEmpty reports that there are incidents already.
var ErrNotEmpty = errors.New("incidents: there are incidents already")

// Demonstration is who reports and moves the incidents of a demonstration.
const Demonstration = "demonstration"

// Past is an incident of a demonstration, with all that has become of it.
type Past struct {
	Report Draft      `json:"report"`
	Steps  []PastStep `json:"steps"` // after the report, in order
}

// PastStep is a step of the past.
type PastStep struct {
	To  State     `json:"to"`
	At  time.Time `json:"at"`
	Why string    `json:"why,omitempty"`
}

const anySQL = "SELECT EXISTS (SELECT FROM incidents.incidents)"

// Empty tells whether there are no incidents yet, so that [Store.Load] is worth its
// preparation.
func (s *Store) Empty(ctx context.Context) (bool, error) {
	var some bool
	if err := s.db.QueryRow(ctx, anySQL).Scan(&some); err != nil {
		return false, fmt.Errorf("incidents: looking for any: %w", err)
	}
	return !some, nil
}

// Load writes incidents of the past, marked synthetic, where there are none yet,
// else it is an [ErrNotEmpty]. place finds the cell of a report; nil leaves the
// incident out. The steps must be
// those of the table, later and later. It needs the right [access.Administer].
// 20,000 take some seconds.
func (s *Store) Load(ctx context.Context, all []Past, place func(Draft) (*cells.Place, error)) error {
	if err := access.Require(ctx, access.Administer); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var some bool
		if err := tx.QueryRow(ctx, anySQL).Scan(&some); err != nil {
			return err
		}
		if some {
			return ErrNotEmpty
		}
		all := slices.Clone(all) // so that numbers rise with time
		slices.SortStableFunc(all, func(a, b Past) int { return a.Report.moment().Compare(b.Report.moment()) })
		var batch pgx.Batch
		var steps []Step
		for _, p := range all {
			args, list, err := s.past(ctx, p, place)
			if err != nil {
				return fmt.Errorf("%s: %w", p.Report.ClientID, err)
			}
			if args == nil {
				continue
			}
			batch.Queue(insertSQL, args).QueryRow(func(row pgx.Row) error {
				var id int64
				err := row.Scan(&id)
				for _, step := range list {
					step.Incident = id
					steps = append(steps, step)
				}
				return err
			})
		}
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Incident, b.Incident)) })
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"incidents", "transitions"}, []string{"incident", "version", "from_state", "to_state", "at", "by", "why", "department", "role"},
			pgx.CopyFromSlice(len(steps), func(i int) ([]any, error) {
				t := steps[i]
				return []any{t.Incident, t.Version, t.From, t.To, t.At, t.By, t.Why, t.Department, t.Role}, nil
			}))
		return err
	})
	if err != nil {
		return fmt.Errorf("incidents: loading: %w", err)
	}
	return nil
}

// past checks an incident of the past and returns its row and its steps.
func (s *Store) past(ctx context.Context, p Past, place func(Draft) (*cells.Place, error)) (pgx.StrictNamedArgs, []Step, error) {
	p.Report.tidy()
	if p.Report.ReportedAt == nil || p.Report.Lon == nil || p.Report.Lat == nil {
		return nil, nil, &ContentError{"reported_at", "", "必须给出", "must be given, and a position"}
	}
	if err := p.Report.check(s.rules, *p.Report.ReportedAt); err != nil {
		return nil, nil, err
	}
	content, err := p.Report.hash()
	if err != nil {
		return nil, nil, err
	}
	where, err := place(p.Report)
	if err != nil || where == nil {
		return nil, nil, err
	}
	args, err := s.row(ctx, p.Report, content, where, nil)
	if err != nil {
		return nil, nil, err
	}
	step := Step{Version: 1, To: Reported, At: *p.Report.ReportedAt, By: Demonstration, Department: args["department"].(string), Role: args["role"].(string)}
	steps := []Step{step}
	for _, next := range p.Steps {
		from := step.To
		if !slices.ContainsFunc(s.rules.from(from), func(t Transition) bool { return t.To == next.To }) || !next.At.After(step.At) {
			return nil, nil, &TransitionError{from, next.To, s.rules.from(from)}
		}
		step.From, step.To, step.At, step.Why, step.Version = &from, next.To, next.At, next.Why, step.Version+1
		steps = append(steps, step)
	}
	args["state"], args["version"], args["received_at"] = string(step.To), step.Version, *p.Report.ReportedAt
	args["reporter"], args["synthetic"] = Demonstration, true
	return args, steps, nil
}

// moment is when a report was made; the zero time if it doesn't say.
func (d Draft) moment() time.Time {
	if d.ReportedAt == nil {
		return time.Time{}
	}
	return *d.ReportedAt
}
