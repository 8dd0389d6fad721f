package warnings

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// ErrRegister reports a file of kinds and colours that can't be used.
var ErrRegister = errors.New("warnings: invalid register")

// Colour is one of the four of a warning.
type Colour struct {
	ID       string `json:"id"`
	Rank     int    `json:"rank"` // 1 is the lowest
	Name     string `json:"name"` // Chinese
	NameEN   string `json:"name_en"`
	Severity string `json:"severity"` // as CAP has it
}

// Kind is what a warning may be of.
type Kind struct {
	ID       string   `json:"id"`
	Code     string   `json:"code,omitempty"` // of the national alert types; "" where none is known
	Name     string   `json:"name"`
	NameEN   string   `json:"name_en"`
	Category string   `json:"category"` // as CAP has it
	Perils   []string `json:"perils"`   // of the sources of spatial/risk that it concerns
}

// Register is the kinds and colours there are; see data/risk/warnings.json.
type Register struct {
	Version   string   `json:"version"`
	Source    string   `json:"source"`
	Sender    string   `json:"sender"`    // of our own CAP messages
	Divisions []string `json:"divisions"` // layers whose features have a code and a name
	Colours   []Colour `json:"colours"`
	Kinds     []Kind   `json:"kinds"`
}

// ReadRegister reads risk/warnings.json of a tree of data files.
func ReadRegister(files fs.FS) (Register, error) {
	var r Register
	text, err := fs.ReadFile(files, "risk/warnings.json")
	if err != nil {
		return r, fmt.Errorf("%w: %w", ErrRegister, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrRegister, err)
	}
	if len(r.Kinds) == 0 || len(r.Colours) == 0 || r.Sender == "" || strings.ContainsAny(r.Sender, " ,<&") {
		return r, fmt.Errorf("%w: kinds, colours and a sender without spaces, commas, < and & are needed", ErrRegister)
	}
	return r, nil
}

// Kind returns the kind with that id.
func (r Register) Kind(id string) (Kind, bool) {
	i := slices.IndexFunc(r.Kinds, func(k Kind) bool { return k.ID == id })
	if i < 0 {
		return Kind{}, false
	}
	return r.Kinds[i], true
}

// Colour returns the colour with that id.
func (r Register) Colour(id string) (Colour, bool) {
	i := slices.IndexFunc(r.Colours, func(c Colour) bool { return c.ID == id })
	if i < 0 {
		return Colour{}, false
	}
	return r.Colours[i], true
}
