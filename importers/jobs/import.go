package jobs

import (
	"encoding/json"
	"errors"
	"time"

	"onemap/importers"
)

// The mistakes in dealing with imports.
var (
	ErrUnknownImport = errors.New("jobs: unknown import")
	ErrInvalid       = errors.New("jobs: import cannot be made")
	ErrTooLarge      = errors.New("jobs: file too large")
	ErrDiskFull      = errors.New("jobs: no room for the file")
	ErrKeyReused     = errors.New("jobs: idempotency key was used for another import")
	ErrOffset        = errors.New("jobs: upload does not go on where it stopped")
	ErrBusy          = errors.New("jobs: another upload to this import is under way")
	ErrNotUploading  = errors.New("jobs: import takes no more bytes")
	ErrIncomplete    = errors.New("jobs: file has not arrived completely")
	ErrEnded         = errors.New("jobs: import has ended")
)

// Kind is what a job imports.
type Kind string

// The kinds of imports.
const (
	OneFile  Kind = "file"     // a file into a layer
	Delivery Kind = "delivery" // several layers, by a manifest
	Retry    Kind = "retry"    // rows of a version out of quarantine
)

// State is where an import stands.
type State string

// The states of an import. The last three are final.
const (
	Uploading State = "uploading" // bytes are awaited
	Queued    State = "queued"    // waits for its turn
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// States lists them in the order of an import's life.
func States() []State { return []State{Uploading, Queued, Running, Done, Failed, Cancelled} }

// Final tells whether the state does not change any more.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Options say how a file is to be imported; see [importers.Options].
type Options struct {
	SourceLayer string `json:"source_layer,omitempty"`
	CRS         string `json:"crs,omitempty"`
	Encoding    string `json:"encoding,omitempty"`
	Columns     string `json:"columns,omitempty"`
	KeepExtra   bool   `json:"keep_extra,omitempty"`
	OverrideCRS bool   `json:"override_crs,omitempty"`
	SwapAxes    bool   `json:"swap_axes,omitempty"`
	Publish     bool   `json:"publish,omitempty"`
	Unchecked   bool   `json:"accept_errors,omitempty"`
	DryRun      bool   `json:"dry_run,omitempty"`

	Map  map[string]string `json:"map,omitempty"`  // the file's field → the layer's
	Skip []string          `json:"skip,omitempty"` // ids of quality rules that are not checked
}

// Of returns what these options say about importing a file into a layer.
func (o Options) Of(file, layer string) importers.Options {
	return importers.Options{
		File: file, Layer: layer, SourceLayer: o.SourceLayer, CRS: o.CRS, Encoding: o.Encoding, Columns: o.Columns, Map: o.Map,
		KeepExtra: o.KeepExtra, OverrideCRS: o.OverrideCRS, SwapAxes: o.SwapAxes, Skip: o.Skip,
		Publish: o.Publish, Unchecked: o.Unchecked, DryRun: o.DryRun,
	}
}

// StageStart says when a stage of an import began.
type StageStart struct {
	Stage importers.Stage `json:"stage"`
	At    time.Time       `json:"at"`
}

// Problem says why an import failed.
type Problem struct {
	Code string `json:"code"`
	ZH   string `json:"detail"`
	EN   string `json:"detail_en"`
}

// Part is one layer of a delivery.
type Part struct {
	Layer       string   `json:"layer"`
	File        string   `json:"file,omitempty"` // within the upload; "" is the upload itself
	SourceLayer string   `json:"source_layer,omitempty"`
	State       State    `json:"state"`
	Version     *int     `json:"version"`            // what became of it
	Expected    int64    `json:"expected,omitempty"` // rows, as the manifest says; 0 is not said
	Read        int64    `json:"read"`               // rows
	Accepted    int64    `json:"accepted"`
	Rejected    int64    `json:"rejected"`
	Withheld    bool     `json:"withheld,omitempty"` // rules of level error object to its publication
	Published   bool     `json:"published"`          // by this delivery
	Problem     *Problem `json:"problem"`
}

// Import is a file on its way into a layer, or several layers, or rows that come
// out of quarantine.
type Import struct {
	ID        int64           `db:"id" json:"id"`
	Kind      Kind            `db:"kind" json:"kind"`
	Layer     string          `db:"layer" json:"layer"`                     // "" for a delivery
	OfVersion *int            `db:"of_version" json:"of_version,omitempty"` // of a retry
	Part      int             `db:"part" json:"part,omitempty"`             // of a delivery: which one is under way, from 1
	Parts     []Part          `db:"parts" json:"parts,omitempty"`
	Filename  string          `db:"filename" json:"filename"`
	Size      int64           `db:"size" json:"size"`         // bytes, as declared
	Received  int64           `db:"received" json:"received"` // bytes, so far
	Options   Options         `db:"options" json:"options"`
	By        string          `db:"by" json:"by"`
	State     State           `db:"state" json:"state"`
	Stage     importers.Stage `db:"stage" json:"stage"`
	Stages    []StageStart    `db:"stages" json:"stages"`
	Rows      int64           `db:"rows" json:"rows"`   // read so far
	Total     int64           `db:"total" json:"total"` // rows in all; 0 is unknown
	Bytes     int64           `db:"bytes" json:"bytes"` // unpacked so far
	Attempt   int             `db:"attempt" json:"attempt"`
	Cancel    bool            `db:"cancelling" json:"cancelling"` // asked for, not yet done
	Version   *int            `db:"version" json:"version"`
	Report    json.RawMessage `db:"report" json:"report,omitempty"`
	Problem   *Problem        `db:"problem" json:"problem"`
	Sequence  int64           `db:"sequence" json:"sequence"` // grows with every change
	CreatedAt time.Time       `db:"created_at" json:"created_at"`
	StartedAt *time.Time      `db:"started_at" json:"started_at"`
	EndedAt   *time.Time      `db:"ended_at" json:"ended_at"`

	Manifest *importers.Manifest `db:"manifest" json:"-"` // of a delivery, where the request had it
}
