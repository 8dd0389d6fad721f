package web

import (
	"bytes"
	"fmt"
	"net/http"

	"onemap/importers"
	"onemap/importers/quality"
)

// delivery reads what a version's report says, for a page or a workbook.
func (s *server) delivery(r *http.Request) (quality.Delivery, error) {
	l, n, err := s.readableVersion(r)
	if err != nil {
		return quality.Delivery{}, err
	}
	v, err := s.Store.Version(r.Context(), l.Definition.ID, n)
	if err != nil {
		return quality.Delivery{}, err
	}
	return importers.Checked(l.Definition, v)
}

// getRules answers GET /api/v1/layers/{layer}/rules: what deliveries of the layer
// are checked for, and which of the rules one may be excused from.
func (s *server) getRules(w http.ResponseWriter, r *http.Request) error {
	l, err := s.readable(r)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"layer": l.Definition.ID, "rules": importers.Rules(l.Definition)})
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

// getReportWorkbook answers GET /api/v1/layers/{layer}/versions/{number}/report.xlsx.
func (s *server) getReportWorkbook(w http.ResponseWriter, r *http.Request) error {
	d, err := s.delivery(r)
	if err != nil {
		return err
	}
	var book bytes.Buffer
	if err := importers.WriteWorkbook(r.Context(), s.Store, d, &book); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", fmt.Sprintf("%s_v%d_quality.xlsx", d.Layer.ID, d.Version.Number)))
	return writeBody(w, r, http.StatusOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book.Bytes())
}
