package products

import (
	"encoding/json"
	"time"

	"onemap/layers"
)

// Rule is how a product keeps up with its layers.
type Rule string

// The rules.
const (
	Follow Rule = "follow" // shows what is published: each publication makes a new version of the product
	Fixed  Rule = "fixed"  // shows the same versions of its layers until somebody changes it
	OnDate Rule = "date"   // shows its layers as they were on a day
)

// Share is whom a product is shared with, as the provincial rules on public data have it.
type Share string

// The types of sharing.
const (
	Unconditional Share = "unconditional" // 无条件共享
	Conditional   Share = "conditional"   // 有条件共享
	NotShared     Share = "none"          // 不予共享
)

// Content is what somebody composes: what a product shows and says.
type Content struct {
	Title      string             `json:"title"` // Chinese
	TitleEN    string             `json:"title_en"`
	Theme      string             `json:"theme"`      // id
	Department string             `json:"department"` // Chinese
	Text       string             `json:"text"`       // what the map shows, Chinese
	TextEN     string             `json:"text_en,omitempty"`
	Source     string             `json:"source"`            // of the data, Chinese
	DataDate   string             `json:"data_date"`         // as "2025-12-31", "2025-12" or "2025"
	Layers     []Layer            `json:"layers"`            // the lowest first
	Palette    string             `json:"palette,omitempty"` // of the styles, as "print"; "" is that of the screen
	Relief     bool               `json:"relief,omitempty"`  // the ground is shaded beneath the layers, where there is an elevation model
	Extent     *[4]float64        `json:"extent"`            // west, south, east, north in EPSG:4490 degrees; nil is that of the layers
	Scales     Scales             `json:"scales"`
	Update     Update             `json:"update"`
	Secrecy    layers.Sensitivity `json:"secrecy"`
	Share      Share              `json:"share"`
	Conditions string             `json:"conditions,omitempty"`      // of sharing, Chinese; for [Conditional]
	Approval   string             `json:"approval_number,omitempty"` // 审图号
	Tags       []string           `json:"tags"`
}

// Layer is a layer of a product.
type Layer struct {
	ID      string   `json:"id"`
	Title   string   `json:"title,omitempty"`   // in place of the layer's name, Chinese
	Filter  []any    `json:"filter,omitempty"`  // a filter expression of the style specification; nil shows all
	Opacity *float64 `json:"opacity,omitempty"` // 0 to 1; nil is 1
	Style   *Look    `json:"style,omitempty"`   // nil is the layer's own
}

// Look changes how a layer looks in a product. The style layers are those of the
// layer's own style, named without the layer, as "fill" and "label".
type Look struct {
	Hide   []string          `json:"hide,omitempty"`   // style layers that are left out
	Change map[string]Change `json:"change,omitempty"` // members that are set, by style layer
	Legend []LegendLine      `json:"legend,omitempty"` // in place of the layer's own lines; nil are those
}

// Change sets members of a style layer; those that aren't named stay.
type Change struct {
	Paint   map[string]any `json:"paint,omitempty"`
	Layout  map[string]any `json:"layout,omitempty"`
	MinZoom *float64       `json:"minzoom,omitempty"`
	MaxZoom *float64       `json:"maxzoom,omitempty"`
}

// Scales are those at which a product is shown, as denominators: 10,000 is
// 1:10,000. 0 is without a limit.
type Scales struct {
	Finest   float64 `json:"finest,omitempty"`   // the largest scale, the smaller number
	Coarsest float64 `json:"coarsest,omitempty"` // the smallest scale, the larger number
}

// Update says how a product keeps up with its layers.
type Update struct {
	Rule     Rule           `json:"rule"`
	Versions map[string]int `json:"versions,omitempty"` // by layer, for [Fixed]; a layer without one is given the published one
	Date     string         `json:"date,omitempty"`     // for [OnDate], as "2026-05-01", the end of that day in Beijing
}

// State is where a product stands.
type State string

// The states of a product.
const (
	Draft     State = "draft"     // 草稿: worked on
	Checked   State = "checked"   // 质检: what it shows was checked
	Approved  State = "approved"  // 审核: may be published
	Published State = "published" // 发布: served
	Retired   State = "retired"   // 下线: served no more
)

// Cause is why a version of a product was made.
type Cause string

// The causes.
const (
	ByContent     Cause = "content"     // somebody changed it
	ByLayers      Cause = "layers"      // a layer that it follows was published or rolled back
	ByPublication Cause = "publication" // it was published again after it was retired
)

// Version is what a product was, or is.
type Version struct {
	Number  int            `json:"version"` // 1 is the first
	Content Content        `json:"content"`
	Cause   Cause          `json:"cause"`
	Shows   map[string]int `json:"shows"` // the version of each layer; empty before it was published
	From    *time.Time     `json:"from"`  // shown from then on; nil was never published
	Until   *time.Time     `json:"until"` // and until then; nil is still shown
	MadeAt  time.Time      `json:"made_at"`
	MadeBy  string         `json:"made_by"`
	Why     string         `json:"why"`
}

// Product is a product as it stands, with its newest version.
type Product struct {
	ID        string    `json:"id"`
	State     State     `json:"state"`
	StateName string    `json:"state_name"` // Chinese
	Revision  int       `json:"revision"`   // rises with every change by people
	Synthetic bool      `json:"synthetic"`  // made for a demonstration
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by"`
	ChangedAt time.Time `json:"changed_at"`
	ChangedBy string    `json:"changed_by"`
	Version
}

// Step is a change of state; the first is how the product began.
type Step struct {
	Seq      int64     `json:"seq"`
	Revision int       `json:"revision"`
	Version  int       `json:"version"`
	From     *State    `json:"from"` // nil is the beginning
	To       State     `json:"to"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Why      string    `json:"why"`
}

// Whole is a product with its history.
type Whole struct {
	Product
	History []Step       `json:"history"`
	Next    []Transition `json:"next"` // that who asks may take
}

// LegendLine is a line of a product's legend: what features of a layer with these
// properties are called.
type LegendLine struct {
	Layer      string         `json:"layer,omitempty"`
	Label      string         `json:"label"` // Chinese
	LabelEN    string         `json:"label_en"`
	Properties map[string]any `json:"properties"`
}

// Layer returns the product's layer of that id.
func (c Content) Layer(id string) (Layer, bool) {
	for _, l := range c.Layers {
		if l.ID == id {
			return l, true
		}
	}
	return Layer{}, false
}

// clone copies a content, so that what a caller keeps isn't changed.
func (c Content) clone() (copied Content, err error) {
	text, err := json.Marshal(c)
	if err != nil {
		return copied, err
	}
	return copied, json.Unmarshal(text, &copied)
}
