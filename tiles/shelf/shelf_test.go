package shelf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func folderOf(t *testing.T, dir string, most int64) *Shelf {
	t.Helper()
	s, err := Folder(dir, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func expect(t *testing.T, s *Shelf, key string, want []byte, there bool) {
	t.Helper()
	got, ok, err := s.Get(t.Context(), key)
	if err != nil || ok != there || !bytes.Equal(got, want) {
		t.Errorf("%q: got %q, %v, %v; want %q, %v", key, got, ok, err, want, there)
	}
}

// files lists what lies below a folder, locks left out.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "lock" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatWasPutIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	s := folderOf(t, dir, 1<<20)
	expect(t, s, "a", nil, false)
	for key, value := range map[string]string{"a": "tile", "空/../x": "other", "empty": ""} {
		if err := s.Put(t.Context(), key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	s = folderOf(t, dir, 1<<20)
	expect(t, s, "a", []byte("tile"), true)
	expect(t, s, "空/../x", []byte("other"), true)
	expect(t, s, "empty", []byte{}, true)
	expect(t, s, "b", nil, false)
}

func TestNoKeyLeavesTheFolder(t *testing.T) {
	parent := t.TempDir()
	s := folderOf(t, filepath.Join(parent, "cache"), 1<<20)
	for _, key := range []string{"../../x", "/etc/x", "a\x00b", strings.Repeat("long", 1000)} {
		if err := s.Put(t.Context(), key, []byte("v")); err != nil {
			t.Error(err)
		}
	}
	for _, f := range files(t, parent) {
		if !strings.HasPrefix(f, filepath.Join(parent, "cache", "server-1")) {
			t.Errorf("%s was written", f)
		}
	}
}

func TestServersThatShareAFolderDoNotMeet(t *testing.T) {
	dir := t.TempDir()
	first, second := folderOf(t, dir, 1<<20), folderOf(t, dir, 1<<20)
	var puts sync.WaitGroup
	for _, s := range []*Shelf{first, second} { // each server puts one after another
		puts.Go(func() {
			for range 200 {
				if err := s.Put(t.Context(), "a", bytes.Repeat([]byte("tile"), 1000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	puts.Wait()
	expect(t, first, "a", bytes.Repeat([]byte("tile"), 1000), true)
	expect(t, second, "a", bytes.Repeat([]byte("tile"), 1000), true)
	for range mostServers - 2 {
		folderOf(t, dir, 1<<20)
	}
	if _, err := Folder(dir, 1<<20); !errors.Is(err, ErrUnusable) {
		t.Errorf("one server too many got %v", err)
	}
}

func TestADamagedFileIsNoValue(t *testing.T) {
	for sentence, damage := range map[string]func(b []byte) []byte{
		"cut off":  func(b []byte) []byte { return b[:len(b)-1] },
		"changed":  func(b []byte) []byte { b[6] ^= 1; return b },
		"emptied":  func([]byte) []byte { return nil },
		"extended": func(b []byte) []byte { return append(b, 0) },
	} {
		t.Run(sentence, func(t *testing.T) {
			dir := t.TempDir()
			s := folderOf(t, dir, 1<<20)
			if err := s.Put(t.Context(), "a", []byte("tile")); err != nil {
				t.Fatal(err)
			}
			file := files(t, dir)[0]
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, damage(b), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, ok, err := s.Get(t.Context(), "a"); ok || !errors.Is(err, ErrDamaged) {
				t.Errorf("got %q, %v, %v", got, ok, err)
			}
		})
	}
}

func TestAFolderKeepsItsSizeAndAge(t *testing.T) {
	dir := t.TempDir()
	s := folderOf(t, dir, 100_000)
	for n := range 60 { // 180 kB
		if err := s.Put(t.Context(), fmt.Sprint(n), bytes.Repeat([]byte{1}, 3000)); err != nil {
			t.Fatal(err)
		}
	}
	oldest := files(t, dir)[0]
	past := time.Now().Add(-2 * Life)
	if err := os.Chtimes(oldest, past, past); err != nil {
		t.Fatal(err)
	}
	(&folder{dir: filepath.Join(dir, "server-1"), most: 100_000}).sweep()
	var total int64
	for _, f := range files(t, dir) {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
		if f == oldest {
			t.Error("a file past its life is there")
		}
	}
	if total > 100_000 || total < 50_000 {
		t.Errorf("%d bytes are kept", total)
	}
}

func TestRedis(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &fakeRedis{values: map[string]string{}}
	go r.serve(listener)
	s, err := Redis("redis://" + listener.Addr().String() + "/0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	expect(t, s, "a", nil, false)
	if err := s.Put(t.Context(), "a", []byte("tile")); err != nil {
		t.Fatal(err)
	}
	expect(t, s, "a", []byte("tile"), true)
	r.mu.Lock()
	for key := range r.values {
		if !strings.HasPrefix(key, "onemap-tiles-1/") {
			t.Errorf("the key %q could be anybody's", key)
		}
	}
	if r.life == "" {
		t.Error("the value is kept for ever")
	}
	r.silent = true
	r.mu.Unlock()
	start := time.Now()
	if _, ok, err := s.Get(t.Context(), "a"); ok || err == nil || time.Since(start) > 5*patience {
		t.Errorf("a Redis that says nothing gave %v, %v after %v", ok, err, time.Since(start))
	}
	if _, err := Redis("redis://user:secret@%zz"); !errors.Is(err, ErrUnusable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("a wrong address gave %v", err)
	}
}

// fakeRedis knows PING, GET and SET.
type fakeRedis struct {
	mu     sync.Mutex
	values map[string]string
	life   string
	silent bool
}

func (r *fakeRedis) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go r.talk(c)
	}
}

func (r *fakeRedis) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	number := func() (int, error) {
		line, err := in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(strings.TrimSpace(line[1:]))
	}
	for {
		n, err := number()
		if err != nil {
			return
		}
		var words []string
		for range n {
			length, err := number()
			if err != nil {
				return
			}
			b := make([]byte, length+2)
			if _, err := io.ReadFull(in, b); err != nil {
				return
			}
			words = append(words, string(b[:length]))
		}
		r.mu.Lock()
		answer := "-ERR unknown command\r\n"
		switch strings.ToUpper(words[0]) {
		case "PING":
			answer = "+PONG\r\n"
		case "SET":
			r.values[words[1]] = words[2]
			r.life = strings.Join(words[3:], " ")
			answer = "+OK\r\n"
		case "GET":
			answer = "$-1\r\n"
			if v, ok := r.values[words[1]]; ok {
				answer = fmt.Sprintf("$%d\r\n%s\r\n", len(v), v)
			}
		}
		silent := r.silent
		r.mu.Unlock()
		if !silent {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	}
}
