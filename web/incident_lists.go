package web

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"onemap/incidents"
	"onemap/incidents/export"
	"onemap/layers"
	"onemap/spatial/beidou"
	"onemap/spatial/cells"
)

// incidentFilters are the parameters that choose incidents.
var incidentFilters = []string{"bbox", "crs", "cell", "state", "kind", "source", "from", "to", "text"}

// readIncidents reads what chooses incidents.
func (s *server) readIncidents(values url.Values) (q incidents.Query, err error) {
	in, err := readSystem(values, "crs")
	if err != nil {
		return q, err
	}
	if values.Get("bbox") != "" {
		box, err := in.bounds(values)
		if err != nil {
			return q, err
		}
		q.Bounds = &box
	}
	for name, most := range map[string]int{"cell": 20, "text": 100, "source": 20} {
		text := values.Get(name)
		if utf8.RuneCountInString(text) > most || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return q, &paramError{name, text, fmt.Sprintf("最多 %d 个字，不含控制字符", most), fmt.Sprintf("at most %d characters, none a control character", most)}
		}
	}
	q.Cell, q.Text, q.Source, q.Kind = values.Get("cell"), values.Get("text"), values.Get("source"), values.Get("kind")
	rules := s.Incidents.Rules()
	if q.Kind != "" && !rules.IsClass(q.Kind) {
		return q, &paramError{"kind", q.Kind, "应为字典 incident_kind 中的代码（二位大类或四位小类）", "must be a code of the dictionary incident_kind"}
	}
	if text := values.Get("state"); text != "" {
		for one := range strings.SplitSeq(text, ",") {
			if !rules.IsState(incidents.State(one)) {
				return q, &paramError{"state", one, "应为字典 incident_state 中的代码，可多个，以逗号分隔", "must be codes of the dictionary incident_state, comma-separated"}
			}
			q.States = append(q.States, incidents.State(one))
		}
	}
	if q.From, err = readBoundary(values, "from"); err != nil {
		return q, err
	}
	q.To, err = readBoundary(values, "to")
	return q, err
}

// readBoundary reads an end of a span of time. A date is the beginning of that day
// in Beijing for from=, and its end for to=.
func readBoundary(values url.Values, name string) (time.Time, error) {
	text := values.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	at, err := layers.ParseMoment(text)
	if err != nil {
		return at, &paramError{
			name, text, "应为 RFC 3339 时刻（如 2026-05-01T08:00:00+08:00，其中 + 写作 %2B）或日期（北京时间整日）",
			"must be an RFC 3339 instant, as 2026-05-01T08:00:00%2B08:00, or a date, a whole day in Beijing",
		}
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil { // the end of the day, a microsecond less
		at = at.Add(time.Microsecond)
		if name == "from" {
			at = at.AddDate(0, 0, -1)
		}
	}
	return at, nil
}

// getIncidents answers GET /api/v1/incidents: a page of those that who asks may
// see, the newest first.
func (s *server) getIncidents(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, append([]string{"before", "limit"}, incidentFilters...)...)
	if err != nil {
		return err
	}
	q, err := s.readIncidents(values)
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, 1000, 100)
	if err != nil {
		return err
	}
	before, err := whole(values, "before", 1, 1<<62, 0)
	if err != nil {
		return err
	}
	found, err := s.Incidents.List(r.Context(), q, before, int(limit))
	if err != nil {
		return err
	}
	links := []link{}
	if len(found) == int(limit) {
		values.Set("before", strconv.FormatInt(found[len(found)-1].ID, 10))
		links = append(links, link{"next", "application/json", s.config.PublicURL + "/api/v1/incidents?" + values.Encode()})
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"incidents": found, "numberReturned": len(found), "links": links})
}

// getIncidentExport answers GET /api/v1/incidents/export?format=: a file of those
// that who asks may see.
func (s *server) getIncidentExport(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, append([]string{"format"}, incidentFilters...)...)
	if err != nil {
		return err
	}
	q, err := s.readIncidents(values)
	if err != nil {
		return err
	}
	format := export.Format(values.Get("format"))
	if !slices.Contains(export.Formats(), format) {
		return &paramError{"format", string(format), "应为 csv、xlsx 或 geojson", "must be csv, xlsx or geojson"}
	}
	h := w.Header()
	h.Set("Content-Type", format.MediaType())
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="incidents-%s.%s"`, time.Now().Format("20060102"), format))
	h.Set("Cache-Control", "no-store")
	sent := &countedWriter{w: w}
	to := bufio.NewWriterSize(sent, 64<<10)
	err = export.Write(to, format, func(take func(incidents.Incident) error) error {
		return s.Incidents.Each(r.Context(), q, export.Most, take)
	})
	if err == nil {
		return ignoreGone(r, to.Flush())
	}
	if sent.bytes == 0 {
		h.Del("Content-Disposition")
		return err
	}
	panic(http.ErrAbortHandler) // half a file must not look whole
}

// countedWriter counts what was written.
type countedWriter struct {
	w     http.ResponseWriter
	bytes int64
}

func (c *countedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.bytes += int64(n)
	return n, err
}

// heatCell is a cell and how many incidents it has.
type heatCell struct {
	incidents.Count
	Name string  `json:"name,omitempty"` // as the grid is now
	Lon  float64 `json:"lon"`            // the middle of its bounds, EPSG:4490 degrees; 0 where the grid no longer has it
	Lat  float64 `json:"lat"`
}

// getIncidentHeat answers GET /api/v1/incidents/heat?level=: how many incidents
// each cell of a level has, or each BeiDou cell of level 5.
func (s *server) getIncidentHeat(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, append([]string{"level"}, incidentFilters...)...)
	if err != nil {
		return err
	}
	q, err := s.readIncidents(values)
	if err != nil {
		return err
	}
	level := values.Get("level")
	if level == "" {
		level = "village"
	}
	counts, err := s.Incidents.Heat(r.Context(), q, level)
	if errors.Is(err, incidents.ErrLevel) {
		err = &paramError{"level", level, "应为 micro、small、village、town、county、city 或 beidou5", "must be micro, small, village, town, county, city or beidou5"}
	}
	if err != nil {
		return err
	}
	x, err := s.openCells(r.Context())
	if err != nil {
		return err
	}
	shown, total := make([]heatCell, len(counts)), int64(0)
	for i, c := range counts {
		shown[i] = heatOf(x, level, c)
		total += c.Count
	}
	return writeFresh(w, r, http.StatusOK, map[string]any{"level": level, "count": total, "cells": shown})
}

func heatOf(x *cells.Index, level string, c incidents.Count) heatCell {
	shown := heatCell{Count: c}
	if level == incidents.BeiDou5 {
		if cell, err := beidou.Decode(c.Code); err == nil {
			middle := cell.Bound.Center()
			shown.Lon, shown.Lat = middle[0], middle[1]
		}
		return shown
	}
	if at, err := x.Find(c.Code); err == nil {
		middle := x.Bound(at).Center()
		shown.Name, shown.Lon, shown.Lat = x.Cell(at).Name, middle[0], middle[1]
	}
	return shown
}

// getIncidentCounts answers GET /api/v1/incidents/counts: how many incidents who
// asks may see, by state and by class of kinds.
func (s *server) getIncidentCounts(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, incidentFilters...)
	if err != nil {
		return err
	}
	q, err := s.readIncidents(values)
	if err != nil {
		return err
	}
	tally, err := s.Incidents.Tally(r.Context(), q)
	if err != nil {
		return err
	}
	return writeFresh(w, r, http.StatusOK, tally)
}
