package products

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"onemap/access"
	"onemap/layers"
	"onemap/styles/render"
	"onemap/styles/versions"
)

// Opened is a product with all that is needed to draw and describe it, for who
// opened it.
type Opened struct {
	Product Product
	Layers  []layers.Layer   // of the versions that the product shows, in the order of Product.Content.Layers
	Filters []*render.Filter // of the layers; nil shows all features
	Style   []byte           // MapLibre style document, version 8, with TileJSON addresses from the root
	Legend  []LegendLine     // the uppermost layer first
	At      *time.Time       // for layers as of a time, that time; nil is now, or versions

	current bool
	from    material
}

// Current tells whether the product is opened as it is now, and not as it was.
func (o Opened) Current() bool { return o.current }

// StyleFrom is the style document with other addresses of TileJSON.
func (o Opened) StyleFrom(address func(layers.Layer) string) ([]byte, error) {
	made, err := compose(o.Product.Content, o.Layers, o.from, address)
	return made.style, err
}

// StyleOnPaper is the style document for sheets: in the product's palette or, where it
// has none, in that of print.
func (o Opened) StyleOnPaper() ([]byte, error) {
	c := o.Product.Content
	c.Palette = cmp.Or(c.Palette, "print")
	made, err := compose(c, o.Layers, o.from, func(l layers.Layer) string { return "/tiles/" + l.Definition.ID + ".json" })
	return made.style, err
}

// Extent is that of the product, or of its layers' features: west, south, east,
// north in EPSG:4490 degrees. false is that there is nothing.
func (o Opened) Extent() (extent [4]float64, ok bool) {
	if e := o.Product.Content.Extent; e != nil {
		return *e, true
	}
	return extentOf(o.Layers)
}

func extentOf(shown []layers.Layer) (extent [4]float64, ok bool) {
	extent = [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, l := range shown {
		if l.Published == nil || len(l.Published.Bounds) != 4 {
			continue
		}
		b := l.Published.Bounds
		extent = [4]float64{min(extent[0], b[0]), min(extent[1], b[1]), max(extent[2], b[2]), max(extent[3], b[3])}
		ok = true
	}
	return extent, ok
}

// Open opens a product for the context's principal: version 0 is the newest,
// another one that was published, which then shows the data of its time. A product
// that isn't published is open to those who work on products; to others one that
// never was is an [ErrUnknown], one that was an [ErrRetired]. The product's secrecy
// and the rights on each of its layers hold: a layer that can't be had is a
// [LayerError].
func (s *Store) Open(ctx context.Context, catalogue *layers.Catalogue, id string, version int) (Opened, error) {
	var o Opened
	newest, err := s.head(ctx, id)
	if err != nil {
		return o, err
	}
	o.Product = newest
	if version != 0 && version != newest.Number {
		if o.Product, err = s.earlier(ctx, newest, version); err != nil {
			return o, err
		}
	}
	shown := o.Product
	if newest.State != Published && newest.State != Retired && o.Product.Number == newest.Number {
		shown.Shows, shown.Until = nil, nil // what is worked on shows what it would once published
	}
	o.current = shown.Until == nil
	if o.Layers, o.At, err = s.openLayers(ctx, catalogue, shown); err != nil {
		return o, err
	}
	from, looks := s.material(catalogue)
	made, err := s.composed(catalogue, looks, from, o)
	if err != nil {
		return o, fmt.Errorf("products: %s: %w", id, err)
	}
	o.Style, o.Legend, o.Filters, o.from = made.style, made.legend, made.filters, from
	return o, nil
}

// Try opens a product that somebody works on as it would be, and keeps nothing. It
// needs the right [access.Compose]; its errors are those of [Store.Create], beside
// those about the id, which need not be given.
func (s *Store) Try(ctx context.Context, catalogue *layers.Catalogue, in Input) (Opened, error) {
	o := Opened{current: true}
	if err := access.Require(ctx, access.Compose); err != nil {
		return o, err
	}
	if err := s.prepare(ctx, catalogue, in.ID, &in); err != nil {
		return o, err
	}
	o.Product = Product{ID: in.ID, State: Draft, StateName: nameOf(Draft), Version: Version{Content: in.Content, Why: in.Why}}
	var err error
	if o.Layers, o.At, err = s.openLayers(ctx, catalogue, o.Product); err != nil {
		return o, err
	}
	o.from, _ = s.material(catalogue)
	made, err := compose(in.Content, o.Layers, o.from, o.tileJSON)
	o.Style, o.Legend, o.Filters = made.style, made.legend, made.filters
	return o, err
}

// openLayers opens the layers of a product as one of its versions shows them.
func (s *Store) openLayers(ctx context.Context, catalogue *layers.Catalogue, p Product) (shown []layers.Layer, at *time.Time, err error) {
	switch {
	case p.Content.Update.Rule == OnDate:
		moment, err := layers.ParseMoment(p.Content.Update.Date)
		if err != nil {
			return nil, nil, fmt.Errorf("products: %s: %w", p.ID, err)
		}
		at = &moment
	case p.Content.Update.Rule == Follow && p.Until != nil:
		// the data of the last moment that it was shown, with the edits made by then
		moment := p.Until.Add(-time.Microsecond)
		at = &moment
	}
	shown = make([]layers.Layer, len(p.Content.Layers))
	for i, one := range p.Content.Layers {
		if shown[i], err = s.openLayer(ctx, catalogue, p, one.ID, at); err != nil {
			return nil, nil, &LayerError{p.ID, one.ID, err}
		}
	}
	return shown, at, nil
}

func (s *Store) openLayer(ctx context.Context, catalogue *layers.Catalogue, p Product, id string, at *time.Time) (layers.Layer, error) {
	l, err := catalogue.Layer(id)
	if err != nil {
		return l, err
	}
	if at != nil {
		opened, err := s.layers.OpenAt(ctx, l, *at)
		if wanted, recorded := p.Shows[id]; err == nil && recorded && opened.Published.Number != wanted {
			// publications that were made at the same time as the version ended
			return s.layers.OpenVersion(ctx, l, wanted)
		}
		return opened, err
	}
	number := p.Shows[id]
	if pinned := p.Content.Update.Versions[id]; p.Content.Update.Rule == Fixed && pinned != 0 {
		number = pinned
	}
	if number == 0 || (l.Published != nil && l.Published.Number == number) {
		return catalogue.Open(ctx, id)
	}
	// The catalogue in memory may be a moment behind, or the version is an earlier one.
	return s.layers.OpenVersion(ctx, l, number)
}

// tileJSON is where the TileJSON of an opened product's layer is, from the root.
func (o Opened) tileJSON(l layers.Layer) string {
	switch {
	case o.At != nil:
		return "/tiles/" + l.Definition.ID + ".json?datetime=" + o.At.UTC().Format(time.RFC3339Nano)
	case o.Product.Content.Update.Rule == Fixed || !o.Current():
		return fmt.Sprintf("/tiles/%s@%d.json", l.Definition.ID, l.Published.Number)
	}
	return "/tiles/" + l.Definition.ID + ".json"
}

// composedAs is what a composition depends on.
type composedAs struct {
	product          string
	number, revision int
	current          bool
	catalogue        *layers.Catalogue
	looks            *versions.Current
}

// mostComposed is how many compositions are kept, some 100 kB each.
const mostComposed = 256

// composed composes an opened product, or finds that it was.
func (s *Store) composed(catalogue *layers.Catalogue, looks *versions.Current, from material, o Opened) (composition, error) {
	key := composedAs{o.Product.ID, o.Product.Number, o.Product.Revision, o.current, catalogue, looks}
	s.mu.Lock()
	made, ok := s.kept[key]
	s.mu.Unlock()
	if ok {
		return made, nil
	}
	made, err := compose(o.Product.Content, o.Layers, from, o.tileJSON)
	if err != nil {
		return made, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= mostComposed {
		clear(s.kept)
	}
	s.kept[key] = made
	return made, nil
}

// mayRead tells whether the context's principal may read a product, by its secrecy
// and its state.
func mayRead(ctx context.Context, p Product) error {
	if !worksOn(access.From(ctx)) && p.State != Published {
		if p.From == nil && p.Number == 1 {
			return fmt.Errorf("%w: %s", ErrUnknown, p.ID)
		}
		return fmt.Errorf("%w: %s", ErrRetired, p.ID)
	}
	return mayReadContent(ctx, p.ID, p.Content)
}

func mayReadContent(ctx context.Context, id string, c Content) error {
	right := access.ReadInternal
	if c.Secrecy == layers.Public {
		right = access.ReadPublic
	}
	if err := access.Require(ctx, right); err != nil {
		return fmt.Errorf("products: %s is not open: %w", id, err)
	}
	return nil
}
