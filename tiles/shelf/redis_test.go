package shelf

import (
	"bytes"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-spatial/tegola/cache/redis"
)

// realRedis starts a Redis of the test's own and returns its process and address. Debian's
// redis-tools has the server in it: the program looks at the name it is called by.
func realRedis(t *testing.T) (*os.Process, string) {
	t.Helper()
	program, err := exec.LookPath("redis-check-rdb")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-tools is not installed: run scripts/packages.sh test")
		}
		t.Skip("redis-tools is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	l.Close()
	cmd := exec.Command(program, "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir())
	cmd.Args[0] = "redis-server"
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // where the test has not
		_ = cmd.Wait()
	})
	return cmd.Process, "redis://" + address + "/0"
}

// dial connects once the Redis listens.
func dial(t *testing.T, address string) *Shelf {
	t.Helper()
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		s, err := Redis(address)
		if err == nil {
			t.Cleanup(func() { s.Close() })
			return s
		}
		if time.Since(start) > 30*time.Second {
			t.Fatal(err)
		}
	}
}

func TestARealRedis(t *testing.T) {
	process, address := realRedis(t)
	first, second := dial(t, address), dial(t, address) // two servers
	tile := make([]byte, 300_000)
	rand.Read(tile) //nolint:errcheck // never fails; see its documentation
	for key, value := range map[string][]byte{"a": tile, "空/../x": []byte("other\r\n$-1\r\n"), "empty": {}} {
		if err := first.Put(t.Context(), key, value); err != nil {
			t.Fatal(err)
		}
		expect(t, second, key, value, true)
	}
	expect(t, second, "b", nil, false)
	client := second.cache.(*redis.RedisCache).Redis
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 3 {
		t.Fatalf("%v, %v", keys, err)
	}
	for _, key := range keys {
		life, err := client.TTL(t.Context(), key).Result()
		if err != nil || life <= 0 || life > Life || !strings.HasPrefix(key, "onemap-tiles-1/") {
			t.Errorf("%q lives for %v, %v", key, life, err)
		}
	}
	// Somebody else writes under our key.
	if err := client.Set(t.Context(), keys[0], "not a tile", 0).Err(); err != nil {
		t.Fatal(err)
	}
	damaged := 0
	for _, key := range []string{"a", "空/../x", "empty"} {
		if _, ok, err := first.Get(t.Context(), key); err != nil && !ok {
			damaged++
		}
	}
	if damaged != 1 {
		t.Errorf("of three values %d are damaged, want 1", damaged)
	}
	// It hangs: nobody waits for it. It goes on: it is used again.
	if err := process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := first.Get(t.Context(), "b"); ok || err == nil {
		t.Errorf("a Redis that hangs gave %v, %v", ok, err)
	}
	if err := process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	again := bytes.Repeat([]byte("tile"), 100)
	for start := time.Now(); first.Put(t.Context(), "again", again) != nil; {
		if time.Since(start) > 30*time.Second {
			t.Fatal("a Redis that hung once is not used again")
		}
	}
	// It dies.
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; {
		if _, ok, err := second.Get(t.Context(), "again"); !ok && err != nil {
			break
		}
		if time.Since(start) > 30*time.Second {
			t.Fatal("a Redis that is dead gives values")
		}
	}
}
