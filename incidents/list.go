package incidents

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"onemap/access"
)

var (
	//go:embed sql/list.sql
	listSQL string
	//go:embed sql/page.sql
	pageSQL string
	//go:embed sql/heat.sql
	heatSQL string
	//go:embed sql/heat_group.sql
	heatGroupSQL string
	//go:embed sql/counts.sql
	countsSQL string
)

// Query asks for incidents; what is left out doesn't matter.
type Query struct {
	Bounds *orb.Bound // EPSG:4490 degrees
	Cell   string     // code of a cell of any level, or the beginning of one's code
	States []State
	Kind   string // code of a kind or a class
	Source string
	From   time.Time // reported at or after
	To     time.Time // reported before
	Text   string    // that the report has
}

func (q Query) args(ctx context.Context) pgx.StrictNamedArgs {
	args := seen(ctx)
	args["west"], args["south"], args["east"], args["north"] = nil, nil, nil, nil
	if q.Bounds != nil {
		args["west"], args["south"], args["east"], args["north"] = q.Bounds.Min[0], q.Bounds.Min[1], q.Bounds.Max[0], q.Bounds.Max[1]
	}
	states := make([]string, len(q.States))
	for i, state := range q.States {
		states[i] = string(state)
	}
	moment := func(t time.Time) *time.Time {
		if t.IsZero() {
			return nil
		}
		return &t
	}
	like := func(text string) string { return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) }
	args["cell"], args["cell_prefix"] = q.Cell, like(q.Cell)+"%"
	args["states"], args["kind"], args["source"] = states, q.Kind, q.Source
	args["from"], args["to"] = moment(q.From), moment(q.To)
	args["text"] = ""
	if q.Text != "" {
		args["text"] = "%" + like(q.Text) + "%"
	}
	return args
}

// List returns a page of incidents that the context's principal may see, the
// newest first, those with an id below before; 0 begins with the newest.
func (s *Store) List(ctx context.Context, q Query, before int64, limit int) ([]Incident, error) {
	if err := access.Require(ctx, access.Report); err != nil {
		return nil, err
	}
	args := q.args(ctx)
	args["before"], args["limit"] = before, limit
	return s.read(ctx, s.db, listSQL+pageSQL, args)
}

// eachPage is how many incidents [Store.Each] reads at once.
const eachPage = 1000

// Each calls take with every incident that a query asks for, the newest first, at
// most as many as said.
func (s *Store) Each(ctx context.Context, q Query, most int, take func(Incident) error) error {
	before := int64(0)
	for most > 0 {
		page, err := s.List(ctx, q, before, min(eachPage, most))
		if err != nil {
			return err
		}
		for _, one := range page {
			if err := take(one); err != nil {
				return err
			}
		}
		if len(page) < eachPage {
			return nil
		}
		most -= len(page)
		before = page[len(page)-1].ID
	}
	return nil
}

// Count is how many incidents a cell has.
type Count struct {
	Code  string `json:"code"`
	Count int64  `json:"count"`
	Open  int64  `json:"open"` // of which are neither closed nor rejected
}

// MostHeat is the most cells that are counted at once.
const MostHeat = 20_000

// ErrLevel reports a level that incidents aren't counted by.
var ErrLevel = errors.New("incidents: no such level")

// BeiDou5 is the level of the BeiDou cells that incidents are counted by, of 4″,
// some 120 m.
const BeiDou5 = "beidou5"

// beidouCharacters is the length of their codes.
const beidouCharacters = 11

// Heat counts incidents by the cells of a level, as they were when the incidents
// were reported, those with most first: micro, small, village, town, county, city,
// or [BeiDou5]. Another level is an [ErrLevel].
func (s *Store) Heat(ctx context.Context, q Query, level string) ([]Count, error) {
	tiers := map[string][]string{
		"micro": {"grid_micro"}, "small": {"grid_small"}, "village": {"grid_medium", "division_village"}, "town": {"grid_large", "division_town"},
		"county": {"division_county"}, "city": {"division_city"},
	}
	if level == BeiDou5 {
		return s.heat(ctx, q, []string{}, beidouCharacters)
	}
	if layers, ok := tiers[level]; ok {
		return s.heat(ctx, q, layers, 0)
	}
	return nil, fmt.Errorf("%w: %.20q; known are micro, small, village, town, county, city, %s", ErrLevel, level, BeiDou5)
}

func (s *Store) heat(ctx context.Context, q Query, layers []string, beidou int) ([]Count, error) {
	if err := access.Require(ctx, access.Report); err != nil {
		return nil, err
	}
	args := q.args(ctx)
	args["layers"], args["beidou"], args["final"], args["limit"] = layers, beidou, s.finals(), MostHeat
	counts, err := collect(ctx, s.db, heatSQL+listSQL+heatGroupSQL, args, func(row pgx.CollectableRow) (c Count, err error) {
		return c, row.Scan(&c.Code, &c.Count, &c.Open)
	})
	if err != nil {
		return nil, fmt.Errorf("incidents: counting by cell: %w", err)
	}
	return counts, nil
}

func (s *Store) finals() []string {
	list := make([]string, len(s.rules.final))
	for i, state := range s.rules.final {
		list[i] = string(state)
	}
	return list
}

// Summary counts the incidents of a cell by state.
type Summary struct {
	Count   int64           `json:"count"`
	Open    int64           `json:"open"`
	ByState map[State]int64 `json:"by_state"`
}

// Summarise counts the incidents that the context's principal may see in a cell
// of any level.
func (s *Store) Summarise(ctx context.Context, cell string) (Summary, error) {
	sum := Summary{ByState: map[State]int64{}}
	if err := access.Require(ctx, access.Report); err != nil {
		return sum, err
	}
	args := seen(ctx)
	args["cell"] = cell
	rows, err := s.db.Query(ctx, countsSQL, args)
	if err != nil {
		return sum, fmt.Errorf("incidents: %w", err)
	}
	var state State
	var count int64
	_, err = pgx.ForEachRow(rows, []any{&state, &count}, func() error {
		sum.ByState[state] = count
		sum.Count += count
		if !s.rules.Final(state) {
			sum.Open += count
		}
		return nil
	})
	if err != nil {
		return sum, fmt.Errorf("incidents: %w", err)
	}
	return sum, nil
}
