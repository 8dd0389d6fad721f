package layers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

// ErrNothingToRollBackTo reports a layer that has no earlier published version.
var ErrNothingToRollBackTo = errors.New("layers: there is no earlier version to roll back to")

// ErrNotChecked reports a version that rules of level error object to.
var ErrNotChecked = errors.New("layers: version has errors")

const (
	actionPublish  = "publish"
	actionRollback = "rollback"
)

var (
	//go:embed sql/version_state.sql
	versionStateSQL string
	//go:embed sql/version_definition.sql
	versionDefinitionSQL string
	//go:embed sql/retire_published.sql
	retirePublishedSQL string
	//go:embed sql/mark_published.sql
	markPublishedSQL string
	//go:embed sql/record_publication.sql
	recordPublicationSQL string
	//go:embed sql/earlier_version.sql
	earlierVersionSQL string
)

// Publish makes a version the one that everybody sees. It is one transaction of
// a few catalogue rows and a view, whatever the layer's size. It needs the
// right [access.Publish]. A version in the state [Draft] is an [ErrNotChecked].
func (s *Store) Publish(ctx context.Context, layer string, number int) (Version, error) {
	return s.show(ctx, layer, publication{action: actionPublish}, func(pgx.Tx) (int, error) { return number, nil })
}

// PublishUnchecked publishes a version whatever the rules say of it, and keeps
// on record that this was done.
func (s *Store) PublishUnchecked(ctx context.Context, layer string, number int) (Version, error) {
	return s.show(ctx, layer, publication{actionPublish, true}, func(pgx.Tx) (int, error) { return number, nil })
}

// PublishTogether publishes one version each of several layers, all or none: who
// reads sees all of them from one moment on. Layers are locked in the order of
// their ids, so that two of these never wait for each other. A version that is
// published already stays so. It needs the right [access.Publish]; unchecked
// publishes also what rules of level error object to, which else is an
// [ErrNotChecked].
func (s *Store) PublishTogether(ctx context.Context, versions map[string]int, unchecked bool) error {
	if err := access.Require(ctx, access.Publish); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		for _, layer := range slices.Sorted(maps.Keys(versions)) {
			if _, err := tx.Exec(ctx, lockLayerSQL, pgx.StrictNamedArgs{"layer": layer}); err != nil {
				return err
			}
			v, err := readVersion(ctx, tx, layer, versions[layer])
			if err == nil && v.State != Published {
				err = publish(ctx, tx, layer, v.Number, publication{actionPublish, unchecked})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("layers: publishing %d layers: %w", len(versions), err)
	}
	return nil
}

// publication is how a version comes to be published.
type publication struct {
	action    string
	unchecked bool // also against the rules
}

// Rollback publishes the version before the published one again: the highest
// earlier number that was ever published. It needs the right [access.Publish].
func (s *Store) Rollback(ctx context.Context, layer string) (Version, error) {
	return s.show(ctx, layer, publication{action: actionRollback}, func(tx pgx.Tx) (int, error) {
		var number int
		err := tx.QueryRow(ctx, earlierVersionSQL, pgx.StrictNamedArgs{"layer": layer}).Scan(&number)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, fmt.Errorf("%w: %s", ErrNothingToRollBackTo, layer)
		}
		return number, err
	})
}

func (s *Store) show(ctx context.Context, layer string, how publication, which func(pgx.Tx) (int, error)) (Version, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Version{}, err
	}
	var v Version
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		var next int
		err := tx.QueryRow(ctx, lockLayerSQL, pgx.StrictNamedArgs{"layer": layer}).Scan(&next)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("%w: %s", ErrUnknownLayer, layer)
		}
		if err != nil {
			return err
		}
		number, err := which(tx)
		if err != nil {
			return err
		}
		if err := publish(ctx, tx, layer, number, how); err != nil {
			return err
		}
		v, err = readVersion(ctx, tx, layer, number)
		return err
	})
	if err != nil {
		return Version{}, fmt.Errorf("layers: %s of %s: %w", how.action, layer, err)
	}
	v.Report = nil
	return v, nil
}

// publish does the work inside a transaction that has locked the layer's row.
func publish(ctx context.Context, tx pgx.Tx, layer string, number int, how publication) error {
	def, err := definitionOf(ctx, tx, layer, number)
	if err != nil {
		return err
	}
	var state State
	if err := tx.QueryRow(ctx, versionStateSQL, pgx.StrictNamedArgs{"layer": layer, "number": number}).Scan(&state); err != nil {
		return err
	}
	if state == Draft && !how.unchecked {
		return fmt.Errorf("%w: %s v%d", ErrNotChecked, layer, number)
	}
	var replaced *int
	if err := tx.QueryRow(ctx, retirePublishedSQL, pgx.StrictNamedArgs{"layer": layer}).Scan(&replaced); err != nil {
		return err
	}
	if err := replaceView(ctx, tx, layer, number, def); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, markPublishedSQL, pgx.StrictNamedArgs{"layer": layer, "number": number}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, recordPublicationSQL, pgx.StrictNamedArgs{
		"layer": layer, "version": number, "replaced": replaced, "action": how.action, "by": access.From(ctx).Name,
		"unchecked": how.unchecked && state == Draft,
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "SELECT pg_notify($1, $2)", Channel, layer)
	return err
}

// replaceView points features.<layer> at the version. Where the columns are the
// same the view keeps its grants; where they changed PostgreSQL wants a new one.
func replaceView(ctx context.Context, tx pgx.Tx, layer string, number int, def Definition) error {
	view := pgx.Identifier{"features", layer}.Sanitize()
	query := fmt.Sprintf("SELECT fid%s, geom FROM %s", columnList(def.Fields), Table(layer, number).Sanitize())
	// A reader who keeps the view busy must not make everybody behind us wait.
	if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '5s'"); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, tx, func(nested pgx.Tx) error {
		_, err := nested.Exec(ctx, fmt.Sprintf("CREATE OR REPLACE VIEW %s AS %s", view, query))
		return err
	})
	if isCode(err, "42P16") { // invalid_table_definition: other columns than before
		if _, err = tx.Exec(ctx, "DROP VIEW "+view); err == nil {
			_, err = tx.Exec(ctx, fmt.Sprintf("CREATE VIEW %s AS %s", view, query))
		}
	}
	return err
}
