package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"onemap/importers"
	"onemap/layers"
)

// listRules lists what deliveries of a layer are checked for.
func listRules(ctx context.Context, c *console, store *layers.Store, layer string, asJSON bool) error {
	def, err := store.Definition(ctx, layer)
	if err != nil {
		return err
	}
	rules := importers.Rules(def)
	if asJSON {
		return printJSON(c.out, map[string]any{"layer": def.ID, "rules": rules})
	}
	for _, one := range rules {
		may := "总要检查 always"
		if one.Skippable {
			may = "可省略 --skip"
		}
		fmt.Fprintf(c.out, "%-28s %-16s %-16s %s / %s\n", one.ID, levelName(one.Level), may, one.Title, one.TitleEN)
	}
	return nil
}

// printQuality tells a person at the terminal what the rules found.
func printQuality(out io.Writer, r importers.Report) {
	q := r.Quality
	if q == nil {
		return
	}
	fmt.Fprintf(out, "质量 / quality        %.1f", q.Score)
	for _, s := range []struct {
		name  string
		value *float64
	}{
		{"完整 completeness", q.Completeness},
		{"有效 validity", q.Validity},
		{"一致 consistency", q.Consistency},
		{"时效 timeliness", q.Timeliness},
		{"坐标 trust", q.Trust},
	} {
		if s.value != nil {
			fmt.Fprintf(out, "  %s %.1f", s.name, *s.value)
		}
	}
	fmt.Fprintln(out)
	var skipped []string
	for _, one := range q.Rules {
		if one.Skipped != "" {
			skipped = append(skipped, one.Rule.ID)
		}
		if one.Count == 0 || one.Refuses {
			continue // refused rows are listed above
		}
		fmt.Fprintf(out, "    %8d  %s %s / %s (%s)\n", one.Count, levelName(one.Rule.Level), one.Title, one.TitleEN, one.Rule.ID)
		for i, e := range one.Examples {
			if i == 2 {
				break
			}
			fmt.Fprintf(out, "              ")
			if e.Row > 0 {
				fmt.Fprintf(out, "第 %d 行 row ", e.Row)
			}
			fmt.Fprintf(out, "%s / %s\n", e.Message, e.MessageEN)
		}
	}
	if len(skipped) > 0 {
		fmt.Fprintf(out, "未检查 / not checked  %s\n", strings.Join(skipped, ", "))
	}
	if r.Withheld {
		fmt.Fprintln(out, "未发布：有错误级规则未通过；更正后重新导入，或核实后加 --accept-errors（留有记录）")
		fmt.Fprintln(out, "not published: rules of level error object; correct and import again, or accept with --accept-errors, which is recorded")
	}
}

func levelName(l layers.Level) string {
	switch l {
	case layers.Error:
		return "错误 error"
	case layers.Warning:
		return "警告 warning"
	default:
		return "提示 note"
	}
}
