package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/postgis"
	"onemap/products/sheets/jobs"
	"onemap/products/sheets/orders"
	"onemap/tiles"
	"onemap/tiles/terrain"
	"onemap/web"
)

// sheetFlags say how sheets are drawn in the background.
type sheetFlags struct {
	atOnce *int
	days   *int
	maxMiB *int
	room   *int
}

func (o *options) sheetJobs() *sheetFlags {
	return &sheetFlags{
		atOnce: o.Int("sheets-at-once", 1, "同时绘制的图幅任务数 / orders of `sheets` that are drawn at the same time"),
		days:   o.Int("keep-sheets-days", 7, "图幅文件保留天数 / `days` that their files are kept"),
		maxMiB: o.Int("max-sheet-mib", 1024, "单个图幅文件上限（MiB） / largest file, `MiB`"),
		room:   o.Int("sheets-gib", 20, "全部图幅文件上限（GiB），超出时先清除最旧者 / `GiB` of all files; beyond it the oldest are removed"),
	}
}

func (f *sheetFlags) limits() jobs.Limits {
	return jobs.Limits{Keep: time.Duration(*f.days) * 24 * time.Hour, MaxBytes: int64(*f.maxMiB) << 20, Room: int64(*f.room) << 30}
}

// sheetFolder is where drawn sheets are kept.
func (o *options) sheetFolder() string { return filepath.Join(o.dataDir, "sheets") }

// drawnSheets are the queue of sheets and the worker that draws them, beside the
// server and on database connections of their own.
type drawnSheets struct {
	queue  *jobs.Queue
	bell   *postgis.Bell
	pool   *pgxpool.Pool
	cancel context.CancelFunc
	ended  chan error
}

// startSheets draws sheets until the context ends or stop is called.
func (o *options) startSheets(ctx context.Context, d *database, f *sheetFlags, archives *tiles.Archives, looks looksInForce, ground *terrain.Watcher, approval string) (*drawnSheets, error) {
	queue, err := jobs.NewQueue(d.pool, deskOf(d, archives, looks, ground, approval, 0), o.sheetFolder(), f.limits())
	if err != nil {
		return nil, err
	}
	pool, err := postgis.Open(ctx, d.url, postgis.Options{MaxConns: jobs.Connections(max(*f.atOnce, 1))})
	if err != nil {
		return nil, err
	}
	own := *d
	own.pool, own.store = pool, layers.NewStore(pool)
	spare := max(1, runtime.GOMAXPROCS(0)-1) // a core is left to those who look at the map
	worker, err := jobs.NewWorker(queue, deskOf(&own, archives, looks, ground, approval, spare), jobs.WorkerOptions{AtOnce: *f.atOnce, Log: slog.Default(), Explain: web.ExplainSheet})
	if err != nil {
		pool.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &drawnSheets{queue: queue, bell: postgis.NewBell(d.pool, jobs.Channel, nil), pool: pool, cancel: cancel, ended: make(chan error, 1)}
	go s.bell.Run(ctx)
	go func() { s.ended <- worker.Run(ctx) }()
	return s, nil
}

// stop puts what is being drawn back into the queue, for the next start.
func (s *drawnSheets) stop() error {
	s.cancel()
	err := <-s.ended
	<-s.bell.Ended()
	s.pool.Close()
	return err
}

// sheetOrders deals with the sheets that a server draws in the background.
func sheetOrders(ctx context.Context, c *console, args []string) error {
	o := newOptions("sheets", c)
	a, w := o.asking(), o.sheet()
	o.StringVar(&w.request.Division, "division", "", "order：图幅以此行政区为范围 / order: the sheet shows this division; `code`")
	o.StringVar(&w.centre, "centre", "", "order：中心 经度,纬度，与 --scale 同用 / order: `lon,lat`, with --scale")
	var series orders.SeriesAsk
	o.StringVar(&series.By, "by", "", "order：分幅 county、town、village 或 grid / order: a series of what")
	o.StringVar(&series.Within, "within", "", "order：只含此行政区内的图幅 / order: sheets of this division only; `code`")
	o.IntVar(&series.Columns, "columns", 0, "order、plan：以 --centre 为中心的列数，与 --by grid 同用 / order, plan: so many `columns` of sheets about the centre")
	o.IntVar(&series.Rows, "rows", 0, "order、plan：行数 / order, plan: so many `rows`")
	limit := o.Int("limit", 50, "list：列出条数 / list: how many")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	r, err := w.read(a.out, a.datetime)
	if err != nil {
		return err
	}
	if series != (orders.SeriesAsk{}) {
		r.Series = &series
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		desk, err := o.desk(ctx, d, "")
		if err != nil {
			return err
		}
		queue, err := jobs.NewQueue(d.pool, desk, o.sheetFolder(), jobs.Limits{})
		if err != nil {
			return err
		}
		switch {
		case given[0] == "list" && len(given) == 1:
			return listSheets(ctx, c, queue, *limit)
		case given[0] == "order" && len(given) == 1:
			one, err := queue.Create(ctx, catalogue, r)
			if err != nil {
				return err
			}
			return printJSON(c.out, one)
		case given[0] == "plan" && len(given) == 1:
			return planSheets(ctx, c, desk, catalogue, r)
		case len(given) == 2:
			return onSheet(ctx, c, a, queue, given[0], given[1])
		}
		return errSheetWords
	})
}

var errSheetWords = fmt.Errorf("%w: mapserver sheets list | order --layers … | plan --layers … | show ID | watch ID | fetch ID --out FILE | cancel ID", errUsage)

// planSheets prints where the maps of the pages would lie.
func planSheets(ctx context.Context, c *console, desk *orders.Desk, catalogue *layers.Catalogue, r orders.Request) error {
	plan, err := desk.Plan(ctx, catalogue, r)
	if err != nil {
		return err
	}
	pages, err := plan.Pages()
	if err != nil {
		return err
	}
	for _, p := range pages {
		b := p.Extent
		fmt.Fprintf(c.out, "%s\t%g × %g mm\t1:%.0f\t%s\t%.2f %.2f %.2f %.2f\n", p.Title, p.Paper[0], p.Paper[1], p.Denominator, p.System, b.Min[0], b.Min[1], b.Max[0], b.Max[1])
	}
	return nil
}

func listSheets(ctx context.Context, c *console, queue *jobs.Queue, limit int) error {
	all, err := queue.List(ctx, max(limit, 1))
	if err != nil {
		return err
	}
	for _, one := range all {
		fmt.Fprintf(c.out, "%s  %-9s  %3d/%-3d  %s  %s\n", one.ID, one.State, one.Done, one.Total, one.CreatedAt.Local().Format(time.DateTime), one.Title)
	}
	return nil
}

func onSheet(ctx context.Context, c *console, a *asked, queue *jobs.Queue, verb, id string) error {
	switch verb {
	case "show":
		one, err := queue.Order(ctx, id)
		if err != nil {
			return err
		}
		return printJSON(c.out, one)
	case "watch":
		return watchSheet(ctx, c, queue, id)
	case "cancel":
		one, gone, err := queue.Cancel(ctx, id)
		if err != nil {
			return err
		}
		if gone {
			fmt.Fprintf(c.out, "%s 已删除 / removed\n", id)
			return nil
		}
		return printJSON(c.out, one)
	case "fetch":
		_, file, err := queue.Open(ctx, id)
		if err != nil {
			return err
		}
		defer file.Close()
		return a.write(c, func(to io.Writer) error {
			_, err := io.Copy(to, file)
			return err
		})
	}
	return errSheetWords
}

// watchSheet follows an order to its end. One that doesn't end well is an error.
func watchSheet(ctx context.Context, c *console, queue *jobs.Queue, id string) error {
	var known int64 = -1
	for {
		one, err := queue.Order(ctx, id)
		if err != nil {
			return err
		}
		if one.Sequence != known {
			known = one.Sequence
			fmt.Fprintf(c.out, "%s %d/%d %s\n", one.State, one.Done, one.Total, one.Stage)
		}
		switch {
		case one.State == jobs.Done:
			return nil
		case one.State == jobs.Failed && one.Problem != nil:
			return fmt.Errorf("%s / %s", one.Problem.ZH, one.Problem.EN)
		case one.State.Final():
			return fmt.Errorf("图幅 %s：%s / sheet %[1]s is %[2]s", id, one.State)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}
