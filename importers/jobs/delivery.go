package jobs

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

//go:embed sql/parts.sql
var partsSQL string

// partsOf are the layers of a manifest, none of them begun.
func partsOf(m importers.Manifest) []Part {
	parts := make([]Part, len(m.Deliveries))
	for i, d := range m.Deliveries {
		parts[i] = Part{Layer: d.Layer, File: d.File, SourceLayer: d.SourceLayer, Expected: int64(d.Rows), State: Queued}
	}
	return parts
}

// deliver imports the layers of a delivery one after another, each as a version
// of its own. A layer that can't be imported says why and keeps none from being
// imported after it; its neighbours stay as drafts. Only when all are there, and
// no rule of level error objects to any, they are published, together.
//
// One draft is open at a time, so that a delivery never holds one layer while it
// waits for another. Begun again, it goes on after what it has made already.
func (w *Worker) deliver(ctx context.Context, t *teller, one Import, seven *crs.SevenParameters) (made outcome, err error) {
	opened, err := w.openDelivery(ctx, t, one)
	if err != nil {
		return made, err
	}
	defer opened.Close()
	d := delivery{worker: w, teller: t, one: one, seven: seven, parts: partsOf(opened.Manifest), reports: make([]json.RawMessage, len(opened.Deliveries))}
	for i, item := range opened.Deliveries {
		if err := d.take(ctx, i, opened.Options(item)); err != nil {
			return d.outcome(), err
		}
	}
	err = d.conclude(ctx)
	d.show(ctx, len(d.parts))
	return d.outcome(), err
}

func (w *Worker) openDelivery(ctx context.Context, t *teller, one Import) (*importers.Deliveries, error) {
	t.tell(ctx, importers.Progress{Stage: importers.Unpacking})
	dir := w.queue.folder(one.ID)
	file := filepath.Join(dir, one.Filename)
	if one.Manifest != nil {
		return importers.OpenUpload(ctx, file, *one.Manifest, dir, importers.Limits{})
	}
	catalogue, err := layers.LoadCatalogue(ctx, w.db)
	if err != nil {
		return nil, err
	}
	defs := make([]layers.Definition, len(catalogue.Layers))
	for i, l := range catalogue.Layers {
		defs[i] = l.Definition
	}
	return importers.OpenUnnamed(ctx, file, defs, dir, importers.Limits{})
}

// delivery is a delivery that is being imported.
type delivery struct {
	worker  *Worker
	teller  *teller
	one     Import
	seven   *crs.SevenParameters
	parts   []Part
	reports []json.RawMessage // of the parts
}

// show writes what became of the parts, and which is under way, from 1.
func (d *delivery) show(ctx context.Context, part int) {
	d.teller.stage = ""
	d.teller.write(ctx, partsSQL, pgx.StrictNamedArgs{"id": d.one.ID, "job": d.teller.job, "part": part, "parts": d.parts})
}

// take imports one part. A fault of the part stands in it; an error ends the delivery.
func (d *delivery) take(ctx context.Context, i int, o importers.Options) error {
	p := &d.parts[i]
	p.State = Running
	d.show(ctx, i+1)
	report, err := d.made(ctx, p.Layer)
	if err == nil && report == nil {
		o.DryRun = d.one.Options.DryRun
		var fresh importers.Report
		if fresh, err = d.worker.importFile(ctx, d.teller, d.one, o, d.seven); fresh.Version != nil {
			p.Version = &fresh.Version.Number
		}
		report = &fresh
	} else if report != nil {
		p.Version = &report.Version.Number
	}
	if ctx.Err() != nil || errors.Is(err, importers.ErrDatabaseLost) {
		return err
	}
	if report != nil {
		d.reports[i] = reportText(*report)
		p.Read, p.Accepted, p.Rejected = report.Read, report.Accepted, report.Rejected
		p.Withheld = err == nil && !d.one.Options.Unchecked && report.Quality != nil && !report.Quality.Publishable
	}
	p.State = Done
	if err != nil {
		p.State, p.Problem = Failed, d.worker.wording(ctx, d.one.ID, err)
	}
	return nil
}

// made returns the report of the version that an earlier attempt has made of the
// layer; nil is none.
func (d *delivery) made(ctx context.Context, layer string) (*importers.Report, error) {
	var number int
	var text []byte
	err := d.worker.db.QueryRow(ctx, versionOfSQL, pgx.StrictNamedArgs{"id": d.one.ID, "layer": layer}).Scan(&number, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("jobs: import %d: %w", d.one.ID, err)
	}
	report := &importers.Report{Version: &layers.Version{Layer: layer, Number: number}}
	if err := json.Unmarshal(text, report); err != nil {
		return nil, fmt.Errorf("jobs: report of %s version %d: %w", layer, number, err)
	}
	return report, nil
}

// conclude publishes the layers if that was asked for and nothing speaks against
// it, or says which of them failed.
func (d *delivery) conclude(ctx context.Context) error {
	versions, failed, withheld := map[string]int{}, []string{}, false
	for _, p := range d.parts {
		if p.State == Failed {
			failed = append(failed, p.Layer)
		}
		if p.Version != nil {
			versions[p.Layer] = *p.Version
		}
		withheld = withheld || p.Withheld
	}
	if len(failed) > 0 {
		return &importers.Problem{
			Code: "layers-failed",
			ZH:   fmt.Sprintf("%d 个图层中有 %d 个未能导入：%s；原因见各图层。其余已存为未发布的版本", len(d.parts), len(failed), strings.Join(failed, "、")),
			EN:   fmt.Sprintf("%d of %d layers could not be imported: %s; each says why. The others are kept as versions that are not published", len(failed), len(d.parts), strings.Join(failed, ", ")),
			Err:  errPartsFailed,
		}
	}
	if !d.one.Options.Publish || d.one.Options.DryRun || withheld {
		return nil
	}
	if err := d.worker.store.PublishTogether(ctx, versions, d.one.Options.Unchecked); err != nil {
		return err
	}
	for i := range d.parts {
		d.parts[i].Published = true
	}
	return nil
}

// errPartsFailed reports a delivery some layers of which could not be imported.
var errPartsFailed = errors.New("jobs: layers of the delivery failed")

func (d *delivery) outcome() outcome {
	made := outcome{}
	for _, p := range d.parts {
		made.accepted, made.rejected = made.accepted+p.Accepted, made.rejected+p.Rejected
	}
	for i := range d.reports {
		if d.reports[i] == nil {
			d.reports[i] = json.RawMessage("null")
		}
	}
	made.report, _ = json.Marshal(map[string]any{"deliveries": d.reports}) // texts that were written as JSON
	return made
}

// wording says why an import, or a part of one, failed. What is not worded for
// people is logged.
func (w *Worker) wording(ctx context.Context, id int64, err error) *Problem {
	var refused *importers.Problem
	switch {
	case errors.As(err, &refused):
		return &Problem{refused.Code, refused.ZH, refused.EN}
	case errors.Is(err, layers.ErrUnknownRow):
		return &Problem{"unknown-row", "隔离区没有该版本的行", "the version has no rows in quarantine"}
	case errors.Is(err, access.ErrForbidden), errors.Is(err, access.ErrUnauthenticated):
		return &Problem{"forbidden", "提交导入的用户没有所需权限", "who asked for the import lacks the right that it needs"}
	}
	w.log.ErrorContext(ctx, "import failed", "import", id, "error", err)
	return &Problem{
		"internal", fmt.Sprintf("服务内部错误，已记录；请把导入编号 %d 告诉管理员，已发布的数据未受影响", id),
		fmt.Sprintf("internal error, recorded; tell the operator the import's number %d; what is published is untouched", id),
	}
}
