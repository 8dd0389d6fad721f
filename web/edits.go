package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"onemap/importers"
	"onemap/layers"
)

// postFeature answers POST /api/v1/layers/{layer}/features: a feature is created
// in the published version, and has its number from then on.
func (s *server) postFeature(w http.ResponseWriter, r *http.Request) error {
	return s.edit(w, r, layers.Create)
}

// putFeature answers PUT /api/v1/layers/{layer}/features/{fid}: what the body
// leaves out is empty then.
func (s *server) putFeature(w http.ResponseWriter, r *http.Request) error {
	return s.edit(w, r, layers.Replace)
}

// patchFeature answers PATCH /api/v1/layers/{layer}/features/{fid}, a merge patch
// (RFC 7396) of properties, geometry or both.
func (s *server) patchFeature(w http.ResponseWriter, r *http.Request) error {
	return s.edit(w, r, layers.Update)
}

// deleteFeature answers DELETE /api/v1/layers/{layer}/features/{fid}.
func (s *server) deleteFeature(w http.ResponseWriter, r *http.Request) error {
	return s.edit(w, r, layers.Delete)
}

// edit changes a feature of a layer's published version. crs= is the system of the
// body's coordinates, reason= is kept with the edit, and If-Match, where it is
// given, must hold the feature's ETag.
func (s *server) edit(w http.ResponseWriter, r *http.Request, operation layers.Operation) error {
	request := importers.EditRequest{Layer: mux.Vars(r)["layer"], Operation: operation, Match: ifMatch(r)}
	known := []string{"reason"}
	if operation != layers.Delete {
		known = append(known, "crs")
		request.Body = http.MaxBytesReader(w, r.Body, importers.MostFeatureBytes+1)
	}
	values, err := query(r, known...)
	if err != nil {
		return err
	}
	request.CRS, request.Reason = values.Get("crs"), values.Get("reason")
	if strings.Contains(request.Layer, "@") {
		return &paramError{"layer", request.Layer, "只能编辑已发布的版本；请去掉 @ 和版本号", "only the published version can be edited: leave out @ and the number"}
	}
	if operation != layers.Create {
		if request.FID, err = featureNumber(r); err != nil {
			return err
		}
	}
	done, err := importers.Edit(r.Context(), s.Store, request)
	if err != nil {
		return err
	}
	if operation == layers.Delete {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	status := http.StatusOK
	if operation == layers.Create {
		status = http.StatusCreated
	}
	w.Header().Set("Location", s.config.PublicURL+"/api/v1/layers/"+request.Layer+"/features/"+strconv.FormatInt(done.Feature.FID, 10))
	return writeFeature(w, r, status, done.Layer, done.Feature, editedFeature{done.Feature.GeoJSON(), done.Repairs})
}

// editedFeature is a feature after an edit, with what had to be mended.
type editedFeature struct {
	layers.GeoFeature
	Repairs []importers.RowRepair `json:"repairs,omitempty"`
}

// ifMatch reads If-Match (RFC 9110 §13.1.1, strong comparison); nil is none. The
// validators of a feature are one for each encoding.
func ifMatch(r *http.Request) func(etag string) bool {
	header := strings.Join(r.Header.Values("If-Match"), ",")
	if header == "" {
		return nil
	}
	return func(etag string) bool {
		for one := range strings.SplitSeq(header, ",") {
			switch strings.TrimSpace(one) {
			case "*", `"` + etag + `"`, `"` + etag + `-gzip"`:
				return true
			}
		}
		return false
	}
}

// getEdits answers GET /api/v1/layers/{layer}/edits: who changed what, when and
// why, newest first, with the features before and after.
func (s *server) getEdits(w http.ResponseWriter, r *http.Request) error {
	l, err := s.readable(r)
	if err != nil {
		return err
	}
	values, err := query(r, "fid", "version", "after", "limit")
	if err != nil {
		return err
	}
	var q layers.EditQuery
	if q.FID, err = whole(values, "fid", 1, 1<<62, 0); err != nil {
		return err
	}
	version, err := whole(values, "version", 1, 1<<30, 0)
	if err != nil {
		return err
	}
	if q.After, err = whole(values, "after", 1, 1<<62, 0); err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	q.Version, q.Limit = int(version), int(limit)
	edits, next, err := s.Store.Edits(r.Context(), l.Definition.ID, q)
	if err != nil {
		return err
	}
	links := s.pageLinks("/api/v1/layers/"+l.Definition.ID+"/edits", values, next)
	for i := range links {
		links[i].Type = "application/json"
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"edits": edits, "links": links})
}
