package compliance

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// WriteWorkbook writes the check as XLSX with the sheets 概况 (summary), 审查结果
// (findings), 占用明细 (pieces), 地类统计 (land classes), 地块 (plots) and 依据
// (versions). Texts are written as text, so that none becomes a formula.
func (a Answer) WriteWorkbook(to io.Writer) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // its temporary files are the system's to clean
	err := book.SetSheetName("Sheet1", "概况")
	for _, sheet := range []struct {
		name string
		rows [][]any
	}{{"概况", a.summaryRows()}, {"审查结果", a.findingRows()}, {"占用明细", a.pieceRows()}, {"地类统计", a.landRows()}, {"地块", a.plotRows()}, {"依据", a.versionRows()}} {
		if err == nil {
			err = writeSheet(book, sheet.name, sheet.rows)
		}
	}
	if err == nil {
		err = book.Write(to)
	}
	if err != nil {
		return fmt.Errorf("compliance: writing the workbook: %w", err)
	}
	return nil
}

func writeSheet(book *excelize.File, name string, rows [][]any) error {
	if _, err := book.NewSheet(name); err != nil {
		return err
	}
	w, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := w.SetColWidth(1, 12, 20); err != nil {
		return err
	}
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (a Answer) summaryRows() [][]any {
	rows := [][]any{
		{"项目 project", a.Name},
		{"事由 reason", a.Reason},
		{"结论 verdict", a.VerdictName, a.VerdictNameEN},
		{"审查编号 check", a.ID},
		{"审查人 asked by", a.AskedBy},
		{"审查时间 time", a.AskedAt.In(chinaTime()).Format("2006-01-02 15:04:05")},
		{"规则 rules", a.RuleSet.Name, a.RuleSet.ID, a.RuleSet.Version},
		{"红线来源 source", a.Input.Format, a.Input.File, a.Input.SHA256},
		{"坐标系 CRS", a.Input.CRS, a.Input.CRSName},
		{"面积（平方米） area, m²", a.Area.M2},
		{"面积（亩） area, mu", a.Area.Mu},
		{"面积（公顷） area, ha", a.Area.Hectares},
		{"按大地线的面积（平方米） by geodesics, m²", a.GeodesicM2},
	}
	if s := a.Input.Stated; s != nil {
		rows = append(rows, []any{"申报面积（平方米） stated, m²", s.M2}, []any{"差值（平方米） difference, m²", s.DifferenceM2})
	}
	for _, n := range a.Input.Notes {
		rows = append(rows, []any{"说明 note", n.ZH, n.EN})
	}
	if a.Synthetic {
		rows = append(rows, []any{"说明 note", "所用图层含演示数据，不作依据", "some layers hold demonstration data"})
	}
	return append(rows, []any{"问题摘要 question", a.QuestionHash}, []any{"结果摘要 answer", a.AnswerHash})
}

func (a Answer) findingRows() [][]any {
	rows := [][]any{{"审查项 rule", "名称", "Name", "图层 layer", "版本 version", "结论", "Finding", "数量 count", "平方米 m²", "亩 mu", "公顷 ha", "占比 share", "长度 length, m", "依据 basis", "建议", "Advice", "未审查原因 why not checked"}}
	for _, f := range a.Findings {
		row := []any{f.ID, f.Name, f.NameEN, f.LayerName, f.Version, f.FindingName, f.FindingNameEN, f.Count, nil, nil, nil, nil, nil, f.Basis, f.Advice, f.AdviceEN, f.NotChecked}
		if f.Size != nil {
			row[8], row[9], row[10], row[11] = f.Size.M2, f.Size.Mu, f.Size.Hectares, f.Share
		}
		if f.LengthM > 0 {
			row[12] = f.LengthM
		}
		rows = append(rows, row)
	}
	return rows
}

func (a Answer) pieceRows() [][]any {
	rows := [][]any{{"审查项 rule", "图层 layer", "要素 feature", "属性 properties", "平方米 m²", "亩 mu", "公顷 ha", "占比 share", "长度 length, m", "距离 distance, m"}}
	for _, f := range a.Findings {
		for _, p := range f.Pieces {
			row := []any{f.Name, f.LayerName, p.FID, words(p), nil, nil, nil, nil, nil, nil}
			if p.Size != nil {
				row[4], row[5], row[6], row[7] = p.Size.M2, p.Size.Mu, p.Size.Hectares, p.Share
			}
			if p.LengthM > 0 {
				row[8] = p.LengthM
			}
			if p.DistanceM != nil {
				row[9] = *p.DistanceM
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func (a Answer) landRows() [][]any {
	rows := [][]any{{"编码 code", "地类 class", "三大类 group", "图斑数 features", "平方米 m²", "亩 mu", "公顷 ha", "占比 share"}}
	if a.Land == nil {
		return append(rows, []any{"未审查：图层尚未发布 not checked: the layer was not published"})
	}
	for _, c := range a.Land.Classes {
		rows = append(rows, []any{c.Code, c.Name, c.Group, c.Features, c.Size.M2, c.Size.Mu, c.Size.Hectares, c.Share})
	}
	u := a.Land.Uncovered
	rows = append(rows, []any{"", "未覆盖 not covered", "", nil, u.M2, u.Mu, u.Hectares}, []any{"", "合计 sum", "", nil, a.Land.SumM2})
	if a.Land.OverlappingM2 > 0 {
		rows = append(rows, []any{"", "其中图斑重叠 covered twice", "", nil, a.Land.OverlappingM2})
	}
	for _, g := range a.Land.Groups {
		rows = append(rows, []any{"", "", g.Name + " " + g.NameEN, nil, g.Size.M2, g.Size.Mu, g.Size.Hectares, g.Share})
	}
	return rows
}

func (a Answer) plotRows() [][]any {
	rows := [][]any{{"编号 number", "名称 name", "申报 stated, m²", "量算 measured, m²", "差值 difference, m²"}}
	for _, p := range a.Input.Plots {
		row := []any{p.Number, p.Name, nil, p.MeasuredM2, nil}
		if p.StatedM2 > 0 {
			row[2], row[4] = p.StatedM2, p.DifferenceM2
		}
		rows = append(rows, row)
	}
	return rows
}

func (a Answer) versionRows() [][]any {
	rows := [][]any{{"图层 layer", "名称", "Name", "版本 version", "内容摘要 content hash"}}
	for _, l := range a.Layers {
		rows = append(rows, []any{l.Layer, l.Name, l.NameEN, l.Version, l.ContentHash})
	}
	return rows
}
