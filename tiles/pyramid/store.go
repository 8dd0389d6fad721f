package pyramid

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/paulmach/orb/maptile"
)

// store collects the pieces of every block of one zoom. What is more than its
// room waits in files.
type store struct {
	folder string
	room   int64

	mu     sync.Mutex
	held   int64
	chunks map[maptile.Tile][]byte
	onDisk map[maptile.Tile]int64 // bytes
}

func newStore(folder string, room int64) *store {
	return &store{folder: folder, room: room, chunks: map[maptile.Tile][]byte{}, onDisk: map[maptile.Tile]int64{}}
}

// add keeps encoded pieces of a block.
func (s *store) add(block maptile.Tile, pieces []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chunks[block] = append(s.chunks[block], pieces...)
	s.held += int64(len(pieces))
	if s.held <= s.room {
		return nil
	}
	for t, chunk := range s.chunks {
		if err := s.write(t, chunk); err != nil {
			return fmt.Errorf("pyramid: %w", err)
		}
		s.onDisk[t] += int64(len(chunk))
	}
	clear(s.chunks)
	s.held = 0
	return nil
}

func (s *store) path(t maptile.Tile) string {
	return filepath.Join(s.folder, fmt.Sprintf("pieces-%d-%d-%d", t.Z, t.X, t.Y))
}

func (s *store) write(t maptile.Tile, chunk []byte) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if s.onDisk[t] == 0 {
		flags |= os.O_TRUNC // left by a build that was stopped
	}
	file, err := os.OpenFile(s.path(t), flags, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(chunk)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// blocks lists the blocks that have pieces, the fullest first, so that the
// last ones at work are small.
func (s *store) blocks() []maptile.Tile {
	s.mu.Lock()
	defer s.mu.Unlock()
	sizes := map[maptile.Tile]int64{}
	for t, chunk := range s.chunks {
		sizes[t] += int64(len(chunk))
	}
	for t, n := range s.onDisk {
		sizes[t] += n
	}
	tiles := make([]maptile.Tile, 0, len(sizes))
	for t := range sizes {
		tiles = append(tiles, t)
	}
	slices.SortFunc(tiles, func(a, b maptile.Tile) int {
		if sizes[a] != sizes[b] {
			return int(min(max(sizes[b]-sizes[a], -1), 1))
		}
		return int(int64(a.Quadkey()) - int64(b.Quadkey()))
	})
	return tiles
}

// take hands out the pieces of a block and forgets them.
func (s *store) take(t maptile.Tile) ([][]byte, error) {
	s.mu.Lock()
	chunk, onDisk := s.chunks[t], s.onDisk[t]
	delete(s.chunks, t)
	delete(s.onDisk, t)
	s.held -= int64(len(chunk))
	s.mu.Unlock()
	var all [][]byte
	if onDisk > 0 {
		b, err := os.ReadFile(s.path(t))
		if err != nil {
			return nil, fmt.Errorf("pyramid: %w", err)
		}
		if err := os.Remove(s.path(t)); err != nil {
			return nil, fmt.Errorf("pyramid: %w", err)
		}
		all = append(all, b)
	}
	if len(chunk) > 0 {
		all = append(all, chunk)
	}
	return all, nil
}
