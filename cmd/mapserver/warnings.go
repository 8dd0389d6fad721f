package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"onemap/data"
	"onemap/layers"
	"onemap/postgis"
	"onemap/spatial/crs"
	"onemap/spatial/warnings"
	"onemap/spatial/warnings/capxml"
)

// followWarnings keeps the warnings that hold in memory until ctx ends.
func followWarnings(ctx context.Context, d *database, watcher *layers.Watcher) (*warnings.Store, *warnings.Board, error) {
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		return nil, nil, err
	}
	store := warnings.NewStore(d.pool, register, func(ctx context.Context, id string) (layers.Layer, error) {
		return watcher.Catalogue().Open(ctx, id)
	})
	board := warnings.NewBoard(d.pool, store, func(err error) {
		slog.Warn("warnings cannot be followed; trying again", "error", err)
	})
	if err := board.Refresh(ctx); err != nil {
		return nil, nil, err
	}
	go board.Run(ctx)
	return store, board, nil
}

// warningFlags are the flags of the commands about warnings.
type warningFlags struct {
	*options
	*asked
	state, kind, system, reason *string
	limit, revision             *int
	after                       *int64
}

// warningsCommand publishes, changes, cancels and shows warnings.
func warningsCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("warnings", c)
	f := warningFlags{
		options: o, asked: o.asking(),
		state:    o.String("state", "active", "状态：active、upcoming、ended、cancelled、all / only in this `state`"),
		kind:     o.String("kind", "", "只列此种类 / only of this `kind`"),
		system:   o.String("crs", "EPSG:4490", "文件中 polygon 的坐标系 / coordinate `system` of a file's polygon"),
		reason:   o.String("reason", "", "更新或取消的原因 / why it is updated or cancelled"),
		limit:    o.Int("limit", 100, "最多列出数 / most warnings `listed`"),
		revision: o.Int("revision", 0, "第几次修订，0 为最新 / which `revision`, 0 is the newest"),
		after:    o.Int64("after", -1, "从此编号之后开始，-1 为从现在开始 / begin after this `seq`, -1 is now"),
	}
	given, err := o.parse(args, 1, 3)
	if err != nil {
		return err
	}
	type action struct {
		operands int
		do       func(context.Context, *console, *warnings.Store, *database, []string) error
	}
	chosen, ok := map[string]action{
		"list": {0, f.list}, "show": {1, f.show}, "publish": {1, f.publish}, "update": {2, f.update}, "cancel": {1, f.cancel}, "cap": {1, f.writeCAP}, "watch": {0, f.watch}, "kinds": {0, f.kinds},
	}[given[0]]
	if !ok || len(given)-1 != chosen.operands {
		return fmt.Errorf("%w: mapserver warnings list | show ID | publish FILE | update ID FILE | cancel ID | cap ID | kinds | watch", errUsage)
	}
	register, err := warnings.ReadRegister(data.Files)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done
	catalogue, err := layers.LoadCatalogue(ctx, d.pool)
	if err != nil {
		return err
	}
	store := warnings.NewStore(d.pool, register, catalogue.Open)
	err = chosen.do(ctx, c, store, d, given[1:])
	for _, mistake := range []error{warnings.ErrContent, capxml.ErrMessage, warnings.ErrUnknown} {
		if errors.Is(err, mistake) {
			err = fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	return err
}

func warningNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: 预警编号 %[2]q 不是整数 / %[2]q is no number of a warning", errUsage, text)
	}
	return id, nil
}

func (f warningFlags) print(c *console, value any) error {
	return f.write(c, func(to io.Writer) error { return printJSON(to, value) })
}

func (f warningFlags) list(ctx context.Context, c *console, store *warnings.Store, _ *database, _ []string) error {
	q := warnings.Query{Kind: *f.kind, Limit: max(*f.limit, 1), State: warnings.State(*f.state)}
	var err error
	if q.At, err = f.moment(); err != nil {
		return err
	}
	if q.State == "all" {
		q.State = ""
	}
	found, err := store.List(ctx, q)
	if err != nil {
		return err
	}
	return f.print(c, map[string]any{"warnings": append([]warnings.Warning{}, found...)})
}

func (f warningFlags) show(ctx context.Context, c *console, store *warnings.Store, _ *database, given []string) error {
	id, err := warningNumber(given[0])
	if err != nil {
		return err
	}
	at, err := f.moment()
	if err != nil {
		return err
	}
	history, err := store.History(ctx, id, at)
	if err == nil && len(history) == 0 {
		err = fmt.Errorf("%w: %d", warnings.ErrUnknown, id)
	}
	if err != nil {
		return err
	}
	return f.print(c, map[string]any{"revisions": history})
}

// read reads a file of a warning in JSON onto what it said before.
func (f warningFlags) read(file string, before warnings.Content) (warnings.Draft, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return warnings.Draft{}, err
	}
	draft, hasPolygon, err := warnings.ReadDraft(text, before)
	if err != nil || !hasPolygon {
		return draft, err
	}
	from, err := crs.Parse(*f.system)
	if err != nil {
		return draft, fmt.Errorf("%w: %w", errUsage, err)
	}
	t, err := crs.NewTransformer(from)
	if err != nil {
		return draft, fmt.Errorf("%w: %w", errUsage, err)
	}
	g, err := t.Transform(draft.Content.Polygon)
	if err != nil {
		return draft, fmt.Errorf("%w: %w", errUsage, err)
	}
	draft.Content.Polygon = g.(orb.MultiPolygon)
	return draft, nil
}

func (f warningFlags) publish(ctx context.Context, c *console, store *warnings.Store, _ *database, given []string) error {
	text, err := os.ReadFile(given[0])
	if err != nil {
		return err
	}
	var one warnings.Warning
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		m, err := capxml.Read(text, store.Register())
		if err != nil {
			return err
		}
		if one, _, err = store.Take(ctx, m); err != nil {
			return err
		}
		return f.print(c, one)
	}
	draft, err := f.read(given[0], warnings.Content{})
	if err != nil {
		return err
	}
	if one, _, err = store.Publish(ctx, draft.Content, nil); err != nil {
		return err
	}
	return f.print(c, one)
}

func (f warningFlags) update(ctx context.Context, c *console, store *warnings.Store, _ *database, given []string) error {
	id, err := warningNumber(given[0])
	if err != nil {
		return err
	}
	one, err := store.Update(ctx, id, *f.reason, nil, func(now warnings.Warning) (warnings.Content, error) {
		draft, err := f.read(given[1], now.Content)
		return draft.Content, err
	})
	if err != nil {
		return err
	}
	return f.print(c, one)
}

func (f warningFlags) cancel(ctx context.Context, c *console, store *warnings.Store, _ *database, given []string) error {
	id, err := warningNumber(given[0])
	if err != nil {
		return err
	}
	one, err := store.Cancel(ctx, id, *f.reason, nil)
	if err != nil {
		return err
	}
	return f.print(c, one)
}

func (f warningFlags) writeCAP(ctx context.Context, c *console, store *warnings.Store, _ *database, given []string) error {
	id, err := warningNumber(given[0])
	if err != nil {
		return err
	}
	history, err := store.History(ctx, id, time.Time{})
	if err != nil {
		return err
	}
	n := *f.revision
	if n == 0 {
		n = len(history)
	}
	if n < 1 || n > len(history) {
		return fmt.Errorf("%w: %d, revision %d", warnings.ErrUnknown, id, n)
	}
	text, err := capxml.Write(history[n-1], history[:n-1], store.Register())
	if err != nil {
		return err
	}
	return f.write(c, func(to io.Writer) error { _, err := to.Write(text); return err })
}

// kinds prints the kinds and colours that a warning may have.
func (f warningFlags) kinds(_ context.Context, c *console, store *warnings.Store, _ *database, _ []string) error {
	r := store.Register()
	return f.print(c, map[string]any{"kinds": r.Kinds, "colours": r.Colours, "divisions": r.Divisions})
}

// watch prints revisions as they come, a line of JSON each, until interrupted.
func (f warningFlags) watch(ctx context.Context, c *console, store *warnings.Store, d *database, _ []string) error {
	known := *f.after
	if known < 0 {
		var err error
		if known, err = store.Head(ctx); err != nil {
			return err
		}
	}
	err := postgis.Listen(ctx, d.pool, warnings.Channel, func(string) error {
		for {
			news, err := store.Since(ctx, known, pageSize)
			if err != nil || len(news) == 0 {
				return err
			}
			for _, one := range news {
				if _, err := fmt.Fprintf(c.out, "%d\t%s\t%s\t%d\t%s\t%s\n", one.Seq, one.At.Local().Format("2006-01-02 15:04:05"), one.Action, one.ID, one.Colour, one.Headline); err != nil {
					return err
				}
				known = one.Seq
			}
		}
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
