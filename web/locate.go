package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"onemap/layers/follow"
	"onemap/spatial/beidou"
	"onemap/spatial/cells"
)

// cellSource is what this package needs of a [follow.Follower] of cells.
type cellSource interface {
	Get() (*cells.Index, error)
	indexStatus
}

// indexStatus is what /readyz tells of an index in memory.
type indexStatus interface {
	Status() follow.Status
	Tried() <-chan struct{}
}

// openCells returns the index of cells, of one moment, if who asks may read it.
func (s *server) openCells(ctx context.Context) (*cells.Index, error) {
	if s.Cells == nil {
		return nil, follow.ErrNotLoaded
	}
	x, err := s.Cells.Get()
	if err != nil {
		return nil, err
	}
	return x, x.Open(ctx)
}

// locatePath is the address of the question which cell a position is in.
const locatePath = "/api/v1/grid/locate"

// getLocate answers GET /api/v1/grid/locate?lon=&lat=&crs=&accuracy=: the finest
// cell that a position lies in, the chain above it and who is on duty.
func (s *server) getLocate(w http.ResponseWriter, r *http.Request) error {
	text, err := s.locate(r.Context(), r.URL.RawQuery, make([]byte, 0, 2048))
	if err != nil {
		return err
	}
	return writeOnce(w, r, text)
}

// readyPlace is [server.getLocate] for [express].
func (s *server) readyPlace(ctx context.Context, head plainHead, d *desk) (body []byte, ok bool) {
	text, err := s.locate(ctx, head.query, d.text)
	if err != nil {
		return nil, false
	}
	d.text = text
	d.lines = append(d.lines, "Content-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: "...)
	d.lines = append(strconv.AppendInt(d.lines, int64(len(text)), 10), "\r\n"...)
	return text, true
}

// locate writes the answer to a query behind what is in b.
func (s *server) locate(ctx context.Context, query string, b []byte) ([]byte, error) {
	values, err := parseQuery(query, "lon", "lat", "crs", "accuracy")
	if err != nil {
		return nil, err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return nil, err
	}
	accuracy, err := readAccuracy(values)
	if err != nil {
		return nil, err
	}
	x, err := s.openCells(ctx)
	if err != nil {
		return nil, err
	}
	given, err := in.readPosition(values)
	if err != nil {
		return nil, err
	}
	place, err := in.place(given)
	if err == nil {
		var found *cells.Place
		if found, err = x.Locate(ctx, place, accuracy); err == nil {
			return append(appendPlace(b, found), '\n'), nil
		}
	}
	return nil, in.meant(err, given, x)
}

func readAccuracy(values url.Values) (float64, error) {
	accuracy, err := number(values, "accuracy", 0)
	if err == nil && !(accuracy >= 0 && accuracy <= cells.MaxAccuracyMetres) {
		err = &paramError{
			"accuracy", values.Get("accuracy"), "应为 0 至 " + strconv.Itoa(cells.MaxAccuracyMetres) + " 米（95 % 置信半径）",
			"must be from 0 to " + strconv.Itoa(cells.MaxAccuracyMetres) + " metres, the radius of 95 % confidence",
		}
	}
	return accuracy, err
}

// The forms that many positions come in.
var lineTypes = []string{"application/x-ndjson", "application/ndjson", "application/jsonl"}

// maxPointsBody is the largest body of positions, in bytes.
const maxPointsBody = 4 << 20

// postLocate answers POST /api/v1/grid/locate?crs=: the cells of up to 10,000
// positions, an array answered whole, or a line each, answered as they come. All
// of a request is answered from the same versions.
func (s *server) postLocate(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "crs")
	if err != nil {
		return err
	}
	in, err := readSystem(values, "crs")
	if err != nil {
		return err
	}
	x, err := s.openCells(r.Context())
	if err != nil {
		return err
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	body := http.MaxBytesReader(w, r.Body, maxPointsBody)
	switch {
	case slices.Contains(lineTypes, kind):
		return s.locateLines(w, r, body, in, x)
	case kind == "" || kind == "application/json":
		return s.locateArray(w, r, body, in, x)
	default:
		return &paramError{
			"Content-Type", kind, "应为 application/json（数组）或 application/x-ndjson（每行一个）",
			"must be application/json, an array, or application/x-ndjson, one a line",
		}
	}
}

func (s *server) locateArray(w http.ResponseWriter, r *http.Request, body io.Reader, in placing, x *cells.Index) error {
	text, err := readBody(body)
	if err != nil {
		return err
	}
	answer := make([]byte, 0, 4096+len(text)*8)
	answer = append(answer, `{"results":[`...)
	err = readPoints(text, func(i int, p givenPoint) error {
		if i > 0 {
			answer = append(answer, ',')
		}
		place, err := in.place(orb.Point{p.x, p.y})
		if err != nil {
			return in.meant(atIndex(err, i), orb.Point{p.x, p.y}, x)
		}
		answer = appendLocated(answer, p.id, place, x)
		return nil
	})
	if err != nil {
		return pointProblem(err)
	}
	answer = append(answer, `],"versions":`...)
	answer = append(appendVersions(answer, x.Versions()), '}', '\n')
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, err = w.Write(answer)
	return ignoreGone(r, err)
}

// atIndex makes the error of a parameter that of a position in a list.
func atIndex(err error, i int) error {
	var param *paramError
	if errors.As(err, &param) {
		return &paramError{"[" + strconv.Itoa(i) + "]." + param.Name, param.Value, param.ZH, param.EN}
	}
	return err
}

// pointProblem makes the error of a position in a body that of a parameter.
func pointProblem(err error) error {
	var wrong *pointError
	if errors.As(err, &wrong) {
		return wrong.param("")
	}
	return err
}

// answeringReader sends what is answered before it reads on, for that may have to
// wait: whoever sends one line and waits for its answer gets it.
type answeringReader struct {
	body io.Reader
	send func() error
}

func (r *answeringReader) Read(p []byte) (int, error) {
	if err := r.send(); err != nil {
		return 0, err
	}
	return r.body.Read(p)
}

// locateLines answers line by line. A line that can't be read is answered with
// its problem, and the next is read.
func (s *server) locateLines(w http.ResponseWriter, r *http.Request, body io.Reader, in placing, x *cells.Index) error {
	control := http.NewResponseController(w)
	_ = control.EnableFullDuplex() // HTTP/2 has it anyway
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Grid-Versions", string(appendVersions(nil, x.Versions())))
	buffer, flushed := make([]byte, 0, 16<<10), time.Now()
	send := func() error {
		if len(buffer) == 0 {
			return nil
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
		buffer, flushed = buffer[:0], time.Now()
		return control.Flush()
	}
	err := eachPointLine(&answeringReader{body, send}, func(i int, p givenPoint, err error) error {
		if r.Context().Err() != nil {
			return r.Context().Err()
		}
		var place orb.Point
		if err == nil {
			if place, err = in.place(orb.Point{p.x, p.y}); err != nil {
				err = in.meant(atIndex(err, i), orb.Point{p.x, p.y}, x)
			}
		}
		if err != nil {
			buffer = appendLineProblem(buffer, p.id, pointProblem(err))
		} else {
			buffer = append(appendLocated(buffer, p.id, place, x), '\n')
		}
		if len(buffer) < 8<<10 && time.Since(flushed) < 5*time.Millisecond {
			return nil
		}
		return send()
	})
	if large := bodyError(err); large != nil && r.Context().Err() == nil {
		buffer = appendLineProblem(buffer, nil, large)
	}
	_, err = w.Write(buffer)
	return ignoreGone(r, err)
}

// appendLocated writes the answer for one position; code is null outside.
func appendLocated(b, id []byte, place orb.Point, x *cells.Index) []byte {
	b = append(b, '{')
	if id != nil {
		b = append(append(append(b, `"id":`...), id...), ',')
	}
	at := x.At(place)
	if at == cells.NoCell {
		nearest, metres := x.Nearest(place)
		b = append(b, `"code":null,"nearest":`...)
		b = appendText(b, x.Cell(nearest).Code)
		b = append(b, `,"distance_m":`...)
		b = strconv.AppendFloat(b, metres, 'f', 3, 64)
		return append(b, '}')
	}
	c := x.Cell(at)
	b = appendText(append(b, `"code":`...), c.Code)
	b = appendText(append(b, `,"name":`...), c.Name)
	b = appendText(append(b, `,"layer":`...), x.Tier(at).Definition.ID)
	b = append(b, `,"chain":[`...)
	for i, above := 0, x.Above(at); above != cells.NoCell; i, above = i+1, x.Above(above) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, x.Cell(above).Code)
	}
	b = append(b, `],"beidou":"`...)
	b, err := beidou.Append(b, place, cells.BeiDouLevel)
	if err != nil {
		return append(b, `"}`...) // near a pole, where no cell is
	}
	return append(b, `"}`...)
}
