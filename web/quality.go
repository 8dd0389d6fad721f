package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"

	"onemap/layers"
	"onemap/layers/scorecard"
)

// getQuality answers GET /api/v1/quality: how good and how fresh each layer is that
// who asks may read, with the trend of its versions, and each department's layers.
func (s *server) getQuality(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	board, err := scorecard.Read(r.Context(), s.DB, s.Catalogue.Catalogue().Readable(r.Context()), false, time.Now())
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, board)
}

// getLayerQuality answers GET /api/v1/quality/{layer}: a layer's versions with what
// each rule found in them.
func (s *server) getLayerQuality(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	l, err := s.readable(r)
	if err != nil {
		return err
	}
	board, err := scorecard.Read(r.Context(), s.DB, []layers.Layer{l}, true, time.Now())
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, board.Layers[0])
}

// getQualityExport answers GET /api/v1/quality/export?format=: the layers' table as
// a file.
func (s *server) getQualityExport(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "format")
	if err != nil {
		return err
	}
	format := scorecard.Format(values.Get("format"))
	if !slices.Contains(scorecard.Formats(), format) {
		return &paramError{"format", string(format), "应为 csv 或 xlsx", "must be csv or xlsx"}
	}
	now := time.Now()
	board, err := scorecard.Read(r.Context(), s.DB, s.Catalogue.Catalogue().Readable(r.Context()), false, now)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := board.Write(&file, format); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="quality-%s.%s"`, now.Format("20060102"), format))
	return writeBody(w, r, http.StatusOK, format.MediaType(), file.Bytes())
}
