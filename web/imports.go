package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/importers"
	"onemap/importers/jobs"
	"onemap/spatial/crs"
)

// tusVersion is the protocol whose offsets an upload speaks (tus.io, 1.0.0):
// HEAD tells how far it is, PATCH goes on from there.
const tusVersion = "1.0.0"

// importAnswer is an import as an answer shows it.
type importAnswer struct {
	jobs.Import
	Upload string `json:"upload,omitempty"` // where its bytes are sent to, while they are awaited
	Events string `json:"events"`           // where its progress is told
}

func (s *server) showImport(one jobs.Import) importAnswer {
	path := fmt.Sprintf("%s/api/v1/imports/%d", s.config.PublicURL, one.ID)
	shown := importAnswer{Import: one, Events: path + "/events"}
	if one.State == jobs.Uploading {
		shown.Upload = path + "/content"
	}
	return shown
}

// newImport is the body that asks for an import: into a layer, or of a delivery
// of several, with or without its manifest.
type newImport struct {
	Layer           string          `json:"layer"`
	Manifest        json.RawMessage `json:"manifest"`
	Filename        string          `json:"filename"`
	Size            int64           `json:"size"`
	Options         jobs.Options    `json:"options"`
	SevenParameters json.RawMessage `json:"seven_parameters"`
	IdempotencyKey  string          `json:"idempotency_key"`
}

// mostRequest is the longest body that asks for an import, in bytes; a manifest
// of a whole city fits.
const mostRequest = 1 << 20

// postImport answers POST /api/v1/imports: an import is made and awaits its
// bytes. The same request with the same idempotency key is answered 200 with
// the import that the first one made.
func (s *server) postImport(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var asked newImport
	if err := readObject(w, r, mostRequest, &asked); err != nil {
		return err
	}
	request := jobs.Request{
		Layer: asked.Layer, Filename: asked.Filename, Size: asked.Size, Options: asked.Options, Key: cmp.Or(asked.IdempotencyKey, r.Header.Get("Idempotency-Key")),
	}
	if given(asked.Manifest) { // members that it doesn't know are passed over, as in a file
		request.Manifest = new(importers.Manifest)
		if err := json.Unmarshal(asked.Manifest, request.Manifest); err != nil {
			return &paramError{"manifest", "", "应为交付清单：{\"deliveries\": [{\"file\", \"layer\", …}]}", fmt.Sprintf("must be a manifest, {\"deliveries\": [{\"file\", \"layer\", …}]}: %v", err)}
		}
	}
	var err error
	if request.SevenParameters, err = sevenParameters(asked.SevenParameters); err != nil {
		return err
	}
	one, created, err := s.Imports.Create(r.Context(), request)
	if err != nil {
		return err
	}
	return s.answerCreated(w, r, one, created, http.StatusCreated)
}

// given tells whether a member of a body is there.
func given(member json.RawMessage) bool { return len(member) > 0 && string(member) != "null" }

func sevenParameters(member json.RawMessage) (*crs.SevenParameters, error) {
	if !given(member) {
		return nil, nil
	}
	p, err := crs.ReadSevenParameters(bytes.NewReader(member))
	var wrong *crs.Problem
	if errors.As(err, &wrong) {
		return nil, &paramError{"seven_parameters", "", wrong.ZH, wrong.EN}
	}
	return &p, err
}

// answerCreated answers with a job that was made now, or by an earlier request.
func (s *server) answerCreated(w http.ResponseWriter, r *http.Request, one jobs.Import, created bool, status int) error {
	shown := s.showImport(one)
	w.Header().Set("Location", strings.TrimSuffix(shown.Events, "/events"))
	if !created {
		status = http.StatusOK
	}
	return writeJSON(w, r, status, "application/json", shown)
}

func importID(r *http.Request) (int64, error) {
	text := mux.Vars(r)["import"]
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%w: %.20s", jobs.ErrUnknownImport, text)
	}
	return id, nil
}

// getImports answers GET /api/v1/imports?layer=&state=&before=&limit=, newest first.
func (s *server) getImports(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "layer", "state", "mine", "before", "limit")
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	before, err := whole(values, "before", 0, 1<<62, 0)
	if err != nil {
		return err
	}
	mine, err := flag(values, "mine")
	if err != nil {
		return err
	}
	if err := stateOf(values, jobs.States()); err != nil {
		return err
	}
	q := jobs.ListQuery{Layer: values.Get("layer"), State: jobs.State(values.Get("state")), Before: before, Limit: int(limit)}
	if mine {
		q.By = access.From(r.Context()).Name
	}
	all, err := s.Imports.List(r.Context(), q)
	if err != nil {
		return err
	}
	shown := make([]importAnswer, len(all))
	for i, one := range all {
		shown[i] = s.showImport(one)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"imports": shown})
}

// stateOf refuses a state= that there is not: an empty list would look as if there
// were nothing in it.
func stateOf[S ~string](values url.Values, known []S) error {
	state := values.Get("state")
	if state == "" || slices.Contains(known, S(state)) {
		return nil
	}
	names := make([]string, len(known))
	for i, one := range known {
		names[i] = string(one)
	}
	return &paramError{"state", state, "应为 " + strings.Join(names, "、"), "must be one of " + strings.Join(names, ", ")}
}

// getImport answers GET /api/v1/imports/{import}.
func (s *server) getImport(w http.ResponseWriter, r *http.Request) error {
	return s.answerImport(w, r, s.Imports.Import)
}

// postStart answers POST /api/v1/imports/{import}/start. The last byte starts
// an import by itself; this is for one whose last answer was lost.
func (s *server) postStart(w http.ResponseWriter, r *http.Request) error {
	return s.answerImport(w, r, s.Imports.Start)
}

// deleteImport answers DELETE /api/v1/imports/{import}: it is cancelled. One
// that runs is cancelled as soon as its worker hears of it.
func (s *server) deleteImport(w http.ResponseWriter, r *http.Request) error {
	return s.answerImport(w, r, s.Imports.Cancel)
}

// headContent answers HEAD /api/v1/imports/{import}/content: how many bytes
// have arrived.
func (s *server) headContent(w http.ResponseWriter, r *http.Request) error {
	id, err := importID(r)
	if err != nil {
		return err
	}
	received, size, err := s.Imports.Offset(r.Context(), id)
	if err != nil {
		return err
	}
	tellOffset(w, received)
	w.Header().Set("Upload-Length", strconv.FormatInt(size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

func tellOffset(w http.ResponseWriter, received int64) {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Upload-Offset", strconv.FormatInt(received, 10))
	h.Set("Cache-Control", "no-store")
}

// patchContent answers PATCH /api/v1/imports/{import}/content: the body goes on
// with the file where Upload-Offset says that it stopped. What arrives of a body
// that breaks off is kept.
func (s *server) patchContent(w http.ResponseWriter, r *http.Request) error {
	id, err := importID(r)
	if err != nil {
		return err
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/offset+octet-stream" {
		return &paramError{"Content-Type", kind, "应为 application/offset+octet-stream", "must be application/offset+octet-stream"}
	}
	text := r.Header.Get("Upload-Offset")
	offset, err := strconv.ParseInt(text, 10, 64)
	if err != nil || offset < 0 {
		return &paramError{"Upload-Offset", text, "应为已上传的字节数", "must be the number of bytes that have arrived"}
	}
	received, size, err := s.Imports.Offset(r.Context(), id)
	if err != nil {
		return err
	}
	if r.ContentLength > size-offset { // refused before a byte of it is read
		return fmt.Errorf("%w: %d bytes are to come, the body has %d", jobs.ErrTooLarge, size-received, r.ContentLength)
	}
	one, err := s.Imports.Upload(r.Context(), id, offset, r.Body)
	if errors.Is(err, jobs.ErrOffset) {
		tellOffset(w, received)
	}
	if err != nil {
		return err
	}
	tellOffset(w, one.Received)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
