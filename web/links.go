package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/gorilla/mux"

	"onemap/products/links"
)

// linkStore is what this package needs of a [links.Store].
type linkStore interface {
	Save(ctx context.Context, state string) (string, error)
	Open(ctx context.Context, name string) (string, error)
}

// postLink answers POST /api/v1/links: a state of the viewer gets a short name.
func (s *server) postLink(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var asked struct {
		State string `json:"state"`
	}
	if err := readObject(w, r, maxPointsBody, &asked); err != nil {
		return err
	}
	id, err := s.Links.Save(r.Context(), asked.State)
	if errors.Is(err, links.ErrState) {
		return &paramError{"state", asked.State, "应为 1 至 16,384 个字符的文字", "must be a text of 1 to 16,384 characters"}
	}
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, map[string]string{"id": id})
}

// getLink answers GET /api/v1/links/{link}: the state of a short name.
func (s *server) getLink(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id := mux.Vars(r)["link"]
	state, err := s.Links.Open(r.Context(), id)
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, map[string]string{"id": id, "state": state})
}
