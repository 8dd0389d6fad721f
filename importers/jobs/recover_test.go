package jobs

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"onemap/layers"
)

// strand makes an import look as a server that was killed leaves it.
func (f *fixture) strand(text string, attempt int) Import {
	f.t.Helper()
	one := f.submit("pond", text, Options{})
	if _, err := f.db.Exec(f.ctx, "UPDATE jobs.river_job SET state = 'running', attempt = 1, attempted_at = now()"); err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.db.Exec(f.ctx, "UPDATE jobs.imports SET state = 'running', attempt = $2, stage = 'load', rows = 1 WHERE id = $1", one.ID, attempt); err != nil {
		f.t.Fatal(err)
	}
	return one
}

func TestAnImportWhoseServerDiedIsBegunAgain(t *testing.T) {
	f := newFixture(t)
	one := f.strand(file("P", 2), 1)
	next := f.submit("pond", file("Q", 3), Options{})
	f.work()
	if done := f.reaches(one.ID, Done); *done.Version != 1 || done.Attempt != 2 {
		t.Errorf("%+v", done)
	}
	if done := f.reaches(next.ID, Done); *done.Version != 2 {
		t.Errorf("%+v", done)
	}
	f.healthy()
}

func TestAnImportThatEndsItsServerEachTimeIsGivenUp(t *testing.T) {
	f := newFixture(t)
	one := f.strand(file("P", 2), mostAttempts)
	f.work()
	if failed := f.reaches(one.ID, Failed); failed.Problem.Code != "interrupted" {
		t.Errorf("%+v", failed.Problem)
	}
	f.healthy()
}

func TestAnImportWhoseFileIsGoneFailsWithThatReason(t *testing.T) {
	f := newFixture(t)
	one := f.strand(file("P", 2), 1)
	if err := os.RemoveAll(f.queue.folder(one.ID)); err != nil {
		t.Fatal(err)
	}
	f.work()
	if failed := f.reaches(one.ID, Failed); failed.Problem.Code != "upload-lost" {
		t.Errorf("%+v", failed.Problem)
	}
	f.healthy()
}

func TestAnImportThatDiedAfterItsVersionIsDone(t *testing.T) {
	f := newFixture(t)
	one := f.strand(file("P", 2), 1)
	draft, err := f.store.BeginDraft(f.ctx, "pond")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := draft.Finish(f.ctx, layers.DraftSummary{Import: &one.ID, Report: []byte(`{"accepted": 2}`)}); err != nil {
		t.Fatal(err)
	}
	f.work()
	if done := f.reaches(one.ID, Done); *done.Version != 1 {
		t.Errorf("%+v", done)
	}
	if versions, err := f.store.Versions(f.ctx, "pond"); err != nil || len(versions) != 1 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
	f.healthy()
}

func TestAnImportThatWasCancelledAndDiedIsCancelled(t *testing.T) {
	f := newFixture(t)
	one := f.strand(file("P", 2), 1)
	if now, err := f.queue.Cancel(f.ctx, one.ID); err != nil || now.State != Cancelled {
		t.Errorf("%+v, %v", now, err)
	}
	f.healthy()
}

func TestAWorkerThatLosesItsConnectionBeginsAgain(t *testing.T) {
	f := newFixture(t)
	release := f.hold("pond")
	w := f.worker()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	one := f.submit("pond", file("P", 2), Options{})
	f.reaches(one.ID, Running)
	kill := "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	f.becomes(one.ID, "cut off", func(Import) bool {
		var killed int
		if err := f.db.QueryRow(f.ctx, kill).Scan(&killed); err != nil {
			t.Fatal(err)
		}
		return killed > 0
	})
	f.becomes(one.ID, "begun again", func(i Import) bool { return i.Attempt == 2 })
	release()
	f.reaches(one.ID, Done)
	f.healthy()
}

func TestAServerThatStopsPutsItsImportsBack(t *testing.T) {
	f := newFixture(t)
	release := f.hold("pond")
	stop := f.work()
	one := f.submit("pond", file("P", 2), Options{})
	f.reaches(one.ID, Running)
	start := time.Now()
	stop()
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	f.reaches(one.ID, Queued)
	release()
	f.work() // another server
	f.reaches(one.ID, Done)
	f.healthy()
}

func TestTwoServersRunAnImportOnce(t *testing.T) {
	f := newFixture(t)
	f.work()
	f.work()
	for i := range 6 {
		f.submit("pond", file("P", i+1), Options{})
	}
	f.reaches(6, Done)
	if versions, err := f.store.Versions(f.ctx, "pond"); err != nil || len(versions) != 6 {
		t.Errorf("%d versions, %v", len(versions), err)
	}
	f.healthy()
}

func TestOldUploadsAreSwept(t *testing.T) {
	f := newFixture(t)
	w := f.worker()
	defer w.river.Close()
	old, young := f.create("pond", "abc", Options{}), f.create("pond", "abc", Options{})
	for _, one := range []Import{old, young} {
		if err := os.MkdirAll(f.queue.folder(one.ID), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	foreign := filepath.Join(f.queue.dir, "not-ours")
	orphan := filepath.Join(f.queue.dir, strconv.Itoa(4711))
	for _, dir := range []string{foreign, orphan} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, sql := range []string{
		"ALTER TABLE jobs.imports DISABLE TRIGGER USER",
		"UPDATE jobs.imports SET changed_at = now() - interval '8 days' WHERE id = " + strconv.FormatInt(old.ID, 10),
		"ALTER TABLE jobs.imports ENABLE TRIGGER USER",
	} {
		if _, err := f.db.Exec(f.ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.sweep(f.ctx); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{f.queue.folder(old.ID): false, f.queue.folder(young.ID): true, foreign: true, orphan: false} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(dir), err == nil, want)
		}
	}
	if one, err := f.queue.Import(f.ctx, old.ID); err != nil || one.State != Failed || one.Problem.Code != "upload-abandoned" {
		t.Errorf("%+v, %v", one, err)
	}
}
