// Package jobs runs imports as jobs: files arrive piece by piece, wait their
// turn, are imported in the background with progress, can be cancelled, and
// survive the end of the server.
//
// It stands before importers, which does the import itself: web receives bytes
// and tells how far an import is, this package keeps the row that both look at.
//
//	upload.go   bytes come in, and can be taken up where they broke off
//	queue.go    imports of one layer follow one another; others run side by side
//	work.go     a worker runs an import and writes how far it is
//	recover.go  imports whose server died are queued again; old files are removed
//	watch.go    whoever waits for an import is told of every change
//
// The row in jobs.imports is the truth of an import; River carries it to a
// worker. A worker that runs an import holds an advisory lock on its own
// connection, so that a dead worker is known by its lock being free.
//
// It knows neither HTTP nor formats.
package jobs
