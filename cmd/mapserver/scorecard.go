package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"onemap/layers"
	"onemap/layers/scorecard"
)

// qualityCommand tells how good and how fresh the layers are.
func qualityCommand(ctx context.Context, c *console, args []string) error {
	o := newOptions("quality", c)
	a := o.asking()
	format := o.String("format", "xlsx", "导出格式：csv、xlsx / `format` of the file: csv, xlsx")
	given, err := o.parse(args, 1, 2)
	if err != nil {
		return err
	}
	if operands := map[string]int{"list": 1, "export": 1, "show": 2}[given[0]]; operands != len(given) {
		return fmt.Errorf("%w: mapserver quality list | show LAYER | export --format F --out FILE", errUsage)
	}
	if f := scorecard.Format(*format); !slices.Contains(scorecard.Formats(), f) {
		return fmt.Errorf("%w: --format %q：应为 csv 或 xlsx / must be csv or xlsx", errUsage, f)
	}
	return o.onMap(ctx, a, func(d *database, catalogue *layers.Catalogue, _ time.Time) error {
		in := catalogue.Layers
		if given[0] == "show" {
			l, err := catalogue.Layer(given[1])
			if err != nil {
				return err
			}
			in = []layers.Layer{l}
		}
		board, err := scorecard.Read(ctx, d.pool, in, given[0] == "show", time.Now())
		if err != nil {
			return err
		}
		return a.write(c, func(to io.Writer) error {
			switch given[0] {
			case "export":
				return board.Write(to, scorecard.Format(*format))
			case "show":
				return printJSON(to, board.Layers[0])
			}
			return printJSON(to, board)
		})
	})
}
