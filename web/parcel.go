package web

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"onemap/access"
)

// Parcels lets answers leave in one piece. net/http hands an answer to the
// connection in fours of kilobytes, so that a tile is two or three writes to the
// network, and wakes its reader as often: more work than all else that a tile
// from an archive needs. If the server's handler is that of [New], tiles and places
// are also answered before net/http reads the request; see [express]. The result is to
// serve on, with that server, whose limits are set already.
func Parcels(l net.Listener, server *http.Server) net.Listener {
	var ahead *express
	if whole, ok := server.Handler.(*entrance); ok && server.ReadTimeout == 0 && server.WriteTimeout == 0 {
		ahead = whole.express
	}
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		parcels, ok := c.(*parcelConn)
		if !ok {
			return ctx
		}
		parcels.expressState.express, parcels.ctx = ahead, access.With(ctx, access.Anonymous())
		parcels.idle, parcels.header = server.IdleTimeout, server.ReadHeaderTimeout
		return context.WithValue(ctx, parcelKey{}, parcels)
	}
	return parcelListener{l}
}

type parcelListener struct{ net.Listener }

func (l parcelListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &parcelConn{TCPConn: tcp}, err
	}
	return conn, err
}

type parcelKey struct{}

// parcelConn gathers what is written while a parcel is open.
type parcelConn struct {
	*net.TCPConn
	parcel *parcel // nil while none is open; of the request's goroutine alone, as writing is
	expressState
}

func (c *parcelConn) Write(b []byte) (int, error) {
	if c.parcel == nil {
		return c.TCPConn.Write(b)
	}
	c.parcel.add(b)
	return len(b), nil
}

// parcel is an answer on its way.
type parcel struct {
	lines []byte // of the header, each with its end, that come behind the status line
	head  []byte // gathered: the header, and as much of the body as net/http sends with it
	body  []byte // what is being answered with, which nobody changes meanwhile
	tail  []byte // the end of body, where it lies: tiles have some ten kilobytes, and are not copied
}

// add gathers a piece. Buffers of net/http are used again, so what lies in them is
// copied; what lies in the body stays there.
func (p *parcel) add(b []byte) {
	if len(b) == 0 {
		return
	}
	if status := bytes.IndexByte(b, '\n') + 1; len(p.head) == 0 && len(p.lines) > 0 && status > 0 {
		p.head = append(append(p.head, b[:status]...), p.lines...)
		b = b[status:]
	}
	if p.tail == nil && len(b) <= len(p.body) && &b[len(b)-1] == &p.body[len(p.body)-1] {
		p.tail = b
		return
	}
	p.head = append(append(p.head, p.tail...), b...)
	p.tail = nil
}

// take takes over header lines that net/http need not know: it would copy the header,
// put its lines in order, and look each of them through. A value that could end its
// line stays where it is, for net/http to mend.
func (p *parcel) take(h http.Header) {
	for name, values := range h {
		switch name {
		case "Etag", "Vary", "Cache-Control", "Content-Encoding", "X-Zoom-Left-Out", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy":
		default:
			continue
		}
		if slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, "\r\n") }) {
			continue
		}
		for _, value := range values {
			p.lines = append(append(append(append(p.lines, name...), ": "...), value...), "\r\n"...)
		}
		delete(h, name)
	}
}

// send writes what was gathered, with one call of the system.
func (p *parcel) send(to *net.TCPConn) (err error) {
	switch {
	case len(p.tail) > 0:
		pieces := net.Buffers{p.head, p.tail}
		_, err = pieces.WriteTo(to)
	case len(p.head) > 0:
		_, err = to.Write(p.head)
	}
	return err
}

// parcels are those that are free.
type parcels struct{ sync.Pool }

// write writes a body whose length the header has, in one piece with its
// header where the connection allows it.
func (p *parcels) write(w http.ResponseWriter, r *http.Request, body []byte) error {
	conn, ok := r.Context().Value(parcelKey{}).(*parcelConn)
	if !ok {
		_, err := w.Write(body)
		return err
	}
	one, ok := p.Get().(*parcel)
	if !ok {
		one = &parcel{head: make([]byte, 0, 8<<10)}
	}
	one.take(w.Header())
	one.body, conn.parcel = body, one
	defer func() { conn.parcel = nil }() // even if writing panics
	_, err := w.Write(body)
	if err == nil {
		err = http.NewResponseController(w).Flush() // to the connection, that is into the parcel
	}
	conn.parcel = nil
	err = errors.Join(err, one.send(conn.TCPConn))
	one.lines, one.head, one.body, one.tail = one.lines[:0], one.head[:0], nil, nil
	p.Put(one)
	return err
}
