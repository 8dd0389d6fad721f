package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"onemap/layers"
	"onemap/tiles"
	"onemap/tiles/archive"
	"onemap/tiles/grid"
)

// archiveSource is what this package needs of [tiles.Archives].
type archiveSource interface {
	RecordIn(in grid.Square, l layers.Layer) (tiles.ArchiveRecord, error)
	OpenIn(in grid.Square, l layers.Layer) (*archive.Archive, error)
	WaitingIn(in grid.Square, l layers.Layer) int
}

// tileReport tells for those who tune styles how large tiles are and what they
// had to leave out.
type tileReport struct {
	Grid   string        `json:"grid"` // whose levels the zooms are
	Layers []layerReport `json:"layers"`
}

type layerReport struct {
	Layer   string               `json:"layer"`
	Version int                  `json:"version"`
	Archive *string              `json:"archive"` // file name; null while tiles are live
	Bytes   int64                `json:"bytes"`
	BuiltAt *time.Time           `json:"built_at"`
	Waiting int                  `json:"edits_waiting"` // that the archive lacks; their tiles are live
	Zooms   []archive.ZoomReport `json:"zooms"`
}

// getTileReport answers GET /tiles/{layers}/report.json and GET /tiles/{grid}/{layers}/report.json.
func (s *server) getTileReport(w http.ResponseWriter, r *http.Request) error {
	in, err := tileGrid(r)
	if err != nil {
		return err
	}
	set, err := s.tileSet(r, in.Square)
	if err != nil {
		return err
	}
	report := tileReport{Grid: in.Square.String()}
	for _, l := range set.Layers {
		one := layerReport{Layer: l.Definition.ID, Version: l.Published.Number, Waiting: s.Archives.WaitingIn(in.Square, l), Zooms: []archive.ZoomReport{}}
		record, err := s.Archives.RecordIn(in.Square, l)
		switch {
		case err == nil:
			one.Archive, one.Bytes, one.BuiltAt, one.Zooms = &record.File, record.Bytes, &record.BuiltAt, record.Metadata.Zooms
		case !errors.Is(err, tiles.ErrNoArchive):
			return err
		}
		report.Layers = append(report.Layers, one)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", report)
}

// getArchive answers GET /tiles/{layer}.pmtiles and GET /tiles/{grid}/{layer}.pmtiles: the
// whole archive, or the ranges of it that are asked for, as viewers that read PMTiles do.
func (s *server) getArchive(w http.ResponseWriter, r *http.Request) error {
	in, err := tileGrid(r)
	if err != nil {
		return err
	}
	asOf, err := readMoment(r.URL.Query())
	if err != nil {
		return err
	}
	l, err := s.open(r.Context(), s.Catalogue.Catalogue(), mux.Vars(r)["layer"], asOf)
	if err != nil {
		return err
	}
	record, err := s.Archives.RecordIn(in.Square, l)
	if err != nil {
		return err
	}
	a, err := s.Archives.OpenIn(in.Square, l)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", `"`+record.File+`"`) // its name has the hash of its bytes
	h.Set("Vary", "Authorization")
	h.Set("Cache-Control", cacheControl(tiles.Set{Layers: []layers.Layer{l}}, "the address does not name the content"))
	h.Set("Content-Type", "application/vnd.pmtiles")
	http.ServeContent(w, r, record.File, time.Time{}, a.Content())
	return nil
}
