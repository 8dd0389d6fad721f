package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrUnknownToken reports a token that was never given out, has ended or been revoked.
var ErrUnknownToken = errors.New("access: unknown token")

var (
	//go:embed sql/create_token.sql
	createTokenSQL string
	//go:embed sql/first_token.sql
	firstTokenSQL string
	//go:embed sql/find_token.sql
	findTokenSQL string
	//go:embed sql/list_tokens.sql
	listTokensSQL string
	//go:embed sql/revoke_token.sql
	revokeTokenSQL string
)

// tokenPrefix makes a token recognisable to people and to secret scanners.
const tokenPrefix = "onemap_"

// Tokens keeps the bearer tokens of an installation. A secret holds 256 random
// bits, so its plain SHA-256 is as hard to reverse as to guess.
type Tokens struct {
	db *pgxpool.Pool
}

// NewTokens keeps tokens in db.
func NewTokens(db *pgxpool.Pool) *Tokens {
	return &Tokens{db}
}

// Token is what may be known of a token after it was made.
type Token struct {
	ID        int64      `db:"id" json:"id"`
	Name      string     `db:"name" json:"name"`
	Rights    []Right    `db:"rights" json:"rights"`
	CreatedAt time.Time  `db:"created_at" json:"created_at"`
	RevokedAt *time.Time `db:"revoked_at" json:"revoked_at,omitempty"`
}

// Create makes a token and returns its secret, which cannot be shown again.
func (t *Tokens) Create(ctx context.Context, name string, rights []Right) (string, error) {
	if err := Require(ctx, Administer); err != nil {
		return "", err
	}
	return t.insert(ctx, createTokenSQL, name, rights)
}

// First makes the first token of an installation, with every right. Where a
// token was ever made it returns "".
func (t *Tokens) First(ctx context.Context) (string, error) {
	if err := Require(ctx, Administer); err != nil {
		return "", err
	}
	secret, err := t.insert(ctx, firstTokenSQL, "first", AllRights())
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return secret, err
}

func (t *Tokens) insert(ctx context.Context, sql, name string, rights []Right) (string, error) {
	secret, sum, err := newSecret()
	if err != nil {
		return "", err
	}
	var id int64
	if err := t.db.QueryRow(ctx, sql, pgx.StrictNamedArgs{"name": name, "secret_sha256": sum, "rights": rights}).Scan(&id); err != nil {
		return "", fmt.Errorf("access: making a token: %w", err)
	}
	return secret, nil
}

// newSecret makes the secret of a token and what of it is stored.
func newSecret() (secret string, sha []byte, err error) {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return "", nil, fmt.Errorf("access: making a token: %w", err)
	}
	secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(secret))
	return secret, sum[:], nil
}

// Principal returns whom a secret belongs to.
func (t *Tokens) Principal(ctx context.Context, secret string) (Principal, error) {
	if !IsToken(secret) {
		return Principal{}, ErrUnknownToken
	}
	sum := sha256.Sum256([]byte(secret))
	var p Principal
	var person bool
	err := t.db.QueryRow(ctx, findTokenSQL, pgx.StrictNamedArgs{"secret_sha256": sum[:]}).Scan(&p.Name, &p.Rights, &p.Cell, &person)
	if errors.Is(err, pgx.ErrNoRows) {
		return Principal{}, ErrUnknownToken
	}
	if err != nil {
		return Principal{}, fmt.Errorf("access: looking up a token: %w", err)
	}
	if person {
		p.Name = "user:" + p.Name
	} else {
		p.Name = "token:" + p.Name
	}
	return p, nil
}

// IsToken tells whether a text looks like a token of this service.
func IsToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

// List returns all tokens, newest first.
func (t *Tokens) List(ctx context.Context) ([]Token, error) {
	if err := Require(ctx, Administer); err != nil {
		return nil, err
	}
	rows, err := t.db.Query(ctx, listTokensSQL)
	if err != nil {
		return nil, fmt.Errorf("access: listing tokens: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Token])
}

// Revoke ends a token at once. An id that no living token has is an [ErrUnknownToken].
func (t *Tokens) Revoke(ctx context.Context, id int64) error {
	if err := Require(ctx, Administer); err != nil {
		return err
	}
	done, err := t.db.Exec(ctx, revokeTokenSQL, pgx.StrictNamedArgs{"id": id})
	if err != nil {
		return fmt.Errorf("access: revoking token %d: %w", id, err)
	}
	if done.RowsAffected() == 0 {
		return fmt.Errorf("%w: %d", ErrUnknownToken, id)
	}
	return nil
}
