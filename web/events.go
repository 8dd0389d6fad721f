package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// How often a stream that has nothing to tell shows that it lives, and how long
// it may at most take until a change is seen whose notification was lost.
const heartbeat = 10 * time.Second

// eventStream writes server-sent events. Its errors mean that the client has gone.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// openEvents begins a stream of events; from here on no problem can be answered.
func openEvents(w http.ResponseWriter) (eventStream, error) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	stream := eventStream{w, http.NewResponseController(w)}
	return stream, stream.send("retry: 2000\n\n")
}

func (e eventStream) send(text string) error {
	if _, err := fmt.Fprint(e.w, text); err != nil {
		return err
	}
	return e.control.Flush()
}

// beat shows that the stream lives.
func (e eventStream) beat() error { return e.send(": \n\n") }

// event sends a value as an event; a client that comes back names the id.
func (e eventStream) event(id int64, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return e.send(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", id, name, data))
}
