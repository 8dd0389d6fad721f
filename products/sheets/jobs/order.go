package jobs

import (
	"errors"
	"time"

	"onemap/products/sheets/orders"
)

// The mistakes in dealing with orders.
var (
	ErrUnknownOrder = errors.New("jobs: unknown order")
	ErrTooMany      = errors.New("jobs: too many orders wait")
	ErrNotDone      = errors.New("jobs: the order has no file")
	ErrTooLarge     = errors.New("jobs: the file is too large")
)

// State is where an order stands.
type State string

// The states of an order. The last three are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final tells whether the state does not change any more.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Problem says why an order failed.
type Problem struct {
	Code string `json:"code"`
	ZH   string `json:"detail"`
	EN   string `json:"detail_en"`
}

// Order is a sheet or a series that was asked for.
type Order struct {
	ID        string         `db:"id" json:"id"`
	Request   orders.Request `db:"request" json:"request"`
	By        string         `db:"by" json:"by"`
	Title     string         `db:"title" json:"title"`
	Filename  string         `db:"filename" json:"filename"`
	State     State          `db:"state" json:"state"`
	Stage     string         `db:"stage" json:"stage"` // the page that is being drawn
	Done      int            `db:"done" json:"done"`   // pages
	Total     int            `db:"total" json:"total"` // pages
	Bytes     int64          `db:"bytes" json:"bytes"` // of the file
	Attempt   int            `db:"attempt" json:"attempt"`
	Cancel    bool           `db:"cancelling" json:"cancelling"` // asked for, not yet done
	Problem   *Problem       `db:"problem" json:"problem"`
	Sequence  int64          `db:"sequence" json:"sequence"` // grows with every change
	CreatedAt time.Time      `db:"created_at" json:"created_at"`
	StartedAt *time.Time     `db:"started_at" json:"started_at"`
	EndedAt   *time.Time     `db:"ended_at" json:"ended_at"`
	ExpiresAt *time.Time     `db:"expires_at" json:"expires_at"` // when it is removed
}
