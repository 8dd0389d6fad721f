package quality

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
)

// record is a thing to be compared with its like: the hash of what must be
// equal, and where it is from. 16 bytes in file.
type record struct {
	hash uint64 // never 0
	ref  uint64 // a row's number, or an edge; see edgeRef
}

const (
	spoolBuckets = 256
	chunkRecords = 1024
	recordBytes  = 16
)

// spool keeps records by the first byte of their hash, in a temporary file of
// chunks, so that equal ones can be found a bucket at a time: memory stays flat
// while rows are many. Many goroutines may add at once.
type spool struct {
	mu      sync.Mutex
	dir     string
	file    *os.File // made when the first chunk is full
	end     int64
	err     error // the first failure to write
	buckets [spoolBuckets]bucket
}

type bucket struct {
	buffer []record
	chunks []int64 // offsets in the file
}

// add takes records; a failure to write shows in each.
func (s *spool) add(records []record) {
	if len(records) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		b := &s.buckets[r.hash>>56]
		if b.buffer == nil {
			b.buffer = make([]record, 0, chunkRecords)
		}
		b.buffer = append(b.buffer, r)
		if len(b.buffer) == chunkRecords {
			s.flush(b)
		}
	}
}

func (s *spool) flush(b *bucket) {
	defer func() { b.buffer = b.buffer[:0] }()
	if s.err != nil {
		return
	}
	if s.file == nil {
		if s.file, s.err = os.CreateTemp(s.dir, "onemap-quality-"); s.err != nil {
			return
		}
		_ = os.Remove(s.file.Name()) // the open file stays usable, and nothing is left whatever happens
	}
	encoded := make([]byte, 0, chunkRecords*recordBytes)
	for _, r := range b.buffer {
		encoded = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(encoded, r.hash), r.ref)
	}
	if _, s.err = s.file.WriteAt(encoded, s.end); s.err == nil {
		b.chunks = append(b.chunks, s.end)
		s.end += int64(len(encoded))
	}
}

// bucket returns the records of a bucket. No more may be added.
func (s *spool) bucket(i int) ([]record, error) {
	if s.err != nil {
		return nil, fmt.Errorf("quality: keeping what is compared: %w", s.err)
	}
	b := &s.buckets[i]
	records := make([]record, 0, len(b.chunks)*chunkRecords+len(b.buffer))
	encoded := make([]byte, chunkRecords*recordBytes)
	for _, at := range b.chunks {
		if _, err := s.file.ReadAt(encoded, at); err != nil {
			return nil, fmt.Errorf("quality: reading what is compared: %w", err)
		}
		for j := 0; j < len(encoded); j += recordBytes {
			records = append(records, record{binary.LittleEndian.Uint64(encoded[j:]), binary.LittleEndian.Uint64(encoded[j+8:])})
		}
	}
	return append(records, b.buffer...), nil
}

// close gives the file back.
func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}
