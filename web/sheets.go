package web

import (
	"context"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"onemap/layers"
	"onemap/products/sheets/jobs"
	"onemap/products/sheets/orders"
)

// sheetQueue is what this package needs of [jobs.Queue].
type sheetQueue interface {
	Create(ctx context.Context, catalogue *layers.Catalogue, r orders.Request) (jobs.Order, error)
	Plan(ctx context.Context, catalogue *layers.Catalogue, r orders.Request) (*orders.Plan, error)
	Order(ctx context.Context, id string) (jobs.Order, error)
	List(ctx context.Context, limit int) ([]jobs.Order, error)
	Open(ctx context.Context, id string) (jobs.Order, *os.File, error)
	Cancel(ctx context.Context, id string) (one jobs.Order, gone bool, err error)
}

// sheetAnswer is an order of sheets as an answer shows it.
type sheetAnswer struct {
	jobs.Order
	Content string `json:"content,omitempty"` // where its file is, once it is done
	Events  string `json:"events"`            // where its progress is told
}

func (s *server) showSheet(one jobs.Order) sheetAnswer {
	path := s.config.PublicURL + "/api/v1/sheets/" + one.ID
	shown := sheetAnswer{Order: one, Events: path + "/events"}
	if one.State == jobs.Done {
		shown.Content = path + "/content"
	}
	return shown
}

// postSheet answers POST /api/v1/sheets: a sheet or a series of layers is ordered.
func (s *server) postSheet(w http.ResponseWriter, r *http.Request) error {
	return s.orderSheet(w, r, "")
}

// postProductSheet answers POST /api/v1/products/{product}/sheets: of a product.
func (s *server) postProductSheet(w http.ResponseWriter, r *http.Request) error {
	return s.orderSheet(w, r, mux.Vars(r)["product"])
}

func (s *server) orderSheet(w http.ResponseWriter, r *http.Request, product string) error {
	if _, err := query(r); err != nil {
		return err
	}
	asked, err := readSheet(w, r)
	if err != nil {
		return err
	}
	if product != "" {
		if len(asked.Layers) > 0 || asked.Product != "" {
			return &paramError{"layers", "", "图产品的图幅不另给图层", "a product's sheet has no layers of its own"}
		}
		asked.Product = product
	}
	one, err := s.Sheets.Create(r.Context(), s.Catalogue.Catalogue(), asked)
	if err != nil {
		return err
	}
	shown := s.showSheet(one)
	w.Header().Set("Location", strings.TrimSuffix(shown.Events, "/events"))
	return writeFresh(w, r, http.StatusAccepted, shown)
}

// getSheets answers GET /api/v1/sheets?limit=: one's orders, newest first.
func (s *server) getSheets(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "limit")
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	all, err := s.Sheets.List(r.Context(), int(limit))
	if err != nil {
		return err
	}
	shown := make([]sheetAnswer, len(all))
	for i, one := range all {
		shown[i] = s.showSheet(one)
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"sheets": shown})
}

// getSheet answers GET /api/v1/sheets/{sheet}.
func (s *server) getSheet(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	one, err := s.Sheets.Order(r.Context(), mux.Vars(r)["sheet"])
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, s.showSheet(one))
}

// deleteSheet answers DELETE /api/v1/sheets/{sheet}: an order that waits or is
// drawn is cancelled; one that has ended is removed with its file, which is 204.
func (s *server) deleteSheet(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	one, gone, err := s.Sheets.Cancel(r.Context(), mux.Vars(r)["sheet"])
	if err != nil {
		return err
	}
	if gone {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return writeFresh(w, r, http.StatusOK, s.showSheet(one))
}

// sheetTypes are the media types of files by their ending.
var sheetTypes = map[string]string{"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml", "zip": "application/zip"}

// getSheetContent answers GET /api/v1/sheets/{sheet}/content: the file, or ranges of it.
func (s *server) getSheetContent(w http.ResponseWriter, r *http.Request) error {
	one, file, err := s.Sheets.Open(r.Context(), mux.Vars(r)["sheet"])
	if err != nil {
		return err
	}
	defer file.Close()
	ending := one.Request.Extension()
	h := w.Header()
	h.Set("ETag", `"`+one.ID+"-"+strconv.Itoa(one.Attempt)+`"`)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	h.Set("Content-Type", sheetTypes[ending])
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": one.Filename}))
	if ending == "svg" {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	}
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// getSheetEvents answers GET /api/v1/sheets/{sheet}/events: server-sent events of
// an order, the first at once, the last when it has ended. An event is called
// progress or end; its data is the order; its id grows with every change.
func (s *server) getSheetEvents(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["sheet"]
	rung, stop := s.SheetBell.Subscribe()
	defer stop()
	one, err := s.Sheets.Order(r.Context(), id)
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
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		if one.Sequence > known {
			name := "progress"
			if one.State.Final() {
				name = "end"
			}
			if stream.event(one.Sequence, name, s.showSheet(one)) != nil {
				return nil // the client has gone
			}
			known = one.Sequence
		}
		if one.State.Final() {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-s.SheetBell.Ended():
			return nil // the client comes back to whichever server runs
		case <-rung:
		case <-beat.C:
			if stream.beat() != nil {
				return nil
			}
		}
		now, err := s.Sheets.Order(r.Context(), id)
		if err != nil {
			continue // the database is away for a moment, or it was removed: the heart beats on
		}
		one = now
	}
}

// ExplainSheet words an error for whoever ordered a sheet that failed in the
// background; false is for one that is ours.
func ExplainSheet(err error) (jobs.Problem, bool) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError && p.Code == "internal" {
		return jobs.Problem{}, false
	}
	return jobs.Problem{Code: p.Code, ZH: p.Detail, EN: p.DetailEN}, true
}
