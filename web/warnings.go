package web

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"onemap/spatial/warnings"
	"onemap/spatial/warnings/capxml"
)

// warningStore is what this package needs of [warnings.Store].
type warningStore interface {
	Register() warnings.Register
	Publish(ctx context.Context, c warnings.Content, m *warnings.Message) (w warnings.Warning, created bool, err error)
	Update(ctx context.Context, id int64, reason string, m *warnings.Message, change func(warnings.Warning) (warnings.Content, error)) (warnings.Warning, error)
	Cancel(ctx context.Context, id int64, reason string, m *warnings.Message) (warnings.Warning, error)
	Take(ctx context.Context, m warnings.Said) (w warnings.Warning, created bool, err error)
	List(ctx context.Context, q warnings.Query) ([]warnings.Warning, error)
	Get(ctx context.Context, id int64, at time.Time) (warnings.Warning, error)
	History(ctx context.Context, id int64, at time.Time) ([]warnings.Warning, error)
	Since(ctx context.Context, seq int64, limit int) ([]warnings.Warning, error)
	Head(ctx context.Context) (int64, error)
}

// shownWarning is a warning as an answer shows it.
type shownWarning struct {
	warnings.Warning
	KindName   string            `json:"kind_name"`
	KindNameEN string            `json:"kind_name_en"`
	KindCode   string            `json:"kind_code,omitempty"`
	ColourName string            `json:"colour_name"`
	Polygon    *geojson.Geometry `json:"polygon,omitempty"` // as it was given
	Area       *geojson.Geometry `json:"area,omitempty"`    // of divisions and polygon together
	CAPAddress string            `json:"cap_url"`
}

func (s *server) showWarning(w warnings.Warning, shapes bool) shownWarning {
	kind, _ := s.Warnings.Register().Kind(w.Kind)
	colour, _ := s.Warnings.Register().Colour(w.Colour)
	shown := shownWarning{
		Warning: w, KindName: kind.Name, KindNameEN: kind.NameEN, KindCode: kind.Code, ColourName: colour.Name,
		CAPAddress: fmt.Sprintf("%s/api/v1/warnings/%d.cap", s.config.PublicURL, w.ID),
	}
	if shapes && len(w.Content.Polygon) > 0 {
		shown.Polygon = geojson.NewGeometry(w.Content.Polygon)
	}
	if shapes && len(w.Area) > 0 {
		shown.Area = geojson.NewGeometry(w.Area)
	}
	return shown
}

func (s *server) showWarnings(all []warnings.Warning) []shownWarning {
	shown := make([]shownWarning, len(all))
	for i, w := range all {
		shown[i] = s.showWarning(w, false)
	}
	return shown
}

// getWarnings answers GET /api/v1/warnings: those in a state, by default active,
// now or at datetime=, the newest first, without their shapes.
func (s *server) getWarnings(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "state", "kind", "colour", "lon", "lat", "crs", "datetime", "limit", "before")
	if err != nil {
		return err
	}
	q := warnings.Query{Kind: values.Get("kind"), Colour: values.Get("colour")}
	if q.At, err = readMoment(values); err != nil {
		return err
	}
	switch state := values.Get("state"); {
	case state == "":
		q.State = warnings.Active
	case slices.Contains(warnings.States(), warnings.State(state)):
		q.State = warnings.State(state)
	case state != "all":
		return &paramError{"state", state, "应为 active、upcoming、ended、cancelled 或 all", "must be active, upcoming, ended, cancelled or all"}
	}
	if err := s.knownKind(values); err != nil {
		return err
	}
	if _, err := readSystem(values, "crs"); err != nil {
		return err
	}
	if values.Has("lon") || values.Has("lat") {
		place, err := readPlace(values)
		if err != nil {
			return err
		}
		q.Place = &place
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	if q.Before, err = whole(values, "before", 1, 1<<62, 0); err != nil {
		return err
	}
	q.Limit = int(limit) + 1
	found, err := s.Warnings.List(r.Context(), q)
	if err != nil {
		return err
	}
	next := int64(0)
	if len(found) > int(limit) {
		found = found[:limit]
		next = found[limit-1].ID
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"warnings": s.showWarnings(found), "next_before": next})
}

// getWarningKinds answers GET /api/v1/warnings/kinds: the kinds and colours that a
// warning may have.
func (s *server) getWarningKinds(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	register := s.Warnings.Register()
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"kinds": register.Kinds, "colours": register.Colours, "divisions": register.Divisions})
}

// knownKind refuses a kind or a colour that there is not: an empty list would
// look like an all-clear.
func (s *server) knownKind(values url.Values) error {
	register := s.Warnings.Register()
	if id := values.Get("kind"); id != "" {
		if _, ok := register.Kind(id); !ok {
			return &paramError{"kind", id, "没有这个预警种类", "there is no such kind of warning"}
		}
	}
	if id := values.Get("colour"); id != "" {
		if _, ok := register.Colour(id); !ok {
			return &paramError{"colour", id, "应为 blue、yellow、orange 或 red", "must be blue, yellow, orange or red"}
		}
	}
	return nil
}

// postWarning answers POST /api/v1/warnings: a warning in JSON is published; a CAP
// message publishes, updates or cancels one. What was published already is answered 200.
func (s *server) postWarning(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	body, err := readBody(http.MaxBytesReader(w, r.Body, capxml.MaxBytes))
	if err != nil {
		return err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == capxml.MediaType || kind == "application/xml" || kind == "text/xml" {
		return s.takeMessage(w, r, body)
	}
	draft, err := s.readDraft(values, body, warnings.Content{})
	if err != nil {
		return err
	}
	published, created, err := s.Warnings.Publish(r.Context(), draft.Content, nil)
	if err != nil {
		return err
	}
	return s.answerWarning(w, r, published, created)
}

func (s *server) answerWarning(w http.ResponseWriter, r *http.Request, one warnings.Warning, created bool) error {
	status := http.StatusOK
	if created {
		status = http.StatusCreated
		w.Header().Set("Location", fmt.Sprintf("%s/api/v1/warnings/%d", s.config.PublicURL, one.ID))
	}
	return writeJSON(w, r, status, "application/json", s.showWarning(one, true))
}

// takeMessage does what a CAP message says.
func (s *server) takeMessage(w http.ResponseWriter, r *http.Request, body []byte) error {
	m, err := capxml.Read(body, s.Warnings.Register())
	if err != nil {
		return err
	}
	one, created, err := s.Warnings.Take(r.Context(), warnings.Said(m))
	if err != nil {
		return err
	}
	return s.answerWarning(w, r, one, created && m.Action == warnings.Publish)
}

// readDraft reads a warning, whose polygon is in crs=, onto what it said before.
func (s *server) readDraft(values url.Values, body []byte, before warnings.Content) (warnings.Draft, error) {
	in, err := readSystem(values, "crs")
	if err != nil {
		return warnings.Draft{}, err
	}
	draft, hasPolygon, err := warnings.ReadDraft(body, before)
	if err != nil || !hasPolygon {
		return draft, err
	}
	draft.Content.Polygon, err = in.area(orb.Clone(draft.Content.Polygon).(orb.MultiPolygon))
	return draft, err
}

// warningID reads the number of the warning that a request names.
func warningID(r *http.Request) (int64, error) {
	text := mux.Vars(r)["warning"]
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%w: %.30q", warnings.ErrUnknown, text)
	}
	return id, nil
}

// getWarning answers GET /api/v1/warnings/{warning} with its shapes and its
// revisions, as it was known at datetime=.
func (s *server) getWarning(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "datetime")
	if err != nil {
		return err
	}
	at, err := readMoment(values)
	if err != nil {
		return err
	}
	id, err := warningID(r)
	if err != nil {
		return err
	}
	history, err := s.Warnings.History(r.Context(), id, at)
	if err != nil {
		return err
	}
	if len(history) == 0 {
		return fmt.Errorf("%w: %d", warnings.ErrUnknown, id)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", struct {
		shownWarning
		Revisions []shownWarning `json:"revisions"`
	}{s.showWarning(history[len(history)-1], true), s.showWarnings(history)})
}

// getWarningCAP answers GET /api/v1/warnings/{warning}.cap: its newest revision,
// or revision=, as a CAP message.
func (s *server) getWarningCAP(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "revision")
	if err != nil {
		return err
	}
	id, err := warningID(r)
	if err != nil {
		return err
	}
	history, err := s.Warnings.History(r.Context(), id, time.Time{})
	if err != nil {
		return err
	}
	n, err := whole(values, "revision", 1, int64(max(len(history), 1)), int64(len(history)))
	if err != nil {
		return err
	}
	if len(history) == 0 {
		return fmt.Errorf("%w: %d", warnings.ErrUnknown, id)
	}
	text, err := capxml.Write(history[n-1], history[:n-1], s.Warnings.Register())
	if err != nil {
		return err
	}
	return writeBody(w, r, http.StatusOK, capxml.MediaType, text)
}

// patchWarning answers PATCH /api/v1/warnings/{warning}: the members given are
// changed, in a revision of their own.
func (s *server) patchWarning(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	id, err := warningID(r)
	if err != nil {
		return err
	}
	body, err := readBody(http.MaxBytesReader(w, r.Body, mostRequest))
	if err != nil {
		return err
	}
	draft, err := s.readDraft(values, body, warnings.Content{}) // its mistakes are told before anything is locked
	if err != nil {
		return err
	}
	changed, err := s.Warnings.Update(r.Context(), id, draft.Reason, nil, func(now warnings.Warning) (warnings.Content, error) {
		if draft.Revision != 0 && draft.Revision != now.Number {
			return warnings.Content{}, fmt.Errorf("%w: revision %d is the newest, not %d", warnings.ErrChanged, now.Number, draft.Revision)
		}
		before := now.Content
		merged, err := s.readDraft(values, body, before)
		if slices.Compare(merged.Divisions, before.Divisions) != 0 && merged.AreaText == before.AreaText {
			merged.AreaText = "" // it names the divisions of before
		}
		return merged.Content, err
	})
	if err != nil {
		return err
	}
	return s.answerWarning(w, r, changed, false)
}

// postCancel answers POST /api/v1/warnings/{warning}/cancel. It is kept, with all
// that it said.
func (s *server) postCancel(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := warningID(r)
	if err != nil {
		return err
	}
	var asked struct {
		Reason string `json:"reason"`
	}
	if r.ContentLength != 0 {
		if err := readObject(w, r, mostRequest, &asked); err != nil {
			return err
		}
	}
	one, err := s.Warnings.Cancel(r.Context(), id, asked.Reason, nil)
	if err != nil {
		return err
	}
	return s.answerWarning(w, r, one, false)
}
