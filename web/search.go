package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"onemap/layers"
	"onemap/layers/follow"
	"onemap/spatial/crs"
	"onemap/spatial/search"
)

// searchSource is what this package needs of a [follow.Follower] of names.
type searchSource interface {
	Get() (*search.Index, error)
	indexStatus
}

// searchAnswer is what was found, the best first.
type searchAnswer struct {
	Query    string         `json:"query"`
	CRS      string         `json:"crs"`
	Results  []searchResult `json:"results"`
	Versions map[string]int `json:"versions"` // of the layers that the results are from
}

type searchResult struct {
	Kind     layers.SearchKind `json:"kind"`
	Layer    string            `json:"layer,omitempty"`
	ID       int64             `json:"id,omitempty"` // of the feature
	Code     string            `json:"code,omitempty"`
	Label    string            `json:"label"`
	Where    string            `json:"where"` // the divisions it is part of, the largest first, in one
	Parents  []search.Named    `json:"parents"`
	Lon      float64           `json:"lon"`
	Lat      float64           `json:"lat"`
	BBox     [4]float64        `json:"bbox"`
	Score    float64           `json:"score"`
	Matched  searchMatch       `json:"matched"`
	Distance *float64          `json:"distance_m,omitempty"`
}

type searchMatch struct {
	Field     string `json:"field"`
	Text      string `json:"text"`
	By        string `json:"by"`
	Closeness string `json:"closeness"`
}

// getSearch answers GET /api/v1/search?q=&limit=&kinds=&lon=&lat=&crs=&bbox=:
// the features that a text names, and the position that it is.
func (s *server) getSearch(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "q", "limit", "kinds", "lon", "lat", "crs", "bbox")
	if err != nil {
		return err
	}
	in, question, err := readQuestion(values)
	if err != nil {
		return err
	}
	if s.Search == nil {
		return follow.ErrNotLoaded
	}
	x, err := s.Search.Get()
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, l := range s.Catalogue.Catalogue().Readable(r.Context()) {
		open[l.Definition.ID] = true
	}
	question.Open = func(layer string) bool { return open[layer] }
	hits, err := x.Find(r.Context(), question)
	if errors.Is(err, search.ErrQuery) {
		return &paramError{
			"q", values.Get("q"), "应为 1 至 " + strconv.Itoa(search.MaxQuery) + " 个字符的 UTF-8 文字：名称、拼音、首字母、编码或坐标",
			"must be a text in UTF-8 of 1 to " + strconv.Itoa(search.MaxQuery) + " characters: a name, pinyin, initials, a code or a position",
		}
	}
	if err != nil {
		return err
	}
	answer := searchAnswer{Query: values.Get("q"), CRS: in.system.String(), Results: []searchResult{}, Versions: map[string]int{}}
	if one, ok := in.typedPosition(question, x); ok {
		answer.Results = append(answer.Results, one)
	}
	for _, h := range hits[:min(len(hits), question.Limit-len(answer.Results))] {
		one, err := in.searchResult(x, h, question.Open)
		if err != nil {
			return err
		}
		answer.Results = append(answer.Results, one)
		answer.Versions[h.Part.Definition.ID] = h.Part.Version
	}
	return writeFresh(w, r, http.StatusOK, answer)
}

func readQuestion(values url.Values) (in placing, question search.Question, err error) {
	if in, err = readSystem(values, "crs"); err != nil {
		return in, question, err
	}
	question.Text = values.Get("q")
	limit, err := whole(values, "limit", 1, search.MaxLimit, 10)
	if err != nil {
		return in, question, err
	}
	question.Limit = int(limit)
	if list := values.Get("kinds"); list != "" {
		for one := range strings.SplitSeq(list, ",") {
			kind := layers.SearchKind(one)
			if !slices.Contains(search.Kinds(), kind) || len(question.Kinds) > len(search.Kinds()) {
				return in, question, &paramError{"kinds", list, "应为下列之一或几个，逗号分隔：" + kindList("、"), "must be some of these, separated by commas: " + kindList(", ")}
			}
			question.Kinds = append(question.Kinds, kind)
		}
	}
	if values.Get("lon") != "" || values.Get("lat") != "" {
		given, err := in.readPosition(values)
		if err != nil {
			return in, question, err
		}
		near, err := in.place(given)
		if err != nil {
			return in, question, err
		}
		question.Near = &near
	}
	question.Box, err = in.readBox(values.Get("bbox"))
	return in, question, err
}

func kindList(between string) string {
	var all []string
	for _, kind := range search.Kinds() {
		all = append(all, string(kind))
	}
	return strings.Join(all, between)
}

// readBox reads west,south,east,north in the system's own degrees or metres.
func (p placing) readBox(text string) (*orb.Bound, error) {
	if text == "" {
		return nil, nil
	}
	wrong := &paramError{"bbox", text, "应为 西,南,东,北 四个数，" + p.unitZH(), "must be west,south,east,north, " + p.unitEN()}
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return nil, wrong
	}
	var n [4]float64
	for i, part := range parts {
		var err error
		if n[i], err = strconv.ParseFloat(part, 64); err != nil || math.IsNaN(n[i]-n[i]) {
			return nil, wrong
		}
	}
	if n[0] > n[2] || n[1] > n[3] {
		return nil, wrong
	}
	box := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for _, corner := range []orb.Point{{n[0], n[1]}, {n[2], n[1]}, {n[0], n[3]}, {n[2], n[3]}} {
		at, err := p.place(corner)
		if err != nil {
			return nil, wrong
		}
		box = box.Extend(at)
	}
	return &box, nil
}

// searchResult writes a hit in the request's system.
func (p placing) searchResult(x *search.Index, h search.Hit, open func(string) bool) (searchResult, error) {
	one := searchResult{
		Kind: h.Kind, Layer: h.Part.Definition.ID, ID: h.Item.FID, Code: h.Item.Code, Label: h.Item.Label, Score: h.Score,
		Matched: searchMatch{h.Field, h.Text, h.Way.String(), h.Closeness.String()},
	}
	if one.Label == "" {
		one.Label = h.Part.Definition.Name + " " + one.Code
	}
	if !math.IsNaN(h.Metres) {
		metres := math.Round(h.Metres*10) / 10
		one.Distance = &metres
	}
	one.isIn(x.Parents(h, open))
	return one, p.put(&one, h.Item.At, h.Item.Box)
}

func (one *searchResult) isIn(parents []search.Named) {
	one.Parents = []search.Named{}
	for _, n := range parents {
		one.Parents = append(one.Parents, n)
		one.Where += n.Name
	}
}

// put writes where a result is in the request's system.
func (p placing) put(one *searchResult, at orb.Point, box orb.Bound) error {
	projected, err := p.from.Project(orb.MultiPoint{at, box.Min, box.Max, {box.Min[0], box.Max[1]}, {box.Max[0], box.Min[1]}})
	if err != nil {
		return err
	}
	factor := 1e4
	if p.system.Geographic() {
		factor = 1e9
	}
	points := orb.Round(projected, int(factor)).(orb.MultiPoint)
	around := points[1:].Bound()
	one.Lon, one.Lat = points[0][0], points[0][1]
	one.BBox = [4]float64{around.Min[0], around.Min[1], around.Max[0], around.Max[1]}
	return nil
}

// typedPosition is the position that a query is, if it is one and is asked for.
func (p placing) typedPosition(question search.Question, x *search.Index) (searchResult, bool) {
	if len(question.Kinds) > 0 && !slices.Contains(question.Kinds, search.CoordinateKind) {
		return searchResult{}, false
	}
	read, ok := search.ReadPosition(p.system, question.Text)
	if !ok {
		return searchResult{}, false
	}
	one := searchResult{Kind: search.CoordinateKind, Score: 1, Matched: searchMatch{"", question.Text, "position", search.Exact.String()}}
	at, box := read.At, read.Box
	if read.Code != "" {
		one.Code, one.Label, one.Matched.By = read.Code, read.Code, "beidou"
	} else {
		var err error
		if at, err = p.place(read.At); err != nil {
			return searchResult{}, false
		}
		box = at.Bound()
		if one.Label, err = crs.WritePosition(p.system, read.At, crs.Decimal); err != nil {
			return searchResult{}, false
		}
	}
	if read.Swapped {
		one.Matched.By = "position, latitude first"
	}
	one.isIn(x.Above(at, question.Open))
	return one, p.put(&one, at, box) == nil
}
