package jobs

import (
	"errors"
	"time"

	"onemap/products/packages"
)

// The mistakes in dealing with exports.
var (
	ErrUnknown    = errors.New("exports: unknown export")
	ErrQuota      = errors.New("exports: the day's quota is used up")
	ErrPurpose    = errors.New("exports: what needs an approval needs a purpose")
	ErrOwn        = errors.New("exports: nobody decides about an export of their own")
	ErrNotWaiting = errors.New("exports: the export doesn't wait for a decision")
	ErrReason     = errors.New("exports: a decision needs a reason")
	ErrNotDone    = errors.New("exports: the package is not there yet")
	ErrGone       = errors.New("exports: the package is no longer kept")
)

// State is where an export stands.
type State string

// The states of an export.
const (
	Requested State = "requested" // waits for an approval
	Refused   State = "refused"
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// States lists them in the order of an export's life.
func States() []State {
	return []State{Requested, Refused, Queued, Running, Done, Failed, Cancelled}
}

// Final tells whether the state does not change any more.
func (s State) Final() bool { return s == Refused || s == Done || s == Failed || s == Cancelled }

// Problem says why an export failed.
type Problem struct {
	Code string `json:"code"`
	ZH   string `json:"detail"`
	EN   string `json:"detail_en"`
}

// Export is a package on its way.
type Export struct {
	ID        int64              `db:"id" json:"id"`
	Request   packages.Request   `db:"request" json:"request"`
	Title     string             `db:"title" json:"title"`
	Needs     []packages.Need    `db:"needs" json:"needs"` // why somebody must approve
	By        string             `db:"by" json:"by"`
	State     State              `db:"state" json:"state"`
	DecidedBy string             `db:"decided_by" json:"decided_by,omitempty"`
	DecidedAt *time.Time         `db:"decided_at" json:"decided_at,omitempty"`
	Reason    string             `db:"reason" json:"reason,omitempty"` // of the decision
	Layer     string             `db:"layer" json:"layer,omitempty"`   // that is being written
	Features  int64              `db:"features" json:"features"`       // so far
	Total     int64              `db:"total" json:"total"`             // at most; 0 is not known
	Attempt   int                `db:"attempt" json:"attempt"`
	Cancel    bool               `db:"cancelling" json:"cancelling"`
	Bytes     int64              `db:"bytes" json:"bytes"` // of the package
	SHA256    string             `db:"sha256" json:"sha256,omitempty"`
	Passport  *packages.Passport `db:"passport" json:"passport,omitempty"`
	Problem   *Problem           `db:"problem" json:"problem"`
	Sequence  int64              `db:"sequence" json:"sequence"` // grows with every change
	CreatedAt time.Time          `db:"created_at" json:"created_at"`
	StartedAt *time.Time         `db:"started_at" json:"started_at"`
	EndedAt   *time.Time         `db:"ended_at" json:"ended_at"`
	ExpiresAt *time.Time         `db:"expires_at" json:"expires_at"`
	RemovedAt *time.Time         `db:"removed_at" json:"removed_at"`
}

// Step is a line of an export's record.
type Step struct {
	At     time.Time `db:"at" json:"at"`
	By     string    `db:"by" json:"by"`
	Action string    `db:"action" json:"action"` // requested, approved, refused, queued, done, failed, cancelled, downloaded, removed, expired
	Detail string    `db:"detail" json:"detail,omitempty"`
}
