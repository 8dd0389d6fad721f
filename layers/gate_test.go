package layers

import (
	"errors"
	"io"
	"testing"
	"time"
)

// slowReader says that it reads, and does so when it is let.
type slowReader struct{ reading, let chan struct{} }

func (r slowReader) Read(p []byte) (int, error) {
	close(r.reading)
	<-r.let
	return copy(p, "x"), nil
}

// A read that is under way when the gate is shut ends first: only then may the
// caller do with the reader what it likes. Later ones never reach it.
func TestShuttingAGateWaitsForTheReadUnderWay(t *testing.T) {
	r := slowReader{make(chan struct{}), make(chan struct{})}
	g := &gate{reader: r}
	read := make(chan error, 1)
	go func() {
		n, err := g.Read(make([]byte, 1))
		if n != 1 {
			err = errors.Join(err, io.ErrNoProgress)
		}
		read <- err
	}()
	<-r.reading
	shut := make(chan struct{})
	go func() { g.shut(); close(shut) }()
	select {
	case <-shut:
		t.Error("it was shut while a read was under way")
	case <-time.After(50 * time.Millisecond):
	}
	close(r.let)
	<-shut
	if err := <-read; err != nil {
		t.Errorf("the read under way: %v", err)
	}
	// A second read of slowReader would close a closed channel.
	if n, err := g.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("after it was shut: %d bytes, %v", n, err)
	}
}
