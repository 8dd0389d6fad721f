package shelf

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-spatial/tegola/cache/file"
	"github.com/go-spatial/tegola/dict"
)

const (
	// mostServers is how many servers may share a folder, each in a part of its own.
	mostServers = 16
	// sweepEvery is after how many bytes, as a share of the room, a folder is swept.
	sweepEvery = 20
)

// Folder keeps values in files below dir, about most bytes of them. Several
// servers may name the same folder: each takes a part for itself, and finds it
// again when it is started again.
func Folder(dir string, most int64) (*Shelf, error) {
	for n := 1; n <= mostServers; n++ {
		part := filepath.Join(dir, fmt.Sprintf("server-%d", n))
		if err := os.MkdirAll(part, 0o755); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		lock, err := os.OpenFile(filepath.Join(part, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			lock.Close()
			continue
		}
		c, err := file.New(dict.Dict{file.ConfigKeyBasepath: part, file.ConfigKeyMaxZoom: highestZoom})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrUnusable, err), lock.Close())
		}
		f := &folder{dir: part, most: most}
		f.sweep()
		return &Shelf{cache: c, before: f.grow, close: lock.Close}, nil
	}
	return nil, fmt.Errorf("%w: %s is used by %d servers already", ErrUnusable, dir, mostServers)
}

// folder watches the size of what a server keeps.
type folder struct {
	dir      string
	most     int64
	grown    atomic.Int64 // bytes since it was swept
	sweeping atomic.Bool
}

// grow counts, and sweeps now and then.
func (f *folder) grow(size int) {
	if f.grown.Add(int64(size)) < f.most/sweepEvery || !f.sweeping.CompareAndSwap(false, true) {
		return
	}
	f.grown.Store(0)
	go func() { f.sweep(); f.sweeping.Store(false) }()
}

// sweep removes what is older than [Life], what a server that died left
// unfinished, and the oldest files while all of them are too large. A file that
// cannot be removed is left for the next time.
func (f *folder) sweep() {
	type kept struct {
		path string
		size int64
		at   time.Time
	}
	var all []kept
	var total int64
	_ = filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return nil //nolint:nilerr // it went meanwhile
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // it went meanwhile
		}
		age := time.Since(info.ModTime())
		if age > Life || strings.HasSuffix(path, "-tmp") && age > time.Minute {
			_ = os.Remove(path)
			return nil
		}
		all = append(all, kept{path, info.Size(), info.ModTime()})
		total += info.Size()
		return nil
	})
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.path, b.path)) })
	for _, one := range all {
		if total <= f.most {
			return
		}
		_ = os.Remove(one.path)
		total -= one.size
	}
}
