package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"onemap/access"
	"onemap/postgis/postgistest"
)

func TestRequire(t *testing.T) {
	clerk := access.Principal{Name: "clerk", Rights: []access.Right{access.ReadPublic}}
	for sentence, c := range map[string]struct {
		ctx   context.Context
		right access.Right
		want  error
	}{
		"anybody reads public layers":                  {access.With(t.Context(), access.Anonymous()), access.ReadPublic, nil},
		"anybody may not publish, and a token helps":   {access.With(t.Context(), access.Anonymous()), access.Publish, access.ErrUnauthenticated},
		"a known reader may not publish":               {access.With(t.Context(), clerk), access.Publish, access.ErrForbidden},
		"a context without principal has no right":     {t.Context(), access.ReadPublic, access.ErrUnauthenticated},
		"the operator may import":                      {access.With(t.Context(), access.Operator("li")), access.Import, nil},
		"a route that forgot its right is always shut": {access.With(t.Context(), access.Operator("li")), "", access.ErrForbidden},
	} {
		t.Run(sentence, func(t *testing.T) {
			if err := access.Require(c.ctx, c.right); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	db := postgistest.DB(t)
	tokens := access.NewTokens(db)
	operator := access.With(t.Context(), access.Operator("test"))

	if _, err := tokens.First(access.With(t.Context(), access.Anonymous())); !errors.Is(err, access.ErrUnauthenticated) {
		t.Errorf("anybody could make a token: %v", err)
	}
	secret, err := tokens.First(operator)
	if err != nil || !strings.HasPrefix(secret, "onemap_") {
		t.Fatalf("first token: %q, %v", secret, err)
	}
	if again, err := tokens.First(operator); again != "" || err != nil {
		t.Errorf("a second first token was made: %q, %v", again, err)
	}
	keeper, err := tokens.Principal(t.Context(), secret)
	if err != nil || !keeper.May(access.Publish) {
		t.Errorf("the first token is %v, %v; want every right", keeper, err)
	}
	var stored string
	if err := db.QueryRow(t.Context(), "SELECT string_agg(t::text, '') FROM access.tokens t").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stored, strings.TrimPrefix(secret, "onemap_")) || strings.Contains(stored, fmt.Sprintf("%x", secret)) {
		t.Error("the secret itself is in the database")
	}
	list, err := tokens.List(operator)
	if err != nil || len(list) != 1 {
		t.Fatalf("list: %v, %v", list, err)
	}
	if err := tokens.Revoke(operator, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Principal(t.Context(), secret); !errors.Is(err, access.ErrUnknownToken) {
		t.Errorf("a revoked token is still known: %v", err)
	}
	if again, _ := tokens.First(operator); again != "" {
		t.Error("revoking the last token opened the door for a new first one")
	}
	for _, wrong := range []string{"", "onemap_", "onemap_AAAA", "Bearer x"} {
		if _, err := tokens.Principal(t.Context(), wrong); !errors.Is(err, access.ErrUnknownToken) {
			t.Errorf("%q: got %v, want an ErrUnknownToken", wrong, err)
		}
	}
}
