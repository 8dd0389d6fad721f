package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/term"

	"onemap/importers"
	"onemap/importers/jobs"
	"onemap/postgis"
)

// importJobs deals with the imports that a server runs in the background.
func importJobs(ctx context.Context, c *console, args []string) error {
	o := newOptions("imports", c)
	layer := o.String("layer", "", "图层：列表只列此图层；提交到此图层 / `layer` to list or to submit to")
	limit := o.Int("limit", 50, "列出条数 / how many to list")
	how := o.importing()
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	queue, err := jobs.NewQueue(d.pool, o.uploads(), 0)
	if err != nil {
		return err
	}
	switch {
	case given[0] == "list" && len(given) == 1:
		return listImports(ctx, c, queue, jobs.ListQuery{Layer: *layer, Limit: max(*limit, 1)})
	case given[0] == "submit" && len(given) == 2:
		return submitImport(ctx, c, queue, given[1], *layer, *how)
	case len(given) == 2:
		id, err := strconv.ParseInt(given[1], 10, 64)
		if err != nil {
			return fmt.Errorf("%w: 导入编号 %[2]q 不是整数 / import id %[2]q is not a number", errUsage, given[1])
		}
		switch given[0] {
		case "show":
			return showImport(ctx, c, queue, id)
		case "watch":
			return watchImport(ctx, c, queue, id)
		case "start", "cancel":
			do := queue.Start
			if given[0] == "cancel" {
				do = queue.Cancel
			}
			one, err := do(ctx, id)
			if err != nil {
				return err
			}
			printImport(c, one)
			return nil
		}
	}
	return fmt.Errorf("%w: mapserver imports list [--layer ID] | show ID | watch ID | start ID | cancel ID | submit FILE --layer ID", errUsage)
}

func listImports(ctx context.Context, c *console, queue *jobs.Queue, q jobs.ListQuery) error {
	all, err := queue.List(ctx, q)
	if err != nil {
		return err
	}
	for _, one := range all {
		printImport(c, one)
	}
	return nil
}

func printImport(c *console, one jobs.Import) {
	state := string(one.State)
	switch {
	case one.Cancel && !one.State.Final():
		state = "cancelling"
	case one.State == jobs.Running:
		state = string(one.Stage)
	}
	outcome := ""
	switch {
	case one.Version != nil:
		outcome = fmt.Sprintf("v%d", *one.Version)
	case one.Problem != nil:
		outcome = one.Problem.ZH + " / " + one.Problem.EN
	case one.State == jobs.Uploading:
		outcome = fmt.Sprintf("%d/%d", one.Received, one.Size)
	case one.Total > 0:
		outcome = fmt.Sprintf("%d/%d 行 rows", one.Rows, one.Total)
	}
	fmt.Fprintf(c.out, "%5d  %-20s %-10s %s  %-20s %s  %s\n", one.ID, one.Layer, state, one.CreatedAt.Local().Format("2006-01-02 15:04"), one.By, one.Filename, outcome)
}

func showImport(ctx context.Context, c *console, queue *jobs.Queue, id int64) error {
	one, err := queue.Import(ctx, id)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(one, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, string(text))
	return nil
}

// submitImport hands a file to the server that runs on the same data directory.
func submitImport(ctx context.Context, c *console, queue *jobs.Queue, path, layer string, i jobs.Options) error {
	if layer == "" {
		return fmt.Errorf("%w: 请用 --layer 指定目标图层 / name the target layer with --layer", errUsage)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%w: %[2]s 是文件夹，请先打包为 zip，或用 mapserver import 直接导入 / %[2]s is a folder: zip it, or use mapserver import", errUsage, path)
	}
	one, _, err := queue.Create(ctx, jobs.Request{Layer: layer, Filename: filepath.Base(path), Size: info.Size(), Options: i})
	if err != nil {
		return err
	}
	if one, err = queue.Upload(ctx, one.ID, 0, file); err != nil {
		return err
	}
	printImport(c, one)
	return nil
}

// watchImport shows an import's progress until it ends.
func watchImport(ctx context.Context, c *console, queue *jobs.Queue, id int64) error {
	printer := importers.NewProgressPrinter(c.err, term.IsTerminal(int(c.err.Fd())))
	for {
		one, err := queue.Import(ctx, id)
		if err != nil {
			return err
		}
		if one.State.Final() {
			if one.State == jobs.Done {
				printer.Show(importers.Progress{Stage: importers.Done, Rows: one.Rows, Total: one.Total})
			}
			printImport(c, one)
			return nil
		}
		if one.State == jobs.Running && one.Stage != "" {
			printer.Show(importers.Progress{Stage: one.Stage, Rows: one.Rows, Total: one.Total, Bytes: one.Bytes})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// difference tells how a version differs from the published one.
func difference(ctx context.Context, c *console, args []string) error {
	o := newOptions("difference", c)
	again := o.Bool("again", false, "与当前已发布版本重新比对 / compare again, with what is published now")
	given, err := o.parse(args, 2, 2)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(given[1])
	if err != nil {
		return fmt.Errorf("%w: 版本号 %[2]q 不是整数 / version %[2]q is not a number", errUsage, given[1])
	}
	d, err := o.open(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // the work is done; the next start finds what is left
	if _, err := d.store.Version(ctx, given[0], number); err != nil {
		return err
	}
	compare := d.store.Difference
	if *again {
		compare = d.store.Compare
	}
	found, err := compare(ctx, given[0], number)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s v%d ↔ v%d\n新增 / added             %9d\n删除 / removed           %9d\n变化 / changed           %9d\n  图形 / geometry        %9d\n  属性 / fields          %9d\n未变 / unchanged         %9d\n",
		found.Layer, found.Version, found.Base, found.Added, found.Removed, found.Changed, found.ChangedGeometry, found.ChangedFields, found.Unchanged)
	for _, field := range slices.Sorted(maps.Keys(found.Fields)) {
		fmt.Fprintf(c.out, "    %-20s %9d\n", field, found.Fields[field])
	}
	return nil
}
