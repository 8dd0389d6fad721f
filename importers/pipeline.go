package importers

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"onemap/importers/gdal"
	"onemap/importers/quality"
	"onemap/layers"
)

// How much a batch holds: enough that the way through C and channels costs
// little, so little that memory stays flat.
const (
	batchRows  = 256
	batchBytes = 1 << 20
)

// job is a batch on its way to a worker; the result goes to reply, so that
// results can be taken in the order of the batches.
type job struct {
	batch gdal.Batch
	first int64 // row number of the batch's first row
	reply chan result
}

// result is a batch after work.
type result struct {
	tuples []byte    // of the rows that are taken
	hashes []rowHash // of each of them, for the content hash
	seen   seen      // of all of them
	read   int64
	bytes  int64

	outcome outcome
	err     error
}

// outcome is what a report needs to know of a batch.
type outcome struct {
	rejected []*RowError
	findings quality.Findings
	repaired [][]RowRepair
	warning  string
}

// stream is a source's rows on their way through the workers, as the bytes of a
// binary COPY. One goroutine reads, as many as there are processors work, and the
// caller of Read takes the results in the file's order; channels of a few
// batches lie between, so the slowest sets the pace.
type stream struct {
	ordered chan chan result
	wait    func() error
	cancel  context.CancelFunc

	source     *source
	plan       *quality.Plan
	held       *quarantine
	report     *Report
	progress   func(Progress)
	total      int64
	keepsExtra bool // rows have a value of JSON between the fields and geom
	bytes      int64
	hash       hash.Hash
	seen       seen

	used   chan []byte // buffers to be filled again
	buffer []byte      // the current one; nil before the first batch and after the last
	rest   []byte      // of what is to be sent
	ended  bool
	err    error
	warned bool
}

// startStream sets reader and workers going. The caller closes the stream. Rows
// are held to the plan; refused ones go to held.
func startStream(ctx context.Context, s *source, plan *quality.Plan, held *quarantine, report *Report, progress func(Progress)) (*stream, error) {
	reader, err := s.file.Read(s.index, s.columns())
	if err != nil {
		return nil, s.explainRead(err)
	}
	first, err := reader.Next(batchRows, batchBytes)
	if err == nil {
		err = s.checkPlausible(first, report)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		reader.Close()
		return nil, s.explainRead(err)
	}
	workers := make([]*worker, runtime.GOMAXPROCS(0))
	for i := range workers {
		w, werr := newWorker(s, plan)
		if werr != nil {
			reader.Close()
			return nil, werr
		}
		workers[i] = w
	}
	ctx, cancel := context.WithCancel(ctx)
	var group errgroup.Group
	jobs := make(chan job, 2*len(workers))
	st := &stream{
		ordered: make(chan chan result, 4*len(workers)), cancel: cancel, wait: group.Wait,
		source: s, plan: plan, held: held, report: report, progress: progress, total: s.expected, keepsExtra: s.keepExtra, hash: sha256.New(),
		used: make(chan []byte, 8*len(workers)), rest: copyHeader,
	}
	group.Go(func() error {
		defer close(st.ordered)
		defer close(jobs)
		defer reader.Close()
		return feed(ctx, s, reader, first, err, jobs, st.ordered)
	})
	for _, w := range workers {
		group.Go(func() error {
			for j := range jobs {
				j.reply <- w.work(j, st.free())
			}
			return nil
		})
	}
	return st, nil
}

// feed reads batches and hands them out, the first one being read already. At
// the end it compares the rows with what the file says it has.
func feed(ctx context.Context, s *source, reader features, batch gdal.Batch, err error, jobs chan<- job, ordered chan<- chan result) error {
	row := int64(1)
	for ; err == nil; batch, err = reader.Next(batchRows, batchBytes) {
		j := job{batch: batch, first: row, reply: make(chan result, 1)}
		row += int64(batch.Rows)
		select {
		case ordered <- j.reply:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case jobs <- j:
		case <-ctx.Done():
			j.reply <- result{err: ctx.Err()} // every reply that is waited for comes
			return ctx.Err()
		}
	}
	if !errors.Is(err, io.EOF) {
		return s.explainRead(err)
	}
	if read := row - 1; read < s.expected {
		return problem(ErrDamaged,
			"%[1]s 不完整：应有 %[2]d 行，只读到 %[3]d 行；请重新导出或重新传输",
			"%[1]s is cut off: it should have %[2]d rows, but only %[3]d could be read; export or transfer it again", s.dataset.name, s.expected, read)
	}
	return nil
}

// free returns a buffer to fill.
func (st *stream) free() []byte {
	select {
	case b := <-st.used:
		return b[:0]
	default:
		return nil
	}
}

// Read passes on the bytes of a binary COPY, to its end. Refused rows are not in it.
func (st *stream) Read(p []byte) (int, error) {
	for len(st.rest) == 0 {
		switch {
		case st.err != nil:
			return 0, st.err
		case st.ended:
			return 0, io.EOF
		case !st.fetch() && st.err == nil:
			st.ended, st.rest = true, copyTrailer
		}
	}
	n := copy(p, st.rest)
	st.rest = st.rest[n:]
	return n, nil
}

// fetch takes the next batch's result; false is the end, or a failure.
func (st *stream) fetch() bool {
	if st.buffer != nil {
		select {
		case st.used <- st.buffer:
		default:
		}
		st.buffer = nil
	}
	reply, open := <-st.ordered
	if !open {
		st.err = st.wait()
		return false
	}
	r := <-reply
	if r.err != nil {
		st.err = r.err
		return false
	}
	if st.err = st.merge(r); st.err != nil {
		return false
	}
	st.buffer, st.rest = r.tuples, r.tuples
	return true
}

// merge adds a batch's outcome to the report.
func (st *stream) merge(r result) error {
	st.plan.Merge(r.outcome.findings)
	st.report.Read += r.read
	st.report.Accepted += int64(len(r.hashes))
	for _, e := range r.outcome.rejected {
		if err := st.held.add(e); err != nil {
			return err
		}
		st.report.reject(e)
	}
	for _, repairs := range r.outcome.repaired {
		st.report.repair(repairs)
	}
	if r.outcome.warning != "" && !st.warned {
		st.warned = true
		st.report.note("GDAL 提示：%s", "GDAL remarks: %s", r.outcome.warning)
	}
	for i := range r.hashes {
		st.hash.Write(r.hashes[i][:])
	}
	st.seen.add(r.seen)
	st.bytes += r.bytes
	st.progress(Progress{Stage: Loading, Rows: st.report.Read, Total: st.total, Bytes: st.bytes})
	return nil
}

// Err returns what ended the stream before its end.
func (st *stream) Err() error { return st.err }

// contentHash identifies the rows, in their order: hexadecimal.
func (st *stream) contentHash() string { return fmt.Sprintf("%x", st.hash.Sum(nil)) }

// extent is what was seen of the rows that were taken.
func (st *stream) extent() *layers.Extent {
	return &layers.Extent{Features: st.report.Accepted, Bounds: st.seen.bounds, Synthetic: st.seen.synthetic}
}

// Close ends reader and workers, and waits for them. It may be called after an
// error, and more than once.
func (st *stream) Close() {
	st.cancel()
	for range st.ordered { // whoever waits to hand over a batch goes on
	}
	_ = st.wait()
}
