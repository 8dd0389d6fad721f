package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/paulmach/orb/maptile"

	"onemap/tiles/archive"
)

const (
	connections = 64
	warmUp      = 2 * time.Second
	measuring   = 5 * time.Second
)

// archived compares tiles from an archive over HTTP with a bare net/http handler
// in a process of its own that writes the same bytes from memory, and, where
// BENCH_PMTILES names the program, with `pmtiles serve` of the same file.
func archived(ctx context.Context, l *laboratory) ([]result, error) {
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	if err := l.mapserver(ctx, "tiles", "build", "dltb"); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(l.dataDir(), "tiles", "dltb-v*.pmtiles"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(errors.New("there is no archive of dltb"), err)
	}
	newest := slices.MaxFunc(files, func(a, b string) int { return modified(a).Compare(modified(b)) })
	addresses, err := tileAddresses(newest)
	if err != nil {
		return nil, err
	}
	url, _, stop, err := l.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer stop() //nolint:errcheck // the figures are taken
	if err := l.settled(ctx); err != nil {
		return nil, err
	}
	rivals := []rival{{name: "ours", host: strings.TrimPrefix(url, "http://"), path: "/tiles/dltb/%s.mvt"}}
	bare, stopBare, err := startRival(ctx, "bare net/http", "/%s", os.Args[0], "--bare", newest)
	if err != nil {
		return nil, err
	}
	defer stopBare()
	rivals = append(rivals, bare)
	if program := os.Getenv("BENCH_PMTILES"); program != "" {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		peer, stopPeer, err := startRival(ctx, "pmtiles serve", "/"+strings.TrimSuffix(filepath.Base(newest), ".pmtiles")+"/%s.mvt",
			program, "serve", filepath.Dir(newest), "--port", port)
		if err != nil {
			return nil, err
		}
		defer stopPeer()
		peer.host = "127.0.0.1:" + port
		rivals = append(rivals, peer)
	}
	return race(ctx, rivals, addresses)
}

func modified(file string) time.Time {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// race asks all rivals by turns for the same tiles.
func race(ctx context.Context, rivals []rival, addresses []string) ([]result, error) {
	if err := sameBytes(rivals, addresses[:min(200, len(addresses))]); err != nil {
		return nil, err
	}
	rates, slow := make([][]float64, len(rivals)), make([][]float64, len(rivals))
	const rounds = 5
	for i := range rounds + 1 {
		for k, r := range rivals {
			during := measuring
			if i == 0 {
				during = warmUp
			}
			rate, p99, err := r.load(ctx, addresses, during)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			if i > 0 {
				rates[k], slow[k] = append(rates[k], rate), append(slow[k], p99)
			}
		}
	}
	var results []result
	for k, r := range rivals[1:] {
		goal := 0.9
		if k > 0 {
			goal = 1
		}
		results = append(results,
			compareRates(fmt.Sprintf("archived tiles, %d connections", connections), r.name, "/s", goal, rates[0], rates[k+1]),
			compareTimes("slowest of a hundred", r.name, "ms", 1, slow[0], slow[k+1]))
	}
	return results, nil
}

// tileAddresses are z/x/y of the archive's tiles in a fixed random order.
func tileAddresses(file string) ([]string, error) {
	a, err := archive.Open(file)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	var all []string
	err = a.Each(func(t maptile.Tile, _ []byte) error {
		all = append(all, fmt.Sprintf("%d/%d/%d", t.Z, t.X, t.Y))
		return nil
	})
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all, err
}

// rival is a server of tiles.
type rival struct{ name, host, path string }

// startRival starts a program that prints its address on its first line, or
// listens where its caller knows, and waits until it answers.
func startRival(ctx context.Context, name, path, program string, args ...string) (rival, func(), error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	if err != nil {
		return rival{}, nil, err
	}
	if err := cmd.Start(); err != nil {
		return rival{}, nil, err
	}
	stop := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it has nothing to lose
		_ = cmd.Wait()
	}
	r := rival{name: name, path: path}
	if strings.HasPrefix(args[0], "--") { // this program: it says where
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			stop()
			return rival{}, nil, fmt.Errorf("%s: %w", name, err)
		}
		r.host = strings.TrimSpace(line)
	} else {
		go io.Copy(io.Discard, out) //nolint:errcheck // its talk is not wanted
		time.Sleep(time.Second)
	}
	return r, stop, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// serveBare answers with tiles from memory and does nothing else.
func serveBare(ctx context.Context, file string) error {
	a, err := archive.Open(file)
	if err != nil {
		return err
	}
	tiles := map[string][]byte{}
	if err := a.Each(func(t maptile.Tile, b []byte) error {
		tiles[fmt.Sprintf("/%d/%d/%d", t.Z, t.X, t.Y)] = bytes.Clone(b)
		return nil
	}); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := tiles[r.URL.Path]
		h := w.Header()
		h["Content-Type"] = []string{"application/vnd.mapbox-vector-tile"}
		h["Content-Encoding"] = []string{"gzip"}
		h["Content-Length"] = []string{strconv.Itoa(len(b))}
		w.Write(b) //nolint:errcheck // the client measures
	})}
	go func() { <-ctx.Done(); server.Close() }()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// client asks over one connection, and reads no more of an answer than its length.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	host string
}

func (r rival) connect() (*client, error) {
	conn, err := net.Dial("tcp", r.host)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReaderSize(conn, 64<<10), r.host}, nil
}

// get returns the status and, if it is wanted, the body.
func (c *client) get(path string, wanted bool) (status int, body []byte, err error) {
	if _, err := io.WriteString(c.conn, "GET "+path+" HTTP/1.1\r\nHost: "+c.host+"\r\nAccept-Encoding: gzip\r\n\r\n"); err != nil {
		return 0, nil, err
	}
	length, chunked := 0, false
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		switch {
		case first:
			status, err = strconv.Atoi(string(line[9:12]))
		case len(line) <= 2 && chunked:
			body, err = c.chunks()
			return status, body, err
		case len(line) <= 2:
			if !wanted {
				_, err = c.in.Discard(length)
				return status, nil, err
			}
			body = make([]byte, length)
			_, err = io.ReadFull(c.in, body)
			return status, body, err
		case len(line) > 16 && strings.EqualFold(string(line[:16]), "content-length: "):
			length, err = strconv.Atoi(strings.TrimSpace(string(line[16:])))
		}
		chunked = chunked || strings.EqualFold(strings.TrimSpace(string(line)), "transfer-encoding: chunked")
		if err != nil {
			return 0, nil, err
		}
	}
}

// chunks reads a body that comes in pieces, each with its length in front.
func (c *client) chunks() (body []byte, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseUint(strings.TrimSpace(string(line)), 16, 31)
		if err != nil {
			return nil, err
		}
		piece := make([]byte, n+2)
		if _, err := io.ReadFull(c.in, piece); err != nil {
			return nil, err
		}
		if n == 0 {
			return body, nil
		}
		body = append(body, piece[:n]...)
	}
}

// load asks for tiles over all connections for a while, and returns answers a
// second and the time in milliseconds that one in a hundred takes longer than.
func (r rival) load(ctx context.Context, addresses []string, during time.Duration) (rate, p99 float64, err error) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	var times []time.Duration
	end := time.Now().Add(during)
	start := time.Now()
	for k := range connections {
		wait.Add(1)
		go func() {
			defer wait.Done()
			mine, failed := r.ask(ctx, addresses, k, end)
			mu.Lock()
			defer mu.Unlock()
			times, err = append(times, mine...), errors.Join(err, failed)
		}()
	}
	wait.Wait()
	if err != nil || len(times) == 0 {
		return 0, 0, errors.Join(err, ctx.Err())
	}
	slices.Sort(times)
	return float64(len(times)) / time.Since(start).Seconds(), float64(times[len(times)*99/100].Microseconds()) / 1000, nil
}

func (r rival) ask(ctx context.Context, addresses []string, k int, end time.Time) ([]time.Duration, error) {
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	var times []time.Duration
	for i := k * len(addresses) / connections; ctx.Err() == nil; i++ {
		begin := time.Now()
		if begin.After(end) {
			break
		}
		status, _, err := c.get(fmt.Sprintf(r.path, addresses[i%len(addresses)]), false)
		if err != nil || status != http.StatusOK && status != http.StatusNoContent {
			return nil, errors.Join(fmt.Errorf("status %d", status), err)
		}
		times = append(times, time.Since(begin))
	}
	return times, nil
}

// sameBytes tells whether all rivals answer alike.
func sameBytes(rivals []rival, addresses []string) error {
	var first [][]byte
	for _, r := range rivals {
		c, err := r.connect()
		if err != nil {
			return err
		}
		for i, address := range addresses {
			status, body, err := c.get(fmt.Sprintf(r.path, address), true)
			if err != nil || status != http.StatusOK {
				return errors.Join(fmt.Errorf("%s: %s: status %d", r.name, address, status), err)
			}
			if len(first) <= i {
				first = append(first, body)
			} else if !bytes.Equal(first[i], body) {
				return fmt.Errorf("%s: %s: %d bytes, %s has %d", r.name, address, len(body), rivals[0].name, len(first[i]))
			}
		}
		c.conn.Close()
	}
	return nil
}
