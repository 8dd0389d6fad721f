package web

import (
	"context"
	_ "embed"
	"fmt"
	"net/http"
	"time"

	"onemap/layers/follow"
	"onemap/postgis"
	"onemap/spatial/cells"
	"onemap/spatial/search"
)

// getHealth answers GET /healthz: the process runs.
func (s *server) getHealth(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]string{"status": "ok"})
}

// getReady answers GET /readyz: the database answers and the indexes in memory
// have been loaded, or at least tried, so requests can be served.
func (s *server) getReady(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.DB.Ping(ctx); err != nil {
		return fmt.Errorf("%w: %w", postgis.ErrUnreachable, err)
	}
	indexes := map[string]any{}
	if s.Cells != nil {
		select {
		case <-s.Cells.Tried():
		default:
			return follow.ErrNotLoaded
		}
		status := struct {
			follow.Status
			cells.Size
		}{Status: s.Cells.Status()}
		if x, err := s.Cells.Get(); err == nil {
			status.Size = x.Size()
		}
		indexes["cells"] = status
	}
	if s.Risks != nil {
		select {
		case <-s.Risks.Tried():
		default:
			return follow.ErrNotLoaded
		}
		indexes["risk"] = s.Risks.Status()
	}
	if s.Search != nil {
		select {
		case <-s.Search.Tried():
		default:
			return follow.ErrNotLoaded
		}
		status := struct {
			follow.Status
			search.Size
		}{Status: s.Search.Status()}
		if x, err := s.Search.Get(); err == nil {
			status.Size = x.Size()
		}
		indexes["search"] = status
	}
	n, features := s.Catalogue.Catalogue().Totals()
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"status": "ready", "layers": n, "features": features, "indexes": indexes})
}

// getInfo answers GET /api/v1/info: what this service is, and how large a file it
// imports, in bytes, so that a larger one need not be sent.
func (s *server) getInfo(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{
		"name": s.config.Name, "name_en": s.config.NameEN, "version": s.config.Version,
		"map_approval_number": s.config.MapApprovalNumber, "synthetic": s.Catalogue.Catalogue().Synthetic(),
		"max_import_bytes": s.Imports.MostBytes(),
	})
}

//go:embed openapi.json
var openAPI []byte

// getOpenAPI answers GET /openapi.json: the description of every address.
func (s *server) getOpenAPI(w http.ResponseWriter, r *http.Request) error {
	return writeBody(w, r, http.StatusOK, "application/vnd.oai.openapi+json;version=3.0", openAPI)
}
