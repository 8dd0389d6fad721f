package products

import (
	"context"
	"fmt"
	"io/fs"
	"path"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/layers"
)

// Demonstration is who makes and publishes the products of a demonstration.
const Demonstration = "demonstration"

// ReadFolder reads the products of a folder, one a file, FILE.json being the
// product's id. A file that can't be used is an [ErrContent] that names it.
func ReadFolder(files fs.FS, folder string) ([]Input, error) {
	names, err := fs.Glob(files, path.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("products: %s: %w", folder, err)
	}
	all := make([]Input, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err == nil {
			all[i], err = ReadInput(text)
		}
		if err == nil && all[i].ID+".json" != path.Base(name) {
			err = &ContentError{"id", all[i].ID, "应与文件名相同", "must be the file's name"}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// Load publishes products that aren't there yet, all or none, each with every step
// on record, and returns how many that were. With demonstration they are marked as
// synthetic and the steps are those of [Demonstration]. It needs the rights
// [access.Compose] and [access.Approve].
func (s *Store) Load(ctx context.Context, catalogue *layers.Catalogue, all []Input, demonstration bool) (loaded int, err error) {
	for _, right := range []access.Right{access.Compose, access.Approve} {
		if err := access.Require(ctx, right); err != nil {
			return 0, err
		}
	}
	why := "由文件载入 / loaded from a file"
	if demonstration {
		who := access.From(ctx)
		who.Name = Demonstration
		ctx, why = access.With(ctx, who), "演示 / demonstration"
	}
	there, err := s.ids(ctx)
	if err != nil {
		return 0, err
	}
	var made []prepared
	for _, in := range all {
		if there[in.ID] {
			continue
		}
		one := prepared{Input: in}
		if err := CheckID(in.ID); err != nil {
			return 0, err
		}
		if err := s.prepare(ctx, catalogue, in.ID, &one.Input); err != nil {
			return 0, fmt.Errorf("products: %s: %w", in.ID, err)
		}
		if one.held, err = s.heldBy(ctx, catalogue, in.ID, one.Content); err != nil {
			return 0, err
		}
		made = append(made, one)
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		for _, one := range made {
			if err := one.release(ctx, tx, demonstration, why); err != nil {
				return fmt.Errorf("%s: %w", one.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("products: loading: %w", err)
	}
	return len(made), nil
}

func (s *Store) ids(ctx context.Context) (map[string]bool, error) {
	rows, err := s.db.Query(ctx, "SELECT id FROM products.products")
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	there := map[string]bool{}
	for _, id := range list {
		there[id] = true
	}
	return there, nil
}

// prepared is a product that can be written, with the versions that it holds.
type prepared struct {
	Input
	held map[string]int
}

// release writes a product and takes it through all steps to its publication.
func (p prepared) release(ctx context.Context, tx pgx.Tx, synthetic bool, why string) error {
	if err := create(ctx, tx, p.Input, synthetic); err != nil {
		return err
	}
	now := Product{ID: p.ID, State: Draft, Revision: 1, Version: Version{Number: 1, Content: p.Content}}
	for _, to := range []State{Checked, Approved, Published} {
		if err := move(ctx, tx, now, Move{To: to, Why: why}, p.held); err != nil {
			return err
		}
		now.State, now.Revision = to, now.Revision+1
	}
	return nil
}
