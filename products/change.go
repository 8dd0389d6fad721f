package products

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/layers"
)

var (
	//go:embed sql/insert_product.sql
	insertProductSQL string
	//go:embed sql/insert_version.sql
	insertVersionSQL string
	//go:embed sql/replace_content.sql
	replaceContentSQL string
	//go:embed sql/show_version.sql
	showVersionSQL string
	//go:embed sql/end_version.sql
	endVersionSQL string
	//go:embed sql/change_product.sql
	changeProductSQL string
	//go:embed sql/step.sql
	stepSQL string
	//go:embed sql/delete.sql
	deleteSQL string
	//go:embed sql/published_now.sql
	publishedNowSQL string
)

// Create makes a product, a draft. It needs the right [access.Compose]. An id that
// is taken is an [ErrExists], a content that can't be used a [ContentError].
func (s *Store) Create(ctx context.Context, catalogue *layers.Catalogue, in Input) error {
	if err := access.Require(ctx, access.Compose); err != nil {
		return err
	}
	if err := CheckID(in.ID); err != nil {
		return err
	}
	if err := s.prepare(ctx, catalogue, in.ID, &in); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		return create(ctx, tx, in, false)
	})
	if err != nil {
		return fmt.Errorf("products: creating %s: %w", in.ID, err)
	}
	return nil
}

func create(ctx context.Context, tx pgx.Tx, in Input, synthetic bool) error {
	by := access.From(ctx).Name
	done, err := tx.Exec(ctx, insertProductSQL, pgx.StrictNamedArgs{"id": in.ID, "state": string(Draft), "synthetic": synthetic, "by": by})
	if err != nil {
		return err
	}
	if done.RowsAffected() == 0 {
		return fmt.Errorf("%w: %s", ErrExists, in.ID)
	}
	if err := insertVersion(ctx, tx, Product{ID: in.ID, Version: Version{Number: 1, Content: in.Content, Cause: ByContent, MadeBy: by, Why: in.Why}}, 0); err != nil {
		return err
	}
	return addStep(ctx, tx, in.ID, Step{Revision: 1, Version: 1, To: Draft, By: by, Why: in.Why})
}

// insertVersion adds a version; publication says how far its Shows accounts for publications.
func insertVersion(ctx context.Context, tx pgx.Tx, p Product, publication int64) error {
	shows := p.Shows
	if shows == nil {
		shows = map[string]int{}
	}
	_, err := tx.Exec(ctx, insertVersionSQL, pgx.StrictNamedArgs{
		"product": p.ID, "number": p.Number, "content": p.Content, "cause": string(p.Cause), "shows": shows, "publication": publication,
		"from": p.From, "by": p.MadeBy, "why": p.Why,
	})
	return err
}

func addStep(ctx context.Context, tx pgx.Tx, id string, step Step) error {
	_, err := tx.Exec(ctx, stepSQL, pgx.StrictNamedArgs{
		"product": id, "revision": step.Revision, "version": step.Version, "from": step.From, "to": string(step.To), "by": step.By, "why": step.Why,
	})
	return err
}

// endVersion ends the time that a version was shown in.
func endVersion(ctx context.Context, tx pgx.Tx, id string, number int, until time.Time) error {
	done, err := tx.Exec(ctx, endVersionSQL, pgx.StrictNamedArgs{"product": id, "number": number, "until": until})
	if err == nil && done.RowsAffected() != 1 {
		err = fmt.Errorf("ending version %d: %w", number, errNoRow)
	}
	return err
}

// publishedNow are the published versions of a content's layers, and how far
// publications go.
func publishedNow(ctx context.Context, tx pgx.Tx, c Content) (shows map[string]int, publication int64, err error) {
	ids := make([]string, len(c.Layers))
	for i, l := range c.Layers {
		ids[i] = l.ID
	}
	return shows, publication, tx.QueryRow(ctx, publishedNowSQL, pgx.StrictNamedArgs{"layers": ids}).Scan(&shows, &publication)
}

// heldBy are the versions of its layers that a content shows whatever is published:
// nil for one that follows them.
func (s *Store) heldBy(ctx context.Context, catalogue *layers.Catalogue, id string, c Content) (map[string]int, error) {
	if c.Update.Rule == Follow {
		return nil, nil
	}
	opened, _, err := s.openLayers(ctx, catalogue, Product{ID: id, Version: Version{Content: c}})
	if err != nil {
		return nil, err
	}
	held := map[string]int{}
	for _, l := range opened {
		held[l.Definition.ID] = l.Published.Number
	}
	return held, nil
}

// showsFromNow are the versions of its layers that a content shows from now on, and
// how far publications are accounted for.
func showsFromNow(ctx context.Context, tx pgx.Tx, c Content, held map[string]int) (shows map[string]int, publication int64, err error) {
	shows, publication, err = publishedNow(ctx, tx, c)
	if held != nil {
		shows = held
	}
	return shows, publication, err
}

// Update changes the content of a product. A draft is changed as it is; one that
// is checked or approved becomes a draft again; a new version of a published one is
// published at once, for which the right [access.Approve] is needed beside
// [access.Compose]; a retired one is an [ErrRetired]. A revision that isn't the
// newest is an [ErrChanged].
func (s *Store) Update(ctx context.Context, catalogue *layers.Catalogue, id string, in Input) error {
	if err := access.Require(ctx, access.Compose); err != nil {
		return err
	}
	if err := s.prepare(ctx, catalogue, id, &in); err != nil {
		return err
	}
	held, err := s.heldBy(ctx, catalogue, id, in.Content)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		now, err := locked(ctx, tx, id, in.Revision)
		if err != nil {
			return err
		}
		if now.State == Retired {
			return fmt.Errorf("%w: make it a draft again before changing it", ErrRetired)
		}
		before, err := json.Marshal(now.Content)
		if err != nil {
			return err
		}
		after, err := json.Marshal(in.Content)
		if err != nil || bytes.Equal(before, after) {
			return err
		}
		if now.State == Published {
			return replacePublished(ctx, tx, now, in, held)
		}
		return replaceDraft(ctx, tx, now, in)
	})
	if err != nil {
		return fmt.Errorf("products: changing %.60s: %w", id, err)
	}
	return nil
}

// replacePublished publishes a new version of what is published.
func replacePublished(ctx context.Context, tx pgx.Tx, now Product, in Input, held map[string]int) error {
	if err := access.Require(ctx, access.Approve); err != nil {
		return err
	}
	shows, publication, err := showsFromNow(ctx, tx, in.Content, held)
	if err != nil {
		return err
	}
	at, err := isNow(ctx, tx)
	if err != nil {
		return err
	}
	if err := endVersion(ctx, tx, now.ID, now.Number, at); err != nil {
		return err
	}
	next := Product{ID: now.ID, Version: Version{Number: now.Number + 1, Content: in.Content, Cause: ByContent, Shows: shows, From: &at, MadeBy: access.From(ctx).Name, Why: in.Why}}
	if err := insertVersion(ctx, tx, next, publication); err != nil {
		return err
	}
	return changeProduct(ctx, tx, now, Published, next.Number)
}

// replaceDraft changes what isn't published. A version that was published once is kept.
func replaceDraft(ctx context.Context, tx pgx.Tx, now Product, in Input) error {
	number, by := now.Number, access.From(ctx).Name
	if now.From == nil {
		_, err := tx.Exec(ctx, replaceContentSQL, pgx.StrictNamedArgs{"product": now.ID, "number": number, "content": in.Content, "by": by, "why": in.Why})
		if err != nil {
			return err
		}
	} else {
		number++
		if err := insertVersion(ctx, tx, Product{ID: now.ID, Version: Version{Number: number, Content: in.Content, Cause: ByContent, MadeBy: by, Why: in.Why}}, 0); err != nil {
			return err
		}
	}
	if now.State != Draft {
		step := Step{Revision: now.Revision + 1, Version: number, From: &now.State, To: Draft, By: by, Why: "内容修改后须重新质检 / changed, to be checked again"}
		if err := addStep(ctx, tx, now.ID, step); err != nil {
			return err
		}
	}
	return changeProduct(ctx, tx, now, Draft, number)
}

// changeProduct writes the state of a product, at its next revision.
func changeProduct(ctx context.Context, tx pgx.Tx, now Product, to State, number int) error {
	_, err := tx.Exec(ctx, changeProductSQL, pgx.StrictNamedArgs{
		"id": now.ID, "state": string(to), "number": number, "revision": now.Revision + 1, "by": access.From(ctx).Name,
	})
	return err
}

// Move takes a step of [Transitions] with a product. What it shows is checked again
// on its way to publication. A step that doesn't lead on from its state, or that who
// asks may not take, is a [TransitionError] or an [access.ErrForbidden].
func (s *Store) Move(ctx context.Context, catalogue *layers.Catalogue, id string, m Move) error {
	if !worksOn(access.From(ctx)) {
		return access.Require(ctx, access.Approve)
	}
	if nameOf(m.To) == "" {
		return &ContentError{"to", string(m.To), "应为 draft、checked、approved、published 或 retired", "must be draft, checked, approved, published or retired"}
	}
	if err := checkText("reason", m.Why, 0, mostWhy); err != nil {
		return err
	}
	seen, err := s.head(ctx, id)
	if err != nil {
		return err
	}
	// A revision has one content, so what is found of it now holds once it is locked.
	var held map[string]int
	if seen.Revision == m.Revision && slices.Contains([]State{Checked, Approved, Published}, m.To) && mayMove(ctx, seen.State, m) == nil {
		if err := s.checkLayers(ctx, catalogue, id, seen.Content); err != nil {
			return err
		}
		if held, err = s.heldBy(ctx, catalogue, id, seen.Content); err != nil {
			return err
		}
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		now, err := locked(ctx, tx, id, m.Revision)
		if err != nil {
			return err
		}
		if err := mayMove(ctx, now.State, m); err != nil {
			return err
		}
		return move(ctx, tx, now, m, held)
	})
	if err != nil {
		return fmt.Errorf("products: moving %.60s: %w", id, err)
	}
	return nil
}

func mayMove(ctx context.Context, state State, m Move) error {
	for _, t := range Transitions() {
		if t.From != state || t.To != m.To {
			continue
		}
		if err := access.Require(ctx, t.Right); err != nil {
			return err
		}
		if t.Why && m.Why == "" {
			return &ContentError{"reason", "", "“" + t.Name + "”须写明原因", "a reason must be given to " + t.NameEN}
		}
		return nil
	}
	return &TransitionError{state, m.To, from(state, access.From(ctx))}
}

func move(ctx context.Context, tx pgx.Tx, now Product, m Move, held map[string]int) error {
	number := now.Number
	if m.To == Published || m.To == Retired {
		at, err := isNow(ctx, tx)
		if err != nil {
			return err
		}
		if m.To == Published {
			number, err = publish(ctx, tx, now, held, at, m.Why)
		} else {
			err = endVersion(ctx, tx, now.ID, now.Number, at)
		}
		if err != nil {
			return err
		}
	}
	if err := changeProduct(ctx, tx, now, m.To, number); err != nil {
		return err
	}
	return addStep(ctx, tx, now.ID, Step{Revision: now.Revision + 1, Version: number, From: &now.State, To: m.To, By: access.From(ctx).Name, Why: m.Why})
}

// publish shows the newest version from now on: one that was shown before as a new
// version with the same content, so that each has one time.
func publish(ctx context.Context, tx pgx.Tx, now Product, held map[string]int, at time.Time, why string) (number int, err error) {
	shows, publication, err := showsFromNow(ctx, tx, now.Content, held)
	if err != nil {
		return 0, err
	}
	if now.From == nil {
		_, err = tx.Exec(ctx, showVersionSQL, pgx.StrictNamedArgs{"product": now.ID, "number": now.Number, "shows": shows, "publication": publication, "from": at})
		return now.Number, err
	}
	again := Product{ID: now.ID, Version: Version{Number: now.Number + 1, Content: now.Content, Cause: ByPublication, Shows: shows, From: &at, MadeBy: access.From(ctx).Name, Why: why}}
	return again.Number, insertVersion(ctx, tx, again, publication)
}

// Delete removes a draft that was never published; another product is an [ErrKept].
func (s *Store) Delete(ctx context.Context, id string, revision int) error {
	if err := access.Require(ctx, access.Compose); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		now, err := locked(ctx, tx, id, revision)
		if err != nil {
			return err
		}
		if now.State != Draft || now.From != nil || now.Number != 1 {
			return fmt.Errorf("%w: %s is %s", ErrKept, id, now.State)
		}
		_, err = tx.Exec(ctx, deleteSQL, pgx.StrictNamedArgs{"id": id})
		return err
	})
	if err != nil {
		return fmt.Errorf("products: deleting %.60s: %w", id, err)
	}
	return nil
}
