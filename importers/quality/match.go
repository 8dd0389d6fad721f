package quality

import (
	"cmp"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// tally counts by hash: an open-addressing table, for it is filled a hundred
// million times.
type tally struct {
	keys []uint64 // 0 is free
	nets []int64
	mask uint64
}

func newTally(n int) *tally {
	size := uint64(16)
	for size < uint64(n)*2 {
		size *= 2
	}
	return &tally{make([]uint64, size), make([]int64, size), size - 1}
}

// at returns the count of a hash, to be read and changed.
func (t *tally) at(hash uint64) *int64 {
	i := (hash * 0x9e3779b97f4a7c15) & t.mask
	for t.keys[i] != hash {
		if t.keys[i] == 0 {
			t.keys[i] = hash
			break
		}
		i = (i + 1) & t.mask
	}
	return &t.nets[i]
}

// pair is a row that repeats an earlier one.
type pair struct{ row, first int64 }

// repeats finds records of one hash. count is how many repeat another; pairs
// are the first hundred of them, by row.
func (s *spool) repeats() (count int64, pairs []pair, err error) {
	for i := range spoolBuckets {
		records, err := s.bucket(i)
		if err != nil {
			return 0, nil, err
		}
		slices.SortFunc(records, func(a, b record) int {
			return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.ref, b.ref))
		})
		first := 0
		for j := 1; j < len(records); j++ {
			if records[j].hash != records[first].hash {
				first = j
				continue
			}
			count++
			pairs = append(pairs, pair{int64(records[j].ref), int64(records[first].ref)})
		}
		if len(pairs) > 100*mostExamples {
			pairs = firstPairs(pairs)
		}
	}
	return count, firstPairs(pairs), nil
}

func firstPairs(pairs []pair) []pair {
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Compare(a.row, b.row) })
	return pairs[:min(len(pairs), mostExamples)]
}

// unmatched returns the edges that no neighbour uses the other way round. Where
// n polygons use an edge one way and m the other, n-m of them are left: across
// edges that cancel out, the number of polygons that cover the ground doesn't
// change, so those left decide alone where it isn't one. enough limits them;
// beyond it count goes on and edges is nil.
func (s *spool) unmatched(enough int) (count int64, edges []edgeRef, err error) {
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range spoolBuckets {
		group.Go(func() error {
			records, err := s.bucket(i)
			if err != nil {
				return err
			}
			left := leftOver(records)
			mu.Lock()
			defer mu.Unlock()
			count += int64(len(left))
			if count <= int64(enough) {
				edges = append(edges, left...)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, nil, err
	}
	if count > int64(enough) {
		return count, nil, nil
	}
	slices.Sort(edges)
	return count, edges, nil
}

func leftOver(records []record) []edgeRef {
	t := newTally(len(records))
	for _, r := range records {
		*t.at(r.hash) += edgeRef(r.ref).direction()
	}
	var left []edgeRef
	for _, r := range records {
		if net := t.at(r.hash); *net*edgeRef(r.ref).direction() > 0 {
			left = append(left, edgeRef(r.ref))
			*net -= edgeRef(r.ref).direction()
		}
	}
	return left
}
