package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The mistakes about people.
var (
	ErrUnknownUser = errors.New("access: unknown user")
	ErrUserExists  = errors.New("access: there is, or was, a user of this name")
	ErrBadUser     = errors.New("access: unusable name, role, cell or phone of a user")

	// ErrUnknownCode reports a one-time code that was never given out, was used, has
	// expired, or whose user is revoked. Which of these is not told.
	ErrUnknownCode = errors.New("access: the code is unknown, used or expired")
)

var (
	//go:embed sql/add_user.sql
	addUserSQL string
	//go:embed sql/invite_user.sql
	inviteUserSQL string
	//go:embed sql/use_invitation.sql
	useInvitationSQL string
	//go:embed sql/open_session.sql
	openSessionSQL string
	//go:embed sql/end_session.sql
	endSessionSQL string
	//go:embed sql/list_users.sql
	listUsersSQL string
	//go:embed sql/revoke_user.sql
	revokeUserSQL string
)

// Role is what somebody is there for.
type Role string

// The roles.
const (
	Worker  Role = "worker"  // 网格员: reports, and verifies and checks in the own cell
	Handler Role = "handler" // of a department or centre: sees and handles all incidents
)

// Roles lists them.
func Roles() []Role { return []Role{Worker, Handler} }

// Rights are those that a role has.
func (r Role) Rights() []Right {
	rights := []Right{ReadStatus, ReadPublic, ReadDuty, Report}
	if r == Handler {
		rights = append(rights, Handle)
	}
	return rights
}

// How long links and sessions last at the longest.
const (
	MaxLink    = 30 * 24 * time.Hour
	MaxSession = 400 * 24 * time.Hour
)

// codeBytes is the length of a one-time code: as hard to guess as a token.
const codeBytes = 24

// Users keeps the people of an installation, who sign in with a one-time link.
type Users struct {
	db      *pgxpool.Pool
	session time.Duration
}

// NewUsers keeps people in db; their sessions last as long as said, at most [MaxSession].
func NewUsers(db *pgxpool.Pool, session time.Duration) *Users {
	return &Users{db, min(session, MaxSession)}
}

// User is somebody who may sign in.
type User struct {
	ID        int64      `db:"id" json:"id"`
	Name      string     `db:"name" json:"name"`
	Role      Role       `db:"role" json:"role"`
	Cell      string     `db:"cell" json:"cell"`
	Phone     string     `db:"phone" json:"phone"`
	CreatedAt time.Time  `db:"created_at" json:"created_at"`
	RevokedAt *time.Time `db:"revoked_at" json:"revoked_at,omitempty"`
	Sessions  int64      `db:"sessions" json:"sessions"` // that are valid now
}

// Session is what a phone keeps after signing in.
type Session struct {
	Token     string    `json:"token"` // bearer token, which can't be shown again
	ExpiresAt time.Time `json:"expires_at"`
	Name      string    `json:"name"`
	Role      Role      `json:"role"`
	Cell      string    `json:"cell"`
	Rights    []Right   `json:"rights"`
}

// Add takes somebody in. Names stay taken for ever, because what a person did is
// recorded under the name.
func (u *Users) Add(ctx context.Context, one User) error {
	if err := Require(ctx, Administer); err != nil {
		return err
	}
	one.Name, one.Phone = strings.TrimSpace(one.Name), strings.TrimSpace(one.Phone)
	for _, text := range []string{one.Name, one.Cell, one.Phone} {
		if utf8.RuneCountInString(text) > 60 || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%w: %.60q must have at most 60 characters, none a control character", ErrBadUser, text)
		}
	}
	if one.Name == "" || !slices.Contains(Roles(), one.Role) {
		return fmt.Errorf("%w: name %q, role %q", ErrBadUser, one.Name, one.Role)
	}
	err := u.db.QueryRow(ctx, addUserSQL, pgx.StrictNamedArgs{
		"name": one.Name, "role": string(one.Role), "cell": one.Cell, "phone": one.Phone, "created_by": From(ctx).Name,
	}).Scan(&one.ID)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: %s", ErrUserExists, one.Name)
	}
	if err != nil {
		return fmt.Errorf("access: adding a user: %w", err)
	}
	return nil
}

// Invite makes a one-time code for somebody, which can't be shown again and ends
// the codes before it. It is valid as long as said, at most [MaxLink].
func (u *Users) Invite(ctx context.Context, name string, valid time.Duration) (code string, expires time.Time, err error) {
	if err := Require(ctx, Administer); err != nil {
		return "", expires, err
	}
	random := make([]byte, codeBytes)
	if _, err := rand.Read(random); err != nil {
		return "", expires, fmt.Errorf("access: making a code: %w", err)
	}
	code = base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(code))
	err = u.db.QueryRow(ctx, inviteUserSQL, pgx.StrictNamedArgs{"name": name, "code_sha256": sum[:], "valid": min(valid, MaxLink)}).Scan(&expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", expires, fmt.Errorf("%w: %.60s", ErrUnknownUser, name)
	}
	if err != nil {
		return "", expires, fmt.Errorf("access: making a code: %w", err)
	}
	return code, expires, nil
}

// SignIn exchanges a one-time code for a session; the code is its own right. A
// code that can't be used is an [ErrUnknownCode].
func (u *Users) SignIn(ctx context.Context, code string) (s Session, err error) {
	sum := sha256.Sum256([]byte(code))
	secret, secretSum, err := newSecret()
	if err != nil {
		return s, err
	}
	err = pgx.BeginFunc(ctx, u.db, func(tx pgx.Tx) error {
		var user int64
		err := tx.QueryRow(ctx, useInvitationSQL, pgx.StrictNamedArgs{"code_sha256": sum[:]}).Scan(&user, &s.Name, &s.Role, &s.Cell)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrUnknownCode
		}
		if err != nil {
			return err
		}
		s.Token, s.Rights = secret, s.Role.Rights()
		return tx.QueryRow(ctx, openSessionSQL, pgx.StrictNamedArgs{
			"name": s.Name, "secret_sha256": secretSum, "rights": s.Rights, "user": user, "valid": u.session,
		}).Scan(&s.ExpiresAt)
	})
	if err != nil {
		return Session{}, fmt.Errorf("access: signing in: %w", err)
	}
	return s, nil
}

// SignOut ends the session of a token at once; of a program's token, or one that
// has ended, it changes nothing.
func (u *Users) SignOut(ctx context.Context, secret string) error {
	sum := sha256.Sum256([]byte(secret))
	if _, err := u.db.Exec(ctx, endSessionSQL, pgx.StrictNamedArgs{"secret_sha256": sum[:]}); err != nil {
		return fmt.Errorf("access: signing out: %w", err)
	}
	return nil
}

// List returns everybody, in the order in which they were added.
func (u *Users) List(ctx context.Context) ([]User, error) {
	if err := Require(ctx, Administer); err != nil {
		return nil, err
	}
	rows, err := u.db.Query(ctx, listUsersSQL)
	if err != nil {
		return nil, fmt.Errorf("access: listing users: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[User])
}

// Revoke shuts somebody out at once: links and sessions end.
func (u *Users) Revoke(ctx context.Context, name string) error {
	if err := Require(ctx, Administer); err != nil {
		return err
	}
	done, err := u.db.Exec(ctx, revokeUserSQL, pgx.StrictNamedArgs{"name": name})
	if err != nil {
		return fmt.Errorf("access: revoking a user: %w", err)
	}
	if done.RowsAffected() == 0 {
		return fmt.Errorf("%w: %.60s", ErrUnknownUser, name)
	}
	return nil
}
