package packages

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"onemap/layers"
	"onemap/products"
	"onemap/spatial/files"
)

// The names of the passport's files in a package.
const (
	passportName = "passport.json"
	pageName     = "数据说明.html"
)

// Passport says what is in a package: the data passport.
type Passport struct {
	Title       string           `json:"title"`
	Format      files.Format     `json:"format"`
	Encoding    string           `json:"encoding,omitempty"`
	CRS         string           `json:"crs"` // "EPSG:4490"
	CRSName     string           `json:"crs_name"`
	Area        string           `json:"area,omitempty"` // code
	AreaName    string           `json:"area_name,omitempty"`
	Clipped     bool             `json:"clipped"`
	Product     *ProductPassport `json:"product,omitempty"`
	Secrecy     string           `json:"secrecy"` // the highest of product and layers
	SecrecyName string           `json:"secrecy_name"`
	DataAt      time.Time        `json:"data_at"`  // when the newest of the layers was published
	Features    int64            `json:"features"` // of a map of tiles: tiles
	Synthetic   bool             `json:"synthetic"`
	Layers      []LayerPassport  `json:"layers"`

	Dictionaries []layers.Dictionary `json:"dictionaries"`
	Renamed      []files.Renamed     `json:"renamed,omitempty"` // fields under shorter names
	Losses       []files.Loss        `json:"losses,omitempty"`  // texts that the format can't hold whole
	Files        []FilePassport      `json:"files"`             // all but the passport itself

	Export     int64     `json:"export,omitempty"` // number in the record of exports
	ExportedBy string    `json:"exported_by"`
	ExportedAt time.Time `json:"exported_at"`
	Purpose    string    `json:"purpose,omitempty"`
	Approval   *Approval `json:"approval"` // null is that none was needed
}

// ProductPassport says what product the data is of.
type ProductPassport struct {
	ID         string         `json:"id"`
	Version    int            `json:"version"`
	Title      string         `json:"title"`
	Department string         `json:"department"`
	Source     string         `json:"source"`
	DataDate   string         `json:"data_date"`
	Published  *time.Time     `json:"published_at"`
	Share      products.Share `json:"share"`
	ShareName  string         `json:"share_name"`
	Conditions string         `json:"conditions,omitempty"`
	MapNumber  string         `json:"map_approval_number,omitempty"` // 审图号
}

// LayerPassport says what a layer of a package is.
type LayerPassport struct {
	ID           string              `json:"id"`
	Title        string              `json:"title"`
	Version      int                 `json:"version"`
	Published    *time.Time          `json:"published_at"`
	Edited       *time.Time          `json:"edited_at"`
	LastEdit     int64               `json:"last_edit"` // number; 0 is none
	Department   string              `json:"department"`
	Standard     string              `json:"standard"` // that the field list follows
	Cycle        string              `json:"cycle,omitempty"`
	Sensitivity  layers.Sensitivity  `json:"sensitivity"`
	SourceFile   string              `json:"source_file"`
	SourceSHA256 string              `json:"source_sha256"`
	Synthetic    bool                `json:"synthetic"`
	Geometry     layers.GeometryKind `json:"geometry"`
	Filtered     bool                `json:"filtered"` // by the product
	Features     int64               `json:"features"`
	Tiles        int64               `json:"tiles,omitempty"`
	EditsWaiting int                 `json:"edits_waiting,omitempty"` // that the tiles lack
	Fields       []FieldPassport     `json:"fields"`
}

// FieldPassport says what a field is.
type FieldPassport struct {
	Name       string           `json:"name"`
	Label      string           `json:"label"`
	LabelEN    string           `json:"label_en"`
	Type       layers.FieldType `json:"type"`
	Length     int              `json:"length,omitempty"`
	Unit       string           `json:"unit,omitempty"`
	Dictionary string           `json:"dictionary,omitempty"`
	Masked     bool             `json:"masked,omitempty"` // personal, and not whole for who exported
}

// FilePassport names a file of a package with its checksum.
type FilePassport struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

var (
	secrecyNames = map[layers.Sensitivity]string{layers.Public: "公开", layers.Internal: "内部", layers.Sensitive: "敏感"}
	secrecyOrder = []layers.Sensitivity{layers.Public, layers.Internal, layers.Sensitive}
	shareNames   = map[products.Share]string{products.Unconditional: "无条件共享", products.Conditional: "有条件共享", products.NotShared: "不予共享"}
)

// passport is that of a plan, without counts and files.
func (p Plan) passport(ctx context.Context, o Order) Passport {
	r := p.Request
	s := Passport{
		Title: p.Title(), Format: r.Format, CRS: p.system.String(), CRSName: p.system.Name(), Area: r.Area, AreaName: p.area, Clipped: r.Clip,
		Layers: []LayerPassport{}, Dictionaries: []layers.Dictionary{}, Files: []FilePassport{},
		Export: o.Export, ExportedBy: o.By, ExportedAt: o.At.UTC(), Purpose: r.Purpose, Approval: o.Approval,
	}
	if r.Format == files.Shapefile {
		encoding, _ := files.ParseEncoding(r.Encoding)
		s.Encoding = string(encoding)
	}
	highest := layers.Public
	if p.Product != nil {
		c := p.Product.Content
		s.Product = &ProductPassport{
			ID: p.Product.ID, Version: p.Product.Number, Title: c.Title, Department: c.Department, Source: c.Source, DataDate: c.DataDate, Published: p.Product.From,
			Share: c.Share, ShareName: shareNames[c.Share], Conditions: c.Conditions, MapNumber: c.Approval,
		}
		highest = c.Secrecy
	}
	used := map[string]bool{}
	for _, one := range p.parts {
		l := one.passport(ctx, r.Format)
		s.Layers = append(s.Layers, l)
		s.Synthetic = s.Synthetic || l.Synthetic
		if slices.Index(secrecyOrder, l.Sensitivity) > slices.Index(secrecyOrder, highest) {
			highest = l.Sensitivity
		}
		for _, at := range []*time.Time{l.Published, l.Edited} {
			if at != nil && at.After(s.DataAt) {
				s.DataAt = at.UTC()
			}
		}
		for _, f := range l.Fields {
			used[f.Dictionary] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if d, ok := p.dictionaries[id]; ok {
			s.Dictionaries = append(s.Dictionaries, d)
		}
	}
	s.Secrecy, s.SecrecyName = string(highest), secrecyNames[highest]
	return s
}

func (one part) passport(ctx context.Context, f files.Format) LayerPassport {
	d, v := one.layer.Definition, one.layer.Published
	l := LayerPassport{
		ID: d.ID, Title: one.title, Version: v.Number, Published: v.PublishedAt, Edited: v.EditedAt, LastEdit: one.layer.LastEdit(), Department: d.Department, Standard: d.Source,
		Cycle: d.Cycle, Sensitivity: d.Sensitivity, SourceFile: filepath.Base(v.SourceFile), SourceSHA256: v.SourceSHA256, Synthetic: v.Synthetic, Geometry: d.Geometry,
		Filtered: one.filter != nil, Fields: []FieldPassport{},
	}
	fields := one.fields
	if f == Tiles {
		fields = one.layer.TileFields()
	}
	for _, f := range fields {
		l.Fields = append(l.Fields, FieldPassport{f.Name, f.Label, f.LabelEN, f.Type, f.Length, f.Unit, f.Dictionary, !f.ShowsPersonal(ctx)})
	}
	return l
}

//go:embed page.html
var pageText string

// write puts the passport beside the data, with the checksums of all other files.
func (s *Passport) write(folder string) error {
	names, err := members(folder)
	if err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	if err := s.sum(folder, names); err != nil {
		return err
	}
	page, err := template.New("page").Funcs(template.FuncMap{"beijing": inBeijing}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("packages: the page of a passport: %w", err)
	}
	var text bytes.Buffer
	if err := page.Execute(&text, s); err != nil {
		return fmt.Errorf("packages: the page of a passport: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, pageName), text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	if err := s.sum(folder, []string{pageName}); err != nil {
		return err
	}
	passport, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, passportName), passport, 0o600)
	}
	if err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	return nil
}

func (s *Passport) sum(folder string, names []string) error {
	for _, name := range names {
		sum, size, err := fileSum(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("packages: %w", err)
		}
		s.Files = append(s.Files, FilePassport{name, size, sum})
	}
	return nil
}

// inBeijing words a time for people.
func inBeijing(at any) string {
	switch at := at.(type) {
	case time.Time:
		return at.In(beijing).Format("2006-01-02 15:04:05")
	case *time.Time:
		if at != nil {
			return at.In(beijing).Format("2006-01-02 15:04:05")
		}
	}
	return "—"
}

// beijing is the time of people who read passports; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)
