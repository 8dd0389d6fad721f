package scorecard

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// ErrFormat reports a format that is none of [Formats].
var ErrFormat = errors.New("scorecard: no such format")

// Format is a kind of file.
type Format string

// The formats.
const (
	CSV  Format = "csv" // UTF-8 with a byte order mark, CRLF
	XLSX Format = "xlsx"
)

// Formats lists them.
func Formats() []Format { return []Format{CSV, XLSX} }

// MediaType is what HTTP calls the format.
func (f Format) MediaType() string {
	return map[Format]string{CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[f]
}

var columns = []string{
	"图层 layer", "名称 name", "部门 department", "版本 version", "要素数 features", "得分 points", "等级 grade", "A 类 class A", "B 类 class B", "C 类 class C", "D 类 class D",
	"综合得分 score", "完整性 completeness", "有效性 validity", "一致性 consistency", "时效性 timeliness", "坐标可信度 trust",
	"更新周期 cycle", "数据时点 data date", "最近交付 last delivery", "应交付 due", "逾期天数 days late",
}

// chinaTime is the zone that tables tell days in.
var chinaTime = time.FixedZone("Asia/Shanghai", 8*3600)

// row is a card as a line of a table; what was not measured is empty.
func row(c Card) []any {
	number := func(n *float64) any {
		if n == nil {
			return ""
		}
		return *n
	}
	day := func(t *time.Time) any {
		if t == nil {
			return ""
		}
		return t.In(chinaTime).Format(time.DateOnly)
	}
	values := []any{c.Layer, c.Name, c.Department}
	if v := c.Shown(); v != nil {
		values = append(values, v.Number, v.FeatureCount, number(v.Points), v.Grade.Name(), v.Defects.A, v.Defects.B, v.Defects.C, v.Defects.D,
			number(v.Score), number(v.Completeness), number(v.Validity), number(v.Consistency), number(v.Timeliness), number(v.Trust))
	} else {
		for range 14 {
			values = append(values, "")
		}
	}
	late := any("")
	if c.Freshness.Overdue {
		late = c.Freshness.DaysLate
	}
	return append(values, c.Freshness.Cycle, day(c.Freshness.DataDate), day(c.Freshness.DeliveredAt), day(c.Freshness.DueAt), late)
}

// Write writes the board's layers as a table.
func (b Board) Write(to io.Writer, f Format) error {
	var err error
	switch f {
	case CSV:
		err = b.writeCSV(to)
	case XLSX:
		err = b.writeXLSX(to)
	default:
		err = fmt.Errorf("%w: %.20q", ErrFormat, f)
	}
	if err != nil {
		return fmt.Errorf("scorecard: %w", err)
	}
	return nil
}

func (b Board) writeCSV(to io.Writer) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	w.UseCRLF = true
	if err := w.Write(columns); err != nil {
		return err
	}
	for _, c := range b.Layers {
		values := row(c)
		texts := make([]string, len(values))
		for i, v := range values {
			if n, ok := v.(float64); ok {
				texts[i] = strconv.FormatFloat(n, 'f', -1, 64)
			} else {
				texts[i] = harmless(fmt.Sprint(v))
			}
		}
		if err := w.Write(texts); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// harmless keeps a spreadsheet from reading a name as a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}

func (b Board) writeXLSX(to io.Writer) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // its temporary files are the system's to clean
	const name = "数据质量"
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	heading := make([]any, len(columns))
	for i, c := range columns {
		heading[i] = c
	}
	err := errors.Join(
		book.SetColWidth(name, "A", "V", 14),
		book.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
		book.SetSheetRow(name, "A1", &heading),
	)
	for i, c := range b.Layers {
		values := row(c)
		err = errors.Join(err, book.SetSheetRow(name, "A"+strconv.Itoa(i+2), &values))
	}
	if err != nil {
		return err
	}
	return book.Write(to)
}
