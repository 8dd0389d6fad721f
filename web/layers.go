package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/layers"
)

// layerSummary is a layer as the list of layers shows it.
type layerSummary struct {
	ID               string              `json:"id"`
	Theme            string              `json:"theme"`
	Name             string              `json:"name"`
	NameEN           string              `json:"name_en"`
	Geometry         layers.GeometryKind `json:"geometry"`
	MinZoom          int                 `json:"min_zoom"`
	MaxZoom          int                 `json:"max_zoom"`
	Sensitivity      layers.Sensitivity  `json:"sensitivity"`
	Department       string              `json:"department"`
	Source           string              `json:"source"`
	Cycle            string              `json:"cycle"`
	LabelField       string              `json:"label_field"`
	PublishedVersion *int                `json:"published_version"`
	PublishedAt      *time.Time          `json:"published_at"`
	FeatureCount     int64               `json:"feature_count"`
	Bounds           []float64           `json:"bounds"`
	Synthetic        bool                `json:"synthetic"`
	TileJSON         string              `json:"tilejson"`
	Pinyin           []string            `json:"pinyin,omitempty"` // of name and department: in full, and the initials
}

// nameReader is what this package needs of a names.Table: the readings of a
// character, the likeliest first.
type nameReader interface {
	Read(r rune) []string
}

// pinyin spells a text by the likeliest reading of each character, in full and by initials.
func (s *server) pinyin(text string) []string {
	if s.Names == nil {
		return nil
	}
	var full, initials strings.Builder
	for _, r := range strings.ToLower(text) {
		if readings := s.Names.Read(r); len(readings) > 0 {
			full.WriteString(readings[0])
			initials.WriteByte(readings[0][0])
		}
	}
	return []string{full.String(), initials.String()}
}

func (s *server) summarise(l layers.Layer) layerSummary {
	d := l.Definition
	summary := layerSummary{
		ID: d.ID, Theme: d.Theme, Name: d.Name, NameEN: d.NameEN, Geometry: d.Geometry, MinZoom: d.MinZoom, MaxZoom: d.MaxZoom,
		Sensitivity: d.Sensitivity, Department: d.Department, Source: d.Source, Cycle: d.Cycle, LabelField: d.Label,
		TileJSON: s.config.PublicURL + "/tiles/" + d.ID + ".json",
		Pinyin:   append(s.pinyin(d.Name), s.pinyin(d.Department)...),
	}
	if v := l.Published; v != nil {
		summary.PublishedVersion, summary.PublishedAt = &v.Number, v.PublishedAt
		summary.FeatureCount, summary.Bounds, summary.Synthetic = v.FeatureCount, v.Bounds, v.Synthetic
	}
	return summary
}

// getLayers answers GET /api/v1/layers: the themes and the layers on them that
// whoever asks may read.
func (s *server) getLayers(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	catalogue := s.Catalogue.Catalogue()
	summaries := []layerSummary{}
	for _, l := range catalogue.Readable(r.Context()) {
		summaries = append(summaries, s.summarise(l))
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{
		"themes": catalogue.Themes, "layers": summaries, "synthetic": catalogue.Synthetic(),
	})
}

// readable returns the layer that a request names, published or not.
func (s *server) readable(r *http.Request) (layers.Layer, error) {
	l, err := s.Catalogue.Catalogue().Layer(mux.Vars(r)["layer"])
	if err == nil {
		err = access.Require(r.Context(), l.Definition.ReadRight())
	}
	return l, err
}

// readableVersion returns the layer and the version's number that a request names.
func (s *server) readableVersion(r *http.Request) (layers.Layer, int, error) {
	l, err := s.readable(r)
	if err != nil {
		return l, 0, err
	}
	n, err := versionNumber(r)
	return l, n, err
}

// getLayer answers GET /api/v1/layers/{layer}: its fields and versions too.
func (s *server) getLayer(w http.ResponseWriter, r *http.Request) error {
	l, err := s.readable(r)
	if err != nil {
		return err
	}
	versions, err := s.Store.Versions(r.Context(), l.Definition.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", struct {
		layerSummary
		Aliases  []string         `json:"aliases,omitempty"`
		Key      []string         `json:"key"`
		Fields   []layers.Field   `json:"fields"`
		Versions []layers.Version `json:"versions"`
	}{s.summarise(l), l.Definition.Aliases, l.Definition.Key, l.Definition.Fields, versions})
}

// getVersions answers GET /api/v1/layers/{layer}/versions, newest first.
func (s *server) getVersions(w http.ResponseWriter, r *http.Request) error {
	l, err := s.readable(r)
	if err != nil {
		return err
	}
	versions, err := s.Store.Versions(r.Context(), l.Definition.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"versions": versions})
}

// getVersion answers GET /api/v1/layers/{layer}/versions/{number} with the
// import's report.
func (s *server) getVersion(w http.ResponseWriter, r *http.Request) error {
	l, n, err := s.readableVersion(r)
	if err != nil {
		return err
	}
	v, err := s.Store.Version(r.Context(), l.Definition.ID, n)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", v)
}

func versionNumber(r *http.Request) (int, error) {
	text := mux.Vars(r)["number"]
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%w: %.20s", layers.ErrUnknownVersion, text)
	}
	return int(n), nil
}

// postPublish answers POST /api/v1/layers/{layer}/versions/{number}/publish.
// With accept_errors=true a version is published that rules of level error
// object to, and the record says so.
func (s *server) postPublish(w http.ResponseWriter, r *http.Request) error {
	n, err := versionNumber(r)
	if err != nil {
		return err
	}
	values, err := query(r, "accept_errors")
	if err != nil {
		return err
	}
	accept, err := flag(values, "accept_errors")
	if err != nil {
		return err
	}
	publish := s.Store.Publish
	if accept {
		publish = s.Store.PublishUnchecked
	}
	v, err := publish(r.Context(), mux.Vars(r)["layer"], n)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", v)
}

// postRollback answers POST /api/v1/layers/{layer}/rollback.
func (s *server) postRollback(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Store.Rollback(r.Context(), mux.Vars(r)["layer"])
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", v)
}

// getDictionary answers GET /api/v1/dictionaries/{dictionary}: a code table.
func (s *server) getDictionary(w http.ResponseWriter, r *http.Request) error {
	id := mux.Vars(r)["dictionary"]
	d, ok := s.Catalogue.Catalogue().Dictionaries[id]
	if !ok {
		return fmt.Errorf("%w: dictionary %.50s", errNoRoute, id)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", d)
}
