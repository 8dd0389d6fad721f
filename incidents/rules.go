package incidents

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"onemap/access"
	"onemap/layers"
)

// ErrRules reports files of rules that can't be used.
var ErrRules = errors.New("incidents: invalid rules")

// State is where an incident stands; its id is an entry of the dictionary incident_state.
type State string

// The states that the program itself must know.
const (
	Reported   State = "reported"
	Dispatched State = "dispatched"
)

// Transition is a step that an incident may take.
type Transition struct {
	From   State        `json:"from"`
	To     State        `json:"to"`
	Name   string       `json:"name"` // Chinese
	NameEN string       `json:"name_en"`
	Right  access.Right `json:"right"` // [access.Report] is enough within one's own cell; [access.Handle] is always
	Why    bool         `json:"why"`   // a reason must be given
}

// assignment says who is asked to handle an incident; the first that fits.
type assignment struct {
	Kind         string   `json:"kind"`   // a code or its first two digits; "" is any
	Levels       []string `json:"levels"` // layers of the finest cell; none is any
	Department   string   `json:"department"`
	DepartmentEN string   `json:"department_en"`
	Role         string   `json:"role"` // on duty in the chain of cells
}

// Rules are the kinds, sources and states of incidents, the steps between states,
// and who is asked to handle what.
type Rules struct {
	Kinds, Sources, States layers.Dictionary

	transitions []Transition
	final       []State
	assignments []assignment
}

// ReadRules reads incidents/ and the dictionaries of incidents.
func ReadRules(files fs.FS) (Rules, error) {
	var r Rules
	var workflow struct {
		Note        string       `json:"note"`
		Final       []State      `json:"final"`
		Transitions []Transition `json:"transitions"`
	}
	var assignments struct {
		Note  string       `json:"note"`
		Rules []assignment `json:"rules"`
	}
	for _, file := range []struct {
		name string
		into any
	}{
		{"incidents/workflow.json", &workflow},
		{"incidents/assignment.json", &assignments},
		{"dictionaries/incident_kind.json", &r.Kinds},
		{"dictionaries/incident_source.json", &r.Sources},
		{"dictionaries/incident_state.json", &r.States},
	} {
		text, err := fs.ReadFile(files, file.name)
		if err != nil {
			return r, fmt.Errorf("%w: %w", ErrRules, err)
		}
		decoder := json.NewDecoder(strings.NewReader(string(text)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(file.into); err != nil {
			return r, fmt.Errorf("%w: %s: %w", ErrRules, file.name, err)
		}
	}
	r.transitions, r.final, r.assignments = workflow.Transitions, workflow.Final, assignments.Rules
	return r, r.check()
}

func (r Rules) check() error {
	for _, state := range r.final {
		if !known(r.States, string(state)) || len(r.from(state)) > 0 {
			return fmt.Errorf("%w: final state %s is not a state, or goes on", ErrRules, state)
		}
	}
	for i, t := range r.transitions {
		switch {
		case !known(r.States, string(t.From)) || !known(r.States, string(t.To)):
			return fmt.Errorf("%w: %s to %s: not a state", ErrRules, t.From, t.To)
		case t.Right != access.Report && t.Right != access.Handle:
			return fmt.Errorf("%w: %s to %s: no such right %q", ErrRules, t.From, t.To, t.Right)
		case slices.ContainsFunc(r.transitions[:i], func(o Transition) bool { return o.From == t.From && o.To == t.To }):
			return fmt.Errorf("%w: %s to %s is there twice", ErrRules, t.From, t.To)
		}
	}
	for _, e := range r.States.Entries {
		if state := State(e.Code); !r.Final(state) && len(r.from(state)) == 0 {
			return fmt.Errorf("%w: nothing leads on from %s, which is not final", ErrRules, state)
		}
	}
	for _, a := range r.assignments {
		if a.Kind != "" && !known(r.Kinds, a.Kind) {
			return fmt.Errorf("%w: assignment of the unknown kind %q", ErrRules, a.Kind)
		}
	}
	if last := len(r.assignments) - 1; last < 0 || r.assignments[last].Kind != "" || len(r.assignments[last].Levels) > 0 {
		return fmt.Errorf("%w: the last assignment must fit everything", ErrRules)
	}
	return nil
}

func known(d layers.Dictionary, code string) bool {
	return slices.ContainsFunc(d.Entries, func(e layers.Entry) bool { return e.Code == code })
}

// nameOf returns the names of a code; "" where it is not known.
func nameOf(d layers.Dictionary, code string) (zh, en string) {
	for _, e := range d.Entries {
		if e.Code == code {
			return e.Name, e.NameEN
		}
	}
	return "", ""
}

// IsKind tells whether an incident may be of this kind: four digits, not a class.
func (r Rules) IsKind(code string) bool { return len(code) == 4 && known(r.Kinds, code) }

// IsClass tells whether a code is that of a kind or of a class of kinds.
func (r Rules) IsClass(code string) bool { return known(r.Kinds, code) }

// IsState tells whether there is such a state.
func (r Rules) IsState(state State) bool { return known(r.States, string(state)) }

// Final tells whether nothing leads on from a state.
func (r Rules) Final(state State) bool { return slices.Contains(r.final, state) }

// from lists the steps from a state.
func (r Rules) from(state State) []Transition {
	list := []Transition{}
	for _, t := range r.transitions {
		if t.From == state {
			list = append(list, t)
		}
	}
	return list
}

// Next lists the steps that a principal may take with an incident.
func (r Rules) Next(p access.Principal, i Incident) []Transition {
	return slices.DeleteFunc(r.from(i.State), func(t Transition) bool { return !mayTake(p, t, i) })
}

// mayTake tells whether a principal may take a step: who handles incidents any,
// who reports them those that ask no more, in their own cell.
func mayTake(p access.Principal, t Transition, i Incident) bool {
	return p.May(access.Handle) || p.May(t.Right) && p.Cell != "" && slices.Contains(i.Chain, p.Cell)
}

// assign finds who is asked to handle a kind of incident in a cell of a layer.
func (r Rules) assign(kind, layer string) (department, role string) {
	for _, a := range r.assignments {
		if strings.HasPrefix(kind, a.Kind) && (len(a.Levels) == 0 || slices.Contains(a.Levels, layer)) {
			return a.Department, a.Role
		}
	}
	return "", "" // the last rule fits everything
}
