// Package jobs draws ordered sheets in the background: an order waits its turn, is
// drawn with progress, can be cancelled, survives the end of the server, and its
// file is kept for some days.
//
// It stands behind products/sheets/orders, which plans and draws. The row in
// sheets.orders is the truth of an order; River carries it to a worker. A worker
// that draws holds an advisory lock on its own connection, so that a dead worker is
// known by its lock being free.
//
//	queue.go    orders come in, are told of and are cancelled
//	work.go     a worker draws an order and writes how far it is
//	recover.go  orders whose server died are queued again; old files are removed
//
// It knows neither HTTP nor what a sheet looks like.
package jobs
