package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"

	"onemap/layers"
)

// The bounds of a table that is asked for.
const (
	maxTableRows   = 1000
	maxTableOffset = 1_000_000
)

// getTable answers GET /api/v1/layers/{layer}/table: rows of the attribute table,
// filtered, sorted and counted, without shapes unless they are asked for.
func (s *server) getTable(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "where", "bbox", "sort", "offset", "limit", "shapes", "datetime")
	if err != nil {
		return err
	}
	l, q, err := s.table(r, values)
	if err != nil {
		return err
	}
	q.Sort, q.Down = strings.CutPrefix(values.Get("sort"), "-")
	offset, err := whole(values, "offset", 0, maxTableOffset, 0)
	if err != nil {
		return err
	}
	limit, err := whole(values, "limit", 1, maxTableRows, 100)
	if err != nil {
		return err
	}
	if q.Shapes, err = flag(values, "shapes"); err != nil {
		return err
	}
	q.Offset, q.Limit = int(offset), int(limit)
	rows, total, err := s.Store.Table(r.Context(), l, q)
	if err != nil {
		return conditionProblem(values, err)
	}
	if rows == nil {
		rows = []layers.TableRow{}
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"rows": rows, "total": total, "version": l.Published.Number})
}

// getTableStatistics answers GET /api/v1/layers/{layer}/table/statistics?field=:
// what the values of one field are like.
func (s *server) getTableStatistics(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "field", "where", "bbox", "datetime")
	if err != nil {
		return err
	}
	l, q, err := s.table(r, values)
	if err != nil {
		return err
	}
	found, err := s.Store.TableStatistics(r.Context(), l, values.Get("field"), q)
	if err != nil {
		return conditionProblem(values, err)
	}
	return writeJSON(w, r, http.StatusOK, "application/json", struct {
		Field   string `json:"field"`
		Version int    `json:"version"`
		layers.Statistics
	}{values.Get("field"), l.Published.Number, found})
}

// table reads the layer and the rows of it that a request means.
func (s *server) table(r *http.Request, values url.Values) (l layers.Layer, q layers.TableQuery, err error) {
	at, err := readMoment(values)
	if err != nil {
		return l, q, err
	}
	if l, err = s.open(r.Context(), s.Catalogue.Catalogue(), mux.Vars(r)["layer"], at); err != nil {
		return l, q, err
	}
	if q.Bounds, err = bounds(values); err != nil {
		return l, q, err
	}
	if q.Where, err = layers.ParseConditions(values.Get("where")); err != nil {
		return l, q, conditionProblem(values, err)
	}
	return l, q, nil
}

// conditionProblem says of a refused condition what can be asked.
func conditionProblem(values url.Values, err error) error {
	if !errors.Is(err, layers.ErrCondition) {
		return err
	}
	reason := strings.TrimPrefix(err.Error(), layers.ErrCondition.Error()+": ")
	return &paramError{
		"where", values.Get("where"),
		`条件应为 [["字段","比较","值"],…]，至多 12 条；比较为 = != < <= > >= in contains begins empty filled，字段须为该图层可读的字段（where、sort、field 同此）。具体：` + reason,
		`conditions are [["field","test","value"],…], at most 12, with the tests = != < <= > >= in contains begins empty filled and fields of the layer that may be read (for where, sort and field alike): ` + reason,
	}
}
