// Package registration writes what a provincial platform is given to register a map
// product: a record in JSON and as a workbook, and a package with the capabilities of
// its services.
//
// It comes before web, which fills the record. Where it is sent is not decided here:
// registering is a person's work.
package registration

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Record is what is registered of a product. Names of members are those of the
// record's JSON.
type Record struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	NameEN      string     `json:"name_en"`
	Abstract    string     `json:"abstract"`
	Theme       string     `json:"theme"`
	ThemeName   string     `json:"theme_name"`
	Department  string     `json:"department"`
	Level       string     `json:"level"` // 市
	Kinds       []string   `json:"kinds"` // as WMTS, WMS
	Layers      []Layer    `json:"layers"`
	CRS         string     `json:"crs"`
	Extent      [4]float64 `json:"extent"` // west, south, east, north, EPSG:4490 degrees
	MinZoom     int        `json:"min_zoom"`
	MaxZoom     int        `json:"max_zoom"`
	Update      string     `json:"update_cycle"`
	DataDate    string     `json:"data_date"`
	Source      string     `json:"source"`
	Sensitivity string     `json:"sensitivity"`
	Share       string     `json:"share"`
	Conditions  string     `json:"share_conditions,omitempty"`
	Approval    string     `json:"map_approval_number,omitempty"` // 审图号
	Tags        []string   `json:"tags"`
	Services    []Service  `json:"services"`
	Metadata    string     `json:"metadata"`  // address of the product's page
	Thumbnail   string     `json:"thumbnail"` // address of a picture
	State       string     `json:"state"`
	StateName   string     `json:"state_name"`
	Version     int        `json:"version"`
	Published   *time.Time `json:"published_at"` // of this version; nil is not published
	Synthetic   bool       `json:"synthetic"`
	Calls       *Calls     `json:"statistics"` // nil is not known
}

// Layer is a layer of a product.
type Layer struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version int    `json:"version"`
	Source  string `json:"source"` // standard or decree that its fields follow
}

// Service is a service of a product.
type Service struct {
	Kind     string `json:"kind"`     // WMTS, WMS, MVT
	Standard string `json:"standard"` // as "OGC WMTS 1.0.0"
	Endpoint string `json:"endpoint"`
	CRS      string `json:"crs"`
}

// Calls are the statistics of a product.
type Calls struct {
	From    string `json:"from"` // days, as 2026-05-01
	To      string `json:"to"`
	Calls   int64  `json:"calls"`
	Users   int64  `json:"users"`
	Systems int64  `json:"systems"`
}

// JSON is the record in JSON. The same record gives the same bytes.
func (r Record) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("registration: writing a record: %w", err)
	}
	return b.Bytes(), nil
}

// beijing is the time that tables tell.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// rows are the record as a table of two columns.
func (r Record) rows() [][2]string {
	published := ""
	if r.Published != nil {
		published = r.Published.In(beijing).Format("2006-01-02 15:04:05")
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	synthetic := "否"
	if r.Synthetic {
		synthetic = "是"
	}
	rows := [][2]string{
		{"产品标识 id", r.ID},
		{"产品名称 name", r.Name},
		{"英文名称 name_en", r.NameEN},
		{"摘要 abstract", r.Abstract},
		{"专题 theme", r.ThemeName},
		{"责任部门 department", r.Department},
		{"级别 level", r.Level},
		{"产品类型 kinds", strings.Join(r.Kinds, "、")},
		{"坐标系 crs", r.CRS},
		{"范围 extent（西,南,东,北）", number(r.Extent[0]) + "," + number(r.Extent[1]) + "," + number(r.Extent[2]) + "," + number(r.Extent[3])},
		{"级别范围 zoom", fmt.Sprintf("%d–%d", r.MinZoom, r.MaxZoom)},
		{"更新周期 update_cycle", r.Update},
		{"数据日期 data_date", r.DataDate},
		{"数据来源 source", r.Source},
		{"敏感级别 sensitivity", r.Sensitivity},
		{"共享类型 share", r.Share},
		{"共享条件 share_conditions", r.Conditions},
		{"审图号 map_approval_number", r.Approval},
		{"标签 tags", strings.Join(r.Tags, "、")},
		{"元数据 metadata", r.Metadata},
		{"缩略图 thumbnail", r.Thumbnail},
		{"状态 state", r.StateName},
		{"版本 version", strconv.Itoa(r.Version)},
		{"发布时间 published_at", published},
		{"演示数据 synthetic", synthetic},
	}
	if r.Calls != nil {
		rows = append(rows, [2]string{"调用统计 statistics", fmt.Sprintf("%s 至 %s：%d 次，%d 个用户，%d 个系统", r.Calls.From, r.Calls.To, r.Calls.Calls, r.Calls.Users, r.Calls.Systems)})
	}
	return rows
}

// harmless keeps a spreadsheet from reading a text as a formula.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

// Workbook writes the record as XLSX: the product, its layers, its services.
func (r Record) Workbook(to io.Writer) error {
	book := excelize.NewFile()
	defer book.Close() //nolint:errcheck // its temporary files are the system's to clean
	layers := [][]string{{"图层 id", "名称 name", "版本 version", "依据 source"}}
	for _, l := range r.Layers {
		layers = append(layers, []string{l.ID, l.Name, strconv.Itoa(l.Version), l.Source})
	}
	services := [][]string{{"类型 kind", "标准 standard", "地址 endpoint", "坐标系 crs"}}
	for _, s := range r.Services {
		services = append(services, []string{s.Kind, s.Standard, s.Endpoint, s.CRS})
	}
	var product [][]string
	for _, row := range r.rows() {
		product = append(product, row[:])
	}
	for i, sheet := range []struct {
		name   string
		rows   [][]string
		widths []float64
	}{{"产品", product, []float64{28, 80}}, {"图层", layers, []float64{24, 28, 12, 60}}, {"服务", services, []float64{12, 24, 90, 60}}} {
		if err := addSheet(book, i, sheet.name, sheet.rows, sheet.widths); err != nil {
			return fmt.Errorf("registration: writing the workbook: %w", err)
		}
	}
	// The time of the product, not of the moment: the same record, the same bytes.
	stamp := "2000-01-01T00:00:00Z"
	if r.Published != nil {
		stamp = r.Published.UTC().Format(time.RFC3339)
	}
	if err := book.SetDocProps(&excelize.DocProperties{Title: r.Name, Creator: r.Department, Created: stamp, Modified: stamp}); err != nil {
		return fmt.Errorf("registration: writing the workbook: %w", err)
	}
	if err := book.Write(to); err != nil {
		return fmt.Errorf("registration: writing the workbook: %w", err)
	}
	return nil
}

func addSheet(book *excelize.File, i int, name string, rows [][]string, widths []float64) error {
	if i == 0 {
		if err := book.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := book.NewSheet(name); err != nil {
		return err
	}
	for column, width := range widths {
		letter := string(rune('A' + column))
		if err := book.SetColWidth(name, letter, letter, width); err != nil {
			return err
		}
	}
	for y, row := range rows {
		for x, text := range row {
			cell, err := excelize.CoordinatesToCellName(x+1, y+1)
			if err != nil {
				return err
			}
			if err := book.SetCellStr(name, cell, harmless(text)); err != nil {
				return err
			}
		}
	}
	return nil
}

// File is a file of a package.
type File struct {
	Name string
	Body []byte
}

// Package writes a ZIP of the record, its workbook, and other files as the
// capabilities of services. The same input gives the same bytes.
func (r Record) Package(to io.Writer, others []File) error {
	record, err := r.JSON()
	if err != nil {
		return err
	}
	var book bytes.Buffer
	if err := r.Workbook(&book); err != nil {
		return err
	}
	stamp := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	if r.Published != nil {
		stamp = r.Published.UTC()
	}
	z := zip.NewWriter(to)
	for _, f := range append([]File{{"registration.json", record}, {"registration.xlsx", book.Bytes()}}, others...) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: stamp})
		if err == nil {
			_, err = w.Write(f.Body)
		}
		if err != nil {
			return fmt.Errorf("registration: writing the package: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("registration: writing the package: %w", err)
	}
	return nil
}
