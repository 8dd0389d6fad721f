package importers

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/importers/gdal"
	"onemap/importers/quality"
	"onemap/layers"
	"onemap/spatial/crs"
)

// ErrStillRefused reports a retry in which no row could be taken.
var ErrStillRefused = errors.New("importers: no row out of quarantine could be taken")

// RetryOptions say which rows to try again.
type RetryOptions struct {
	Layer     string
	Version   int    // whose rows in quarantine are tried again
	Publish   bool   // show the new version at once, unless rules of level error object
	Unchecked bool   // publish also then
	TempDir   string // for what is compared; "" is the system's

	SevenParameters   *crs.SevenParameters // where the delivery needed them; nil is none
	ParametersOffered bool                 // see [Options]

	Import   *int64         // the job that retries; a job makes at most one version of a layer. nil is none
	Progress func(Progress) // is called often, from one goroutine; nil is nobody
}

// Retried says what a retry was made of.
type Retried struct {
	Version int `json:"version"` // whose rows were tried again
	Base    int `json:"base"`    // the version that the taken ones were added to
}

// Retry tries a version's open and corrected rows in quarantine again. Those that
// pass now and the version's own make a new version; the others stay where they
// are, with the newest reason. A version from which an earlier retry was made
// gives way to the newest such. The report's figures are of the rows tried.
func Retry(ctx context.Context, store *layers.Store, o RetryOptions) (Report, error) {
	started := time.Now()
	r := retry{store: store, o: o, report: Report{
		Layer: o.Layer, Source: []string{}, Dropped: []string{}, Missing: []string{}, Notes: []Note{}, RejectReasons: []Reason{}, RepairReasons: []Reason{},
		Rejections: []RowError{}, Repairs: []RowRepair{}, Retried: &Retried{o.Version, o.Version},
	}}
	if r.o.Progress == nil {
		r.o.Progress = func(Progress) {}
	}
	err := r.run(ctx)
	if err == nil {
		r.o.Progress(Progress{Stage: Done, Rows: r.report.Read, Total: r.total})
	}
	r.report.Seconds = time.Since(started).Seconds()
	return r.report, explain(err)
}

type retry struct {
	store     *layers.Store
	o         RetryOptions
	report    Report
	def       layers.Definition
	of        layers.Delivery
	yardstick layers.Yardstick
	extras    []FieldMatch // what the delivery has for the column extra
	total     int64        // rows to be tried
	sum       []byte       // of what the rows are
}

func (r *retry) run(ctx context.Context) (err error) {
	if r.def, err = r.store.Definition(ctx, r.o.Layer); err != nil {
		return err
	}
	if r.of, err = r.store.Delivery(ctx, r.o.Layer, r.o.Version); err != nil {
		return err
	}
	r.o.Progress(Progress{Stage: Inspecting})
	if err := r.findBase(ctx); err != nil {
		return err
	}
	base, err := r.store.Version(ctx, r.o.Layer, r.report.Retried.Base)
	if err != nil {
		return err
	}
	r.report.File, r.report.SHA256, r.report.CRS, r.sum = base.SourceFile, base.SourceSHA256, base.SourceCRS, []byte(base.ContentHash)
	if r.yardstick, err = r.store.Yardstick(ctx, r.def); err != nil {
		return err
	}
	draft, err := r.store.BeginDraft(ctx, r.o.Layer)
	if err != nil {
		return err
	}
	defer draft.Abandon(ctx)
	if _, err := draft.CopyVersion(ctx, base.Number); err != nil {
		return err
	}
	if err := r.try(ctx, draft); err != nil {
		return err
	}
	if r.report.Read == 0 {
		return problem(ErrStillRefused,
			"隔离区没有待处理的行：都已被接收或放弃，未生成新版本",
			"no row in quarantine is left to try: all are taken or given up; no version was made")
	}
	if r.report.Accepted == 0 {
		return problem(ErrStillRefused,
			"隔离区的 %[1]d 行仍无一通过，未生成新版本；请先更正（mapserver quarantine export / correct）",
			"none of the %[1]d rows in quarantine passes, no version was made; correct them first (mapserver quarantine export / correct)", r.report.Read)
	}
	r.tell(Checking)
	if err := r.measure(ctx, draft); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r.report.ContentHash = fmt.Sprintf("%x", sha256.Sum256(r.sum))
	return finish(ctx, draft, Options{Publish: r.o.Publish, Unchecked: r.o.Unchecked, Import: r.o.Import}, nil, &r.report, r.o.Progress)
}

func (r *retry) tell(s Stage) {
	r.o.Progress(Progress{Stage: s, Rows: r.report.Read, Total: r.total})
}

// retryPage is how many rows are in memory at once.
const retryPage = 500

// eachRow calls f with the delivery's rows, a page at a time.
func (r *retry) eachRow(ctx context.Context, f func([]layers.QuarantinedRow) error) error {
	after := int64(0)
	for {
		page, err := r.store.Quarantined(ctx, r.of, "", after, retryPage)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := f(page); err != nil {
			return err
		}
		after = page[len(page)-1].Row
	}
}

// findBase finds the newest version that took rows of this delivery, and counts
// the rows that are to be tried.
func (r *retry) findBase(ctx context.Context) error {
	return r.eachRow(ctx, func(page []layers.QuarantinedRow) error {
		for _, row := range page {
			if row.AcceptedIn != nil {
				r.report.Retried.Base = max(r.report.Retried.Base, *row.AcceptedIn)
			}
			if row.State == layers.RowOpen || row.State == layers.RowCorrected {
				r.total++
			}
		}
		return nil
	})
}

// try works the rows again and loads those that pass.
func (r *retry) try(ctx context.Context, draft *layers.DraftTable) error {
	s, err := r.source()
	if err != nil {
		return err
	}
	s.keepExtra = slices.Contains(draft.Columns(), layers.ExtraColumn)
	plan, err := quality.Compile(r.def, r.yardstick, r.o.TempDir, time.Now())
	if err != nil {
		return err
	}
	defer plan.Close()
	w, err := newWorker(s, plan)
	if err != nil {
		return err
	}
	return r.eachRow(ctx, func(page []layers.QuarantinedRow) error {
		r.tell(Loading)
		taken := bytes.Clone(copyHeader)
		for _, one := range page {
			if one.State != layers.RowOpen && one.State != layers.RowCorrected {
				continue
			}
			values, err := valuesOf(one.Attributes, s.mapping.matches, r.extras)
			if err != nil {
				return err
			}
			r.report.Read++
			t, repairs, refused, err := w.row(taken, one.Row, one.Geometry, values, new(seen))
			if err != nil {
				return err
			}
			if refused != nil {
				r.report.reject(refused)
				one.Rule, one.Field, one.Value, one.Reason, one.ReasonEN = refused.Rule, refused.Field, refused.Value, refused.Reason, refused.EN
				if err := draft.Refuse(ctx, one); err != nil {
					return err
				}
				continue
			}
			r.report.Accepted++
			r.report.repair(repairs)
			r.sum = append(r.sum, t.hash[:]...)
			taken = t.bytes
			draft.Accept(one)
		}
		_, err := draft.CopyTuples(ctx, bytes.NewReader(append(taken, copyTrailer...)))
		return err
	})
}

// source is what the rows were of, as far as working them needs it. Beside the
// file's names a row may use the layer's.
func (r *retry) source() (*source, error) {
	o := Options{SevenParameters: r.o.SevenParameters, ParametersOffered: r.o.ParametersOffered}
	system, err := crs.Parse(r.of.SourceCRS)
	if system, err = withParameters(system, err, o); err != nil {
		return nil, err
	}
	parameters, err := o.parametersFor(system)
	if err != nil {
		return nil, err
	}
	var fields []FieldMatch
	if err := json.Unmarshal(r.of.Fields, &fields); err != nil {
		return nil, fmt.Errorf("importers: fields of rows in quarantine: %w", err)
	}
	for _, m := range fields {
		if m.By == layers.ExtraColumn {
			r.extras = append(r.extras, m)
		} else {
			r.report.Fields = append(r.report.Fields, m)
		}
	}
	s := &source{def: r.def, charset: charsetUTF8, system: system, parameters: parameters}
	for i, field := range r.def.Fields {
		m := FieldMatch{Field: field.Name, Label: field.Label, Source: field.Name, By: "name", source: i, target: i}
		for _, was := range r.report.Fields {
			if was.Field == field.Name {
				m.Source, m.By = was.Source, was.By
			}
		}
		s.mapping.matches = append(s.mapping.matches, m)
		s.names = append(s.names, m.Source)
	}
	for _, m := range r.extras {
		s.extras = append(s.extras, len(s.names))
		s.names = append(s.names, m.Source)
	}
	return s, nil
}

// valuesOf reads a row's attributes: those of the layer's fields, then those that
// are kept beside. One under a layer's own field name, which only a correction can
// have given, goes before the one under the file's.
func valuesOf(attributes json.RawMessage, matches, extras []FieldMatch) ([]gdal.Value, error) {
	decoder := json.NewDecoder(bytes.NewReader(attributes))
	decoder.UseNumber()
	given := map[string]any{}
	if err := decoder.Decode(&given); err != nil {
		return nil, fmt.Errorf("importers: attributes of a row in quarantine: %w", err)
	}
	values := make([]gdal.Value, 0, len(matches)+len(extras))
	for _, m := range matches {
		v, ok := given[m.Field]
		if !ok {
			v = given[m.Source]
		}
		switch v := v.(type) {
		case nil:
			values = append(values, gdal.Value{Kind: gdal.Null})
		case string:
			values = append(values, gdal.Value{Kind: gdal.Text, Text: []byte(v)})
		default: // a number or true and false: as text they are read like a CSV's
			values = append(values, gdal.Value{Kind: gdal.Text, Text: fmt.Append(nil, v)})
		}
	}
	for _, m := range extras {
		values = append(values, typedValue(given[cmp.Or(m.Attribute, m.Source)]))
	}
	return values, nil
}

// typedValue is a value of JSON as the file had it: whole numbers stay whole.
func typedValue(v any) gdal.Value {
	switch v := v.(type) {
	case nil:
		return gdal.Value{Kind: gdal.Null}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return gdal.Value{Kind: gdal.Int, Int: n}
		}
		if x, err := v.Float64(); err == nil {
			return gdal.Value{Kind: gdal.Float, Float: x}
		}
		return gdal.Value{Kind: gdal.Text, Text: []byte(v)}
	default:
		return gdal.Value{Kind: gdal.Text, Text: fmt.Append(nil, v)}
	}
}

// measure holds all rows of the new version to the rules, old and new.
func (r *retry) measure(ctx context.Context, draft *layers.DraftTable) error {
	plan, err := quality.Compile(r.def, r.yardstick, r.o.TempDir, time.Now())
	if err != nil {
		return err
	}
	defer plan.Close()
	read := int64(0)
	err = draft.Inspect(ctx, func(ctx context.Context, tx pgx.Tx, table pgx.Identifier) error {
		columns := "fid"
		for _, f := range r.def.Fields {
			columns += ", " + pgx.Identifier{f.Name}.Sanitize()
		}
		rows, err := tx.Query(ctx, fmt.Sprintf("SELECT %s, ST_AsBinary(geom) FROM %s ORDER BY fid", columns, table.Sanitize()))
		if err != nil {
			return err
		}
		defer rows.Close()
		checker := plan.NewChecker()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			g, err := wkb.Unmarshal(values[len(values)-1].([]byte))
			if err != nil {
				return err
			}
			checker.Row(quality.Row{Number: values[0].(int64), Values: values[1 : len(values)-1], Geometry: g})
			if read++; read%batchRows == 0 {
				plan.Merge(checker.Take())
			}
		}
		plan.Merge(checker.Take())
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("importers: checking the new version: %w", err)
	}
	facts := r.report.facts(r.def)
	facts.Read = read
	r.report.Quality, err = plan.Settle(ctx, draft.Inspect, facts)
	return err
}
