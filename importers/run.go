package importers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/importers/quality"
	"onemap/layers"
	"onemap/spatial/crs"
)

// Options say what to import, into what, and how.
type Options struct {
	File        string // a file, or a folder such as a FileGDB
	Layer       string // id of the layer that it becomes a version of
	SourceLayer string // which layer of the file; "" where only one can be meant
	CRS         string // its coordinate system, as "EPSG:4525"; "" is what the file says
	Encoding    string // of its texts, as "GB18030"; "" is what the evidence says
	Columns     string // of a table's position, as "x=东坐标,y=北坐标"; "" is what names and figures say
	KeepExtra   bool   // keep fields that the layer hasn't in the column extra; else they are dropped
	OverrideCRS bool   // take CRS although the file says another
	SwapAxes    bool   // exchange the axes where they are swapped

	Skip []string // ids of quality rules that are not checked; none of level error

	Map             map[string]string    // the file's field → the layer's, before what names say
	SevenParameters *crs.SevenParameters // for Xi'an 1980 and Beijing 1954; nil is none

	// ParametersOffered says that SevenParameters are for whatever needs them, as of
	// a whole delivery; else a file that needs none is refused.
	ParametersOffered bool

	Publish   bool // show the version at once, unless rules of level error object
	Unchecked bool // publish also then
	DryRun    bool // do all, then take it back: nothing is left in the store

	Import   *int64         // the job that imports; a job makes at most one version of a layer. nil is none
	Progress func(Progress) // is called often, from one goroutine; nil is nobody
	TempDir  string         // where archives are unpacked; "" is the system's
	Limits   Limits         // of archives; the zero value is DefaultLimits

	CoverageEdges int // of a coverage without a neighbour, beyond which overlaps are sought pair by pair; 0 is quality.DefaultCoverageEdges
}

func (o Options) limits() Limits {
	if o.Limits == (Limits{}) {
		return DefaultLimits()
	}
	return o.Limits
}

// Run imports a file as a new version of a layer. All of it or nothing: on any
// error the store is as it was before. The report is filled as far as the import
// came, also next to an error; rows that are refused are in it and no error.
//
// Faults of the delivery, of the disk and of the database are each a [Problem].
func Run(ctx context.Context, store Store, o Options) (Report, error) {
	started := time.Now()
	report := Report{
		File: filepath.Base(filepath.Clean(o.File)), Layer: o.Layer, DryRun: o.DryRun,
		Fields: []FieldMatch{}, Source: []string{}, Dropped: []string{}, Missing: []string{}, Notes: []Note{},
		RejectReasons: []Reason{}, RepairReasons: []Reason{}, Rejections: []RowError{}, Repairs: []RowRepair{},
	}
	err := run(ctx, store, o, &report)
	report.Seconds = time.Since(started).Seconds()
	return report, explain(err)
}

func run(ctx context.Context, store Store, o Options, report *Report) error {
	progress := o.Progress
	if progress == nil {
		progress = func(Progress) {}
	}
	def, err := store.Definition(ctx, o.Layer)
	if errors.Is(err, layers.ErrUnknownLayer) {
		return problem(err, "没有图层 %[1]q；请核对 --layer", "there is no layer %[1]q; check --layer", o.Layer)
	}
	if err != nil {
		return err
	}
	hashed := make(chan struct{}) // the delivery is hashed while it is unpacked and looked at
	var hashErr error
	hashing, stop := context.WithCancel(ctx)
	defer func() { stop(); <-hashed }()
	go func() {
		defer close(hashed)
		report.SHA256, hashErr = hashFile(hashing, o.File)
	}()
	delivered, err := openDelivery(ctx, o, func(bytes int64) { progress(Progress{Stage: Unpacking, Bytes: bytes}) })
	if err != nil {
		return err
	}
	defer delivered.Close()
	progress(Progress{Stage: Inspecting})
	chosen, err := choose(delivered, o.SourceLayer, def, o.limits())
	if err != nil {
		return err
	}
	s, err := openSource(chosen, def, o, report)
	if err != nil {
		return err
	}
	defer s.close()
	if <-hashed; hashErr != nil {
		return hashErr
	}
	yardstick, err := store.Yardstick(ctx, def)
	if err != nil {
		return err
	}
	plan, err := quality.Compile(def, yardstick, o.TempDir, time.Now(), o.Skip...)
	if errors.Is(err, quality.ErrSkip) {
		zh, en, _ := strings.Cut(strings.TrimPrefix(err.Error(), quality.ErrSkip.Error()+": "), " / ")
		return problem(err, "%[1]s", "%[2]s", zh, en)
	}
	if err != nil {
		return err
	}
	plan.CoverageEdges = o.CoverageEdges
	defer plan.Close()
	held := &quarantine{dir: o.TempDir}
	defer held.close()
	st, err := startStream(ctx, s, plan, held, report, progress)
	if err != nil {
		return err
	}
	defer st.Close()
	if err = load(ctx, store, o, st, def, report, progress); err == nil {
		progress(Progress{Stage: Done, Rows: report.Read, Total: report.Read})
	}
	return err
}

// load copies the rows into a draft, has them checked and finishes the draft; a
// dry run abandons it instead.
func load(ctx context.Context, store Store, o Options, st *stream, def layers.Definition, report *Report, progress func(Progress)) error {
	draft, err := store.BeginDraft(ctx, o.Layer)
	if err != nil {
		return err
	}
	defer draft.Abandon(ctx)
	if st.keepsExtra {
		if err := draft.KeepExtra(ctx); err != nil {
			return err
		}
	}
	n, err := draft.CopyTuples(ctx, st)
	if streamErr := st.Err(); streamErr != nil {
		return streamErr // the file's fault comes first: the database only heard of it
	}
	if err != nil {
		return err
	}
	if err := checkRows(report); err != nil {
		return err
	}
	if n != report.Accepted {
		return fmt.Errorf("importers: %d rows were sent, %d arrived", report.Accepted, n)
	}
	report.ContentHash = st.contentHash()
	progress(Progress{Stage: Checking, Rows: report.Read, Total: report.Read})
	if report.Quality, err = settle(ctx, st.plan, draft, report.facts(def)); err != nil {
		return err
	}
	if o.DryRun {
		report.Withheld = o.withheld(report)
		return nil
	}
	if err := st.held.into(ctx, st.source, draft, report); err != nil {
		return err
	}
	return finish(ctx, draft, o, st.extent(), report, progress)
}

// settle has the rows compared with one another. Most of that is done here, and
// the database builds its indexes meanwhile.
func settle(ctx context.Context, plan *quality.Plan, draft Draft, facts quality.Facts) (*quality.Report, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	indexed := make(chan error, 1)
	go func() {
		indexed <- draft.Inspect(ctx, func(context.Context, pgx.Tx, pgx.Identifier) error { return nil })
	}()
	wait := sync.OnceValue(func() error { return <-indexed })
	report, err := plan.Settle(ctx, func(ctx context.Context, check func(context.Context, pgx.Tx, pgx.Identifier) error) error {
		if err := wait(); err != nil {
			return err
		}
		return draft.Inspect(ctx, check)
	}, facts)
	if err != nil {
		stop()
		_ = wait() // the draft is for one at a time; what went wrong first is told
		return nil, err
	}
	return report, wait()
}

// withheld tells whether rules keep the version from being published as asked for.
func (o Options) withheld(report *Report) bool {
	return o.Publish && !o.Unchecked && !report.Quality.Publishable
}

// finish makes the draft a version: checked, or a draft where rules of level
// error object. Without an extent the store measures it.
func finish(ctx context.Context, draft Draft, o Options, extent *layers.Extent, report *Report, progress func(Progress)) error {
	progress(Progress{Stage: Finishing, Rows: report.Read, Total: report.Read})
	report.Withheld = o.withheld(report)
	text, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("importers: writing the report: %w", err)
	}
	state := layers.Checked
	if !report.Quality.Publishable {
		state = layers.Draft
	}
	version, err := draft.Finish(ctx, layers.DraftSummary{
		SourceFile: report.File, SourceSHA256: report.SHA256, SourceCRS: report.CRS,
		ContentHash: report.ContentHash, Report: text, Publish: o.Publish,
		Quality: report.Quality.Quality, State: state, Unchecked: o.Unchecked, Import: o.Import, Extent: extent,
	})
	if err != nil {
		return err
	}
	report.Version = &version
	return nil
}

// checkRows refuses to make a version of nothing.
func checkRows(report *Report) error {
	switch {
	case report.Read == 0:
		return noRows()
	case report.Accepted == 0:
		first := report.Rejections[0]
		return problem(ErrNoRows,
			"全部 %[1]d 行都被拒绝，没有可导入的数据；例如第 %[2]d 行：%[3]s",
			"all %[1]d rows were refused, nothing is left to import; row %[2]d, for one: %[4]s", report.Read, first.Row, first.Reason, first.EN)
	}
	return nil
}

func noRows() error { return problem(ErrNoRows, "文件里没有数据行", "the file has no rows") }
