package importers

import (
	"fmt"

	"github.com/paulmach/orb"

	"onemap/importers/quality"
	"onemap/layers"
)

// mostExamples is how many refused, and how many mended, rows a report shows.
const mostExamples = 100

// RowError says why a row of the file was refused.
type RowError struct {
	Row    int64  `json:"row"`             // from 1, in the file's order; 0 is a feature that is edited
	Rule   string `json:"rule,omitempty"`  // that refuses it; see docs/quality-rules.md
	Field  string `json:"field,omitempty"` // the layer's field; "" is the geometry
	Value  string `json:"value,omitempty"` // as the file has it, shortened
	Reason string `json:"reason"`          // Chinese
	EN     string `json:"reason_en"`
	Place  *Place `json:"place,omitempty"`
	Err    error  `json:"-"` // what package crs or repair found, if it was one of them

	counted bool     // by the checker
	held    *heldRow // the row itself, for the quarantine
}

// Error returns the sentence in Chinese, then in English.
func (e *RowError) Error() string {
	switch {
	case e.Row == 0 && e.Field == "":
		return fmt.Sprintf("图形：%s / geometry: %s", e.Reason, e.EN)
	case e.Row == 0:
		return fmt.Sprintf("%s = %q：%s / %[1]s = %[2]q: %[4]s", e.Field, e.Value, e.Reason, e.EN)
	case e.Field == "":
		return fmt.Sprintf("第 %d 行：图形：%s / row %[1]d: geometry: %[3]s", e.Row, e.Reason, e.EN)
	}
	return fmt.Sprintf("第 %d 行：%s = %q：%s / row %[1]d: %[2]s = %[3]q: %[5]s", e.Row, e.Field, e.Value, e.Reason, e.EN)
}

// Unwrap returns what package crs or repair found, or nil.
func (e *RowError) Unwrap() error { return e.Err }

// RowRepair says what was done to a row so that it could be taken.
type RowRepair struct {
	Row        int64   `json:"row"`
	Field      string  `json:"field,omitempty"` // "" is the geometry
	Reason     string  `json:"reason"`          // Chinese
	EN         string  `json:"reason_en"`
	Place      *Place  `json:"place,omitempty"`
	AreaChange float64 `json:"area_change,omitempty"` // share: -0.01 is 1 % less
}

// Place is a position, EPSG:4490 degrees.
type Place struct {
	Lon float64 `json:"lon"`
	Lat float64 `json:"lat"`
}

func placeOf(p orb.Point) *Place { return &Place{Lon: p[0], Lat: p[1]} }

// Note is a remark on the delivery as a whole.
type Note struct {
	ZH string `json:"note"`
	EN string `json:"note_en"`
}

// Reason counts rows that share a fate for one reason.
type Reason struct {
	Reason string `json:"reason"`
	EN     string `json:"reason_en"`
	Rows   int64  `json:"rows"`
}

// Report says what an import decided and what became of the rows.
type Report struct {
	File        string       `json:"file"`
	Format      string       `json:"format"`
	SourceLayer string       `json:"source_layer"`
	Layer       string       `json:"layer"`
	SHA256      string       `json:"sha256"`     // of the file as delivered
	CRS         string       `json:"crs"`        // as "EPSG:4525"
	CRSName     string       `json:"crs_name"`   // Chinese / English
	CRSSource   string       `json:"crs_source"` // how it is known: option, prj, file, geojson
	Encoding    Encoding     `json:"encoding"`
	Fields      []FieldMatch `json:"fields"`
	Source      []string     `json:"source_fields"`  // what the file calls its fields
	Dropped     []string     `json:"dropped_fields"` // fields of the file that the layer hasn't
	Missing     []string     `json:"missing_fields"` // optional fields that the file hasn't
	Notes       []Note       `json:"notes"`

	Read          int64       `json:"read"`
	Accepted      int64       `json:"accepted"` // rows that are in, mended ones included
	Repaired      int64       `json:"repaired"` // of those, how many were mended
	Rejected      int64       `json:"rejected"`
	RejectReasons []Reason    `json:"reject_reasons"`
	RepairReasons []Reason    `json:"repair_reasons"`
	Rejections    []RowError  `json:"rejections"` // the first hundred
	Repairs       []RowRepair `json:"repairs"`    // the first hundred
	ContentHash   string      `json:"content_hash"`

	Quality  *quality.Report `json:"quality,omitempty"`  // what the rules found
	Withheld bool            `json:"withheld,omitempty"` // publication was asked for, and rules of level error object
	Retried  *Retried        `json:"retried,omitempty"`  // the rows came out of quarantine

	DryRun  bool            `json:"dry_run"`
	Seconds float64         `json:"seconds"`
	Version *layers.Version `json:"-"` // what became of it; nil on a dry run
}

func (r *Report) note(zh, en string, args ...any) {
	r.Notes = append(r.Notes, Note{fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)})
}

// reject counts a refused row.
func (r *Report) reject(e *RowError) {
	r.Rejected++
	count(&r.RejectReasons, e.Field, e.Reason, e.EN)
	if len(r.Rejections) < mostExamples {
		r.Rejections = append(r.Rejections, *e)
	}
}

// repair counts a mended row by its repairs; a row may have several.
func (r *Report) repair(repairs []RowRepair) {
	if len(repairs) == 0 {
		return
	}
	r.Repaired++
	for _, one := range repairs {
		count(&r.RepairReasons, one.Field, one.Reason, one.EN)
		if len(r.Repairs) < mostExamples {
			r.Repairs = append(r.Repairs, one)
		}
	}
}

// mostReasons bounds the table of reasons, some of which carry figures.
const mostReasons = 200

func count(reasons *[]Reason, field, zh, en string) {
	if field != "" {
		zh, en = field+"："+zh, field+": "+en
	}
	for i := range *reasons {
		if (*reasons)[i].Reason == zh {
			(*reasons)[i].Rows++
			return
		}
	}
	if len(*reasons) == mostReasons {
		last := &(*reasons)[mostReasons-1]
		last.Reason, last.EN = "其他原因", "other reasons"
		last.Rows++
		return
	}
	*reasons = append(*reasons, Reason{zh, en, 1})
}
