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
		if err := buffers.write(w, r, body(n)); err != nil {
			t.Error(err)
		}
		<-seen // the handler has not returned, and all must have arrived
	}))
	server.Listener, server.Config.ConnContext = Parcels(server.Listener)
	server.Start()
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, n := range []int{1, 2047, 2049, 4096, 5000, 20_000, parcelLimit} { // one connection, as browsers keep it
		fmt.Fprintf(conn, "GET /?bytes=%d HTTP/1.1\r\nHost: here\r\n\r\n", n)
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, err := io.ReadAll(answer.Body)
		if err != nil || !bytes.Equal(got, body(n)) {
			t.Fatalf("%d bytes: %d came while the handler still ran: %v", n, len(got), err)
		}
		seen <- struct{}{}
	}
	// A body too large for a parcel goes out in the ordinary way, its end after the handler's.
	fmt.Fprintf(conn, "GET /?bytes=%d HTTP/1.1\r\nHost: here\r\n\r\n", parcelLimit+1)
	close(seen)
	answer, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, body(parcelLimit+1)) {
		t.Errorf("%d bytes: %v", len(got), err)
	}
}

func TestNothingIsSentWhileAParcelIsOpen(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	wrapped, _ := Parcels(listener)
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
	gathered := []byte{}
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
	if string(gathered) != "header body" {
		t.Errorf("gathered %q", gathered)
	}
}
