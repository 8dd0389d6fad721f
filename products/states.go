package products

import (
	"slices"

	"onemap/access"
)

// Transition is a step that a product may take.
type Transition struct {
	From   State        `json:"from"`
	To     State        `json:"to"`
	Name   string       `json:"name"` // Chinese
	NameEN string       `json:"name_en"`
	Right  access.Right `json:"right"`
	Why    bool         `json:"why"` // a reason must be given
}

// Transitions is the table of all steps. Beside them, changing the content of a
// product that is checked or approved makes it a draft again.
func Transitions() []Transition {
	return []Transition{
		{Draft, Checked, "质检通过", "pass the check", access.Approve, false},
		{Checked, Draft, "退回", "send back", access.Approve, true},
		{Checked, Approved, "审核通过", "approve", access.Approve, false},
		{Approved, Draft, "退回", "send back", access.Approve, true},
		{Approved, Published, "发布", "publish", access.Approve, false},
		{Published, Retired, "下线", "retire", access.Approve, true},
		{Retired, Draft, "重新编制", "work on again", access.Compose, false},
	}
}

// States lists the states in their order, with their Chinese names.
func States() []struct{ State, Name string } {
	return []struct{ State, Name string }{
		{string(Draft), "草稿"},
		{string(Checked), "质检"},
		{string(Approved), "审核"},
		{string(Published), "发布"},
		{string(Retired), "下线"},
	}
}

// nameOf is the Chinese name of a state, "" for what is none.
func nameOf(state State) string {
	for _, s := range States() {
		if s.State == string(state) {
			return s.Name
		}
	}
	return ""
}

// from lists the steps from a state that a principal may take.
func from(state State, who access.Principal) []Transition {
	return slices.DeleteFunc(Transitions(), func(t Transition) bool { return t.From != state || !who.May(t.Right) })
}

// worksOn tells whether a principal sees products that aren't published.
func worksOn(p access.Principal) bool { return p.May(access.Compose) || p.May(access.Approve) }
