package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/layers"
	"onemap/styles"
	"onemap/styles/versions"
)

// styleStore is what this package needs of [versions.Store].
type styleStore interface {
	Save(ctx context.Context, layer layers.Definition, dictionaries []layers.Dictionary, f styles.Fragment, c versions.Change) (versions.Version, error)
	Restore(ctx context.Context, layer layers.Definition, dictionaries []layers.Dictionary, number int, c versions.Change) (versions.Version, error)
	Versions(ctx context.Context, layer string) ([]versions.Version, error)
	Version(ctx context.Context, layer string, number int) (versions.Version, error)
}

// styleWatcher is what this package needs of [versions.Watcher].
type styleWatcher interface {
	Current() *versions.Current
	Refresh(ctx context.Context) error
}

// maxStyle is the longest look of a layer, in bytes.
const maxStyle = 256 << 10

// look reads palette= and theme=.
func (s *server) look(values url.Values) styles.Look {
	k := styles.Look{Palette: values.Get("palette"), Theme: values.Get("theme")}
	if s.Styles != nil {
		k.Fragments = s.Styles.Current().Fragments()
	}
	return k
}

// getStyle answers GET /api/v1/style.json?palette=&theme=&layers=&hillshade=: the
// MapLibre style of the published layers that whoever asks may read, over the
// shaded ground where there is an elevation model.
func (s *server) getStyle(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "palette", "theme", "layers", "hillshade")
	if err != nil {
		return err
	}
	ids, err := styles.LayerList(values.Get("layers"))
	if err != nil {
		return err
	}
	document, err := s.look(values).OfCatalogue(r.Context(), s.Catalogue.Catalogue(), s.config.PublicURL, ids)
	if err != nil {
		return err
	}
	bare, err := without(values, "hillshade")
	if err != nil {
		return err
	}
	if !bare {
		if document, err = s.shaded(r, document, values.Get("palette"), s.config.PublicURL); err != nil {
			return err
		}
	}
	return writeBody(w, r, http.StatusOK, "application/json", document)
}

// without reads a parameter that is true unless it says false.
func without(values url.Values, name string) (bool, error) {
	switch text := values.Get(name); text {
	case "", "true":
		return false, nil
	case "false":
		return true, nil
	default:
		return false, &paramError{name, text, "应为 true 或 false", "must be true or false"}
	}
}

// told is a version as whoever asks may know it: who made it and why is for those
// who make looks.
func told(ctx context.Context, v versions.Version) versions.Version {
	if access.Require(ctx, access.Compose) != nil {
		v.MadeBy, v.Note = "", ""
	}
	return v
}

// styleEntry is the look of a layer in the list.
type styleEntry struct {
	Layer  string `json:"layer"`
	Name   string `json:"name"`
	NameEN string `json:"name_en"`
	Theme  string `json:"theme"`
	versions.Version
}

// paletteEntry is a palette as the list shows it.
type paletteEntry struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	NameEN    string          `json:"name_en"`
	Purpose   string          `json:"purpose"`
	PurposeEN string          `json:"purpose_en"`
	Paper     string          `json:"paper"`
	Vision    []styles.Vision `json:"vision"`
}

func paletteEntries() ([]paletteEntry, error) {
	all, err := styles.Palettes()
	if err != nil {
		return nil, err
	}
	shown := make([]paletteEntry, len(all))
	for i, p := range all {
		shown[i] = paletteEntry{p.ID, p.Name, p.NameEN, p.Purpose, p.PurposeEN, p.Paper(), p.Vision}
	}
	return shown, nil
}

// getStyles answers GET /api/v1/styles: palettes, themes, and which version of its
// look each layer has that whoever asks may read.
func (s *server) getStyles(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	palettes, err := paletteEntries()
	if err != nil {
		return err
	}
	themes, err := styles.Themes()
	if err != nil {
		return err
	}
	current := s.Styles.Current()
	entries := []styleEntry{}
	for _, l := range s.Catalogue.Catalogue().Readable(r.Context()) {
		d := l.Definition
		entries = append(entries, styleEntry{d.ID, d.Name, d.NameEN, d.Theme, told(r.Context(), current.Version(d.ID))})
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"palettes": palettes, "themes": themes, "styles": entries})
}

// styleAnswer is the look of a layer, whole.
type styleAnswer struct {
	styleEntry
	Fragment styles.Fragment  `json:"fragment"`
	Controls []styles.Control `json:"controls"`
	Palettes []paletteEntry   `json:"palettes"`
}

// styled returns a layer that whoever asks may read, published or not.
func (s *server) styled(r *http.Request) (layers.Definition, []layers.Dictionary, error) {
	catalogue := s.Catalogue.Catalogue()
	l, err := catalogue.Open(r.Context(), mux.Vars(r)["layer"])
	if errors.Is(err, layers.ErrNotPublished) {
		l, err = catalogue.Layer(mux.Vars(r)["layer"])
	}
	return l.Definition, styles.DictionariesOf(catalogue), err
}

func (s *server) answerStyle(w http.ResponseWriter, r *http.Request, status int, v versions.Version, f styles.Fragment) error {
	d, dictionaries, err := s.styled(r)
	if err != nil {
		return err
	}
	a := styleAnswer{styleEntry: styleEntry{d.ID, d.Name, d.NameEN, d.Theme, told(r.Context(), v)}, Fragment: f}
	if a.Controls, err = styles.Controls(d, dictionaries, f); err != nil {
		return err
	}
	if a.Palettes, err = paletteEntries(); err != nil {
		return err
	}
	return writeJSON(w, r, status, "application/json", a)
}

// getLayerStyle answers GET /api/v1/styles/{layer}: the look in force, and what can
// simply be changed about it.
func (s *server) getLayerStyle(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	d, _, err := s.styled(r)
	if err != nil {
		return err
	}
	current := s.Styles.Current()
	f, err := current.Look(d)
	if err != nil {
		return err
	}
	return s.answerStyle(w, r, http.StatusOK, current.Version(d.ID), f)
}

// styleChange is the body of a change: a whole look, or some controls of the one in force.
type styleChange struct {
	Fragment json.RawMessage            `json:"fragment"`
	Controls map[string]json.RawMessage `json:"controls"`
	Note     string                     `json:"note"`
	BasedOn  *int                       `json:"based_on"`
}

// putLayerStyle answers PUT /api/v1/styles/{layer}: another version of the look,
// from simple controls or from JSON. check=true only checks it.
func (s *server) putLayerStyle(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "check")
	if err != nil {
		return err
	}
	checkOnly, err := flag(values, "check")
	if err != nil {
		return err
	}
	d, dictionaries, err := s.styled(r)
	if err != nil {
		return err
	}
	var change styleChange
	if err := readObject(w, r, maxStyle, &change); err != nil {
		return err
	}
	f, err := s.changed(d, dictionaries, change)
	if err != nil {
		return err
	}
	if checkOnly {
		if err := styles.Check(d, dictionaries, f); err != nil {
			return err
		}
		return s.answerStyle(w, r, http.StatusOK, s.Styles.Current().Version(d.ID), f)
	}
	v, err := s.StyleStore.Save(r.Context(), d, dictionaries, f, versions.Change{Note: change.Note, BasedOn: change.BasedOn})
	if err != nil {
		return err
	}
	return s.answerNewStyle(w, r, d, v)
}

// changed is the look that a change asks for.
func (s *server) changed(d layers.Definition, dictionaries []layers.Dictionary, change styleChange) (styles.Fragment, error) {
	if string(change.Fragment) == "null" {
		change.Fragment = nil
	}
	if (change.Fragment == nil) == (change.Controls == nil) {
		return styles.Fragment{}, &paramError{"fragment", "", "请求体须给出 fragment（整个样式）或 controls（若干控件），且只给其一", "the body must give either fragment, a whole look, or controls, some of them"}
	}
	if change.Fragment != nil {
		return styles.ReadFragment(d, change.Fragment)
	}
	f, err := s.Styles.Current().Look(d)
	if err != nil {
		return styles.Fragment{}, err
	}
	return styles.Adjust(d, dictionaries, f, change.Controls)
}

// answerNewStyle answers with a version that was just made, which this server
// shows from now on; the others hear of it.
func (s *server) answerNewStyle(w http.ResponseWriter, r *http.Request, d layers.Definition, v versions.Version) error {
	if err := s.Styles.Refresh(r.Context()); err != nil {
		return err
	}
	f, err := v.Look(d)
	if err != nil {
		return err
	}
	w.Header().Set("Location", fmt.Sprintf("%s/api/v1/styles/%s/versions/%d", s.config.PublicURL, d.ID, v.Number))
	return s.answerStyle(w, r, http.StatusCreated, v, f)
}

// getStyleVersions answers GET /api/v1/styles/{layer}/versions, newest first.
func (s *server) getStyleVersions(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	d, _, err := s.styled(r)
	if err != nil {
		return err
	}
	all, err := s.StyleStore.Versions(r.Context(), d.ID)
	if err != nil {
		return err
	}
	for i := range all {
		all[i] = told(r.Context(), all[i])
	}
	return writeJSON(w, r, http.StatusOK, "application/json", map[string]any{"layer": d.ID, "current": s.Styles.Current().Version(d.ID).Number, "versions": all})
}

// styleVersion is the layer and the version that an address names.
func (s *server) styleVersion(r *http.Request) (layers.Definition, []layers.Dictionary, int, error) {
	d, dictionaries, err := s.styled(r)
	if err != nil {
		return d, nil, 0, err
	}
	number, err := whole(url.Values{"number": {mux.Vars(r)["number"]}}, "number", 0, 1<<30, 0)
	return d, dictionaries, int(number), err
}

// getStyleVersion answers GET /api/v1/styles/{layer}/versions/{number}; 0 is what
// the layer comes with.
func (s *server) getStyleVersion(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	d, _, number, err := s.styleVersion(r)
	if err != nil {
		return err
	}
	v, err := s.StyleStore.Version(r.Context(), d.ID, number)
	if err != nil {
		return err
	}
	f, err := v.Look(d)
	if err != nil {
		return err
	}
	return s.answerStyle(w, r, http.StatusOK, v, f)
}

// postStyleRestore answers POST /api/v1/styles/{layer}/versions/{number}/restore: a
// copy of an older version becomes the newest.
func (s *server) postStyleRestore(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	d, dictionaries, number, err := s.styleVersion(r)
	if err != nil {
		return err
	}
	var asked struct {
		Note    string `json:"note"`
		BasedOn *int   `json:"based_on"`
	}
	if r.ContentLength != 0 {
		if err := readObject(w, r, maxStyle, &asked); err != nil {
			return err
		}
	}
	v, err := s.StyleStore.Restore(r.Context(), d, dictionaries, number, versions.Change{Note: asked.Note, BasedOn: asked.BasedOn})
	if err != nil {
		return err
	}
	return s.answerNewStyle(w, r, d, v)
}
