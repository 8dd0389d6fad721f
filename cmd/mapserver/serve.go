package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"onemap/access"
	"onemap/importers/jobs"
	"onemap/layers"
	"onemap/postgis"
	"onemap/products/links"
	"onemap/tiles"
	"onemap/web"
)

// serve runs the service until the context ends.
func serve(ctx context.Context, c *console, args []string) error {
	o := newOptions("serve", c)
	listen := o.String("listen", "127.0.0.1:8080", "监听地址 / `address` to listen on")
	demo := o.Bool("demo", false, "首次启动时生成并导入演示城市 / make and load the demonstration city where a layer is empty")
	scale := o.String("scale", "demo", "演示城市规模 / `scale` of the demonstration city: tiny, demo, bench")
	publicURL := o.String("public-url", "", "对外地址，写入 TileJSON / public `address`, written into TileJSON")
	approval := o.String("map-approval-number", "", "审图号 / map approval `number` shown on the page")
	timeout := o.Duration("query-timeout", 15*time.Second, "查询时限 / longest time of a question")
	atOnce := o.Int("imports-at-once", jobs.DefaultWorkers, "同时进行的导入数 / `imports` that run at the same time")
	maxGiB := o.Float64("max-upload-gib", 4, "上传文件上限（GiB） / largest file that may be uploaded, `GiB`")
	parameters := o.String("seven-parameters", "", "西安 80、北京 54 的七参数文件（JSON） / `file` of seven parameters for Xi'an 1980 or Beijing 1954, JSON")
	drawn := o.sheetJobs()
	ahead := o.tileGrids()
	quiet := o.Duration("fold-edits-after", 10*time.Second, "最后一次要素编辑后多久并入切片包 / how long after the last edit of a layer its archive is built anew")
	connections := o.Int("connections", 16, "数据库连接数 / most `connections` to the database")
	kept := o.tileCache()
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	squares, err := parseGrids(*ahead)
	if err != nil {
		return err
	}
	defer collectSeldom()()
	// The port first: that it is taken should be known before a city is made.
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return fmt.Errorf("监听 %s 失败，请换一个 --listen 地址 / cannot listen on %s, choose another --listen address: %w", *listen, *listen, err)
	}
	defer listener.Close()
	d, err := o.open(ctx, postgis.Options{MaxConns: *connections})
	if err != nil {
		return err
	}
	letGo := keepDatabase(ctx, d)
	background, err := o.startImports(ctx, d, *atOnce, int64(*maxGiB*(1<<30)), *parameters)
	if err != nil {
		letGo()
		return errors.Join(err, d.close(ctx))
	}
	serveErr := o.serveFrom(ctx, c, d, background, listener, *demo, *scale, foldable{squares, *quiet}, kept, drawn, web.Config{
		Name: "云浮一张图", NameEN: "Yunfu one map", Version: version,
		MapApprovalNumber: *approval, PublicURL: *publicURL, QueryTimeout: *timeout,
	})
	stopErr := background.stop()
	letGo()
	return errors.Join(serveErr, stopErr, d.close(ctx))
}

func (o *options) serveFrom(ctx context.Context, c *console, d *database, background *backgroundImports, listener net.Listener, demo bool, scale string, ahead foldable, kept *tileCache, drawn *sheetFlags, config web.Config) error {
	tokens := access.NewTokens(d.pool)
	if err := showFirstToken(ctx, c, tokens); err != nil {
		return err
	}
	if demo {
		if err := o.loadDemonstration(ctx, c, d, scale); err != nil {
			return err
		}
	}
	metrics := web.NewMetrics(d.pool)
	archives, err := tiles.NewArchives(d.pool, o.archiveFolder(), ahead.squares...)
	if err != nil {
		return err
	}
	keeper, err := o.keepArchives(ctx, d, archives, ahead.quiet, metrics)
	if err != nil {
		return err
	}
	watcher, err := layers.NewWatcher(ctx, d.pool, func(err error) { logReload(err); keeper.wake(ctx, err) })
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	cellIndex := followCells(d.pool, watcher)
	nameIndex, nameTable, err := followNames(d.pool, watcher)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { watcher.Watch(ctx) })
	watching.Go(func() { cellIndex.Run(ctx) })
	watching.Go(func() { nameIndex.Run(ctx) })
	watching.Go(func() { measureAhead(ctx, d.pool, watcher) })
	defer func() { cancel(); watching.Wait() }()
	risks, rain, following, err := followRisks(ctx, d, watcher)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer func() { cancel(); <-following }()
	warned, board, err := followWarnings(ctx, d, watcher)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer func() { cancel(); <-board.Ended() }()
	reported, bell, err := followIncidents(ctx, d)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer func() { cancel(); <-bell.Ended() }()

	styleStore, looks, err := followStyles(ctx, d, watcher)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer func() { cancel(); <-looks.Ended() }()

	ground, err := o.followGround(ctx, d)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer func() { cancel(); <-ground.Ended() }()

	published, calls, productsEnded := followProducts(ctx, d, watcher, looks)
	defer func() { cancel(); productsEnded() }()

	builder := tiles.NewBuilder(d.pool, archives, metrics)
	closeCache, err := kept.use(builder)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer closeCache()
	exported, err := o.startExports(ctx, d, archives, slog.Default())
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	defer exported.stop()
	office, err := complianceOffice(d)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	services, err := o.productServices(d, archives)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	drawing, err := o.startSheets(ctx, d, drawn, archives, looks, ground, config.MapApprovalNumber)
	if err != nil {
		return errors.Join(err, keeper.stop())
	}
	handler, err := web.New(config, web.Parts{
		DB: d.pool, Store: d.store, Catalogue: watcher, Tokens: tokens, Metrics: metrics,
		Tiles: builder, Archives: archives, Cells: cellIndex, Search: nameIndex, Names: nameTable, Links: links.NewStore(d.pool, links.DefaultMost),
		Imports: background.queue, ImportChanges: background.watcher, Compliance: office,
		Risks: risks, RainRules: rain, Warnings: warned, WarningBoard: board,
		Exports: exported.office, ExportBell: exported.bell,
		Sheets: drawing.queue, SheetBell: drawing.bell,
		Users: access.NewUsers(d.pool, sessionLength), Incidents: reported, IncidentBell: bell,
		Styles: looks, StyleStore: styleStore, Ground: ground,
		Products: published, ProductCalls: calls, Services: services,
	})
	if err != nil {
		return errors.Join(err, drawing.stop(), keeper.stop())
	}
	n, features := watcher.Catalogue().Totals()
	fmt.Fprintf(c.out, "ready http://%s (%d layers, %d features)\n", listener.Addr(), n, features)
	err = listenUntil(ctx, listener, handler)
	return errors.Join(err, drawing.stop(), keeper.stop())
}

// listenUntil serves until the context ends, then lets running requests finish.
func listenUntil(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	listener = web.Parcels(listener, server)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	slog.Info("stopping: waiting for running requests")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

func showFirstToken(ctx context.Context, c *console, tokens *access.Tokens) error {
	secret, err := tokens.First(ctx)
	if err != nil || secret == "" {
		return err
	}
	fmt.Fprintf(c.err, "\n首次启动：写入操作（导入、发布、回滚）的访问令牌如下，只显示这一次，请妥善保存。\n"+
		"First start: this token opens everything that writes (import, publish, rollback). It is shown only this once; keep it safe.\n\n    %s\n\n", secret)
	return nil
}

func logReload(err error) {
	if err != nil {
		slog.Warn("the catalogue cannot be followed; trying again", "error", err)
		return
	}
	slog.Debug("catalogue read")
}
