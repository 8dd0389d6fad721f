package access_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onemap/access"
	"onemap/postgis/postgistest"
)

func TestALinkOpensTheDoorOnce(t *testing.T) {
	db := postgistest.DB(t)
	users, tokens := access.NewUsers(db, time.Hour), access.NewTokens(db)
	operator := access.With(t.Context(), access.Operator("test"))
	if err := users.Add(operator, access.User{Name: "张小明", Role: access.Worker, Cell: "445302001001"}); err != nil {
		t.Fatal(err)
	}
	code, _, err := users.Invite(operator, "张小明", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int32
	var token atomic.Value
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			s, err := users.SignIn(t.Context(), code)
			if err == nil {
				opened.Add(1)
				token.Store(s.Token)
			} else if !errors.Is(err, access.ErrUnknownCode) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if opened.Load() != 1 {
		t.Fatalf("the code opened %d sessions at once, want 1", opened.Load())
	}
	secret := token.Load().(string)
	who, err := tokens.Principal(t.Context(), secret)
	if err != nil || who.Name != "user:张小明" || who.Cell != "445302001001" || !who.May(access.Report) || !who.May(access.ReadDuty) || who.May(access.Handle) || who.May(access.Import) {
		t.Errorf("signed in as %+v, %v", who, err)
	}
	var stored string
	if err := db.QueryRow(t.Context(), "SELECT string_agg(t::text, '') || (SELECT string_agg(i::text, '') FROM access.invitations i) FROM access.tokens t").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stored, code) || strings.Contains(stored, strings.TrimPrefix(secret, "onemap_")) {
		t.Error("a secret is in the database")
	}
	if err := users.SignOut(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Principal(t.Context(), secret); !errors.Is(err, access.ErrUnknownToken) {
		t.Errorf("after signing out: %v", err)
	}
}

func TestWhatShutsADoor(t *testing.T) {
	db := postgistest.DB(t)
	users, tokens := access.NewUsers(db, time.Hour), access.NewTokens(db)
	operator := access.With(t.Context(), access.Operator("test"))
	enter := func(name string) (code, token string) {
		t.Helper()
		if err := users.Add(operator, access.User{Name: name, Role: access.Handler}); err != nil {
			t.Fatal(err)
		}
		code, _, err := users.Invite(operator, name, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		s, err := users.SignIn(t.Context(), code)
		if err != nil || !slicesContain(s.Rights, access.Handle) {
			t.Fatalf("%+v, %v", s, err)
		}
		if code, _, err = users.Invite(operator, name, time.Hour); err != nil {
			t.Fatal(err)
		}
		return code, s.Token
	}
	set := func(sql string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := db.Exec(ctx, sql); return err }
	}
	for sentence, c := range map[string]struct {
		name              string
		do                func(context.Context) error
		codeBad, tokenBad bool
	}{
		"revoking the user":      {"甲", func(ctx context.Context) error { return users.Revoke(ctx, "甲") }, true, true},
		"a new link":             {"乙", func(ctx context.Context) error { _, _, err := users.Invite(ctx, "乙", time.Hour); return err }, true, false},
		"time, for links":        {"丙", set("UPDATE access.invitations SET expires_at = now() WHERE used_at IS NULL"), true, false},
		"time, for sessions":     {"丁", set("UPDATE access.tokens SET expires_at = now() WHERE user_id IS NOT NULL"), false, true},
		"nothing":                {"戊", set("SELECT 1"), false, false},
		"revoking somebody else": {"己", func(ctx context.Context) error { return users.Revoke(ctx, "戊") }, false, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			code, token := enter(c.name)
			if err := c.do(operator); err != nil && sentence != "revoking somebody else" {
				t.Fatal(err)
			}
			if _, err := tokens.Principal(t.Context(), token); errors.Is(err, access.ErrUnknownToken) != c.tokenBad {
				t.Errorf("token: %v", err)
			}
			if _, err := users.SignIn(t.Context(), code); errors.Is(err, access.ErrUnknownCode) != c.codeBad {
				t.Errorf("code: %v", err)
			}
		})
	}
	if err := users.Add(operator, access.User{Name: "甲", Role: access.Worker}); !errors.Is(err, access.ErrUserExists) {
		t.Errorf("a revoked name is given again: %v", err)
	}
	for _, wrong := range []access.User{{Name: "", Role: access.Worker}, {Name: "x", Role: "king"}, {Name: "x\x00", Role: access.Worker}, {Name: strings.Repeat("长", 61), Role: access.Worker}} {
		if err := users.Add(operator, wrong); !errors.Is(err, access.ErrBadUser) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	nobody := access.With(t.Context(), access.Principal{Name: "worker", Rights: access.Handler.Rights()})
	for sentence, err := range map[string]error{
		"adding":   users.Add(nobody, access.User{Name: "新", Role: access.Worker}),
		"revoking": users.Revoke(nobody, "乙"),
		"inviting": func() error { _, _, err := users.Invite(nobody, "乙", time.Hour); return err }(),
		"listing":  func() error { _, err := users.List(nobody); return err }(),
	} {
		if !errors.Is(err, access.ErrForbidden) {
			t.Errorf("%s without the right: %v", sentence, err)
		}
	}
	if list, err := users.List(operator); err != nil || len(list) != 6 {
		t.Errorf("%v, %v", list, err)
	}
}

func slicesContain(rights []access.Right, want access.Right) bool {
	return access.Principal{Rights: rights}.May(want)
}
