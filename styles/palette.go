package styles

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrUnknownPalette reports the id of a palette that there isn't.
var ErrUnknownPalette = errors.New("styles: no such palette")

//go:embed palettes/*.json
var paletteFiles embed.FS

// Screen is the palette that is meant where none is named.
const Screen = "screen"

// A Palette gives the roles of the styles their colours. Fragments name roles
// ("@river.line") and so are the same for all palettes. The colours of a
// dictionary's codes are roles too: "land_class.0301".
type Palette struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`       // Chinese
	NameEN    string            `json:"name_en"`    // English
	Purpose   string            `json:"purpose"`    // Chinese
	PurposeEN string            `json:"purpose_en"` // English
	Vision    []Vision          `json:"vision"`     // whose eyes must tell the classes of a layer apart
	Roles     map[string]string `json:"roles"`      // colours as "#5b9dcc"; "paper" is what everything lies on
}

// paper is the role of the background.
const paper = "paper"

// Paper is the colour that everything lies on.
func (p Palette) Paper() string { return p.Roles[paper] }

// paletteOrder is the order in which people read of the palettes.
var paletteOrder = [...]string{Screen, "print", "safe"}

// Palettes returns all palettes. A file that cannot be used is an
// [ErrInvalidFragment], which only a faulty build has.
func Palettes() ([]Palette, error) {
	all := make([]Palette, 0, len(paletteOrder))
	for _, id := range paletteOrder {
		p, err := PaletteNamed(id)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// PaletteIDs are the ids of all palettes, the usual one first.
func PaletteIDs() []string { return paletteOrder[:] }

// PaletteNamed returns a palette; "" is [Screen]. Another id than those of
// [Palettes] is an [ErrUnknownPalette].
func PaletteNamed(id string) (Palette, error) {
	if id == "" {
		id = Screen
	}
	if !slices.Contains(paletteOrder[:], id) {
		return Palette{}, fmt.Errorf("%w: %.40q is none of %s", ErrUnknownPalette, id, strings.Join(paletteOrder[:], ", "))
	}
	text, err := paletteFiles.ReadFile("palettes/" + id + ".json")
	if err != nil {
		return Palette{}, fmt.Errorf("%w: palettes/%s.json: %w", ErrInvalidFragment, id, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var p Palette
	if err := decoder.Decode(&p); err != nil {
		return Palette{}, fmt.Errorf("%w: palettes/%s.json: %w", ErrInvalidFragment, id, err)
	}
	return p, nil
}

var (
	roleName  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[\p{Han}A-Za-z0-9_-]+)*$`)
	roleUse   = regexp.MustCompile(`@[\p{Han}A-Za-z0-9_.-]+`)
	wholeRole = regexp.MustCompile(`^@[\p{Han}A-Za-z0-9_.-]+$`)
	hexUse    = regexp.MustCompile(`#[0-9a-fA-F]{6}`)
	hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// colours finds the colour of a role for one layer in one palette.
type colours struct {
	palette Palette
	own     map[string]map[string]string // of the fragment, by palette, then role
	codes   map[string]string            // of the dictionaries, as "land_class.0301"
	mute    float64                      // share of the paper in every colour but those of texts, 0 to 1
}

// role returns the colour of a role: the fragment's own, else the palette's, else
// the dictionary's, else the fragment's own for the screen.
func (c colours) role(name string) (string, bool) {
	for _, from := range []map[string]string{c.own[c.palette.ID], c.palette.Roles, c.codes, c.own[Screen]} {
		if colour, ok := from[name]; ok {
			return colour, true
		}
	}
	return "", false
}

// muted takes a colour that many steps to the paper.
func (c colours) muted(hex string) string {
	if c.mute == 0 {
		return hex
	}
	return mixed(hex, c.palette.Roles[paper], c.mute)
}
