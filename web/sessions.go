package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"onemap/access"
	"onemap/incidents"
)

// sessionKeeper is what this package needs of [access.Users].
type sessionKeeper interface {
	SignIn(ctx context.Context, code string) (access.Session, error)
	SignOut(ctx context.Context, secret string) error
}

// postSession answers POST /api/v1/sessions: the one-time code of a link is
// exchanged for a token that the phone keeps.
func (s *server) postSession(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	text, err := readBody(http.MaxBytesReader(w, r.Body, 4<<10))
	if err != nil {
		return err
	}
	var asked struct {
		Code string `json:"code"`
	}
	if err := incidents.ReadObject(text, &asked); err != nil {
		return err
	}
	if asked.Code == "" || len(asked.Code) > 200 {
		return &paramError{"code", "", "必须给出：登录链接中 signin= 之后的一次性代码", "must be given: the one-time code behind signin= in the link"}
	}
	session, err := s.Users.SignIn(r.Context(), asked.Code)
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusCreated, session)
}

// getSession answers GET /api/v1/sessions/current: who is asking, and what they may;
// without a token that is anybody.
func (s *server) getSession(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	p := access.From(r.Context())
	return writeFresh(w, r, http.StatusOK, map[string]any{"name": p.Name, "cell": p.Cell, "rights": p.Rights})
}

// deleteSession answers DELETE /api/v1/sessions/current: the session that a link opened
// ends, on a phone or in the viewer. A program's token stays valid, and of nobody nothing ends.
func (s *server) deleteSession(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	_, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if err := s.Users.SignOut(r.Context(), strings.TrimSpace(secret)); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// stillLetIn tells whether the token of a long request still opens the door; while
// that can't be known it is taken to.
func (s *server) stillLetIn(r *http.Request) bool {
	p, err := s.principal(r.Context(), r)
	if errors.Is(err, access.ErrUnknownToken) {
		return false
	}
	return err != nil || p.May(access.Report)
}
