// Package export writes incidents as files for other programs: CSV that Excel
// opens, XLSX, GeoJSON.
//
// It is given incidents one by one and keeps none; which ones, and who may have
// them, incidents decides. What people wrote never becomes a formula.
package export

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb/geojson"
	"github.com/xuri/excelize/v2"

	"onemap/incidents"
)

// ErrFormat reports a format that is none of [Formats].
var ErrFormat = errors.New("export: no such format")

// Format is a kind of file.
type Format string

// The formats.
const (
	CSV     Format = "csv"     // UTF-8 with a byte order mark, CRLF, RFC 4180
	XLSX    Format = "xlsx"    //
	GeoJSON Format = "geojson" // RFC 7946, in EPSG:4490 degrees
)

// Formats lists them.
func Formats() []Format { return []Format{CSV, XLSX, GeoJSON} }

// MediaType is what HTTP calls the format.
func (f Format) MediaType() string {
	return map[Format]string{
		CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", GeoJSON: "application/geo+json",
	}[f]
}

// Most is the most incidents of a file; a sheet of Excel takes 1,048,576 rows.
const Most = 1_000_000

// Each gives incidents one by one.
type Each func(take func(incidents.Incident) error) error

// Write writes incidents as they come.
func Write(to io.Writer, f Format, each Each) error {
	var err error
	switch f {
	case CSV:
		err = writeCSV(to, each)
	case XLSX:
		err = writeXLSX(to, each)
	case GeoJSON:
		err = writeGeoJSON(to, each)
	default:
		err = fmt.Errorf("%w: %.20q", ErrFormat, f)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// columns are the headings of tables.
var columns = []string{
	"编号 id", "状态 state", "状态名", "类别 kind", "类别名", "来源 source", "内容 text", "经度 lon", "纬度 lat", "精度 accuracy_m", "网格 cell", "网格名",
	"北斗码 beidou", "上报时间 reported_at", "接收时间 received_at", "上报人 reporter", "部门 department", "角色 role", "演示 synthetic",
}

// chinaTime is the zone that tables tell times in.
var chinaTime = time.FixedZone("Asia/Shanghai", 8*3600)

const moment = "2006-01-02 15:04:05"

// row has text, numbers and truths; texts are harmless.
func row(i incidents.Incident) []any {
	var accuracy any = ""
	if i.AccuracyM != nil {
		accuracy = *i.AccuracyM
	}
	return []any{
		i.ID, harmless(string(i.State)), harmless(i.StateName), harmless(i.Kind), harmless(i.KindName), harmless(i.Source), harmless(i.Text), i.Position[0], i.Position[1], accuracy,
		harmless(i.Cell), harmless(i.CellName), harmless(i.BeiDou), i.ReportedAt.In(chinaTime).Format(moment), i.ReceivedAt.In(chinaTime).Format(moment), harmless(i.Reporter),
		harmless(i.Department), harmless(i.Role), i.Synthetic,
	}
}

// harmless keeps a spreadsheet from reading a text as a formula or command: one
// that begins as such, blanks aside, gets an apostrophe in front, which Excel
// takes as the sign of text (OWASP, CSV injection).
func harmless(text string) string {
	if strings.ContainsAny(firstOf(strings.TrimSpace(text)), "=+-@＝＋－＠") || strings.ContainsAny(firstOf(text), "\t\r\n") {
		return "'" + text
	}
	return text
}

func firstOf(text string) string {
	for i := range text {
		if i > 0 {
			return text[:i]
		}
	}
	return text
}

func writeCSV(to io.Writer, each Each) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true
	if err := w.Write(columns); err != nil {
		return err
	}
	err := each(func(i incidents.Incident) error {
		values := row(i)
		texts := make([]string, len(values))
		for n, v := range values {
			switch v := v.(type) {
			case float64:
				texts[n] = strconv.FormatFloat(v, 'f', -1, 64)
			default:
				texts[n] = fmt.Sprint(v)
			}
		}
		return w.Write(texts)
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

func writeXLSX(to io.Writer, each Each) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // its temporary files are the system's to clean
	const name = "事件"
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	w, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := errors.Join(w.SetColWidth(1, len(columns), 18), w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})); err != nil {
		return err
	}
	heading := make([]any, len(columns))
	for i, c := range columns {
		heading[i] = c
	}
	if err := w.SetRow("A1", heading); err != nil {
		return err
	}
	line := 2
	err = each(func(i incidents.Incident) error {
		err := w.SetRow("A"+strconv.Itoa(line), row(i))
		line++
		return err
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	return book.Write(to)
}

func writeGeoJSON(to io.Writer, each Each) error {
	w := bufio.NewWriter(to)
	separator := `{"type":"FeatureCollection","features":[` + "\n"
	err := each(func(i incidents.Incident) error {
		text, err := json.Marshal(Feature(i))
		if err != nil {
			return err
		}
		if _, err := w.WriteString(separator); err != nil {
			return err
		}
		separator = ",\n"
		_, err = w.Write(text)
		return err
	})
	if err != nil {
		return err
	}
	end := "]}\n"
	if separator != ",\n" {
		end = separator + end
	}
	_, err = w.WriteString(end)
	return errors.Join(err, w.Flush())
}

// Point is an incident as GeoJSON.
type Point struct {
	Type       string             `json:"type"`
	ID         int64              `json:"id"`
	Geometry   *geojson.Geometry  `json:"geometry"`
	Properties incidents.Incident `json:"properties"`
}

// Feature makes GeoJSON of an incident, a point in EPSG:4490 degrees.
func Feature(i incidents.Incident) Point {
	return Point{"Feature", i.ID, geojson.NewGeometry(i.Position), i}
}
