package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
)

// parcelLimit is the largest body that is sent in one piece with its header.
// Above it one write more does not show, and copying begins to.
const parcelLimit = 64 << 10 // bytes

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
	parcel *[]byte // nil while none is open; of the request's goroutine alone, as writing is
}

func (c *parcelConn) Write(b []byte) (int, error) {
	if c.parcel == nil {
		return c.TCPConn.Write(b)
	}
	*c.parcel = append(*c.parcel, b...)
	return len(b), nil
}

// parcels are buffers to gather in.
type parcels struct{ sync.Pool }

// write writes a body whose length the header has, in one piece with its
// header where the connection and the size allow it.
func (p *parcels) write(w http.ResponseWriter, r *http.Request, body []byte) error {
	conn, ok := r.Context().Value(parcelKey{}).(*parcelConn)
	if !ok || len(body) > parcelLimit {
		_, err := w.Write(body)
		return err
	}
	buffer, ok := p.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
		*buffer = make([]byte, 0, 16<<10)
	}
	conn.parcel = buffer
	defer func() { conn.parcel = nil }() // even if writing panics
	_, err := w.Write(body)
	if err == nil {
		err = http.NewResponseController(w).Flush() // to the connection, that is into the parcel
	}
	conn.parcel = nil
	if len(*buffer) > 0 {
		_, sent := conn.Write(*buffer)
		err = errors.Join(err, sent)
	}
	*buffer = (*buffer)[:0]
	p.Put(buffer)
	return err
}
