package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// passage is a connection to a service, and a count of what net/http answered.
type passage struct {
	t     *testing.T
	conn  net.Conn
	in    *bufio.Reader
	slow  atomic.Int32  // requests that net/http had
	begun chan struct{} // receives when a request for /waits has come
	go_   chan struct{} // lets it be answered
}

// dial serves the parts of a service with a count, and connects.
func (s *service) dial(change func(*http.Server)) *passage {
	s.t.Helper()
	handler, err := New(Config{Name: "云浮一张图", NameEN: "Yunfu one map", Version: "test"}, s.parts)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &passage{t: s.t, begun: make(chan struct{}), go_: make(chan struct{})}
	whole := handler.(*entrance)
	inner := whole.Handler
	whole.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.slow.Add(1)
		if r.URL.Path == "/waits" {
			p.begun <- struct{}{}
			<-p.go_
		}
		inner.ServeHTTP(w, r)
	})
	server := httptest.NewUnstartedServer(whole)
	if change != nil {
		change(server.Config)
	}
	server.Listener = Parcels(server.Listener, server.Config)
	server.Start()
	s.t.Cleanup(server.Close)
	p.connect(server.Listener.Addr().String())
	return p
}

func (p *passage) connect(address string) {
	p.t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	p.conn, p.in = conn, bufio.NewReader(conn)
}

func (p *passage) send(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Fatal(err)
	}
}

// receive reads an answer to GET, or to HEAD.
func (p *passage) receive(method string) answer {
	p.t.Helper()
	got, err := http.ReadResponse(p.in, &http.Request{Method: method})
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, body}
}

// head is a request's head, with more lines.
func head(method, path string, lines ...string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: here\r\n%s\r\n", method, path, strings.Join(append(lines, ""), "\r\n"))
}

const takesIt = "Accept-Encoding: gzip"

// differing tells in what two answers differ, but for what each answer has of its own.
func differing(a, b answer) string {
	for _, h := range []http.Header{a.header, b.header} {
		if _, err := time.Parse(http.TimeFormat, h.Get("Date")); err != nil || len(h.Get("X-Request-Id")) != 16 {
			return fmt.Sprintf("header: %v", h)
		}
	}
	first, second := a.header.Get("X-Request-Id"), b.header.Get("X-Request-Id")
	if first == second {
		return "both have one number"
	}
	b.body = bytes.ReplaceAll(b.body, []byte(second), []byte(first)) // problems tell it too
	for _, name := range []string{"Date", "X-Request-Id"} {
		a.header.Del(name)
		b.header.Del(name)
	}
	switch {
	case a.status != b.status:
		return fmt.Sprintf("status %d and %d", a.status, b.status)
	case !reflect.DeepEqual(a.header, b.header):
		return fmt.Sprintf("headers %v and %v", a.header, b.header)
	case string(a.body) != string(b.body):
		return fmt.Sprintf("bodies %q and %q", a.body, b.body)
	}
	return ""
}

// Whoever answers, the answer is the same; and those that should be are answered ahead.
func TestAnswersAheadAreThoseOfNetHTTP(t *testing.T) {
	s := newGrid(t)
	s.archived()
	p, tag := s.dial(nil), s.tag("pond")
	tile := "/tiles/pond" + archivedTile
	for sentence, one := range map[string]struct {
		path, line string
		ahead      bool
	}{
		"a tile":                      {tile, takesIt, true},
		"a tile that never changes":   {tile + "?v=" + tag, takesIt, true},
		"a tile of another version":   {tile + "?v=0", takesIt, true},
		"a tile in a named grid":      {"/tiles/WebMercatorQuad/pond" + archivedTile, takesIt, true},
		"a tile in Tianditu's grid":   {"/tiles/w/pond/12/3323/1780.mvt", takesIt, true},
		"a tile that isn't packed":    {tile, "Accept: */*", false},
		"a tile of long ago":          {tile + "?datetime=2001-01-01", takesIt, false},
		"a tile of a version":         {"/tiles/pond@1" + archivedTile, takesIt, false},
		"an empty tile":               {"/tiles/pond/12/0/0.mvt", takesIt, false},
		"a live tile":                 {"/tiles/pond/15/26588/14245.mvt", takesIt, false},
		"no tile":                     {"/tiles/pond/12/9999/1780.mvt", takesIt, false},
		"a tile of nothing":           {"/tiles/nothing" + archivedTile, takesIt, false},
		"a tile that isn't open":      {"/tiles/well" + archivedTile, takesIt, false},
		"two, one of which isn't":     {"/tiles/pond,well" + archivedTile, takesIt, false},
		"a tile that is known":        {tile, takesIt + "\r\nIf-None-Match: *", false},
		"a place":                     {"/api/v1/grid/locate?lon=112.005&lat=22.91", takesIt, true},
		"a place, not very sure":      {"/api/v1/grid/locate?lon=112.005&lat=22.91&accuracy=50", "Accept: */*", true},
		"a place in another system":   {"/api/v1/grid/locate?lon=112.01&lat=22.907&crs=gcj02", takesIt, true},
		"a place outside":             {"/api/v1/grid/locate?lon=113.005&lat=22.91", takesIt, false},
		"a place with axes turned":    {"/api/v1/grid/locate?lon=22.91&lat=112.005", takesIt, false},
		"a place that nobody can say": {"/api/v1/grid/locate?lon=x&lat=22.91", takesIt, false},
		"an unknown parameter":        {"/api/v1/grid/locate?lon=112.005&lat=22.91&x=1", takesIt, false},
		"something else":              {"/api/v1/info", takesIt, false},
	} {
		// A new connection: after an answer of net/http's the next request may come too early.
		p.connect(p.conn.RemoteAddr().String())
		before := p.slow.Load()
		p.send(head("GET", one.path, one.line))
		got := p.receive("GET")
		if ahead := p.slow.Load() == before; ahead != one.ahead {
			t.Errorf("%s: answered ahead: %t", sentence, ahead)
		}
		p.send(head("GET", one.path, one.line, "X-Unknown: 1"))
		if said := differing(got, p.receive("GET")); said != "" {
			t.Errorf("%s: %s", sentence, said)
		}
	}
}

// A list that one may read is not open to the next.
func TestAnOpenListIsNotOpenToAll(t *testing.T) {
	s := newService(t)
	s.archived()
	p, path := s.dial(nil), "/tiles/well"+archivedTile
	for range 3 {
		p.send(head("GET", path, takesIt, s.bearer()))
		if got := p.receive("GET"); got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Cache-Control"), "private") {
			t.Fatalf("with a token: %d %v", got.status, got.header)
		}
		p.send(head("GET", path, takesIt))
		if got := p.receive("GET"); got.status != http.StatusUnauthorized {
			t.Fatalf("without: %d %v", got.status, got.header)
		}
	}
	if p.slow.Load() != 6 {
		t.Errorf("net/http had %d of 6", p.slow.Load())
	}
}

// Requests that follow each other without waiting are answered in their order, whoever answers.
func TestRequestsInARowAreAnsweredInTheirOrder(t *testing.T) {
	s := newService(t)
	s.archived()
	p := s.dial(nil)
	tile := head("GET", "/tiles/pond"+archivedTile, takesIt)
	p.send(tile + tile + head("HEAD", "/tiles/pond"+archivedTile, takesIt) + head("GET", "/api/v1/info") + tile)
	for i, method := range []string{"GET", "GET", "HEAD", "GET", "GET"} {
		got := p.receive(method)
		want := "application/vnd.mapbox-vector-tile"
		if i == 3 {
			want = "application/json"
		}
		if got.status != http.StatusOK || got.header.Get("Content-Type") != want || (len(got.body) == 0) != (method == "HEAD") {
			t.Errorf("answer %d: %d %v, %d bytes", i, got.status, got.header, len(got.body))
		}
	}
	if p.slow.Load() != 3 { // the connection is net/http's once something stands behind a head that is
		t.Errorf("net/http had %d of 3", p.slow.Load())
	}
}

// The next request may come while net/http still answers, and then has taken its first byte.
func TestARequestThatComesTooEarlyIsWhole(t *testing.T) {
	s := newService(t)
	s.archived()
	p, tile := s.dial(nil), head("GET", "/tiles/pond"+archivedTile, takesIt)
	p.send(head("GET", "/waits"))
	<-p.begun
	p.send(tile)
	p.go_ <- struct{}{}
	p.receive("GET")
	if got := p.receive("GET"); got.status != http.StatusOK || len(got.body) == 0 {
		t.Errorf("%d, %d bytes", got.status, len(got.body))
	}
	// The connection is still one of both, and sooner or later a request is not too early.
	for range 1000 {
		before := p.slow.Load()
		p.send(tile)
		if got := p.receive("GET"); got.status != http.StatusOK {
			t.Fatal(got.status)
		}
		if p.slow.Load() == before {
			return
		}
	}
	t.Error("nothing is answered ahead any more")
}

// What stands in a body is no request, wherever the network cuts it.
func TestABodyIsNoRequest(t *testing.T) {
	s := newGrid(t)
	s.archived()
	p, tile := s.dial(nil), head("GET", "/tiles/pond"+archivedTile, takesIt)
	p.send(tile)
	p.receive("GET")
	p.send(head("POST", "/api/v1/grid/locate", fmt.Sprintf("Content-Length: %d", len(tile))))
	p.send(tile) // is what the body has
	if got := p.receive("POST"); got.status != http.StatusBadRequest {
		t.Errorf("positions that are none: %d", got.status)
	}
	p.send(tile)
	if got := p.receive("GET"); got.status != http.StatusOK || p.slow.Load() != 2 {
		t.Errorf("after a body: %d, net/http had %d of 2", got.status, p.slow.Load())
	}
}

func TestAHeadInPiecesIsRead(t *testing.T) {
	s := newService(t)
	s.archived()
	p, tile := s.dial(nil), head("GET", "/tiles/pond"+archivedTile, takesIt)
	for _, piece := range []string{tile[:1], tile[1:30], tile[30:]} {
		p.send(piece)
		time.Sleep(10 * time.Millisecond) // so that the pieces mostly come as such; either way is right
	}
	if got := p.receive("GET"); got.status != http.StatusOK || len(got.body) == 0 {
		t.Errorf("%d, %d bytes", got.status, len(got.body))
	}
}

// An idle connection ends after the limit of idleness, and not after that of headers.
func TestTimeLimitsHoldAhead(t *testing.T) {
	s := newService(t)
	s.archived()
	const headers, idleness = 2 * time.Second, 5 * time.Second
	p := s.dial(func(server *http.Server) { server.ReadHeaderTimeout, server.IdleTimeout = headers, idleness })
	tile := head("GET", "/tiles/pond"+archivedTile, takesIt)
	p.send(tile)
	p.receive("GET")
	time.Sleep(headers + 200*time.Millisecond)
	p.send(tile)
	if got := p.receive("GET"); got.status != http.StatusOK || p.slow.Load() != 0 {
		t.Fatalf("%d, net/http had %d", got.status, p.slow.Load())
	}
	if b, err := p.in.ReadByte(); err != io.EOF {
		t.Errorf("%q, %v; want the end of the connection", b, err)
	}
}

// A connection that is closed while it answers is closed after the answer.
func TestClosingWaitsForTheAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	reader, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn := &parcelConn{TCPConn: accepted.(*net.TCPConn)}
	body := []byte(strings.Repeat("0123456789abcdef", 1<<20)) // more than the network takes unread
	sent := make(chan error, 1)
	go func() { sent <- conn.send(&desk{lines: []byte("header ")}, body) }()
	first := make([]byte, 7)
	if _, err := io.ReadFull(reader, first); err != nil || string(first) != "header " {
		t.Fatal(string(first), err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(reader)
	if err != nil || len(got) != len(body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if err := <-sent; err != net.ErrClosed {
		t.Errorf("whoever answered hears %v", err)
	}
	if err := conn.send(&desk{}, nil); err != net.ErrClosed {
		t.Errorf("a closed connection: %v", err)
	}
}
