package quality

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"onemap/layers"
)

// sheetRows is how many rows a sheet of Excel takes.
const sheetRows = 1 << 20

// WriteWorkbook writes the report as XLSX with the sheets 概况 (summary), 规则
// (rules), 示例 (examples) and 拒收行 (rejected rows). rejected gives those page
// by page, from the one after a number; none is the end. Values are written as
// text, so that none becomes a formula.
func (d Delivery) WriteWorkbook(ctx context.Context, to io.Writer, rejected func(ctx context.Context, after int64) ([]layers.QuarantinedRow, error)) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // its temporary files are the system's to clean
	err := d.fill(ctx, book, rejected)
	if err == nil {
		err = book.Write(to)
	}
	if err != nil {
		return fmt.Errorf("quality: writing the workbook: %w", err)
	}
	return nil
}

func (d Delivery) fill(ctx context.Context, book *excelize.File, rejected func(context.Context, int64) ([]layers.QuarantinedRow, error)) error {
	if err := book.SetSheetName("Sheet1", "概况"); err != nil {
		return err
	}
	if err := writeSheet(book, "概况", d.summaryRows()); err != nil {
		return err
	}
	rules := [][]any{{"规则 id", "名称", "Name", "级别 level", "维度 dimension", "数量 count", "隔离 refuses", "已修复 fixed", "未检查原因", "Why not checked"}}
	examples := [][]any{{"规则 id", "行 row", "相关行 rows", "字段 field", "值 value", "说明", "What", "经度 lon", "纬度 lat"}}
	for _, r := range d.Report.Rules {
		rules = append(rules, []any{r.Rule.ID, r.Title, r.TitleEN, string(r.Rule.Level), string(r.Dimension), r.Count, r.Refuses, r.Fixed, r.Skipped, r.SkippedEN})
		for _, e := range r.Examples {
			row := []any{r.Rule.ID, e.Row, strings.Trim(fmt.Sprint(e.Rows), "[]"), e.Field, e.Value, e.Message, e.MessageEN}
			if e.Place != nil {
				row = append(row, e.Place.Lon, e.Place.Lat)
			}
			examples = append(examples, row)
		}
	}
	if err := writeSheet(book, "规则", rules); err != nil {
		return err
	}
	if err := writeSheet(book, "示例", examples); err != nil {
		return err
	}
	return writeRejected(ctx, book, rejected)
}

func (d Delivery) summaryRows() [][]any {
	v, q := d.Version, d.Report
	rows := [][]any{
		{"图层 layer", d.Layer.ID, d.Layer.Name},
		{"版本 version", v.Number, string(v.State)},
		{"文件 file", v.SourceFile, v.SourceSHA256},
		{"导入 imported", v.ImportedAt.In(chinaTime()).Format("2006-01-02 15:04:05"), v.ImportedBy},
		{"坐标系 CRS", v.SourceCRS, d.CRSName},
		{"编码 encoding", d.Encoding},
		{"读取 read", d.Read},
		{"接收 accepted", d.Accepted},
		{"修复 repaired", d.Repaired},
		{"拒收 rejected", d.Rejected},
		{"可发布 publishable", q.Publishable},
		{"错误 errors", q.Errors},
		{"警告 warnings", q.Warnings},
		{"提示 notes", q.Notes},
		{"综合得分 score", q.Score},
	}
	for _, s := range d.Scores() {
		row := []any{s.Name + " " + s.NameEN, "—"}
		if s.Value != nil {
			row[1] = *s.Value
		}
		rows = append(rows, row)
	}
	if q.AreaM2 != nil {
		rows = append(rows, []any{"总面积 area, m²", *q.AreaM2})
	}
	return rows
}

func writeSheet(book *excelize.File, name string, rows [][]any) error {
	if _, err := book.NewSheet(name); err != nil {
		return err
	}
	w, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, 7, 24); err != nil {
		return err
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

func writeRejected(ctx context.Context, book *excelize.File, rejected func(context.Context, int64) ([]layers.QuarantinedRow, error)) error {
	const name = "拒收行"
	if _, err := book.NewSheet(name); err != nil {
		return err
	}
	w, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.SetRow("A1", []any{"行 row", "规则 rule", "字段 field", "值 value", "原因", "Reason", "状态 state", "属性 attributes"}); err != nil {
		return err
	}
	line, after := 2, int64(0)
	for line < sheetRows {
		page, err := rejected(ctx, after)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page[:min(len(page), sheetRows-line)] {
			attributes := string(r.Attributes)
			if len(attributes) > excelize.TotalCellChars { // longer than a cell takes, in bytes at least
				attributes = strings.ToValidUTF8(attributes[:excelize.TotalCellChars], "")
			}
			if err := w.SetRow(fmt.Sprintf("A%d", line), []any{r.Row, r.Rule, r.Field, r.Value, r.Reason, r.ReasonEN, string(r.State), attributes}); err != nil {
				return err
			}
			line++
		}
		after = page[len(page)-1].Row
	}
	return w.Flush()
}
