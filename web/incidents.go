package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"onemap/incidents"
	"onemap/incidents/photos"
	"onemap/spatial/cells"
	"onemap/spatial/risk"
	"onemap/spatial/warnings"
)

// errIncidentPlace reports an incident outside the grid: it has no cell, so nobody
// would be asked to handle it.
var errIncidentPlace = errors.New("web: the incident is outside the grid")

// errPrecondition reports an If-Match that no longer holds.
var errPrecondition = errors.New("web: If-Match doesn't hold")

// incidentStore is what this package needs of [incidents.Store].
type incidentStore interface {
	Rules() incidents.Rules
	Report(ctx context.Context, d incidents.Draft, where *cells.Place, dangers []incidents.Danger) (id int64, created bool, err error)
	Get(ctx context.Context, id int64) (incidents.Whole, error)
	Move(ctx context.Context, id int64, m incidents.Move) error
	AddPhoto(ctx context.Context, id int64, p photos.Photo) (info incidents.PhotoInfo, added bool, err error)
	Photo(ctx context.Context, id, photo int64, thumbnail bool) ([]byte, error)
	List(ctx context.Context, q incidents.Query, before int64, limit int) ([]incidents.Incident, error)
	Each(ctx context.Context, q incidents.Query, most int, take func(incidents.Incident) error) error
	Heat(ctx context.Context, q incidents.Query, level string) ([]incidents.Count, error)
	Tally(ctx context.Context, q incidents.Query) (incidents.Tally, error)
	Summarise(ctx context.Context, cell string) (incidents.Summary, error)
	Since(ctx context.Context, seq int64, limit int) ([]incidents.News, error)
	Head(ctx context.Context) (int64, error)
}

// incidentAnswer is an incident as an answer shows it.
type incidentAnswer struct {
	incidents.Whole
	Duty    []cells.Duty `json:"duty"`              // in its cell and above, as the grid is now
	Located *located     `json:"located,omitempty"` // to who reports it
}

// located is what only the moment of reporting knows.
type located struct {
	BorderM float64      `json:"border_m"` // metres to the cell's border
	Doubt   *cells.Doubt `json:"doubt,omitempty"`
}

// answerIncident answers with an incident, whose ETag is its version.
func (s *server) answerIncident(w http.ResponseWriter, r *http.Request, id int64, status int, where *located) error {
	whole, err := s.Incidents.Get(r.Context(), id)
	if err != nil {
		return err
	}
	shown := incidentAnswer{Whole: whole, Duty: []cells.Duty{}, Located: where}
	if x, err := s.openCells(r.Context()); err == nil { // a grid that isn't there names nobody
		if at, err := x.Find(whole.Cell); err == nil {
			shown.Duty = x.Duty(r.Context(), at)
		}
	}
	h := w.Header()
	h.Set("ETag", fmt.Sprintf(`"v%d"`, whole.Version))
	h.Set("Location", fmt.Sprintf("%s/api/v1/incidents/%d", s.config.PublicURL, id))
	return writeFresh(w, r, status, shown)
}

// mostReport is the longest text of a report, in bytes.
const mostReport = 64 << 10

// postIncident answers POST /api/v1/incidents?crs=: a report, as JSON, or as
// multipart/form-data with a part incident and parts photo. The same report sent
// again is answered 200.
func (s *server) postIncident(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	text, pictures, err := s.readReport(w, r)
	if err != nil {
		return err
	}
	draft, err := incidents.ReadDraft(text)
	if err != nil {
		return err
	}
	where, err := s.placeIncident(r.Context(), values, &draft)
	if err != nil {
		return err
	}
	id, created, err := s.Incidents.Report(r.Context(), draft, where, s.dangersNear(r.Context(), where.Position))
	if err != nil {
		return err
	}
	for _, p := range pictures {
		if _, _, err := s.Incidents.AddPhoto(r.Context(), id, p); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return s.answerIncident(w, r, id, status, &located{where.BorderM, where.Doubt})
}

// placeIncident finds the cell of a report and writes its system down. The system
// is the member crs or the parameter; if both are given they are the same.
func (s *server) placeIncident(ctx context.Context, values url.Values, d *incidents.Draft) (*cells.Place, error) {
	if d.CRS != "" {
		if given := values.Get("crs"); given != "" && given != d.CRS {
			return nil, &paramError{"crs", given, "与请求体中的 crs 不一致：" + d.CRS, "differs from the body's, " + d.CRS}
		}
		values.Set("crs", d.CRS)
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return nil, err
	}
	d.CRS = in.system.String()
	x, err := s.openCells(ctx)
	if err != nil {
		return nil, err
	}
	accuracy := 0.0
	if d.AccuracyM != nil {
		if accuracy = *d.AccuracyM; !(accuracy >= 0 && accuracy <= cells.MaxAccuracyMetres) {
			return nil, fmt.Errorf("%w: %g", cells.ErrAccuracy, accuracy)
		}
	}
	given := orb.Point{*d.Lon, *d.Lat}
	at, err := in.place(given)
	if err == nil {
		var where *cells.Place
		if where, err = x.Locate(ctx, at, accuracy); err == nil {
			return where, nil
		}
	}
	if errors.Is(err, cells.ErrOutside) {
		err = fmt.Errorf("%w: %w", errIncidentPlace, err)
	}
	return nil, in.meant(err, given, x)
}

// nearMetres is how near a danger is written down with an incident.
const nearMetres = 500

// dangersNear tells the dangers near a place and the warnings for it. When they
// can't be told now the report is taken all the same: nil is not known.
func (s *server) dangersNear(ctx context.Context, p orb.Point) []incidents.Danger {
	if s.Risks == nil {
		return nil
	}
	answer, err := s.Risks.Ask(ctx, risk.Question{At: p, RadiusMetres: nearMetres, Limit: 20})
	if err != nil {
		return nil
	}
	near := []incidents.Danger{}
	for _, d := range answer.Dangers {
		if !d.Settled {
			near = append(near, incidents.Danger{Layer: d.Layer, Kind: d.Name, Name: d.Title, Level: d.Word, DistanceM: d.DistanceMetres})
		}
	}
	var hold []warnings.Warning
	if s.WarningBoard != nil {
		if hold, err = s.WarningBoard.At(p); err != nil {
			return nil
		}
	}
	for _, one := range s.showWarnings(hold) {
		near = append(near, incidents.Danger{Layer: "warning", Kind: one.KindName, Name: one.Headline, Level: one.ColourName})
	}
	return near
}

func incidentID(r *http.Request) (int64, error) {
	text := mux.Vars(r)["incident"]
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fmt.Errorf("%w: %.20s", incidents.ErrUnknown, text)
	}
	return id, nil
}

// getIncident answers GET /api/v1/incidents/{incident}: an incident with its
// history, photos, possible duplicates and the steps that who asks may take.
func (s *server) getIncident(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	return s.answerIncident(w, r, id, http.StatusOK, nil)
}

var versionTag = regexp.MustCompile(`^"v([0-9]{1,9})"$`)

// postTransition answers POST /api/v1/incidents/{incident}/transitions: a step. The
// version of the incident that who asks has seen is a member, or its ETag If-Match.
func (s *server) postTransition(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	text, err := readBody(http.MaxBytesReader(w, r.Body, mostReport))
	if err != nil {
		return err
	}
	var m incidents.Move
	if err := incidents.ReadObject(text, &m); err != nil {
		return err
	}
	tag := r.Header.Get("If-Match")
	if tag != "" {
		found := versionTag.FindStringSubmatch(tag)
		if found == nil {
			return &paramError{"If-Match", tag, `应为事件的 ETag，如 "v3"`, `must be the incident's ETag, as "v3"`}
		}
		seen, err := strconv.Atoi(found[1])
		if err != nil || m.Version != 0 && m.Version != seen {
			return &paramError{"If-Match", tag, "与请求体中的 version 不一致", "differs from the body's version"}
		}
		m.Version = seen
	}
	err = s.Incidents.Move(r.Context(), id, m)
	if tag != "" && errors.Is(err, incidents.ErrChanged) {
		err = fmt.Errorf("%w: %w", errPrecondition, err)
	}
	if err != nil {
		return err
	}
	return s.answerIncident(w, r, id, http.StatusOK, nil)
}

// cellSummary is everything that the map has in a cell, and its incidents, to who
// may see them.
type cellSummary struct {
	*cells.Summary
	Incidents *incidents.Summary `json:"incidents,omitempty"`
}

// withIncidents adds what who asks may know of a cell's incidents.
func (s *server) withIncidents(ctx context.Context, sum *cells.Summary) (cellSummary, error) {
	shown := cellSummary{Summary: sum}
	if s.Incidents == nil || !mayReport(ctx) {
		return shown, nil
	}
	counts, err := s.Incidents.Summarise(ctx, sum.Cell.Code)
	shown.Incidents = &counts
	return shown, err
}

// uploadTime is how long a phone with little signal may take to send its photos.
const uploadTime = 5 * time.Minute

// readReport reads a report's text and prepares its photos. A part that can't be
// used refuses the whole, so that nothing is half reported.
func (s *server) readReport(w http.ResponseWriter, r *http.Request) (text []byte, pictures []photos.Photo, err error) {
	if mediaType(r) != "multipart/form-data" {
		text, err = readBody(http.MaxBytesReader(w, r.Body, mostReport))
		return text, nil, err
	}
	err = s.eachPart(w, r, func(name string, content []byte) error {
		switch name {
		case "incident":
			if text != nil || len(content) > mostReport {
				return &paramError{"incident", "", "应恰有一个，不超过 64 KiB", "must be there once, with at most 64 KiB"}
			}
			text = bytes.Clone(content)
			return nil
		case "photo":
			if len(pictures) == incidents.MaxPhotos {
				return incidents.ErrTooMany
			}
			p, err := s.darkroom.Prepare(r.Context(), content)
			pictures = append(pictures, p)
			return err
		}
		return &paramError{name, "", "未知的部分；可用：incident、photo", "unknown part; known are: incident, photo"}
	})
	if err == nil && text == nil {
		err = &paramError{"incident", "", "缺少此部分（JSON）", "this part, JSON, is missing"}
	}
	return text, pictures, err
}
