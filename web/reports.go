package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"onemap/importers"
	"onemap/importers/quality"
	"onemap/layers"
)

// errNoReport reports a version that was imported before versions were checked.
var errNoReport = errors.New("web: the version has no quality report")

// delivery reads what a version's report says, for a page or a workbook.
func (s *server) delivery(r *http.Request) (quality.Delivery, error) {
	l, err := s.readable(r)
	if err != nil {
		return quality.Delivery{}, err
	}
	n, err := versionNumber(r)
	if err != nil {
		return quality.Delivery{}, err
	}
	v, err := s.Store.Version(r.Context(), l.Definition.ID, n)
	if err != nil {
		return quality.Delivery{}, err
	}
	var report importers.Report
	if err := json.Unmarshal(v.Report, &report); err != nil {
		return quality.Delivery{}, fmt.Errorf("web: report of %s version %d: %w", l.Definition.ID, n, err)
	}
	if report.Quality == nil {
		return quality.Delivery{}, fmt.Errorf("%w: %s version %d", errNoReport, l.Definition.ID, n)
	}
	return quality.Delivery{
		Layer: l.Definition, Version: v, Read: report.Read, Accepted: report.Accepted, Repaired: report.Repaired, Rejected: report.Rejected,
		CRSName: report.CRSName, Encoding: report.Encoding.Name, Report: report.Quality,
	}, nil
}

// getReportPage answers GET /api/v1/layers/{layer}/versions/{number}/report.html.
func (s *server) getReportPage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.delivery(r)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := d.WritePage(&page); err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	return writeBody(w, r, http.StatusOK, "text/html; charset=utf-8", page.Bytes())
}

// rejectedPage is how many rows in quarantine are read at once.
const rejectedPage = 1000

// getReportWorkbook answers GET /api/v1/layers/{layer}/versions/{number}/report.xlsx.
func (s *server) getReportWorkbook(w http.ResponseWriter, r *http.Request) error {
	d, err := s.delivery(r)
	if err != nil {
		return err
	}
	rejected := func(context.Context, int64) ([]layers.QuarantinedRow, error) { return nil, nil }
	of, err := s.Store.Delivery(r.Context(), d.Layer.ID, d.Version.Number)
	switch {
	case err == nil:
		rejected = func(ctx context.Context, after int64) ([]layers.QuarantinedRow, error) {
			return s.Store.Quarantined(ctx, of, "", after, rejectedPage)
		}
	case !errors.Is(err, layers.ErrUnknownRow):
		return err
	}
	var book bytes.Buffer
	if err := d.WriteWorkbook(r.Context(), &book, rejected); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s_v%d_quality.xlsx", d.Layer.ID, d.Version.Number)))
	return writeBody(w, r, http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book.Bytes())
}
