package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestKillMinus9AtAnyStage kills the server while an import is in each stage
// and starts it again: the import is done in the end, once, and what is
// published was never touched.
func TestKillMinus9AtAnyStage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the program")
	}
	k := newKillable(t)
	file := firstPlaces(t)
	want := state{published: 1, rows: 3, versions: 1}

	t.Run("while the file arrives", func(t *testing.T) {
		k.t = t
		address := k.create(file, false)
		half := len(file) / 2
		pipe, feed := io.Pipe()
		go func() {
			feed.Write(file[:half]) //nolint:errcheck // the server is killed meanwhile
			time.Sleep(200 * time.Millisecond)
			k.kill()
			feed.CloseWithError(io.ErrUnexpectedEOF)
		}()
		k.patch(address, 0, pipe)
		k.start()
		_, header, _ := k.do(http.MethodHead, address+"/content", nil)
		arrived, err := strconv.Atoi(header.Get("Upload-Offset"))
		if err != nil || arrived == 0 || arrived > half {
			t.Fatalf("%d bytes are said to have arrived, %v", arrived, err)
		}
		if status := k.patch(address, arrived, bytes.NewReader(file[arrived:])); status != http.StatusNoContent {
			t.Fatalf("going on: %d", status)
		}
		k.doneAfterwards(address, &want, false)
	})
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			k.t = t
			release := k.halt(m.at)
			address := k.send(file, m.publish)
			k.halted()
			k.kill()
			k.unhalt(m.at, release)
			before := want
			before.versions += m.versions
			k.has(before)
			k.start()
			k.doneAfterwards(address, &want, m.publish)
		})
	}
}

// doneAfterwards waits for the import's end and checks that it made one version
// more, want's next.
func (k *killable) doneAfterwards(address string, want *state, publish bool) {
	k.t.Helper()
	one := k.ends(address)
	if one["state"] != "done" {
		k.t.Errorf("%v", one["problem"])
	}
	k.t.Logf("attempts: %v", one["attempt"])
	want.versions++
	if publish {
		want.published, want.rows = want.versions, 60_000
	}
	k.wellAfterwards(*want)
}

// TestADatabaseThatDiesUnderTheServer kills PostgreSQL while an import is in
// each stage. The server lives on and ends in order; started again, it brings the
// import to its end, and what is published was never touched.
func TestADatabaseThatDiesUnderTheServer(t *testing.T) {
	if testing.Short() {
		t.Skip("runs a database cluster of its own and kills it")
	}
	k := newKillableWithCluster(t)
	file := firstPlaces(t)
	want := state{published: 1, rows: 3, versions: 1}
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			k.t = t
			k.start()
			leave := k.join()
			release := k.halt(m.at)
			address := k.send(file, m.publish)
			k.halted()
			restore := breakCluster(t, filepath.Join(k.data, "postgis", "pg"))
			crash(t, filepath.Join(k.data, "postgis", "pg"), "-QUIT")
			release()
			leave()
			time.Sleep(time.Second) // for the worker to meet the loss
			for _, asked := range []string{address, "/readyz"} {
				if status, _, _ := k.do(http.MethodGet, asked, nil); status < 500 {
					t.Errorf("%s: without its database it answers %d", asked, status)
				}
			}
			began := time.Now()
			k.interrupt()
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it ended %s after Ctrl-C", took.Round(time.Millisecond))
			}
			restore()

			leave = k.join()
			defer func() { leave() }()
			k.unhalt(m.at, func() {})
			before := want
			before.versions += m.versions
			k.has(before)
			k.start()
			defer k.interrupt()
			k.doneAfterwards(address, &want, m.publish)
		})
	}
	for _, signal := range []string{"-QUIT", "-KILL"} {
		t.Run("and is started again by the server, after "+signal, func(t *testing.T) {
			k.t = t
			k.start()
			defer k.interrupt()
			leave := k.join()
			release := k.halt(stageBegins("load"))
			address := k.send(file, false)
			k.halted()
			crash(t, filepath.Join(k.data, "postgis", "pg"), signal)
			release()
			began := time.Now()
			for status := 0; status != http.StatusOK; status, _, _ = k.do(http.MethodGet, "/readyz", nil) {
				if time.Since(began) > 20*time.Second {
					t.Fatal("it is not ready again in 20 s")
				}
				time.Sleep(50 * time.Millisecond)
			}
			t.Logf("ready again %s after the crash", time.Since(began).Round(time.Millisecond))
			leave()
			defer k.join()()
			k.unhalt(stageBegins("load"), func() {})
			k.doneAfterwards(address, &want, false)
		})
	}
}

// breakCluster takes away what PostgreSQL needs to start, until restore.
func breakCluster(t *testing.T, data string) (restore func()) {
	t.Helper()
	control := filepath.Join(data, "global", "pg_control")
	if err := os.Rename(control, control+".away"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Rename(control+".away", control); err != nil {
			t.Error(err)
		}
	}
}
