package layers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

//go:embed sql/version_at.sql
var versionAtSQL string

// OpenVersion returns the layer as one of its versions shows it: Published is
// that version. Versions that are or were published need the right to read the
// layer, others also [access.Import]. An unknown one is an [ErrUnknownVersion].
func (s *Store) OpenVersion(ctx context.Context, l Layer, number int) (Layer, error) {
	if err := access.Require(ctx, l.Definition.ReadRight()); err != nil {
		return Layer{}, fmt.Errorf("layers: %s is not open: %w", l.Definition.ID, err)
	}
	v, err := readVersion(ctx, s.db, l.Definition.ID, number)
	if err == nil && v.State != Published && v.State != Retired {
		err = access.Require(ctx, access.Import)
	}
	if err == nil {
		l.Columns, err = definitionOf(ctx, s.db, l.Definition.ID, number)
	}
	if err != nil {
		return Layer{}, fmt.Errorf("layers: version %d of %s: %w", number, l.Definition.ID, err)
	}
	v.Report = nil
	l.Published = &v
	return l, nil
}

// OpenAt returns the layer as it was published at a time, with the edits that had
// been made by then; an [ErrNotPublished] from before its first publication. It needs the right to read the layer.
func (s *Store) OpenAt(ctx context.Context, l Layer, at time.Time) (Layer, error) {
	if err := access.Require(ctx, l.Definition.ReadRight()); err != nil {
		return Layer{}, fmt.Errorf("layers: %s is not open: %w", l.Definition.ID, err)
	}
	var number int
	err := s.db.QueryRow(ctx, versionAtSQL, pgx.StrictNamedArgs{"layer": l.Definition.ID, "at": at}).Scan(&number)
	if errors.Is(err, pgx.ErrNoRows) {
		return Layer{}, fmt.Errorf("%w: %s, at %s", ErrNotPublished, l.Definition.ID, at.Format(time.RFC3339))
	}
	if err != nil {
		return Layer{}, fmt.Errorf("layers: %s at %s: %w", l.Definition.ID, at.Format(time.RFC3339), err)
	}
	if l, err = s.OpenVersion(ctx, l, number); err != nil {
		return Layer{}, err
	}
	return s.asOf(ctx, l, at)
}
