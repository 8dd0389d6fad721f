package packages

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/products"
	"onemap/spatial/crs"
	"onemap/styles"
	"onemap/styles/render"
	"onemap/tiles"
	"onemap/tiles/pyramid"
)

const highestZoom = pyramid.HighestZoom

//go:embed sql/area.sql
var areaSQL string

// Packer makes packages.
type Packer struct {
	db        *pgxpool.Pool
	store     *layers.Store
	products  *products.Store
	archives  *tiles.Archives
	limits    Limits
	fragments func() map[string]styles.Fragment // looks of layers that were edited; nil is as they come
}

// Limits bound a package.
type Limits struct {
	Features int64 // 0 is 2,000,000
	Bytes    int64 // of its files before they are packed; 0 is 4 GiB
}

// NewPacker makes packages of what is in db; archives are those that tiles come from.
func NewPacker(db *pgxpool.Pool, archives *tiles.Archives, l Limits) *Packer {
	if l.Features <= 0 {
		l.Features = 2_000_000
	}
	if l.Bytes <= 0 {
		l.Bytes = 4 << 30
	}
	return &Packer{db: db, store: layers.NewStore(db), products: products.NewStore(db), archives: archives, limits: l}
}

// DrawWith has styles of packages look as layers were edited: those of products as the
// store opens them, those of layers by themselves by fragments. It must be called before
// the packer is used.
func (k *Packer) DrawWith(store *products.Store, fragments func() map[string]styles.Fragment) {
	k.products, k.fragments = store, fragments
}

// part is a layer of a package.
type part struct {
	layer  layers.Layer
	title  string
	filter *render.Filter // nil is all features
	fields []layers.Field
}

// Plan is a request whose parts were opened for who asks.
type Plan struct {
	Request Request
	Product *products.Product // nil is none
	Needs   []Need            // why somebody must approve; none is that nobody must

	parts        []part
	system       crs.System
	area         string // name of the area, "" is none
	extent       *[4]float64
	style        func(address func(layers.Layer) string) ([]byte, error)
	dictionaries map[string]layers.Dictionary
}

// Need is a reason for an approval.
type Need struct {
	Layer string `json:"layer,omitempty"` // "" is the product
	ZH    string `json:"zh"`
	EN    string `json:"en"`
}

// Title is what the package is called: the product's title, or the layers' names.
func (p Plan) Title() string {
	if p.Product != nil {
		return p.Product.Content.Title
	}
	names := make([]string, len(p.parts))
	for i, one := range p.parts {
		names[i] = one.title
	}
	return strings.Join(names, "、")
}

// Plan opens what a request asks for, with the rights of the context's principal,
// who needs [access.Export]. Beside [RequestError] and [ErrArea] the errors are those
// of opening products and layers.
func (k *Packer) Plan(ctx context.Context, catalogue *layers.Catalogue, r Request) (p Plan, err error) {
	if err := access.Require(ctx, access.Export); err != nil {
		return p, err
	}
	if err := r.Check(); err != nil {
		return p, err
	}
	p.Request, p.dictionaries = r, catalogue.Dictionaries
	if p.system, err = r.system(); err != nil {
		return p, err
	}
	if r.Product != "" {
		err = k.planProduct(ctx, catalogue, &p)
	} else {
		err = k.planLayers(ctx, catalogue, &p)
	}
	if err != nil {
		return p, err
	}
	if r.Area != "" {
		if p.area, err = k.nameArea(ctx, catalogue, r.Area); err != nil {
			return p, err
		}
	}
	p.needs(ctx)
	return p, k.tooMany(p)
}

func (k *Packer) planProduct(ctx context.Context, catalogue *layers.Catalogue, p *Plan) error {
	o, err := k.products.Open(ctx, catalogue, p.Request.Product, p.Request.Version)
	if err != nil {
		return err
	}
	p.Product, p.extent = &o.Product, o.Product.Content.Extent
	for _, id := range p.Request.Layers {
		if _, ok := o.Product.Content.Layer(id); !ok {
			return &RequestError{"layers", id, "产品没有这个图层", "is no layer of the product"}
		}
	}
	for i, one := range o.Product.Content.Layers {
		if len(p.Request.Layers) == 0 || slices.Contains(p.Request.Layers, one.ID) {
			title := one.Title
			if title == "" {
				title = o.Layers[i].Definition.Name
			}
			p.parts = append(p.parts, part{o.Layers[i], title, o.Filters[i], o.Layers[i].Fields()})
		}
	}
	p.style = o.StyleFrom
	return nil
}

func (k *Packer) planLayers(ctx context.Context, catalogue *layers.Catalogue, p *Plan) error {
	for _, name := range p.Request.Layers {
		l, err := k.store.OpenNamed(ctx, catalogue, name, time.Time{})
		if err != nil {
			return err
		}
		p.parts = append(p.parts, part{l, l.Definition.Name, nil, l.Fields()})
	}
	p.style = func(address func(layers.Layer) string) ([]byte, error) {
		sources := make([]styles.Source, len(p.parts))
		for i, one := range p.parts {
			sources[i] = styles.Source{Layer: one.layer.Definition, TileJSON: address(one.layer), Shown: true, Bounds: one.layer.Published.Bounds}
		}
		all := make([]layers.Dictionary, 0, len(catalogue.Dictionaries))
		for _, d := range catalogue.Dictionaries {
			all = append(all, d)
		}
		var look styles.Look
		if k.fragments != nil {
			look.Fragments = k.fragments()
		}
		return look.Document(sources, all)
	}
	return nil
}

// needs finds why somebody must approve.
func (p *Plan) needs(ctx context.Context) {
	names := map[layers.Sensitivity]string{layers.Internal: "内部", layers.Sensitive: "敏感"}
	if p.Product != nil {
		if c := p.Product.Content; c.Secrecy != layers.Public {
			p.Needs = append(p.Needs, Need{"", "产品密级为" + names[c.Secrecy], "the product is " + string(c.Secrecy)})
		} else if c.Share == products.NotShared {
			p.Needs = append(p.Needs, Need{"", "产品不予共享", "the product is not shared"})
		}
	}
	for _, one := range p.parts {
		d := one.layer.Definition
		if d.Sensitivity != layers.Public {
			p.Needs = append(p.Needs, Need{d.ID, d.Name + "密级为" + names[d.Sensitivity], d.NameEN + " is " + string(d.Sensitivity)})
		}
		if p.Request.Format == Tiles { // tiles carry nothing personal
			continue
		}
		for _, f := range one.fields {
			if f.Personal != "" && f.ShowsPersonal(ctx) {
				p.Needs = append(p.Needs, Need{d.ID, fmt.Sprintf("%s的“%s”为个人信息且不脱敏", d.Name, f.Label), fmt.Sprintf("%s of %s is personal and whole", f.Name, d.NameEN)})
			}
		}
	}
}

// tooMany refuses at once what can't fit.
func (k *Packer) tooMany(p Plan) error {
	if p.Request.Format == Tiles || p.Request.Area != "" || p.extent != nil {
		return nil
	}
	total := int64(0)
	for _, one := range p.parts {
		if one.filter == nil {
			total += one.layer.Published.FeatureCount
		}
	}
	if total > k.limits.Features {
		return fmt.Errorf("%w: %d, at most %d; choose an area or fewer layers", ErrTooMany, total, k.limits.Features)
	}
	return nil
}

// areaLayers are the published layers that areas are found in.
func areaLayers(catalogue *layers.Catalogue) []layers.Layer {
	var found []layers.Layer
	for _, l := range catalogue.Layers {
		_, hasCode := l.Columns.Field("code")
		if l.Published != nil && hasCode && l.Definition.Geometry == layers.Polygon && (strings.HasPrefix(l.Definition.ID, "division_") || strings.HasPrefix(l.Definition.ID, "grid_")) {
			found = append(found, l)
		}
	}
	return found
}

// nameArea finds a division or cell by its code.
func (k *Packer) nameArea(ctx context.Context, catalogue *layers.Catalogue, code string) (string, error) {
	l, err := k.areaLayer(ctx, catalogue, code)
	if err != nil {
		return "", err
	}
	if _, ok := l.Columns.Field("name"); !ok {
		return code, nil
	}
	var name *string
	err = k.db.QueryRow(ctx, "SELECT name FROM "+l.From()+" f WHERE code = $1 ORDER BY fid LIMIT 1", code).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("packages: area %s: %w", code, err)
	}
	if name == nil {
		return code, nil
	}
	return *name, nil
}

func (k *Packer) areaLayer(ctx context.Context, catalogue *layers.Catalogue, code string) (layers.Layer, error) {
	for _, l := range areaLayers(catalogue) {
		var there bool
		err := k.db.QueryRow(ctx, strings.ReplaceAll(areaSQL, "{table}", l.From()), pgx.StrictNamedArgs{"code": code}).Scan(&there)
		if err != nil {
			return l, fmt.Errorf("packages: area %s: %w", code, err)
		}
		if there {
			return l, nil
		}
	}
	return layers.Layer{}, fmt.Errorf("%w: %.30s", ErrArea, code)
}

// styleOf is the style of the package's layers alone, whose tiles lie beside it.
func (p Plan) styleOf() ([]byte, error) {
	text, err := p.style(func(l layers.Layer) string { return "pmtiles://" + l.Definition.ID + ".pmtiles" })
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("packages: reading the style: %w", err)
	}
	kept := map[string]bool{}
	for _, one := range p.parts {
		kept[one.layer.Definition.ID] = true
	}
	sources, _ := document["sources"].(map[string]any)
	for id := range sources {
		if !kept[id] {
			delete(sources, id)
		}
	}
	all, _ := document["layers"].([]any)
	document["layers"] = slices.DeleteFunc(all, func(one any) bool {
		members, _ := one.(map[string]any)
		source, has := members["source"].(string)
		return has && !kept[source]
	})
	return json.MarshalIndent(document, "", " ")
}
