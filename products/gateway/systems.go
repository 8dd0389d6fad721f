package gateway

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
)

// The mistakes about systems.
var (
	ErrUnknownSystem = errors.New("gateway: unknown system")
	ErrSystemExists  = errors.New("gateway: there is, or was, a system of this id")
	ErrBadSystem     = errors.New("gateway: unusable id, name or token of a system")
)

var (
	//go:embed sql/add.sql
	addSQL string
	//go:embed sql/find.sql
	findSQL string
	//go:embed sql/list.sql
	listSQL string
	//go:embed sql/revoke.sql
	revokeSQL string
	//go:embed sql/spend.sql
	spendSQL string
)

// System is a system that calls through a gateway: what may be known of it.
type System struct {
	ID        string         `db:"id"` // x-tif-paasid
	Name      string         `db:"name"`
	Rights    []access.Right `db:"rights"`
	CreatedAt time.Time      `db:"created_at"`
	RevokedAt *time.Time     `db:"revoked_at"`
}

// Systems keeps the systems of an installation.
type Systems struct {
	db   *pgxpool.Pool
	seal *Seal
	now  func() time.Time
}

// NewSystems keeps systems in db. seal may be nil: then no call is accepted.
func NewSystems(db *pgxpool.Pool, seal *Seal) *Systems { return &Systems{db, seal, time.Now} }

// minToken is the shortest token: whoever sees a signature can try tokens against it.
const minToken = 16

// Add adds a system. An id of "" is made, and so is a token of "": the answer has both.
// A gateway may have given out its own; such a token has 16 to 256 printable ASCII characters.
func (s *Systems) Add(ctx context.Context, id, name, token string, rights []access.Right) (madeID, madeToken string, err error) {
	if err := access.Require(ctx, access.Administer); err != nil {
		return "", "", err
	}
	if s.seal == nil {
		return "", "", ErrKey
	}
	if id == "" {
		b := make([]byte, 8)
		rand.Read(b) //nolint:errcheck // never fails; see its documentation
		id = "yf" + hex.EncodeToString(b)
	}
	if token == "" {
		b := make([]byte, 32)
		rand.Read(b) //nolint:errcheck // never fails; see its documentation
		token = base64.RawURLEncoding.EncodeToString(b)
	}
	name = strings.TrimSpace(name)
	switch {
	case strings.Trim(id, letters) != "" || len(id) > 64:
		return "", "", fmt.Errorf("%w: the id has 1 to 64 letters, digits, - or _", ErrBadSystem)
	case name == "" || utf8.RuneCountInString(name) > 64 || strings.ContainsFunc(name, unicode.IsControl):
		return "", "", fmt.Errorf("%w: the name has 1 to 64 characters", ErrBadSystem)
	case len(token) < minToken || len(token) > 256 || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", "", fmt.Errorf("%w: the token has %d to 256 printable ASCII characters", ErrBadSystem, minToken)
	}
	done, err := s.db.Exec(ctx, addSQL, pgx.StrictNamedArgs{"id": id, "name": name, "sealed": s.seal.close(id, token), "rights": append([]access.Right{}, rights...)})
	if err != nil {
		return "", "", fmt.Errorf("gateway: adding %s: %w", id, err)
	}
	if done.RowsAffected() == 0 {
		return "", "", fmt.Errorf("%w: %s", ErrSystemExists, id)
	}
	return id, token, nil
}

// List returns all systems, newest first.
func (s *Systems) List(ctx context.Context) ([]System, error) {
	if err := access.Require(ctx, access.Administer); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, listSQL)
	if err != nil {
		return nil, fmt.Errorf("gateway: listing systems: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[System])
}

// Revoke ends a system's access at once and forgets its token. An id that no living
// system has is an [ErrUnknownSystem].
func (s *Systems) Revoke(ctx context.Context, id string) error {
	if err := access.Require(ctx, access.Administer); err != nil {
		return err
	}
	done, err := s.db.Exec(ctx, revokeSQL, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("gateway: revoking %s: %w", id, err)
	}
	if done.RowsAffected() == 0 {
		return fmt.Errorf("%w: %.64q", ErrUnknownSystem, id)
	}
	return nil
}

// Sign makes the headers of a call in a system's name.
func (s *Systems) Sign(ctx context.Context, id string) (Signed, error) {
	if err := access.Require(ctx, access.Administer); err != nil {
		return Signed{}, err
	}
	_, token, err := s.find(ctx, id)
	if err != nil {
		return Signed{}, err
	}
	return Sign(id, token, s.now()), nil
}

// find reads a living system and opens its token.
func (s *Systems) find(ctx context.Context, id string) (System, string, error) {
	if s.seal == nil {
		return System{}, "", ErrKey
	}
	found := System{ID: id}
	var sealed []byte
	err := s.db.QueryRow(ctx, findSQL, pgx.StrictNamedArgs{"id": id}).Scan(&found.Name, &found.Rights, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return System{}, "", fmt.Errorf("%w: %.64q", ErrUnknownSystem, id)
	}
	if err != nil {
		return System{}, "", fmt.Errorf("gateway: looking up a system: %w", err)
	}
	token, err := s.seal.open(id, sealed)
	return found, token, err
}

// Principal returns whom a signed call comes from. What is wrong with the call is an
// [ErrSignature]. A good call is remembered until its time has run out, in the
// database: sent again, to whichever server, it is refused.
func (s *Systems) Principal(ctx context.Context, call Signed) (access.Principal, error) {
	at, err := call.time(s.now())
	if err != nil {
		return access.Principal{}, err
	}
	if len(call.System) > 64 || strings.Trim(call.System, letters) != "" {
		return access.Principal{}, ErrSignature
	}
	found, token, err := s.find(ctx, call.System)
	switch {
	case errors.Is(err, ErrUnknownSystem), errors.Is(err, ErrKey) && s.seal == nil:
		call.matches("a token of the usual length for nobody") // in the same time as for a system that there is
		return access.Principal{}, ErrSignature
	case err != nil:
		return access.Principal{}, err
	case !call.matches(token):
		return access.Principal{}, ErrSignature
	}
	var fresh bool
	err = s.db.QueryRow(ctx, spendSQL, pgx.StrictNamedArgs{
		"system": call.System, "nonce": call.Nonce, "expires_at": at.Add(MaxSkew + time.Minute), "now": s.now(),
	}).Scan(&fresh)
	if err != nil {
		return access.Principal{}, fmt.Errorf("gateway: remembering a call: %w", err)
	}
	if !fresh {
		return access.Principal{}, fmt.Errorf("%w: a call with this %s came before", ErrSignature, HeaderNonce)
	}
	return access.Principal{Name: "system:" + found.Name, Rights: found.Rights}, nil
}
