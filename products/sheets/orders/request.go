package orders

import (
	"fmt"
	"strings"

	"onemap/products/sheets"
	"onemap/styles/render"
)

// Request asks for a sheet, or for a series of them.
type Request struct {
	Layers  []string `json:"layers,omitempty"`  // ids, each also as layer@version; what the sheet is about
	Base    *bool    `json:"base,omitempty"`    // boundaries, roads, rivers and names beneath them; nil is yes
	Palette string   `json:"palette,omitempty"` // "" is print
	Relief  bool     `json:"relief,omitempty"`  // the ground is shaded; of a product, as it says

	Views    []View    `json:"views,omitempty"`     // how some of the layers are shown
	OwnOrder bool      `json:"own_order,omitempty"` // layers are drawn in the order of Layers, the lowest first; else in that of their looks
	Drawings []Drawing `json:"drawings,omitempty"`  // above the layers

	Product string `json:"product,omitempty"` // instead of layers
	Version int    `json:"version,omitempty"` // of the product; 0 is the one that it shows

	Title   string `json:"title,omitempty"`
	TitleEN string `json:"title_en,omitempty"`

	Format      string  `json:"format,omitempty"`      // pdf, png or svg; a series as png or svg is a ZIP of them
	Paper       string  `json:"paper,omitempty"`       // A0 to A4; "" is A3
	Orientation string  `json:"orientation,omitempty"` // landscape, portrait, or "" for what shows more
	Scale       float64 `json:"scale,omitempty"`       // denominator; 0 is the largest usual one that fits
	DPI         float64 `json:"dpi,omitempty"`         // 0 is 300
	CRS         string  `json:"crs,omitempty"`         // "" is the zone of the middle
	Grid        string  `json:"grid,omitempty"`        // both, kilometres, graticule or none; "" is both

	Without []string `json:"without,omitempty"` // parts that are left out, as [sheets.PartsNamed] has them

	Division string     `json:"division,omitempty"` // code; the sheet shows it, and fades what is outside
	Plain    bool       `json:"plain,omitempty"`    // without fading
	Centre   []float64  `json:"centre,omitempty"`   // longitude, latitude in EPSG:4490 degrees
	BBox     []float64  `json:"bbox,omitempty"`     // west, south, east, north in EPSG:4490 degrees
	Series   *SeriesAsk `json:"series,omitempty"`

	Source     string `json:"source,omitempty"`
	DataDate   string `json:"data_date,omitempty"`
	Department string `json:"department,omitempty"`
	Date       string `json:"date,omitempty"`
	Approval   string `json:"approval,omitempty"`
	Secrecy    string `json:"secrecy,omitempty"`
	Watermark  string `json:"watermark,omitempty"` // beside those of the data and of its secrecy
	Datetime   string `json:"datetime,omitempty"`  // layers as they were published then
}

// SeriesAsk asks for a series: over divisions or over a grid of sheets.
type SeriesAsk struct {
	By      string `json:"by"`                // county, town, village or grid
	Within  string `json:"within,omitempty"`  // code of the division that they belong to; "" is the city
	Columns int    `json:"columns,omitempty"` // of a grid: so many sheets side by side about the centre; 0 covers the division, box or city
	Rows    int    `json:"rows,omitempty"`    // likewise, beneath one another
}

// block tells whether the series is so many columns and rows about a centre.
func (s *SeriesAsk) block() bool {
	return s != nil && s.By == "grid" && (s.Columns != 0 || s.Rows != 0)
}

// The limits of a request.
const (
	mostLayers = 24
	MostSheets = 400 // of a series
	mostAside  = 20  // columns or rows of a block
)

func wrong(field, zh, en string, args ...any) error {
	return sheets.Wrong(field, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...))
}

// Check refuses a request that contradicts itself, with a [sheets.ErrInvalid].
// It looks nothing up.
func (r *Request) Check() error {
	places := 0
	for _, given := range []bool{r.Division != "", r.Centre != nil, r.BBox != nil} {
		if given {
			places++
		}
	}
	switch {
	case (len(r.Layers) == 0) == (r.Product == ""):
		return wrong("layers", "须且只须给出图层或图产品", "either layers or a product must be given")
	case len(r.Layers) > mostLayers:
		return wrong("layers", "有 %d 个图层，最多 %d 个", "has %d layers, at most %d", len(r.Layers), mostLayers)
	case places > 1 || r.Series != nil && (r.Centre != nil && !r.Series.block() || r.Division != ""):
		return wrong("division", "division、centre、bbox 与 series 只能给出一个", "only one of division, centre, bbox and series may be given")
	case r.Centre != nil && (len(r.Centre) != 2 || r.Scale == 0):
		return wrong("centre", "应为经度、纬度，并须给出比例尺 scale", "must be longitude and latitude, with a scale")
	case r.BBox != nil && (len(r.BBox) != 4 || !(r.BBox[0] < r.BBox[2] && r.BBox[1] < r.BBox[3])):
		return wrong("bbox", "应为西、南、东、北，单位为度", "must be west, south, east, north in degrees")
	case r.format() == "":
		return wrong("format", "格式 %.20q 不可用；应为 pdf、png 或 svg", "%.20q is no format; it must be pdf, png or svg", r.Format)
	case r.Orientation != "" && r.Orientation != "landscape" && r.Orientation != "portrait":
		return wrong("orientation", "应为 landscape 或 portrait", "must be landscape or portrait")
	}
	for _, v := range append(append([]float64{}, r.Centre...), r.BBox...) {
		if !(v >= -180 && v <= 180) {
			return wrong("bbox", "坐标 %g 超出范围，单位应为度", "%g is no degree", v)
		}
	}
	if _, err := r.grid(); err != nil {
		return err
	}
	if _, err := sheets.PaperNamed(r.paper()); err != nil {
		return err
	}
	if _, err := sheets.PartsNamed(r.Without); err != nil {
		return err
	}
	if err := r.checkViews(); err != nil {
		return err
	}
	return r.Series.check(r)
}

func (s *SeriesAsk) check(r *Request) error {
	if s == nil {
		return nil
	}
	switch s.By {
	case "county", "town", "village":
		if s.Columns != 0 || s.Rows != 0 {
			return wrong("series.columns", "只有 by 为 grid 时才能给出", "can only be given where by is grid")
		}
	case "grid":
		if r.Scale == 0 {
			return wrong("scale", "按网格分幅须给出比例尺", "must be given for a series over a grid")
		}
	default:
		return wrong("series.by", "应为 county、town、village 或 grid", "must be county, town, village or grid")
	}
	if s.block() && (s.Columns < 1 || s.Columns > mostAside || s.Rows < 1 || s.Rows > mostAside || r.Centre == nil || s.Within != "") {
		return wrong("series.columns", "columns 与 rows 应为 1 至 %d，并须给出中心 centre，不另给 within", "columns and rows must be 1 to %d, with a centre and without within", mostAside)
	}
	return nil
}

func (r *Request) paper() string {
	if r.Paper == "" {
		return "A3"
	}
	return r.Paper
}

func (r *Request) dpi() float64 {
	if r.DPI == 0 {
		return 300
	}
	return r.DPI
}

func (r *Request) format() render.Format {
	switch f := render.Format(strings.ToLower(r.Format)); f {
	case "":
		return render.PDF
	case render.PDF, render.PNG, render.SVG:
		return f
	}
	return ""
}

func (r *Request) grid() (sheets.Grid, error) {
	switch r.Grid {
	case "", "both":
		return sheets.Grid{Kilometres: true, Graticule: true}, nil
	case "kilometres":
		return sheets.Grid{Kilometres: true}, nil
	case "graticule":
		return sheets.Grid{Graticule: true}, nil
	case "none":
		return sheets.Grid{}, nil
	}
	return sheets.Grid{}, wrong("grid", "应为 both、kilometres、graticule 或 none", "must be both, kilometres, graticule or none")
}

// Extension is the ending of the file that the request gives.
func (r *Request) Extension() string {
	if r.Series != nil && r.format() != render.PDF {
		return "zip"
	}
	return string(r.format())
}
