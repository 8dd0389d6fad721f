package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/layers"
	"onemap/products/packages"
)

// Direct makes a package here and now, in an empty folder, and puts it on record.
// It is for who holds the machine, and needs [access.Administer]: what needs an
// approval needs a purpose, which stands in its place. The office keeps no package.
func (o *Office) Direct(ctx context.Context, catalogue *layers.Catalogue, r packages.Request, folder string) (packages.Result, error) {
	var result packages.Result
	if err := access.Require(ctx, access.Administer); err != nil {
		return result, err
	}
	plan, err := o.packer.Plan(ctx, catalogue, r)
	if err != nil {
		return result, err
	}
	who := access.From(ctx)
	order := packages.Order{By: who.Name, At: time.Now()}
	if len(plan.Needs) > 0 {
		if plan.Request.Purpose == "" {
			return result, fmt.Errorf("%w: %s", ErrPurpose, plan.Needs[0].EN)
		}
		order.Approval = &packages.Approval{By: who.Name, At: order.At, Reason: plan.Request.Purpose}
	} else {
		plan.Needs = []packages.Need{}
	}
	// On record before any data is read: one that breaks off stands there as cancelled.
	err = pgx.BeginFunc(ctx, o.db, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, createSQL, pgx.StrictNamedArgs{
			"request": plan.Request, "title": plan.Title(), "needs": plan.Needs, "by": who.Name, "rights": who.Rights, "state": Cancelled,
		}).Scan(&order.Export)
		if err != nil {
			return err
		}
		return note(ctx, tx, order.Export, who.Name, "requested", plan.Request.Purpose)
	})
	if err != nil {
		return result, fmt.Errorf("exports: recording one: %w", err)
	}
	if result, err = o.packer.Pack(ctx, catalogue, plan, order, folder, nil); err != nil {
		return result, err
	}
	err = pgx.BeginFunc(ctx, o.db, func(tx pgx.Tx) error {
		if err := note(ctx, tx, order.Export, who.Name, "done", "at the machine"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE exports.exports SET state = 'done', bytes = $2, sha256 = $3, passport = $4, ended_at = clock_timestamp(), removed_at = clock_timestamp()
			WHERE id = $1`, order.Export, result.Bytes, result.SHA256, result.Passport)
		return err
	})
	if err != nil {
		return result, fmt.Errorf("exports: recording %d: %w", order.Export, err)
	}
	return result, nil
}
