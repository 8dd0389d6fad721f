package warnings

import (
	"context"
	"fmt"
)

// Said is a message of another system that says something of one warning; see
// spatial/warnings/capxml, which reads them.
type Said struct {
	Message
	Action     Action
	References []Message // the messages that it updates or cancels, of one warning
	Content    Content   // of a cancellation it may be zero
	Note       string    // why
}

// Take does what a message says: publishes, updates or cancels. A message that was
// taken before changes nothing; created is false then. One that refers to none
// known, or to several warnings, is an [ErrReference].
func (s *Store) Take(ctx context.Context, m Said) (w Warning, created bool, err error) {
	if m.Action == Publish {
		return s.Publish(ctx, m.Content, &m.Message)
	}
	var id int64
	for i, r := range m.References {
		known, err := s.Find(ctx, r)
		if err != nil {
			return w, false, err
		}
		if i > 0 && known != id {
			return w, false, fmt.Errorf("%w: it refers to the warnings %d and %d", ErrReference, id, known)
		}
		id = known
	}
	if id == 0 {
		return w, false, fmt.Errorf("%w: it refers to nothing", ErrReference)
	}
	if m.Action == Cancel {
		w, err = s.Cancel(ctx, id, m.Note, &m.Message)
	} else {
		w, err = s.Update(ctx, id, m.Note, &m.Message, func(Warning) (Content, error) { return m.Content, nil })
	}
	return w, err == nil, err
}
