package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	manifest := o.String("manifest", "", "submit：多图层交付的清单文件；不带 --layer 也不带此项时，用 ZIP 内的 deliveries.json / submit: manifest `file` of a delivery of several layers; without it and without --layer the ZIP's own deliveries.json")
	parameters := o.String("seven-parameters", "", "submit：西安 80、北京 54 的七参数文件（JSON），随任务结束删除 / submit: `file` of seven parameters for Xi'an 1980 or Beijing 1954, JSON; removed with the job")
	how := o.importing()
	given, err := o.parse(args, 1, 3)
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
		r := jobs.Request{Layer: *layer, Options: *how}
		if r.SevenParameters, err = readParameters(*parameters); err != nil {
			return err
		}
		if *manifest != "" {
			if r.Manifest, err = readManifest(*manifest); err != nil {
				return err
			}
		}
		return submitImport(ctx, c, queue, given[1], r)
	case given[0] == "resume" && len(given) == 3:
		return resumeImport(ctx, c, queue, given[1], given[2])
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
	return fmt.Errorf("%w: mapserver imports list [--layer ID] | show ID | watch ID | start ID | cancel ID | resume ID FILE | submit FILE [--layer ID | --manifest FILE]", errUsage)
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
	what := one.Layer
	switch one.Kind {
	case jobs.Delivery:
		what = fmt.Sprintf("[%d/%d]", one.Part, len(one.Parts))
	case jobs.Retry:
		what = fmt.Sprintf("%s ↻ v%d", one.Layer, *one.OfVersion)
	}
	fmt.Fprintf(c.out, "%5d  %-20s %-10s %s  %-20s %s  %s\n", one.ID, what, state, one.CreatedAt.Local().Format("2006-01-02 15:04"), one.By, one.Filename, outcome)
}

// printParts tells what became of each layer of a delivery.
func printParts(c *console, one jobs.Import) {
	for i, p := range one.Parts {
		outcome := ""
		switch {
		case p.Problem != nil:
			outcome = p.Problem.ZH + " / " + p.Problem.EN
		case p.Version != nil && p.Published:
			outcome = fmt.Sprintf("v%d 已发布 published", *p.Version)
		case p.Version != nil && p.Withheld:
			outcome = fmt.Sprintf("v%d 有错误级规则未通过 rules of level error object", *p.Version)
		case p.Version != nil:
			outcome = fmt.Sprintf("v%d", *p.Version)
		}
		fmt.Fprintf(c.out, "       %3d/%d  %-24s %-10s %9d  %s  %s\n", i+1, len(one.Parts), p.Layer, p.State, p.Accepted, p.File, outcome)
		if p.Expected > 0 && p.State == jobs.Done && p.Read != p.Expected {
			noteRows(c.out, p.Expected, p.Read)
		}
	}
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
func submitImport(ctx context.Context, c *console, queue *jobs.Queue, path string, r jobs.Request) error {
	if r.Layer == "" && r.Manifest == nil && !strings.EqualFold(filepath.Ext(path), ".zip") {
		return fmt.Errorf("%w: 请用 --layer 指定目标图层，或用 --manifest 给出交付清单 / name the target layer with --layer, or give a manifest with --manifest", errUsage)
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
	r.Filename, r.Size = filepath.Base(path), info.Size()
	one, _, err := queue.Create(ctx, r)
	if err != nil {
		return err
	}
	if one, err = queue.Upload(ctx, one.ID, 0, file); err != nil {
		return err
	}
	printImport(c, one)
	return nil
}

// resumeImport goes on with an upload where it broke off.
func resumeImport(ctx context.Context, c *console, queue *jobs.Queue, number, path string) error {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: 导入编号 %[2]q 不是整数 / import id %[2]q is not a number", errUsage, number)
	}
	received, _, err := queue.Offset(ctx, id)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Seek(received, io.SeekStart); err != nil {
		return err
	}
	one, err := queue.Upload(ctx, id, received, file)
	if err != nil {
		return err
	}
	printImport(c, one)
	return nil
}

func readManifest(path string) (*importers.Manifest, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := new(importers.Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%w: %s 不是有效的 JSON / is no valid JSON: %w", errUsage, path, err)
	}
	return m, nil
}

// watchImport shows an import's progress until it ends.
func watchImport(ctx context.Context, c *console, queue *jobs.Queue, id int64) error {
	printer, part := importers.NewProgressPrinter(c.err, term.IsTerminal(int(c.err.Fd()))), 0
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
			printParts(c, one)
			return nil
		}
		if one.Part > part {
			part = one.Part
			fmt.Fprintf(c.err, "图层 / layer %d/%d: %s\n", part, len(one.Parts), one.Parts[part-1].Layer)
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
