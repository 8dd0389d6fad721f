package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"onemap/layers"
)

// showDictionary writes a code table, or lists them.
func showDictionary(ctx context.Context, c *console, args []string) error {
	o := newOptions("dictionary", c)
	a := o.asking()
	given, err := o.parse(args, 0, 1)
	if err != nil {
		return err
	}
	return o.onMap(ctx, a, func(_ *database, catalogue *layers.Catalogue, _ time.Time) error {
		return a.write(c, func(to io.Writer) error {
			if len(given) == 1 {
				d, ok := catalogue.Dictionaries[given[0]]
				if !ok {
					return fmt.Errorf("%w: 没有字典 %[2]q，mapserver dictionary 列出全部 / there is no dictionary %[2]q; mapserver dictionary lists them", errUsage, given[0])
				}
				return printJSON(to, d)
			}
			for _, id := range slices.Sorted(maps.Keys(catalogue.Dictionaries)) {
				d := catalogue.Dictionaries[id]
				fmt.Fprintf(to, "%-24s %6d  %s\n", id, len(d.Entries), d.Name) //nolint:errcheck // a buffer, whose Flush tells
			}
			return nil
		})
	})
}
