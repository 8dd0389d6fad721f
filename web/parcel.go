package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// Parcels lets tiles leave in one piece. net/http hands an answer to the
// connection in fours of kilobytes, so that a tile is two or three writes to the
// network, and wakes its reader as often: more work than all else that a tile
// from an archive needs. The first result is to listen on, the second to be
// [http.Server.ConnContext].
func Parcels(l net.Listener) (net.Listener, func(context.Context, net.Conn) context.Context) {
	return parcelListener{l}, func(ctx context.Context, c net.Conn) context.Context {
		if parcels, ok := c.(*parcelConn); ok {
			return context.WithValue(ctx, parcelKey{}, parcels)
		}
		return ctx
	}
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
	head []byte // gathered: the header, and as much of the body as net/http sends with it
	body []byte // what is being answered with, which nobody changes meanwhile
	tail []byte // the end of body, where it lies: tiles have some ten kilobytes, and are not copied
}

// add gathers a piece. Buffers of net/http are used again, so what lies in them is
// copied; what lies in the body stays there.
func (p *parcel) add(b []byte) {
	if len(b) == 0 {
		return
	}
	if p.tail == nil && len(b) <= len(p.body) && &b[len(b)-1] == &p.body[len(p.body)-1] {
		p.tail = b
		return
	}
	p.head = append(append(p.head, p.tail...), b...)
	p.tail = nil
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
	one.body, conn.parcel = body, one
	defer func() { conn.parcel = nil }() // even if writing panics
	_, err := w.Write(body)
	if err == nil {
		err = http.NewResponseController(w).Flush() // to the connection, that is into the parcel
	}
	conn.parcel = nil
	err = errors.Join(err, one.send(conn.TCPConn))
	one.head, one.body, one.tail = one.head[:0], nil, nil
	p.Put(one)
	return err
}
