package versions

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/styles"
)

// Channel is the PostgreSQL notification channel that tells of new versions; the
// payload is the layer's id.
const Channel = "onemap_styles"

// The mistakes of those who change looks.
var (
	// ErrUnknown reports a version that a layer's look doesn't have.
	ErrUnknown = errors.New("versions: the look has no such version")
	// ErrChanged reports a change that is based on a version that isn't the newest.
	ErrChanged = errors.New("versions: the look was changed meanwhile")
	// ErrNote reports a note that is too long.
	ErrNote = errors.New("versions: the note is longer than 500 characters")
)

var (
	//go:embed sql/insert.sql
	insertSQL string
	//go:embed sql/list.sql
	listSQL string
	//go:embed sql/one.sql
	oneSQL string
	//go:embed sql/newest.sql
	newestSQL string
)

// Version is one version of a layer's look. Version 0 is what the layer comes
// with, and is not stored.
type Version struct {
	Layer    string     `db:"layer" json:"layer"`
	Number   int        `db:"number" json:"number"`
	Fragment []byte     `db:"fragment" json:"-"`                  // JSON; nil: what the layer comes with
	Note     string     `db:"note" json:"note,omitempty"`         // why, in the words of who made it
	Restored *int       `db:"restored" json:"restored,omitempty"` // the version that it is a copy of
	MadeBy   string     `db:"made_by" json:"made_by,omitempty"`   //
	MadeAt   *time.Time `db:"made_at" json:"made_at,omitempty"`   //
}

// Change is how a version comes about.
type Change struct {
	Note    string // at most 500 characters
	BasedOn *int   // the version that was changed: if it isn't the newest any more it is an [ErrChanged]; nil doesn't ask
}

// Store keeps versions in PostGIS.
type Store struct{ db *pgxpool.Pool }

// NewStore keeps versions in db.
func NewStore(db *pgxpool.Pool) *Store { return &Store{db} }

// Save keeps a look as the newest version of its layer's. One that breaks the
// rules is a [*styles.RuleError]. It needs the right [access.Compose].
func (s *Store) Save(ctx context.Context, layer layers.Definition, dictionaries []layers.Dictionary, f styles.Fragment, c Change) (Version, error) {
	if err := access.Require(ctx, access.Compose); err != nil {
		return Version{}, err
	}
	if err := styles.Check(layer, dictionaries, f); err != nil {
		return Version{}, err
	}
	text, err := json.Marshal(f)
	if err != nil {
		return Version{}, fmt.Errorf("versions: writing the look of %s: %w", layer.ID, err)
	}
	return s.insert(ctx, layer.ID, text, nil, c)
}

// Restore makes a copy of an older version the newest one, if it keeps the rules
// that hold now. 0 is what the layer comes with. It needs the right [access.Compose].
func (s *Store) Restore(ctx context.Context, layer layers.Definition, dictionaries []layers.Dictionary, number int, c Change) (Version, error) {
	if err := access.Require(ctx, access.Compose); err != nil {
		return Version{}, err
	}
	old, err := s.Version(ctx, layer.ID, number)
	if err != nil {
		return Version{}, err
	}
	if old.Fragment != nil {
		f, err := styles.ReadFragment(layer, old.Fragment)
		if err != nil {
			return Version{}, err
		}
		if err := styles.Check(layer, dictionaries, f); err != nil {
			return Version{}, err
		}
	}
	return s.insert(ctx, layer.ID, old.Fragment, &number, c)
}

func (s *Store) insert(ctx context.Context, layer string, fragment []byte, restored *int, c Change) (Version, error) {
	note := strings.TrimSpace(c.Note)
	if utf8.RuneCountInString(note) > 500 || strings.ContainsRune(note, 0) || !utf8.ValidString(note) {
		return Version{}, ErrNote
	}
	rows, err := s.db.Query(ctx, insertSQL, pgx.StrictNamedArgs{
		"layer": layer, "fragment": fragment, "note": note, "restored": restored, "made_by": access.From(ctx).Name, "based_on": c.BasedOn,
	})
	if err != nil {
		return Version{}, fmt.Errorf("versions: keeping the look of %s: %w", layer, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Version])
	var pg *pgconn.PgError
	switch {
	case errors.Is(err, pgx.ErrNoRows), errors.As(err, &pg) && pg.Code == "23505": // another version came first
		return Version{}, fmt.Errorf("%w: %s; read it again and repeat the change", ErrChanged, layer)
	case err != nil:
		return Version{}, fmt.Errorf("versions: keeping the look of %s: %w", layer, err)
	}
	return v, nil
}

// maxVersions is how many versions are listed.
const maxVersions = 1000

// Versions lists the newest thousand versions of a layer's look, newest first, and
// version 0 last.
func (s *Store) Versions(ctx context.Context, layer string) ([]Version, error) {
	rows, err := s.db.Query(ctx, listSQL, pgx.StrictNamedArgs{"layer": layer, "limit": maxVersions})
	if err != nil {
		return nil, fmt.Errorf("versions: listing those of %s: %w", layer, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Version])
	if err != nil {
		return nil, fmt.Errorf("versions: listing those of %s: %w", layer, err)
	}
	return append(all, Version{Layer: layer}), nil
}

// Version returns one version; a number that there isn't is an [ErrUnknown].
func (s *Store) Version(ctx context.Context, layer string, number int) (Version, error) {
	if number == 0 {
		return Version{Layer: layer}, nil
	}
	rows, err := s.db.Query(ctx, oneSQL, pgx.StrictNamedArgs{"layer": layer, "number": number})
	if err != nil {
		return Version{}, fmt.Errorf("versions: reading %s version %d: %w", layer, number, err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Version])
	if errors.Is(err, pgx.ErrNoRows) {
		return Version{}, fmt.Errorf("%w: %s version %d", ErrUnknown, layer, number)
	}
	return v, err
}

// newest are the newest versions of all layers that have any.
func (s *Store) newest(ctx context.Context) ([]Version, error) {
	rows, err := s.db.Query(ctx, newestSQL)
	if err != nil {
		return nil, fmt.Errorf("versions: reading the looks: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[Version])
	if err != nil {
		return nil, fmt.Errorf("versions: reading the looks: %w", err)
	}
	return all, nil
}

// Look returns the look of a version, read for the layer as it is defined now.
func (v Version) Look(layer layers.Definition) (styles.Fragment, error) {
	if v.Fragment == nil {
		return styles.Shipped(layer)
	}
	return styles.ReadFragment(layer, v.Fragment)
}
