package web

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"

	"onemap/products/pictures"
	"onemap/products/sheets/orders"
)

// sheetPlan is where the maps of an order's pages would lie.
type sheetPlan struct {
	Title string      `json:"title"`
	Pages []sheetPage `json:"pages"`
}

// sheetPage is one page; lengths on paper are millimetres from its top left corner.
type sheetPage struct {
	Title    string       `json:"title"`
	Index    bool         `json:"index"` // of a series
	Scale    float64      `json:"scale"` // denominator
	CRS      string       `json:"crs"`
	Paper    [2]float64   `json:"paper_mm"`  // width, height
	Frame    [4]float64   `json:"frame_mm"`  // of the map: left, top, right, bottom
	Extent   [4]float64   `json:"extent_m"`  // west, south, east, north in the system, metres
	Ring     [][2]float64 `json:"ring"`      // the same in EPSG:4490 degrees, closed
	ScaleBar scaleBar     `json:"scale_bar"` // right of 0
}

type scaleBar struct {
	Metres      float64 `json:"metres"`
	Millimetres float64 `json:"millimetres"`
}

// readSheet reads the body that asks for a sheet.
func readSheet(w http.ResponseWriter, r *http.Request) (asked orders.Request, err error) {
	return asked, readObject(w, r, mostRequest, &asked)
}

// postSheetPlan answers POST /api/v1/sheets/plan: where the maps of the pages
// would lie, on paper and on the ground. Nothing is ordered.
func (s *server) postSheetPlan(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	asked, err := readSheet(w, r)
	if err != nil {
		return err
	}
	plan, err := s.Sheets.Plan(r.Context(), s.Catalogue.Catalogue(), asked)
	if err != nil {
		return err
	}
	pages, err := plan.Pages()
	if err != nil {
		return err
	}
	told := sheetPlan{Title: plan.Title(), Pages: make([]sheetPage, len(pages))}
	for i, p := range pages {
		ring := make([][2]float64, len(p.Ring))
		for k, at := range p.Ring {
			ring[k] = [2]float64(at)
		}
		told.Pages[i] = sheetPage{
			Title: p.Title, Index: p.Index, Scale: p.Denominator, CRS: p.System.String(), Paper: p.Paper, Ring: ring,
			Frame:    [4]float64{p.Frame.Min[0], p.Frame.Min[1], p.Frame.Max[0], p.Frame.Max[1]},
			Extent:   [4]float64{p.Extent.Min[0], p.Extent.Min[1], p.Extent.Max[0], p.Extent.Max[1]},
			ScaleBar: scaleBar{p.Bar[0], p.Bar[1]},
		}
	}
	return writeFresh(w, r, http.StatusOK, told)
}

// The limits of previews.
const (
	leastPreview, mostPreview = 36, 150 // dpi
	previewsAtOnce            = 2
	previewsWaiting           = 32
	previewTime               = 20 * time.Second // waiting included
)

// turnstile lets a few through at a time; beyond those that may wait it is shut.
type turnstile struct{ turns, places chan struct{} }

func newTurnstile(atOnce, waiting int) turnstile {
	return turnstile{make(chan struct{}, atOnce), make(chan struct{}, atOnce+waiting)}
}

// enter waits for a turn, which leave gives back. Where too many wait it is a
// [pictures.ErrBusy].
func (t turnstile) enter(ctx context.Context) (leave func(), err error) {
	select {
	case t.places <- struct{}{}:
	default:
		return nil, pictures.ErrBusy
	}
	select {
	case t.turns <- struct{}{}:
		return func() { <-t.turns; <-t.places }, nil
	case <-ctx.Done():
		<-t.places
		return nil, ctx.Err()
	}
}

// postSheetPreview answers POST /api/v1/sheets/preview?page=&dpi=: a page of the
// sheet that the body asks for, as a PNG of few dpi, at once.
func (s *server) postSheetPreview(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "page", "dpi")
	if err != nil {
		return err
	}
	page, err := whole(values, "page", 1, orders.MostSheets+1, 1)
	if err != nil {
		return err
	}
	dpi, err := whole(values, "dpi", leastPreview, mostPreview, 72)
	if err != nil {
		return err
	}
	asked, err := readSheet(w, r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), previewTime)
	defer cancel()
	asked.DPI = 0 // the preview's own counts
	plan, err := s.Sheets.Plan(ctx, s.Catalogue.Catalogue(), asked)
	if err != nil {
		return err
	}
	leave, err := s.previews.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	var body bytes.Buffer // nothing is written of one that fails
	if err := plan.Preview(ctx, &body, int(page)-1, float64(dpi)); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(body.Bytes())
	return ignoreGone(r, err)
}
