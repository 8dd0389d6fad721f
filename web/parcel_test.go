package web

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

func TestAnAnswerLeavesInOnePieceWithItsHeader(t *testing.T) {
	var buffers parcels
	seen := make(chan struct{}) // the client has the whole answer
	body := func(n int) []byte { return bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n] }
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("bytes"))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Length", strconv.Itoa(n))
		w.Header().Set("ETag", `"of this"`)
		w.Header()["X-Zoom-Left-Out"] = []string{"one", "two"}
		w.Header().Set("Vary", "a\r\nb")
		w.Header().Set("X-Other", "other")
		if err := buffers.write(w, r, body(n)); err != nil {
			t.Error(err)
		}
		<-seen // the handler has not returned, and all must have arrived
	}))
	server.Listener = Parcels(server.Listener, server.Config)
	server.Start()
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, n := range []int{1, 2047, 2049, 4096, 5000, 20_000, 500_000} { // one connection, as browsers keep it
		fmt.Fprintf(conn, "GET /?bytes=%d HTTP/1.1\r\nHost: here\r\n\r\n", n)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if h := answer.Header; h.Get("ETag") != `"of this"` || len(h["X-Zoom-Left-Out"]) != 2 || h.Get("Vary") != "a  b" || h.Get("X-Other") != "other" || h.Get("Date") == "" {
			t.Fatalf("%d bytes: %v", n, h)
		}
		got, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Equal(got, body(n)) {
			t.Fatalf("%d bytes: %d came while the handler still ran: %v", n, len(got), err)
		}
		seen <- struct{}{}
	}
	close(seen)
	// The answer to a HEAD is its header.
	fmt.Fprintf(conn, "HEAD /?bytes=20000 HTTP/1.1\r\nHost: here\r\n\r\nGET /?bytes=16 HTTP/1.1\r\nHost: here\r\n\r\n")
	head, err := http.ReadResponse(in, &http.Request{Method: http.MethodHead})
	if err != nil || head.ContentLength != 20_000 || head.Header.Get("ETag") != `"of this"` {
		t.Fatalf("HEAD: %+v, %v", head, err)
	}
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, body(16)) {
		t.Errorf("after a HEAD: %q, %v", got, err)
	}
}

func TestAParcelKeepsTheOrderOfItsPieces(t *testing.T) {
	whole := []byte("header body end")
	body := whole[7:]
	var p parcel
	p.body = body
	p.add([]byte("header "))
	p.add(nil)
	p.add(body[:2])
	p.add(body[2:]) // the end of the body stays where it is
	if string(p.head) != "header bo" || len(p.tail) != len(body)-2 || &p.tail[0] != &body[2] {
		t.Errorf("%q, %q", p.head, p.tail)
	}
	p.add([]byte(" more")) // what nobody expects is not lost
	if string(p.head)+string(p.tail) != "header body end more" {
		t.Errorf("%q, %q", p.head, p.tail)
	}
}

func TestNothingIsSentWhileAParcelIsOpen(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	wrapped := Parcels(listener, &http.Server{})
	reader, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	accepted, err := wrapped.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	conn := accepted.(*parcelConn)
	gathered := parcel{body: []byte("body")}
	conn.parcel = &gathered
	for _, piece := range []string{"header ", "body"} {
		if n, err := conn.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	if err := reader.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := reader.Read(make([]byte, 16)); err == nil {
		t.Errorf("%d bytes were sent", n)
	}
	if string(gathered.head) != "header body" {
		t.Errorf("gathered %q", gathered.head)
	}
}
