package main

import (
	"context"
	"fmt"

	"onemap/postgis"
)

// migrate brings the schema to the newest version or to a given one.
func migrate(ctx context.Context, c *console, args []string) error {
	o := newOptions("migrate", c)
	to := o.Int("to", -1, "目标版本，0 为清空 / `version` to go to; 0 drops everything")
	if _, err := o.parse(args, 0, 0); err != nil {
		return err
	}
	d, err := o.connect(ctx, postgis.Options{})
	if err != nil {
		return err
	}
	defer d.close(ctx) //nolint:errcheck // each step was its own transaction
	reached := 0
	if *to < 0 {
		reached, err = postgis.Migrate(ctx, d.pool)
	} else {
		reached, err = postgis.MigrateTo(ctx, d.pool, *to)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "数据库结构版本 / schema version: %d\n", reached)
	return nil
}
