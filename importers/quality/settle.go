package quality

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"onemap/layers"
)

// Inspect gives a function the table of loaded rows, and the transaction that
// they are in; see layers.DraftTable.
type Inspect func(ctx context.Context, check func(ctx context.Context, tx pgx.Tx, table pgx.Identifier) error) error

// Settle compares rows with one another and the whole with the published
// version, once all findings are merged, and makes the report.
func (p *Plan) Settle(ctx context.Context, inspect Inspect, f Facts) (*Report, error) {
	r := &Report{Publishable: true, Rules: make([]Result, len(p.rules))}
	for i, rule := range p.rules {
		title, titleEN := p.titles(rule)
		r.Rules[i] = Result{
			Rule: rule, Dimension: kinds()[rule.Check].dimension, Title: title, TitleEN: titleEN, Count: p.total.counts[i], Examples: p.total.examples[i],
			Refuses: refuses(rule), Fixed: slices.Contains(counted, rule.Check),
		}
	}
	for i := range r.Rules {
		if err := p.settleRule(ctx, inspect, &r.Rules[i]); err != nil {
			return nil, err
		}
	}
	if err := p.settleCoverage(ctx, inspect, r); err != nil {
		return nil, err
	}
	for i := range r.Rules {
		one := &r.Rules[i]
		if one.Examples == nil {
			one.Examples = []Example{}
		}
		switch {
		case one.Refuses: // such rows are counted as rejected
		case one.Rule.Level == layers.Error:
			r.Errors += one.Count
		case one.Rule.Level == layers.Warning:
			r.Warnings += one.Count
		default:
			r.Notes += one.Count
		}
	}
	r.Publishable = r.Errors == 0
	if p.def.Geometry == layers.Polygon {
		area := math.Round(p.total.areaM2*100) / 100
		r.AreaM2 = &area
	}
	p.score(r, f)
	return r, nil
}

// settleRule settles the rules about the version as a whole, but for coverage.
func (p *Plan) settleRule(ctx context.Context, inspect Inspect, r *Result) error {
	if p.skipped[r.Rule.ID] {
		r.skip("按要求未检查", "was left out, as asked")
		return nil
	}
	switch r.Rule.Check {
	case "duplicate_key":
		return p.settleRepeats(ctx, inspect, p.keys, r)
	case "duplicate_geometry":
		return p.settleRepeats(ctx, inspect, p.shapes, r)
	case "precision":
		if float64(r.Count) < r.Rule.Share*float64(p.total.rows) { // some are round by chance
			r.Count, r.Examples = 0, nil
		}
	case "outside":
		if p.city == nil {
			r.skip("尚无市域范围", "the city's outline is not known")
		}
	case "codes", "code_name":
		field, _ := p.def.Field(r.Rule.Field)
		if _, known := p.stick.Dictionaries[field.Dictionary]; !known {
			r.skip("尚无字典", "the dictionary is not there")
		}
	case "count_change":
		if was := p.stick.Published; was != nil {
			p.settleChange(r, float64(was.Features), float64(p.total.rows), "要素", "features")
		} else {
			r.skip("尚无已发布版本", "nothing is published yet")
		}
	case "area_change":
		if was := p.stick.Published; was != nil && was.AreaM2 != nil {
			p.settleChange(r, *was.AreaM2/1e6, p.total.areaM2/1e6, "平方千米", "km²")
		} else {
			r.skip("已发布版本没有面积记录", "the area of a published version is not known")
		}
	}
	return nil
}

func (r *Result) skip(zh, en string) {
	r.Count, r.Examples, r.Skipped, r.SkippedEN = 0, nil, zh, en
}

func (p *Plan) settleChange(r *Result, was, is float64, zh, en string) {
	if was == 0 || math.Abs(is/was-1) <= r.Rule.Share {
		return
	}
	r.Count = 1
	change := 100 * (is/was - 1)
	r.Examples = []Example{{
		Value:     formatNumber(is),
		Message:   fmt.Sprintf("已发布版本 v%d 为 %.6g %s，本次 %.6g，变化 %+.1f%%（限 %.0f%%）", p.stick.Published.Number, was, zh, is, change, 100*r.Rule.Share),
		MessageEN: fmt.Sprintf("version %d, published, has %.6g %s, this one %.6g: %+.1f %% (limit %.0f %%)", p.stick.Published.Number, was, en, is, change, 100*r.Rule.Share),
	}}
}

func (p *Plan) settleRepeats(ctx context.Context, inspect Inspect, s *spool, r *Result) error {
	count, pairs, err := s.repeats()
	if err != nil || count == 0 {
		return err
	}
	r.Count = count
	places := map[int64]keyed{}
	err = inspect(ctx, func(ctx context.Context, tx pgx.Tx, table pgx.Identifier) (err error) {
		places, err = p.lookUp(ctx, tx, table, pairs)
		return err
	})
	if err != nil {
		return fmt.Errorf("quality: finding repeated rows: %w", err)
	}
	for _, one := range pairs {
		e := Example{
			Row: one.row, Rows: []int64{one.first},
			Message: fmt.Sprintf("与第 %d 行相同", one.first), MessageEN: fmt.Sprintf("the same as row %d", one.first),
		}
		if k, ok := places[one.row]; ok {
			e.Place = k.place
			if s == p.keys {
				e.Field, e.Value = strings.Join(p.def.Key, ", "), clip(k.key)
			}
		}
		r.Examples = append(r.Examples, e)
	}
	return nil
}

// keyed is a row's business key and place.
type keyed struct {
	key   string
	place *Place
}

func (p *Plan) lookUp(ctx context.Context, tx pgx.Tx, table pgx.Identifier, pairs []pair) (map[int64]keyed, error) {
	rows := make([]int64, len(pairs))
	for i, one := range pairs {
		rows[i] = one.row
	}
	key := []string{"''"}
	for _, name := range p.def.Key {
		key = append(key, pgx.Identifier{name}.Sanitize())
	}
	sql := fmt.Sprintf("SELECT fid, concat_ws(', ', %s), ST_X(c), ST_Y(c) FROM %s, ST_PointOnSurface(geom) c WHERE fid = ANY ($1)",
		strings.Join(key[min(1, len(key)-1):], ", "), table.Sanitize())
	found, err := tx.Query(ctx, sql, rows)
	if err != nil {
		return nil, err
	}
	places := map[int64]keyed{}
	var fid int64
	var text string
	var lon, lat float64
	_, err = pgx.ForEachRow(found, []any{&fid, &text, &lon, &lat}, func() error {
		places[fid] = keyed{text, &Place{lon, lat}}
		return nil
	})
	return places, err
}

// unmeasured tells a question that PostGIS couldn't answer, as about shapes
// that it can't cut, from one that nobody could hear.
func unmeasured(err error) (string, bool) {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && strings.HasPrefix(refused.Code, "XX") {
		return refused.Message, true
	}
	return "", false
}
