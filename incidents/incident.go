package incidents

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/paulmach/orb"
)

// The mistakes in asking for an incident or changing one.
var (
	ErrUnknown      = errors.New("incidents: unknown incident")
	ErrClientID     = errors.New("incidents: the client id stands for another report")
	ErrChanged      = errors.New("incidents: the incident has changed meanwhile")
	ErrTransition   = errors.New("incidents: no such step from this state")
	ErrUnknownPhoto = errors.New("incidents: unknown photo")
	ErrTooMany      = errors.New("incidents: too many photos")
)

// TransitionError is an [ErrTransition] with what is possible instead.
type TransitionError struct {
	From, To State
	Possible []Transition // that this principal may take
}

func (e *TransitionError) Error() string {
	list := make([]string, len(e.Possible))
	for i, t := range e.Possible {
		list[i] = string(t.To)
	}
	possible := "nothing leads on from here"
	if len(list) > 0 {
		possible = "possible are " + strings.Join(list, ", ")
	}
	return fmt.Sprintf("%v: %s to %.40s; %s", ErrTransition, e.From, e.To, possible)
}

// Unwrap returns [ErrTransition].
func (e *TransitionError) Unwrap() error { return ErrTransition }

// Danger is a hazard, a zone or a warning near an incident.
type Danger struct {
	Layer     string  `json:"layer"` // "warning" for one
	Kind      string  `json:"kind"`  // Chinese
	Name      string  `json:"name"`
	Level     string  `json:"level"` // Chinese
	DistanceM float64 `json:"distance_m"`
}

// Given is a position as it came.
type Given struct {
	Lon float64 `json:"lon"` // or the easting in metres
	Lat float64 `json:"lat"` // or the northing in metres
	CRS string  `json:"crs"`
}

// Incident is what was reported, where that is, and where it stands.
type Incident struct {
	ID         int64     `json:"id"`
	ClientID   string    `json:"client_id"`
	Kind       string    `json:"kind"`
	KindName   string    `json:"kind_name"`
	Source     string    `json:"source"`
	Text       string    `json:"text"`
	Position   orb.Point `json:"position"` // EPSG:4490 degrees, longitude first
	Given      Given     `json:"given"`
	AccuracyM  *float64  `json:"accuracy_m"`
	Cell       string    `json:"cell"` // code of the finest cell when it was reported
	CellName   string    `json:"cell_name"`
	Chain      []string  `json:"chain"` // codes from that cell up to the city
	BeiDou     string    `json:"beidou"`
	ReportedAt time.Time `json:"reported_at"` // by the reporter's clock
	ReceivedAt time.Time `json:"received_at"`
	Reporter   string    `json:"reporter"`
	State      State     `json:"state"`
	StateName  string    `json:"state_name"`
	Version    int       `json:"version"` // rises with every step
	Department string    `json:"department"`
	Role       string    `json:"role"` // on duty in the chain of cells
	Synthetic  bool      `json:"synthetic"`
}

// Step is a transition that was taken; the first is the report itself.
type Step struct {
	Seq        int64     `json:"seq"` // rises with every step of any incident
	Incident   int64     `json:"incident"`
	Version    int       `json:"version"`
	From       *State    `json:"from"` // nil is the report
	To         State     `json:"to"`
	At         time.Time `json:"at"`
	By         string    `json:"by"`
	Why        string    `json:"why"`
	Department string    `json:"department"`
	Role       string    `json:"role"`
}

// Duplicate is an incident that may be the same one.
type Duplicate struct {
	ID         int64     `json:"id"`
	State      State     `json:"state"`
	ReportedAt time.Time `json:"reported_at"`
	DistanceM  float64   `json:"distance_m"`
}

// PhotoInfo is what is told of a photo.
type PhotoInfo struct {
	ID      int64     `json:"id"`
	Width   int       `json:"width"` // pixels
	Height  int       `json:"height"`
	Bytes   int       `json:"bytes"`
	AddedAt time.Time `json:"added_at"`
	AddedBy string    `json:"added_by"`
}

// Whole is an incident with all that is known of it.
type Whole struct {
	Incident
	Risks      []Danger     `json:"risks"`      // near it when it was reported; nil is not known
	Duplicates []Duplicate  `json:"duplicates"` // of the same kind within 50 m and 24 h, the nearest first
	Photos     []PhotoInfo  `json:"photos"`
	History    []Step       `json:"history"`
	Next       []Transition `json:"next"` // that who asks may take
}
