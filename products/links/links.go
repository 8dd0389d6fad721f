// Package links keeps states of the viewer under short names, so that what is
// on somebody's map can be sent as a short address.
//
// It comes beside products, which publishes maps for good; a link is only a
// note of where somebody looked. What a state means is the viewer's own affair:
// here it is a text. Who made or opened a link is not kept.
package links

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

var (
	// ErrUnknown reports a name that no state has, or has no more.
	ErrUnknown = errors.New("links: unknown link")
	// ErrState reports a state that is empty, too long or no text.
	ErrState = errors.New("links: unusable state")
)

var (
	//go:embed sql/save.sql
	saveSQL string
	//go:embed sql/open.sql
	openSQL string
	//go:embed sql/tidy.sql
	tidySQL string
)

const (
	// MaxState is the longest state, in characters.
	MaxState = 16_384
	// DefaultMost is how many states are kept: at the longest a third of a gigabyte.
	DefaultMost = 20_000

	shortest, longest = 10, 26 // characters of a name
)

// Store keeps states in the database.
type Store struct {
	db   *pgxpool.Pool
	most int
}

// NewStore keeps at most so many states; the longest unused go first.
func NewStore(db *pgxpool.Pool, most int) *Store { return &Store{db, most} }

var spelling = base32.StdEncoding.WithPadding(base32.NoPadding)

// Save keeps a state and returns its name: ten small letters and digits, the
// beginning of the state's hash, so that the same state has the same name. A
// state that cannot be kept is an [ErrState].
func (s *Store) Save(ctx context.Context, state string) (string, error) {
	if state == "" || utf8.RuneCountInString(state) > MaxState || !utf8.ValidString(state) || strings.ContainsRune(state, 0) {
		return "", fmt.Errorf("%w: 1 to %d characters of UTF-8", ErrState, MaxState)
	}
	sum := sha256.Sum256([]byte(state))
	name := strings.ToLower(spelling.EncodeToString(sum[:]))
	// Two states may begin alike; a longer beginning then tells them apart.
	for length := shortest; length <= longest; length += 4 {
		var kept string
		if err := s.db.QueryRow(ctx, saveSQL, pgx.StrictNamedArgs{"id": name[:length], "state": state}).Scan(&kept); err != nil {
			return "", fmt.Errorf("links: saving: %w", err)
		}
		if kept == state {
			_, err := s.db.Exec(ctx, tidySQL, pgx.StrictNamedArgs{"most": s.most})
			if err != nil {
				err = fmt.Errorf("links: tidying: %w", err)
			}
			return name[:length], err
		}
	}
	return "", fmt.Errorf("%w: its hash is taken", ErrState)
}

// Open returns the state of a name, or an [ErrUnknown].
func (s *Store) Open(ctx context.Context, name string) (string, error) {
	var state string
	err := s.db.QueryRow(ctx, openSQL, pgx.StrictNamedArgs{"id": name}).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("%w: %.40q", ErrUnknown, name)
	}
	if err != nil {
		return "", fmt.Errorf("links: opening: %w", err)
	}
	return state, nil
}
