package orders

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/layers"
	"onemap/products/sheets"
	"onemap/styles"
	"onemap/styles/render"
	"onemap/styles/stored"
	"onemap/tiles"
	"onemap/tiles/terrain"
)

// Desk takes requests and makes files of them. Many goroutines may use it at once.
type Desk struct {
	DB       *pgxpool.Pool
	Store    *layers.Store
	Archives *tiles.Archives // may be nil
	Studio   *sheets.Studio
	Approval string // 审图号 of the installation; "" is none
	// Products opens a product for whoever asks; nil where there are none.
	Products func(ctx context.Context, catalogue *layers.Catalogue, id string, version int) (Content, error)
	// Looks are the looks of layers that were edited; nil is as they are shipped.
	Looks func(ctx context.Context, catalogue *layers.Catalogue) (map[string]styles.Fragment, error)
	// Ground is the elevation model that maps are shaded with, as whoever asks may see
	// it; nil where there is none.
	Ground func(ctx context.Context) (terrain.View, bool)
	// Now is the clock; nil is that of the system.
	Now func() time.Time
}

// Content is what a sheet shows.
type Content struct {
	Title      string
	TitleEN    string
	Layers     []layers.Layer
	Document   []byte  // MapLibre style
	Coarsest   float64 // denominator of the smallest scale that it is for; 0 is any
	Relief     bool    // the ground is shaded beneath it
	Palette    string  // of the style
	Source     string
	DataDate   string
	Department string
	Approval   string
	Secrecy    string
}

// base are the layers that are put beneath those of a request.
var base = []string{"division_city", "division_county", "division_town", "water_body", "river", "road", "place_name"}

// borders are the layers of divisions, the highest first.
var borders = []string{"division_city", "division_county", "division_town", "division_village"}

// content opens what a request names.
func (d *Desk) content(ctx context.Context, catalogue *layers.Catalogue, r *Request) (Content, error) {
	if r.Product != "" {
		if d.Products == nil {
			return Content{}, wrong("product", "本服务没有图产品", "this service has no products")
		}
		c, err := d.Products(ctx, catalogue, r.Product, r.Version)
		if err != nil {
			return Content{}, err
		}
		if c.Document, err = onPaper(c.Document); err != nil {
			return Content{}, err
		}
		c.Document, err = r.asViewed(c.Document, c.Layers)
		return c, err
	}
	var at time.Time
	var err error
	if r.Datetime != "" {
		if at, err = layers.ParseMoment(r.Datetime); err != nil {
			return Content{}, err
		}
	}
	var c Content
	have := map[string]bool{}
	add := func(l layers.Layer) {
		c.Layers = append(c.Layers, l)
		have[l.Definition.ID] = true
	}
	var names, english []string
	for _, name := range r.Layers {
		l, err := d.Store.OpenNamed(ctx, catalogue, strings.TrimSpace(name), at)
		if err != nil {
			return Content{}, err
		}
		if have[l.Definition.ID] {
			return Content{}, wrong("layers", "图层 %s 给出了两次", "layer %s is given twice", l.Definition.ID)
		}
		add(l)
		names, english = append(names, l.Definition.Name), append(english, l.Definition.NameEN)
	}
	c.Title, c.TitleEN = strings.Join(names[:min(3, len(names))], "、")+"图", strings.Join(english[:min(3, len(english))], ", ")
	c.Department = c.Layers[0].Definition.Department
	if r.Base == nil || *r.Base {
		for _, id := range base {
			if l, err := d.Store.OpenNamed(ctx, catalogue, id, at); err == nil && !have[id] {
				add(l)
			}
		}
	}
	var shown []styles.Source
	for _, l := range c.Layers {
		shown = append(shown, styles.Source{Layer: l.Definition, TileJSON: "/tiles/" + l.Definition.ID + ".json", Shown: true})
	}
	c.Relief, c.Palette = r.Relief, cmp.Or(r.Palette, "print")
	look := styles.Look{Palette: c.Palette}
	if d.Looks != nil {
		if look.Fragments, err = d.Looks(ctx, catalogue); err != nil {
			return Content{}, err
		}
	}
	if c.Document, err = look.Document(shown, styles.DictionariesOf(catalogue)); err != nil {
		return Content{}, err
	}
	if c.Document, err = onPaper(c.Document); err != nil {
		return Content{}, err
	}
	c.Document, err = r.asViewed(c.Document, c.Layers)
	return c, err
}

// onPaper makes the background of a document white.
func onPaper(document []byte) ([]byte, error) {
	var d map[string]json.RawMessage
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", render.ErrInvalidStyle, err)
	}
	var all []map[string]json.RawMessage
	if err := json.Unmarshal(d["layers"], &all); err != nil {
		return nil, fmt.Errorf("%w: %w", render.ErrInvalidStyle, err)
	}
	for _, l := range all {
		if bytes.Equal(l["type"], []byte(`"background"`)) {
			l["paint"] = json.RawMessage(`{"background-color":"#ffffff"}`)
		}
	}
	var err error
	if d["layers"], err = json.Marshal(all); err != nil {
		return nil, fmt.Errorf("%w: %w", render.ErrInvalidStyle, err)
	}
	return json.Marshal(d)
}

// words are what a sheet says, by the request, else by what is shown.
func (d *Desk) words(r *Request, c Content, city string) (s sheets.Sheet, err error) {
	s.Title, s.TitleEN = cmp.Or(r.Title, c.Title), cmp.Or(r.TitleEN, c.TitleEN)
	if r.Title != "" && r.TitleEN == "" {
		s.TitleEN = ""
	}
	told := tell(c.Layers)
	for _, l := range c.Layers {
		def := l.Definition
		s.Layers = append(s.Layers, sheets.LayerName{ID: def.ID, Name: def.Name, Border: strings.HasPrefix(def.ID, "division_"), Rank: slices.Index(borders, def.ID)})
	}
	now := time.Now
	if d.Now != nil {
		now = d.Now
	}
	department := c.Department
	if department == "" && len(told.departments) > 0 {
		department = told.departments[0]
	}
	if city != "" && department != "" && !strings.Contains(department, city) {
		department = city + department
	}
	s.Sources, s.DataDate = cmp.Or(r.Source, c.Source, told.sources()), cmp.Or(r.DataDate, c.DataDate, told.dates())
	s.Department, s.Drawn = cmp.Or(r.Department, department), cmp.Or(r.Date, dateText(now()))
	s.Approval = cmp.Or(r.Approval, c.Approval, d.Approval)
	s.Secrecy = cmp.Or(r.Secrecy, c.Secrecy, map[layers.Sensitivity]string{layers.Internal: "内部", layers.Sensitive: "敏感"}[told.secrecy])
	if told.synthetic {
		s.Watermarks = append(s.Watermarks, "演示数据")
	}
	if told.secrecy != layers.Public {
		s.Watermarks = append(s.Watermarks, "内部资料 注意保管")
	}
	if r.Watermark != "" {
		s.Watermarks = append(s.Watermarks, r.Watermark)
	}
	s.Document, s.DPI, s.Plain = c.Document, r.dpi(), r.Plain
	s.Source = stored.New(d.DB, d.Archives, c.Layers)
	if len(r.Drawings) > 0 {
		s.Source = drawings{s.Source, r.Drawings}
	}
	if s.Without, err = sheets.PartsNamed(r.Without); err != nil {
		return s, err
	}
	if s.Grid, err = r.grid(); err != nil {
		return s, err
	}
	s.Paper, err = sheets.PaperNamed(r.paper())
	return s, err
}

// facts are what layers say of themselves together.
type facts struct {
	synthetic   bool
	secrecy     layers.Sensitivity // the strictest
	departments []string
	first, last time.Time // of their data
}

func tell(shown []layers.Layer) facts {
	f := facts{secrecy: layers.Public}
	for _, l := range shown {
		def, v := l.Definition, l.Published
		f.synthetic = f.synthetic || v.Synthetic
		if def.Sensitivity == layers.Sensitive || def.Sensitivity == layers.Internal && f.secrecy == layers.Public {
			f.secrecy = def.Sensitivity
		}
		if def.Department != "" && !slices.Contains(f.departments, def.Department) {
			f.departments = append(f.departments, def.Department)
		}
		at := v.ImportedAt
		if v.EditedAt != nil && v.EditedAt.After(at) {
			at = *v.EditedAt
		}
		if f.first.IsZero() || at.Before(f.first) {
			f.first = at
		}
		if at.After(f.last) {
			f.last = at
		}
	}
	return f
}

// sources names the departments, at most five.
func (f facts) sources() string {
	if len(f.departments) > 5 {
		return strings.Join(f.departments[:5], "、") + "等部门"
	}
	return strings.Join(f.departments, "、")
}

func (f facts) dates() string {
	if from, until := dateText(f.first), dateText(f.last); from != until {
		return from + "至" + until
	}
	return dateText(f.last)
}

// dateText is a day in Beijing.
func dateText(t time.Time) string {
	return t.In(time.FixedZone("Asia/Shanghai", 8*3600)).Format("2006年1月2日")
}
