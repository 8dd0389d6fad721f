package quality

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"onemap/layers"
)

//go:embed page.html
var pageText string

// Delivery is what a page or a workbook says of a version beside its quality.
type Delivery struct {
	Layer    layers.Definition
	Version  layers.Version
	Read     int64
	Accepted int64
	Repaired int64
	Rejected int64
	CRSName  string
	Encoding string
	Report   *Report
}

// score is a line of the scores' table.
type score struct {
	Name, NameEN, About string
	Value               *float64
}

// Scores are the scores with their names, for a page.
func (d Delivery) Scores() []score {
	q := d.Report
	return []score{
		{"完整性", "Completeness", "必填字段与字段覆盖", q.Completeness},
		{"有效性", "Validity", "几何、取值与代码", q.Validity},
		{"一致性", "Consistency", "字段关系、重复与拓扑", q.Consistency},
		{"时效性", "Timeliness", "数据年份与更新周期", q.Timeliness},
		{"坐标可信度", "Coordinate trust", "范围、精度与坐标系", q.Trust},
	}
}

// pageTemplate is parsed at first use of each page: pages are few.
func pageTemplate() (*template.Template, error) {
	return template.New("page").Funcs(template.FuncMap{
		"level": func(l layers.Level) string {
			return map[layers.Level]string{layers.Error: "错误 error", layers.Warning: "警告 warning", layers.Remark: "提示 note"}[l]
		},
		"score": func(v *float64) string {
			if v == nil {
				return "—"
			}
			return fmt.Sprintf("%.1f", *v)
		},
		"place": func(p *Place) string {
			if p == nil {
				return ""
			}
			return fmt.Sprintf("%.6f, %.6f", p.Lon, p.Lat)
		},
		"when": func(t time.Time) string { return t.In(chinaTime()).Format("2006-01-02 15:04") },
		"km2": func(m2 *float64) string {
			if m2 == nil {
				return "—"
			}
			return fmt.Sprintf("%.4f km²", *m2/1e6)
		},
	}).Parse(pageText)
}

func chinaTime() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// WritePage writes the report as a page that stands alone: no script, nothing
// from elsewhere. Values of the data are escaped.
func (d Delivery) WritePage(to io.Writer) error {
	t, err := pageTemplate()
	if err != nil {
		return fmt.Errorf("quality: the page: %w", err)
	}
	if err := t.Execute(to, d); err != nil {
		return fmt.Errorf("quality: writing the page: %w", err)
	}
	return nil
}
