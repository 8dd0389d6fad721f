package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"onemap/layers"
	"onemap/products/packages"
	exports "onemap/products/packages/jobs"
)

// exportOffice is what this package needs of [exports.Office].
type exportOffice interface {
	Create(ctx context.Context, catalogue *layers.Catalogue, r packages.Request) (exports.Export, error)
	Export(ctx context.Context, id int64) (exports.Export, error)
	List(ctx context.Context, state exports.State, before int64, limit int) ([]exports.Export, error)
	Record(ctx context.Context, id int64) ([]exports.Step, error)
	Decide(ctx context.Context, id int64, approved bool, reason string) (exports.Export, error)
	Remove(ctx context.Context, id int64) (exports.Export, error)
	Content(ctx context.Context, id int64, first bool) (*os.File, exports.Export, error)
}

// exportAnswer is an export as an answer shows it.
type exportAnswer struct {
	exports.Export
	Events  string         `json:"events"`            // where its progress is told
	Content string         `json:"content,omitempty"` // where its package is, while it is kept
	Record  []exports.Step `json:"record,omitempty"`
}

func (s *server) showExport(one exports.Export) exportAnswer {
	path := fmt.Sprintf("%s/api/v1/exports/%d", s.config.PublicURL, one.ID)
	shown := exportAnswer{Export: one, Events: path + "/events"}
	if one.State == exports.Done && one.RemovedAt == nil {
		shown.Content = path + "/content"
	}
	return shown
}

// postExport answers POST /api/v1/exports: 202 with the export, which is queued, or
// waits for an approval.
func (s *server) postExport(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	var asked packages.Request
	if err := readObject(w, r, mostRequest, &asked); err != nil {
		return err
	}
	one, err := s.Exports.Create(r.Context(), s.Catalogue.Catalogue(), asked)
	if err != nil {
		return err
	}
	shown := s.showExport(one)
	w.Header().Set("Location", strings.TrimSuffix(shown.Events, "/events"))
	return writeFresh(w, r, http.StatusAccepted, shown)
}

// getExports answers GET /api/v1/exports: one's own, or all for who approves.
func (s *server) getExports(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "state", "before", "limit")
	if err != nil {
		return err
	}
	before, err := whole(values, "before", 0, 1<<62, 0)
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	if err := stateOf(values, exports.States()); err != nil {
		return err
	}
	all, err := s.Exports.List(r.Context(), exports.State(values.Get("state")), before, int(limit))
	if err != nil {
		return err
	}
	shown := make([]exportAnswer, len(all))
	for i, one := range all {
		shown[i] = s.showExport(one)
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"exports": shown})
}

// exportID reads the number of an export in an address.
func exportID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(mux.Vars(r)["export"], 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%w: %.30q", exports.ErrUnknown, mux.Vars(r)["export"])
	}
	return id, nil
}

// getExport answers GET /api/v1/exports/{export}, with the export's record.
func (s *server) getExport(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := exportID(r)
	if err != nil {
		return err
	}
	one, err := s.Exports.Export(r.Context(), id)
	if err != nil {
		return err
	}
	shown := s.showExport(one)
	if shown.Record, err = s.Exports.Record(r.Context(), id); err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, shown)
}

// deleteExport answers DELETE /api/v1/exports/{export}: one under way is cancelled,
// the package of one that is done is removed.
func (s *server) deleteExport(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := exportID(r)
	if err != nil {
		return err
	}
	one, err := s.Exports.Remove(r.Context(), id)
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, s.showExport(one))
}

// postApproval answers POST /api/v1/exports/{export}/approval.
func (s *server) postApproval(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := exportID(r)
	if err != nil {
		return err
	}
	var decision struct {
		Approved *bool  `json:"approved"`
		Reason   string `json:"reason"`
	}
	if err := readObject(w, r, mostRequest, &decision); err != nil {
		return err
	}
	if decision.Approved == nil {
		return &paramError{"approved", "", "应为 true（批准）或 false（不批准）", "must be true or false"}
	}
	one, err := s.Exports.Decide(r.Context(), id, *decision.Approved, decision.Reason)
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, s.showExport(one))
}

// getExportContent answers GET /api/v1/exports/{export}/content: the package, or
// ranges of it. What begins at its first byte is a download on record.
func (s *server) getExportContent(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := exportID(r)
	if err != nil {
		return err
	}
	asked := r.Header.Get("Range")
	first := r.Method == http.MethodGet && (asked == "" || strings.HasPrefix(asked, "bytes=0-") || !strings.HasPrefix(asked, "bytes=") || strings.Contains(asked, ","))
	file, one, err := s.Exports.Content(r.Context(), id, first)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Cache-Control", "no-store")
	h.Set("ETag", `"`+one.SHA256+`"`)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="export-%d.zip"; filename*=UTF-8''%s`, id, url.PathEscape(fmt.Sprintf("%s-%d.zip", one.Title, id))))
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// getExportEvents answers GET /api/v1/exports/{export}/events: server-sent events
// as those of imports, called state, progress or end.
func (s *server) getExportEvents(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := exportID(r)
	if err != nil {
		return err
	}
	rung, stop := s.ExportBell.Subscribe()
	defer stop()
	one, err := s.Exports.Export(r.Context(), id)
	if err != nil {
		return err
	}
	known, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64) // without one, everything is news
	if one.State.Final() && known >= one.Sequence {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	stream, err := openEvents(w)
	if err != nil {
		return nil //nolint:nilerr // the client has gone
	}
	s.followExport(r, stream, one, known, rung)
	return nil
}

// followExport sends an export's changes until it ends, the client goes or is shut
// out, or the server stops.
func (s *server) followExport(r *http.Request, stream eventStream, one exports.Export, known int64, rung <-chan struct{}) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	last := exports.Export{}
	for {
		if one.Sequence > known {
			name := "progress"
			switch {
			case one.State.Final():
				name = "end"
			case one.State != last.State:
				name = "state"
			}
			if stream.event(one.Sequence, name, s.showExport(one)) != nil {
				return // the client has gone
			}
			known, last = one.Sequence, one
		}
		if one.State.Final() {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-s.ExportBell.Ended():
			return // the client comes back to whichever server runs
		case <-rung:
		case <-beat.C:
			if stream.beat() != nil || !s.stillLetIn(r) {
				return
			}
		}
		if now, err := s.Exports.Export(r.Context(), one.ID); err == nil {
			one = now // else the database is away for a moment; the heart beats on
		}
	}
}
