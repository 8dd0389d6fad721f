package products

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/layers"
)

var (
	//go:embed sql/statistics.sql
	statisticsSQL string
	//go:embed sql/statistics_by_service.sql
	byServiceSQL string
	//go:embed sql/indicator.sql
	indicatorSQL string
)

// Target is how many published products the city plan asks for.
const Target = 150

// mostDays is the longest time that statistics are made of.
const mostDays = 3660

// Statistics tell how often a product was called.
type Statistics struct {
	Product  string    `json:"product"`
	From     string    `json:"from"` // the first day, in Beijing
	To       string    `json:"to"`   // the last
	Calls    int64     `json:"calls"`
	Users    int64     `json:"users"`   // people who signed in, each once
	Systems  int64     `json:"systems"` // tokens of programs, each once
	Days     []Day     `json:"days"`    // those with calls
	Services []Service `json:"services"`
}

// Day is what was called on a day.
type Day struct {
	Day     string `json:"day"`
	Calls   int64  `json:"calls"`
	Users   int64  `json:"users"`
	Systems int64  `json:"systems"`
}

// Service is how often a service of a product was called.
type Service struct {
	Service string `json:"service"`
	Calls   int64  `json:"calls"`
}

// Statistics counts the calls of a product that the context's principal may read,
// from one day in Beijing to another, as "2026-05-01"; "" is 30 days ago and today.
// What was counted in the last seconds may not be in it yet.
func (s *Store) Statistics(ctx context.Context, id, from, to string) (Statistics, error) {
	result := Statistics{Product: id, Days: []Day{}, Services: []Service{}}
	if _, err := s.head(ctx, id); err != nil {
		return result, err
	}
	now := time.Now().In(beijing)
	result.From, result.To = cmp.Or(from, now.AddDate(0, 0, -29).Format(time.DateOnly)), cmp.Or(to, now.Format(time.DateOnly))
	first, err := time.Parse(time.DateOnly, result.From)
	if err != nil {
		return result, &ContentError{"from", from, "应为日期，如 2026-05-01", "must be a day, as 2026-05-01"}
	}
	last, err := time.Parse(time.DateOnly, result.To)
	if err != nil || last.Before(first) || last.Sub(first) > mostDays*24*time.Hour {
		return result, &ContentError{"to", to, fmt.Sprintf("应为不早于 from 的日期，至多 %d 天", mostDays), fmt.Sprintf("must be a day not before from, at most %d days after", mostDays)}
	}
	args := pgx.StrictNamedArgs{"product": id, "from": first, "to": last}
	rows, err := s.db.Query(ctx, statisticsSQL, args)
	if err != nil {
		return result, fmt.Errorf("products: statistics of %s: %w", id, err)
	}
	var day *time.Time
	var calls, users, systems int64
	_, err = pgx.ForEachRow(rows, []any{&day, &calls, &users, &systems}, func() error {
		if day == nil {
			result.Calls, result.Users, result.Systems = calls, users, systems
			return nil
		}
		result.Days = append(result.Days, Day{day.Format(time.DateOnly), calls, users, systems})
		return nil
	})
	if err != nil {
		return result, fmt.Errorf("products: statistics of %s: %w", id, err)
	}
	if rows, err = s.db.Query(ctx, byServiceSQL, args); err == nil {
		result.Services, err = pgx.AppendRows(result.Services, rows, pgx.RowToStructByPos[Service])
	}
	if err != nil {
		return result, fmt.Errorf("products: statistics of %s: %w", id, err)
	}
	return result, nil
}

// Indicator is how far the city is with its products.
type Indicator struct {
	Count       int64             `json:"count"`     // published products
	Target      int64             `json:"target"`    // that the city plan asks for
	Share       float64           `json:"share"`     // of the target, 1 is all
	Synthetic   int64             `json:"synthetic"` // of the count, those made for a demonstration
	Themes      []ThemeCount      `json:"by_theme"`
	Departments []DepartmentCount `json:"by_department"` // most first
	States      []StateCount      `json:"by_state"`      // all products
	At          time.Time         `json:"at"`
}

// ThemeCount is how many published products a theme has.
type ThemeCount struct {
	Theme  string `json:"theme"`
	Name   string `json:"name"`
	NameEN string `json:"name_en"`
	Count  int64  `json:"count"`
}

// DepartmentCount is how many published products a department has.
type DepartmentCount struct {
	Department string `json:"department"`
	Count      int64  `json:"count"`
}

// StateCount is how many products are in a state.
type StateCount struct {
	State State  `json:"state"`
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Indicator counts the products of the city, whoever may read them: that there is
// one is no secret. It needs the right [access.ReadPublic].
func (s *Store) Indicator(ctx context.Context, catalogue *layers.Catalogue) (Indicator, error) {
	result := Indicator{Target: Target, Themes: []ThemeCount{}, Departments: []DepartmentCount{}, At: time.Now()}
	if err := access.Require(ctx, access.ReadPublic); err != nil {
		return result, err
	}
	for _, t := range catalogue.Themes {
		result.Themes = append(result.Themes, ThemeCount{t.ID, t.Name, t.NameEN, 0})
	}
	for _, state := range States() {
		result.States = append(result.States, StateCount{State(state.State), state.Name, 0})
	}
	rows, err := s.db.Query(ctx, indicatorSQL)
	if err != nil {
		return result, fmt.Errorf("products: counting: %w", err)
	}
	var theme, department string
	var state State
	var count, synthetic int64
	_, err = pgx.ForEachRow(rows, []any{&theme, &department, &state, &count, &synthetic}, func() error {
		for i := range result.States {
			if result.States[i].State == state {
				result.States[i].Count += count
			}
		}
		if state == Published {
			result.count(theme, department, count, synthetic)
		}
		return nil
	})
	if err != nil {
		return result, fmt.Errorf("products: counting: %w", err)
	}
	slices.SortFunc(result.Departments, func(a, b DepartmentCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Department, b.Department))
	})
	result.Share = float64(result.Count) / float64(result.Target)
	return result, nil
}

func (r *Indicator) count(theme, department string, count, synthetic int64) {
	r.Count += count
	r.Synthetic += synthetic
	for i := range r.Themes {
		if r.Themes[i].Theme == theme {
			r.Themes[i].Count += count
		}
	}
	i := slices.IndexFunc(r.Departments, func(d DepartmentCount) bool { return d.Department == department })
	if i < 0 {
		i, r.Departments = len(r.Departments), append(r.Departments, DepartmentCount{Department: department})
	}
	r.Departments[i].Count += count
}
