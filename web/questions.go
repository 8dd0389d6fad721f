package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"onemap/layers"
	"onemap/spatial"
	"onemap/spatial/overlay"
)

// mostAsked is how many layers one question may name.
const mostAsked = 64

// openAsked opens the layers of a list as they were published at a time; "" is all
// that may be read and were published then.
func (s *server) openAsked(ctx context.Context, list string, at time.Time) ([]layers.Layer, error) {
	catalogue := s.Catalogue.Catalogue()
	var ids []string
	if list != "" {
		ids = strings.Split(list, ",")
		if len(ids) > mostAsked {
			return nil, &paramError{"layers", list, fmt.Sprintf("最多 %d 个图层", mostAsked), fmt.Sprintf("at most %d layers", mostAsked)}
		}
		for i, id := range ids {
			if slices.Contains(ids[:i], id) {
				return nil, &paramError{"layers", list, "图层 " + id + " 出现两次", "layer " + id + " is given twice"}
			}
		}
	} else {
		for _, l := range catalogue.Readable(ctx) {
			if l.Published != nil {
				ids = append(ids, l.Definition.ID)
			}
		}
	}
	opened := make([]layers.Layer, 0, len(ids))
	for _, id := range ids {
		l, err := s.open(ctx, catalogue, id, at)
		if list == "" && errors.Is(err, layers.ErrNotPublished) {
			continue // not yet, at that time
		}
		if errors.Is(err, layers.ErrUnknownLayer) {
			return nil, &fieldError{"layers", err}
		}
		if err != nil {
			return nil, err
		}
		opened = append(opened, l)
	}
	return opened, nil
}

// getIdentify answers GET /api/v1/identify?lon=&lat=&layers=&tolerance=: what is
// at a place, layer by layer in the order asked for; without layers= in all.
func (s *server) getIdentify(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs", "layers", "tolerance", "datetime")
	if err != nil {
		return err
	}
	asOf, err := readMoment(values)
	if err != nil {
		return err
	}
	at, err := readPlace(values)
	if err != nil {
		return err
	}
	tolerance, err := number(values, "tolerance", 10)
	if err != nil {
		return err
	}
	in, err := s.openAsked(r.Context(), values.Get("layers"), asOf)
	if err != nil {
		return err
	}
	found, err := spatial.Identify(r.Context(), s.DB, in, at[0], at[1], tolerance)
	if err != nil {
		return err
	}
	results := make([]spatial.Answer, len(found))
	for i, one := range found {
		results[i] = one.Answer()
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"lon": at[0], "lat": at[1], "results": results})
}

// getNearest answers GET /api/v1/nearest?lon=&lat=&layer=: the nearest features of
// a layer, with distance and bearing.
func (s *server) getNearest(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs", "layer", "count", "within", "datetime")
	if err != nil {
		return err
	}
	asOf, err := readMoment(values)
	if err != nil {
		return err
	}
	at, err := readPlace(values)
	if err != nil {
		return err
	}
	count, err := whole(values, "count", 1, spatial.MaxNearest, 5)
	if err != nil {
		return err
	}
	reach, err := number(values, "within", spatial.MaxReachMetres)
	if err != nil {
		return err
	}
	l, err := s.openOne(r.Context(), "layer", values.Get("layer"), asOf)
	if err != nil {
		return err
	}
	found, err := spatial.Nearest(r.Context(), s.DB, l, at[0], at[1], int(count), reach)
	if errors.Is(err, spatial.ErrTolerance) {
		return &paramError{"within", values.Get("within"), fmt.Sprintf("应为 0 至 %d 米", spatial.MaxReachMetres), fmt.Sprintf("must be from 0 to %d m", spatial.MaxReachMetres)}
	}
	if err != nil {
		return err
	}
	d := l.Definition
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{
		"lon": at[0], "lat": at[1], "layer": d.ID, "name": d.Name, "name_en": d.NameEN, "version": l.Published.Number, "features": found,
	})
}

func (s *server) openOne(ctx context.Context, name, id string, at time.Time) (layers.Layer, error) {
	if id == "" {
		return layers.Layer{}, &paramError{name, "", "必须给出图层标识；/api/v1/layers 列出全部", "must be given: the id of a layer; /api/v1/layers lists them"}
	}
	l, err := s.open(ctx, s.Catalogue.Catalogue(), id, at)
	if errors.Is(err, layers.ErrUnknownLayer) {
		return l, &fieldError{name, err}
	}
	return l, err
}

// getWithin answers GET /api/v1/within?lon=&lat=&radius=&layers=: the features
// within a radius, nearest first.
func (s *server) getWithin(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "lon", "lat", "crs", "radius", "layers", "limit", "datetime")
	if err != nil {
		return err
	}
	asOf, err := readMoment(values)
	if err != nil {
		return err
	}
	at, err := readPlace(values)
	if err != nil {
		return err
	}
	radius, err := number(values, "radius", 0)
	if err != nil {
		return err
	}
	if !(radius > 0 && radius <= spatial.MaxRadiusMetres) {
		return &paramError{"radius", values.Get("radius"), fmt.Sprintf("应大于 0、不超过 %d 米", spatial.MaxRadiusMetres), fmt.Sprintf("must be above 0 and at most %d m", spatial.MaxRadiusMetres)}
	}
	limit, err := whole(values, "limit", 0, spatial.MaxWithin, 100)
	if err != nil {
		return err
	}
	in, err := s.openAsked(r.Context(), values.Get("layers"), asOf)
	if err != nil {
		return err
	}
	results := []spatial.Members{}
	for _, l := range in {
		found, err := spatial.WithinRadius(r.Context(), s.DB, l, at[0], at[1], radius, int(limit))
		if err != nil {
			return err
		}
		results = append(results, found)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"lon": at[0], "lat": at[1], "radius_m": radius, "results": results})
}

// postWithin answers POST /api/v1/within: the features within a shape.
func (s *server) postWithin(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	asked := struct {
		shapeAsked
		Layers string `json:"layers"`
		Wholly bool   `json:"wholly"`
		Limit  *int   `json:"limit"`
	}{}
	if err := readObject(w, r, mostOutline, &asked); err != nil {
		return err
	}
	if err := asked.speak(values); err != nil {
		return err
	}
	at, err := moment(asked.Datetime)
	if err != nil {
		return err
	}
	limit := 100
	if asked.Limit != nil {
		limit = *asked.Limit
	}
	if limit < 0 || limit > spatial.MaxWithin {
		return &paramError{"limit", strconv.Itoa(limit), fmt.Sprintf("应为 0 至 %d 的整数", spatial.MaxWithin), fmt.Sprintf("must be a whole number from 0 to %d", spatial.MaxWithin)}
	}
	in, err := s.openAsked(r.Context(), asked.Layers, at)
	if err != nil {
		return err
	}
	shape, err := s.shape(r.Context(), asked.shapeAsked, at)
	if err != nil {
		return err
	}
	results := []spatial.Members{}
	for _, l := range in {
		found, err := spatial.Within(r.Context(), s.DB, l, shape, asked.Wholly, limit)
		if err != nil {
			return err
		}
		results = append(results, found)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"shape_m2": overlay.Round(shape.AreaM2), "results": results})
}

// postOverlay answers POST /api/v1/overlay: a layer cut with a shape, or two layers
// with one another within it, summed by fields.
func (s *server) postOverlay(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	asked := struct {
		shapeAsked
		Layer  string `json:"layer"`
		By     string `json:"by"`
		With   string `json:"with"`
		WithBy string `json:"with_by"`
		Pieces bool   `json:"pieces"`
	}{}
	if err := readObject(w, r, mostOutline, &asked); err != nil {
		return err
	}
	if err := asked.speak(values); err != nil {
		return err
	}
	at, err := moment(asked.Datetime)
	if err != nil {
		return err
	}
	l, err := s.openOne(r.Context(), "layer", asked.Layer, at)
	if err != nil {
		return err
	}
	if asked.With == "" && asked.WithBy != "" || asked.With != "" && asked.Pieces {
		return &paramError{"with", asked.With, "with_by 须与 with 同用，pieces 只用于单个图层", "with_by needs with; pieces are of one layer alone"}
	}
	shape, err := s.shape(r.Context(), asked.shapeAsked, at)
	if err != nil {
		return err
	}
	var answer spatial.Overlaid
	if asked.With == "" {
		answer, err = spatial.Overlay(r.Context(), s.DB, l, shape, asked.By, asked.Pieces)
	} else {
		other, openErr := s.openOne(r.Context(), "with", asked.With, at)
		if openErr != nil {
			return openErr
		}
		answer, err = spatial.OverlayLayers(r.Context(), s.DB, l, other, shape, asked.By, asked.WithBy)
	}
	if errors.Is(err, overlay.ErrUnknownField) {
		return inField("by", err)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", answer)
}

// getSummarize answers GET /api/v1/summarize?layer=&by=&level=&division=: counts
// and sizes by division and by the values of a field.
func (s *server) getSummarize(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "layer", "by", "level", "division", "datetime")
	if err != nil {
		return err
	}
	at, err := readMoment(values)
	if err != nil {
		return err
	}
	l, err := s.openOne(r.Context(), "layer", values.Get("layer"), at)
	if err != nil {
		return err
	}
	code, level := values.Get("division"), values.Get("level")
	if code != "" {
		own, err := spatial.Level(code)
		if err != nil {
			return inField("division", err)
		}
		if level == "" {
			level = spatial.NextLevel(own)
		}
	}
	if level == "" {
		level = "county"
	}
	divisions, err := s.divisions(r.Context(), code, level, at)
	if err != nil {
		return err
	}
	tallies, err := spatial.Summarize(r.Context(), s.DB, l, divisions, code, values.Get("by"))
	if errors.Is(err, overlay.ErrUnknownField) {
		return inField("by", err)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{
		"layer": l.Definition.ID, "version": l.Published.Number, "by": values.Get("by"), "level": level, "division": code, "rows": tallies,
	})
}
