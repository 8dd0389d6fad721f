package terrain

import (
	"container/list"
	"sync"

	"github.com/paulmach/orb/maptile"
)

// memory keeps the heights of some tiles, 1 MiB each; the one that was not asked
// for longest goes first.
type memory struct {
	most int

	mu    sync.Mutex
	order list.List // of remembered, the latest first
	known map[maptile.Tile]*list.Element
}

type remembered struct {
	tile    maptile.Tile
	heights []float32
}

func newMemory(most int) *memory {
	return &memory{most: most, known: map[maptile.Tile]*list.Element{}}
}

func (m *memory) get(t maptile.Tile) ([]float32, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.known[t]
	if !ok {
		return nil, false
	}
	m.order.MoveToFront(e)
	return e.Value.(remembered).heights, true
}

func (m *memory) put(t maptile.Tile, heights []float32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[t]; ok {
		return
	}
	m.known[t] = m.order.PushFront(remembered{t, heights})
	if m.order.Len() > m.most {
		delete(m.known, m.order.Remove(m.order.Back()).(remembered).tile)
	}
}
