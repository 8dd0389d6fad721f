package pictures

import (
	"container/list"
	"sync"
)

// memory keeps pictures up to so many bytes; the one that was not asked for longest goes first.
type memory struct {
	most int64

	mu    sync.Mutex
	bytes int64
	order list.List // of *entry, the latest first
	known map[string]*list.Element
}

type entry struct {
	key  string
	body []byte
}

// around is what an entry takes beside its body.
const around = 256

func (m *memory) get(key string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.known[key]
	if !ok {
		return nil, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*entry).body, true
}

func (m *memory) put(key string, body []byte) {
	size := int64(len(body) + around)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[key]; ok || size > m.most/4 {
		return
	}
	if m.known == nil {
		m.known = map[string]*list.Element{}
	}
	m.known[key] = m.order.PushFront(&entry{key, body})
	m.bytes += size
	for m.bytes > m.most {
		last := m.order.Back()
		old := m.order.Remove(last).(*entry)
		delete(m.known, old.key)
		m.bytes -= int64(len(old.body) + around)
	}
}
