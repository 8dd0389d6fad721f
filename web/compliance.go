package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/gorilla/mux"

	"onemap/layers"
	"onemap/spatial/compliance"
)

// complianceOffice is what this package needs of [compliance.Office].
type complianceOffice interface {
	Rules() compliance.Rules
	Check(ctx context.Context, catalogue *layers.Catalogue, r compliance.Request) (compliance.Answer, []byte, error)
	Answer(ctx context.Context, id string) (compliance.Answer, []byte, error)
	Again(ctx context.Context, catalogue *layers.Catalogue, id string) (compliance.Answer, error)
	List(ctx context.Context, before int64, limit int) ([]compliance.Entry, error)
}

// postCompliance answers POST /api/v1/compliance: a red line is checked, and the
// answer kept under its address.
func (s *server) postCompliance(w http.ResponseWriter, r *http.Request) error {
	asked, err := readSent(w, r)
	if err != nil {
		return err
	}
	request, err := complianceRequest(asked.values)
	if err != nil {
		return err
	}
	if request.Input, err = asked.outline(r); err != nil {
		return err
	}
	a, text, err := s.Compliance.Check(r.Context(), s.Catalogue.Catalogue(), request)
	if err != nil {
		return err
	}
	w.Header().Set("Location", s.config.PublicURL+"/api/v1/compliance/"+a.ID)
	return writeBody(w, r, http.StatusCreated, "application/json", text)
}

func complianceRequest(values url.Values) (compliance.Request, error) {
	at, err := readMoment(values)
	if err != nil {
		return compliance.Request{}, err
	}
	stated, err := number(values, "stated_m2", 0)
	if err != nil {
		return compliance.Request{}, err
	}
	if values.Get("rule_set") == "" {
		return compliance.Request{}, &paramError{"rule_set", "", "必须给出规则集；/api/v1/rule-sets 列出全部", "must be given; /api/v1/rule-sets lists them"}
	}
	return compliance.Request{RuleSet: values.Get("rule_set"), Name: values.Get("name"), Reason: values.Get("reason"), StatedM2: stated, At: at}, nil
}

// getCompliances answers GET /api/v1/compliance?before=&limit=: one's checks, newest first.
func (s *server) getCompliances(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "before", "limit")
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
	entries, err := s.Compliance.List(r.Context(), before, int(limit))
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"checks": entries})
}

// getCompliance answers GET /api/v1/compliance/{check}?again=: a check as it was
// answered, byte for byte, or run once more against the same versions.
func (s *server) getCompliance(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "again")
	if err != nil {
		return err
	}
	again, err := flag(values, "again")
	if err != nil {
		return err
	}
	id := mux.Vars(r)["check"]
	if again {
		a, err := s.Compliance.Again(r.Context(), s.Catalogue.Catalogue(), id)
		if err != nil {
			return err
		}
		return writeJSON(w, r, http.StatusOK, "application/json", a)
	}
	_, text, err := s.Compliance.Answer(r.Context(), id)
	if err != nil {
		return err
	}
	return writeBody(w, r, http.StatusOK, "application/json", text)
}

// getComplianceFile answers with a check as a page, a workbook or its pieces:
// GET /api/v1/compliance/{check}/report.html,
// GET /api/v1/compliance/{check}/report.xlsx and
// GET /api/v1/compliance/{check}/pieces.zip?encoding=, the DBF's, UTF-8 without it or GBK.
func (s *server) getComplianceFile(contentType, name string, write func(a compliance.Answer, values url.Values, to *bytes.Buffer) error, known ...string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		values, err := query(r, known...)
		if err != nil {
			return err
		}
		a, _, err := s.Compliance.Answer(r.Context(), mux.Vars(r)["check"])
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := write(a, values, &out); err != nil {
			return err
		}
		if name == "" {
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		} else {
			w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "compliance_"+a.ID[:8]+name))
		}
		return writeBody(w, r, http.StatusOK, contentType, out.Bytes())
	}
}

func compliancePage(a compliance.Answer, _ url.Values, to *bytes.Buffer) error {
	return a.WritePage(to)
}

func complianceWorkbook(a compliance.Answer, _ url.Values, to *bytes.Buffer) error {
	return a.WriteWorkbook(to)
}

func complianceShapefiles(a compliance.Answer, values url.Values, to *bytes.Buffer) error {
	encoding := values.Get("encoding")
	if encoding == "" {
		encoding = "UTF-8"
	}
	return a.WriteShapefiles(to, encoding, os.TempDir())
}

// getCompliancePieces answers GET /api/v1/compliance/{check}/pieces.geojson.
func (s *server) getCompliancePieces(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	a, _, err := s.Compliance.Answer(r.Context(), mux.Vars(r)["check"])
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, geoJSON, a.Collection())
}

// getRuleSets answers GET /api/v1/rule-sets: the sets of rules that checks are made by.
func (s *server) getRuleSets(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	rules := s.Compliance.Rules()
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"rule_sets": rules.Sets, "land_classes": rules.Land})
}

// getRuleSet answers GET /api/v1/rule-sets/{set}.
func (s *server) getRuleSet(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	set, err := s.Compliance.Rules().Set(mux.Vars(r)["set"])
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", set)
}
