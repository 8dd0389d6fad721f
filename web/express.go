package web

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onemap/access"
)

// express answers what is asked most, and needs nothing but memory, before net/http
// has read it: tiles from archives, and cells of places. What net/http does for a
// request (a context that can be cancelled, a goroutine that watches for the client's
// leaving, maps for both headers) takes longer than to find a tile. All else is
// net/http's, as every request is that has anything unusual about it; so is an
// answer that is not 200. See docs/decisions/0028-answers-before-net-http.md.
type express struct {
	server *server
	tile   *expressRoute
	inGrid *expressRoute
	plain  map[string]*expressRoute // by path
	guards []byte                   // the lines of the header that every answer has
	desks  sync.Pool                // of *desk
}

// expressRoute is a route that may be answered so.
type expressRoute struct {
	route
	// ready writes the lines of the header that are the answer's own to d.lines, and returns the body;
	// not ok is whatever is not answered with 200, at once, to anybody.
	ready     func(ctx context.Context, head plainHead, d *desk) (body []byte, ok bool)
	succeeded func() prometheus.Observer
}

// desk is where an answer is written.
type desk struct {
	lines []byte // the header, and after it a body that is short
	text  []byte // for bodies that are made
}

// The sizes of a desk, in bytes: a header has some 600, the place of a cell 2,000.
const (
	deskBytes  = 4 << 10
	mostCopied = 4 << 10 // of a body that goes behind its header rather than beside it
	mostDesk   = 64 << 10
	statusLine = "HTTP/1.1 200 OK\r\n"
)

func newExpress(s *server) *express {
	route := func(one route, ready func(context.Context, plainHead, *desk) ([]byte, bool)) *expressRoute {
		return &expressRoute{one, ready, s.Metrics.succeeded(one)}
	}
	e := &express{server: s, tile: route(s.tileRoute(), s.readyTile), inGrid: route(s.gridTileRoute(), s.readyTile), plain: map[string]*expressRoute{}}
	for _, one := range s.routes() {
		if one.method == http.MethodGet && one.path == locatePath {
			e.plain[one.path] = route(one, s.readyPlace)
		}
	}
	for _, g := range s.guards {
		e.guards = appendLine(e.guards, g.name, g.value[0])
	}
	return e
}

func appendLine(b []byte, name, value string) []byte {
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}

func (e *express) routeOf(path string) *expressRoute {
	if plain, ok := e.plain[path]; ok {
		return plain
	}
	switch address, ok := parseTilePath(path); {
	case !ok:
		return nil
	case address.grid == "":
		return e.tile
	default:
		return e.inGrid
	}
}

// answer answers a request if it can: it returns false, and has done nothing, where
// net/http is to do so. An error is the connection's.
func (e *express) answer(c *parcelConn, head plainHead, start time.Time) (answered bool, err error) {
	one := e.routeOf(head.path)
	if one == nil || access.Require(c.ctx, one.right) != nil {
		return false, nil
	}
	d, ok := e.desks.Get().(*desk)
	if !ok {
		d = &desk{lines: make([]byte, 0, deskBytes), text: make([]byte, 0, deskBytes)}
	}
	defer func() {
		if cap(d.lines)+cap(d.text) <= mostDesk {
			e.desks.Put(d)
		}
	}()
	d.lines, d.text = append(append(d.lines[:0], statusLine...), e.guards...), d.text[:0]
	id := e.server.numbers.next()
	d.lines = appendLine(d.lines, "X-Request-Id", id)
	body, ok := one.try(c.ctx, head, d)
	if !ok {
		return false, nil
	}
	d.lines = append(append(d.lines, "Date: "...), c.date(start)...)
	d.lines = append(d.lines, "\r\n\r\n"...)
	if err := c.send(d, body); err != nil {
		return true, err
	}
	e.server.record(c.ctx, one.route, one.succeeded, outcome{http.MethodGet, head.path, id, http.StatusOK, int64(len(body)), time.Since(start)})
	return true, nil
}

// try finds the answer. What panics is net/http's, which tells it.
func (one *expressRoute) try(ctx context.Context, head plainHead, d *desk) (body []byte, ok bool) {
	defer func() {
		if recover() != nil {
			body, ok = nil, false
		}
	}()
	return one.ready(ctx, head, d)
}

// send writes an answer, with one call of the system.
func (c *parcelConn) send(d *desk, body []byte) error {
	if !c.phase.CompareAndSwap(atRest, answering) {
		return net.ErrClosed
	}
	var err error
	if len(body) <= mostCopied {
		d.lines = append(d.lines, body...)
		_, err = c.TCPConn.Write(d.lines)
	} else {
		pieces := net.Buffers{d.lines, body}
		_, err = pieces.WriteTo(c.TCPConn)
	}
	if !c.phase.CompareAndSwap(answering, atRest) { // it was to be closed meanwhile
		_ = c.TCPConn.Close() // who closed it has been told that it is
		return net.ErrClosed
	}
	return err
}

// The phases of a connection.
const (
	atRest int32 = iota
	answering
	closing
)

// Close closes the connection; while express answers over it, which net/http takes for
// idleness, after the answer.
func (c *parcelConn) Close() error {
	if c.phase.Swap(closing) == answering {
		return nil
	}
	return c.TCPConn.Close()
}

// expressState is what express knows of a connection. All of it is of the
// goroutine that reads, of which there is one at a time.
type expressState struct {
	express      *express // nil: from now on all is net/http's
	ctx          context.Context
	idle, header time.Duration // the server's time limits; 0 is none
	extended     time.Time     // when the limit of idleness was last put off; zero is not since net/http set one
	before       [1]byte       // of the next head, what net/http has read while it answered
	taken        int           // how much of before that is
	dated        int64         // Unix seconds of dateText
	dateText     []byte
	phase        atomic.Int32
}

// Read lets net/http read. At the beginning of a request it first answers those that
// it can: as often as it does, net/http believes that nothing has come yet.
//
// Where a request begins is known as long as everything that net/http was given were
// whole heads without bodies. From the first time that this is not so the connection
// is net/http's alone, so that nothing inside of a body is ever taken for a request.
func (c *parcelConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if c.express == nil || n == 0 {
		return n, err
	}
	if len(p) == 1 { // while it answers, net/http waits for the client to leave, or for a byte of the next head
		if c.taken++; c.taken > 1 {
			c.leave()
		}
		c.before[0] = p[0]
		return n, err
	}
	for {
		start := time.Now()
		head := readHead(c.before[:c.taken], p[:n])
		if head.length == 0 {
			c.leave()
			return n, err
		}
		if head.quick {
			switch answered, failed := c.express.answer(c, head, start); {
			case failed != nil:
				return 0, failed
			case answered:
				if n = copy(p, p[head.length:n]); n > 0 {
					continue
				}
				c.extend(start)
				if n, err = c.TCPConn.Read(p); n == 0 {
					return 0, err
				}
				continue
			}
		}
		if head.length < n { // something stands behind it
			c.leave()
			return n, err
		}
		c.taken = 0
		c.limit()
		return n, err
	}
}

// extend lets the client be idle anew, as net/http does after each answer. To set the limit
// takes longer than to look at the clock, so it may be a sixteenth short.
func (c *parcelConn) extend(now time.Time) {
	var until time.Time
	switch {
	case c.idle > 0 && now.Sub(c.extended) > c.idle/16:
		until = now.Add(c.idle)
	case c.idle > 0 || !c.extended.IsZero():
		return
	}
	_ = c.SetReadDeadline(until) // if the connection is closed, reading says so
	c.extended = now
}

// limit gives the time limit back to net/http: what it set is not there any more.
func (c *parcelConn) limit() {
	if c.extended.IsZero() {
		return
	}
	c.extended = time.Time{}
	var until time.Time
	if c.header > 0 {
		until = time.Now().Add(c.header)
	}
	_ = c.SetReadDeadline(until)
}

func (c *parcelConn) leave() {
	c.limit()
	c.express = nil
}

// date is the time as headers have it, written once a second.
func (c *parcelConn) date(now time.Time) []byte {
	if second := now.Unix(); second != c.dated {
		c.dated, c.dateText = second, now.UTC().AppendFormat(c.dateText[:0], http.TimeFormat)
	}
	return c.dateText
}
