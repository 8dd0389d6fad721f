package styles

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrUnknownTheme reports the id of a theme that has no look.
var ErrUnknownTheme = errors.New("styles: no such theme")

//go:embed themes.json
var themesFile []byte

// Theme is the look of one theme's map: its own layers in full, and of the others
// what is needed to know where one is, paler.
type Theme struct {
	ID      string   `json:"id"`
	Shown   []string `json:"shown"`   // layers that are shown at the start
	More    []string `json:"more"`    // layers that can be shown beside them
	Context []string `json:"context"` // layers that say where one is, shown at the start
	Mute    float64  `json:"mute"`    // how far the context's colours go to the paper, 0 to 1
}

// Themes are the looks of all themes.
func Themes() ([]Theme, error) {
	decoder := json.NewDecoder(bytes.NewReader(themesFile))
	decoder.DisallowUnknownFields()
	var all []Theme
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("%w: themes.json: %w", ErrInvalidFragment, err)
	}
	return all, nil
}

// themeNamed returns a theme's look, or an [ErrUnknownTheme]. "" is the whole map.
func themeNamed(id string) (Theme, error) {
	if id == "" {
		return Theme{}, nil
	}
	all, err := Themes()
	if err != nil {
		return Theme{}, err
	}
	i := slices.IndexFunc(all, func(t Theme) bool { return t.ID == id })
	if i < 0 {
		return Theme{}, fmt.Errorf("%w: %.40q", ErrUnknownTheme, id)
	}
	return all[i], nil
}

// has tells whether the theme's map has a layer; the whole map has all.
func (t Theme) has(layer string) bool {
	return t.ID == "" || slices.Contains(t.Shown, layer) || slices.Contains(t.More, layer) || slices.Contains(t.Context, layer)
}

// shows tells whether a layer is shown at the start. usually is whether the whole map shows it.
func (t Theme) shows(layer string, usually bool) bool {
	if t.ID == "" {
		return usually
	}
	return slices.Contains(t.Shown, layer) || slices.Contains(t.Context, layer)
}

// mutes is how far a layer's colours go to the paper.
func (t Theme) mutes(layer string) float64 {
	if slices.Contains(t.Context, layer) {
		return t.Mute
	}
	return 0
}
