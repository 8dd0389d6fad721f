package importers

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onemap/importers/gdal"
)

// dataset is a file or folder that GDAL can open.
type dataset struct {
	format format
	path   string
	name   string // as its author called it: "云浮县区界.shp"

	wide     string      // the encoding of two bytes a character that it came in; "" is none
	charset  string      // what a MapInfo file calls its encoding; "" is nothing
	encoding string      // of its texts, as a person named it; "" is what the evidence says
	temp     string      // folder for what doesn't fit into memory; "" is the system's
	scanned  *placemarks // of a KML file that was read through; nil before
	table    *looked     // of a Shapefile whose table was read through while it was unpacked; nil before
}

// stem is the dataset's name without its ending.
func (d dataset) stem() string { return strings.TrimSuffix(d.name, filepath.Ext(d.name)) }

// delivery is what was handed in: one dataset, or an archive of several.
type delivery struct {
	datasets []dataset
	others   []string // files in it that no reader is for
	dir      string   // temporary folder with what was unpacked; "" is none
}

// Close removes what was unpacked.
func (d *delivery) Close() {
	if d.dir != "" {
		_ = os.RemoveAll(d.dir) // a leftover in the temporary folder is no failure of the import
	}
}

// openDelivery tells what a file or folder is, by its content, and unpacks it if
// it is an archive. The caller closes the delivery.
func openDelivery(ctx context.Context, o Options, progress func(bytes int64)) (*delivery, error) {
	d, err := findDatasets(ctx, o, progress)
	if err != nil {
		return nil, err
	}
	for i := range d.datasets {
		one := &d.datasets[i]
		one.encoding, one.temp = o.Encoding, o.TempDir
		if one.format != formatTAB && one.format != formatMIF {
			continue
		}
		if err := d.neutral(ctx, one, o.TempDir); err != nil {
			d.Close()
			return nil, err
		}
	}
	return d, nil
}

func findDatasets(ctx context.Context, o Options, progress func(bytes int64)) (*delivery, error) {
	info, err := os.Stat(o.File)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, problem(because(ErrNoFile, err), "没有文件 %[1]s", "there is no file %[1]s", o.File)
		}
		return nil, fmt.Errorf("importers: %w", err)
	}
	if info.IsDir() {
		return openFolder(ctx, o)
	}
	head, err := readHead(o.File)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte("PK")) {
		d := &delivery{}
		one, err := d.recognised(ctx, dataset{path: o.File, name: filepath.Base(o.File)}, head, o.TempDir)
		if err != nil {
			d.Close()
			return nil, err
		}
		d.datasets = []dataset{one}
		return d, nil
	}
	if isWorkbook(o.File) {
		return &delivery{datasets: []dataset{{format: formatXLSX, path: o.File, name: filepath.Base(o.File)}}}, nil
	}
	dir, err := os.MkdirTemp(o.TempDir, "onemap-import-")
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	d := &delivery{dir: dir}
	u, err := unpackZip(ctx, o.File, dir, o.limits(), progress)
	if err != nil {
		d.Close()
		return nil, err
	}
	d.datasets, d.others = u.datasets, u.others
	if err = d.lookInto(ctx, o.TempDir); err == nil && len(d.datasets) == 0 {
		err = nothingInside(d.others)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// isWorkbook reports whether a ZIP is a workbook of Excel's.
func isWorkbook(file string) bool {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return false // said when it is unpacked
	}
	defer archive.Close()
	return slices.ContainsFunc(archive.File, func(f *zip.File) bool { return f.Name == "xl/workbook.xml" })
}

// lookInto makes UTF-8 of texts of two bytes a character, and tells files of one
// ending apart by their content: a .txt may be a red
// line or a remark, an .xml GML or metadata, a .json features line by line.
func (d *delivery) lookInto(ctx context.Context, temp string) error {
	for i := range d.datasets {
		one := &d.datasets[i]
		head, err := readHead(one.path)
		if err != nil {
			continue // a folder, or said when it is opened
		}
		if wide := wideText(one.name, head); wide != "" {
			if _, err := d.narrow(ctx, one, temp); err != nil {
				return err
			}
			one.wide = wide
		}
	}
	d.datasets = slices.DeleteFunc(d.datasets, func(one dataset) bool {
		stray := (one.format == formatRedline || one.format == formatGML) && !one.isWhatItSeems()
		if stray {
			d.others = append(d.others, one.name)
		}
		return stray
	})
	for i, one := range d.datasets {
		if one.format == formatGeoJSON {
			if head, err := readHead(one.path); err == nil && sniffed(head, strings.ToLower(filepath.Ext(one.name))) == formatGeoJSONSeq {
				d.datasets[i].format = formatGeoJSONSeq
			}
		}
	}
	return nil
}

func (d dataset) isWhatItSeems() bool {
	head, err := readHead(d.path)
	return err == nil && sniffed(head, strings.ToLower(filepath.Ext(d.name))) == d.format
}

// formatsRead names what is read, for messages.
const formatsRead = "Shapefile, FileGDB, GeoPackage, GeoJSON, KML/KMZ, GML, FlatGeobuf, MapInfo TAB/MIF, DXF, CSV, XLSX, 红线坐标 TXT"

func nothingInside(others []string) error {
	for _, name := range others {
		switch ext := strings.ToLower(filepath.Ext(name)); ext {
		case ".zip", ".7z", ".rar":
			return problem(ErrFormat,
				"压缩包里还是压缩包（%[1]s）；请解开一层后交付",
				"the archive holds another archive (%[1]s); unpack one and deliver that", name)
		}
		if ext := strings.ToLower(filepath.Ext(name)); ext == ".mdb" || ext == ".accdb" {
			return isAccess(name)
		}
		if name == "[Content_Types].xml" {
			return problem(ErrFormat,
				"这是 Word 等 Office 文档；请把坐标表另存为 .xlsx 或 CSV",
				"this is a document of Word or the like; save its table of coordinates as .xlsx or CSV")
		}
	}
	return problem(ErrFormat,
		"压缩包里没有可导入的数据（支持 %[2]s）；其中有：%[1]s",
		"the archive holds nothing to import (%[2]s are read); it has: %[1]s", listSome(others), formatsRead)
}

// readHead returns the beginning of a file.
func readHead(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	head := make([]byte, 1024)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("importers: %w", err)
	}
	return head[:n], nil
}

// recognise tells a single file's format by its first bytes, and by its name
// only where content has no mark.
func recognise(name string, head []byte) (dataset, error) {
	ext := strings.ToLower(filepath.Ext(name))
	d := dataset{name: name}
	switch {
	case len(head) == 0:
		return d, problem(ErrDamaged, "文件 %[1]s 是空的", "the file %[1]s is empty", name)
	case bytes.HasPrefix(head, []byte("7z\xbc\xaf\x27\x1c")), bytes.HasPrefix(head, []byte("Rar!")):
		return d, problem(ErrFormat, "%[1]s 是 7z/RAR 压缩包，不支持；请解压后以 ZIP 交付", "%[1]s is a 7z or RAR archive, which isn't read; unpack it and deliver a ZIP", name)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return d, problem(ErrFormat, "%[1]s 是 gzip 压缩文件，不支持；请以 ZIP 交付", "%[1]s is a gzip file, which isn't read; deliver a ZIP", name)
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		if len(head) >= 72 && (bytes.HasPrefix(head[68:72], []byte("GP")) || ext == ".gpkg") {
			d.format = formatGeoPackage
			return d, nil
		}
	case bytes.HasPrefix(head, []byte("\x00\x01\x00\x00Standard ")): // Jet DB, ACE DB
		return d, isAccess(name)
	case len(head) >= 262 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return d, problem(ErrFormat, "%[1]s 是 tar 归档，不支持；请以 ZIP 交付", "%[1]s is a tar archive, which isn't read; deliver a ZIP", name)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return d, problem(ErrFormat, "%[1]s 是旧版 Office（.xls）文件，不支持；请另存为 .xlsx 或 CSV", "%[1]s is an old Office file (.xls), which isn't read; save it as .xlsx or CSV", name)
	case bytes.HasPrefix(head, []byte("AC10")) && ext != ".csv":
		return d, problem(ErrFormat, "%[1]s 是 DWG 图纸，不支持；请在 CAD 中另存为 DXF", "%[1]s is a DWG drawing, which isn't read; save it as DXF in the drawing program", name)
	case bytes.HasPrefix(head, []byte{0, 0, 0x27, 0x0a}) && ext == ".shp":
		d.format = formatShapefile
		return d, nil
	case bytes.HasPrefix(head, []byte{0, 0, 0x27, 0x0a}), isPartOf(formatShapefile, ext):
		return d, problem(ErrFormat, "%[1]s 是 Shapefile 的附属文件；请指定同名的 .shp", "%[1]s is a side file of a Shapefile; name the .shp instead", name)
	case ext == ".shp":
		return d, problem(ErrDamaged, "%[1]s 不是有效的 .shp（文件头不对）；请重新导出", "%[1]s is no valid .shp (its header is wrong); export it again", name)
	case isPartOf(formatMIF, ext):
		return d, problem(ErrFormat, "%[1]s 是 MapInfo MIF 的属性文件；请指定同名的 .mif", "%[1]s is the table of a MapInfo MIF; name the .mif instead", name)
	}
	if d.format = sniffed(head, ext); d.format != "" {
		return d, nil
	}
	switch {
	case (ext == ".csv" || ext == ".txt") && !bytes.ContainsRune(head, 0):
		d.format = formatCSV
		return d, nil
	case ext == ".zip":
		return d, problem(ErrArchive, "%[1]s 不是有效的 ZIP；请重新压缩或重新传输", "%[1]s is no valid ZIP; pack or transfer it again", name)
	case ext == ".xlsx":
		return d, problem(ErrDamaged, "%[1]s 不是有效的 .xlsx（可能有密码或已损坏）；请另存后重新交付", "%[1]s is no valid .xlsx (it may have a password or be damaged); save it again", name)
	}
	return d, problem(ErrFormat,
		"不认识 %[1]s 的格式；支持 %[2]s，以及它们的 ZIP",
		"the format of %[1]s is not known; %[2]s are read, and ZIPs of them", name, formatsRead)
}

// isAccess is the refusal of a database of Access, such as a personal geodatabase.
func isAccess(name string) error {
	return problem(ErrFormat,
		"%[1]s 是 Access 数据库（个人地理数据库），不支持；请在 ArcGIS 中导出为文件地理数据库（.gdb）或 Shapefile",
		"%[1]s is an Access database (a personal geodatabase), which isn't read; export it from ArcGIS as a file geodatabase (.gdb) or Shapefile", name)
}

// isPartOf reports whether an ending is of a format's part, not its main file.
func isPartOf(f format, ext string) bool { return slices.Index(readings[f].endings, ext) > 0 }

// openFolder takes a FileGDB, or a folder with one Shapefile or other dataset in it.
func openFolder(ctx context.Context, o Options) (_ *delivery, err error) {
	folder := o.File
	name := filepath.Base(folder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	d := &delivery{}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	for _, e := range entries {
		if strings.EqualFold(filepath.Ext(e.Name()), ".gdbtable") {
			if !strings.EqualFold(filepath.Ext(name), ".gdb") {
				return nil, problem(ErrFormat, "文件夹 %[1]s 是 FileGDB，但名称不以 .gdb 结尾；请改名", "the folder %[1]s is a FileGDB, but its name doesn't end in .gdb; rename it", name)
			}
			d.datasets = []dataset{{format: formatFileGDB, path: folder, name: name}}
			return d, nil
		}
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		f, isPart, ok := formatOf(e.Name())
		switch {
		case !ok || isPart || e.IsDir() != (f == formatFileGDB):
			d.others = append(d.others, e.Name())
			continue
		case f == formatFileGDB, f == formatXLSX:
			d.datasets = append(d.datasets, dataset{format: f, path: path, name: e.Name()})
			continue
		}
		one := dataset{format: f, path: path, name: e.Name()}
		head, err := readHead(path)
		if err != nil {
			return nil, err
		}
		if (f == formatRedline || f == formatGML) && wideText(e.Name(), head) == "" && !one.isWhatItSeems() {
			d.others = append(d.others, e.Name())
			continue
		}
		if one, err = d.recognised(ctx, one, head, o.TempDir); err != nil {
			return nil, err
		}
		d.datasets = append(d.datasets, one)
	}
	d.datasets = append(d.datasets, headless(folder, entries)...)
	if len(d.datasets) == 0 {
		return nil, problem(ErrFormat, "文件夹 %[1]s 里没有可导入的数据", "the folder %[1]s holds nothing to import", name)
	}
	return d, nil
}

// headless finds Shapefiles whose .shp is missing, so that they are told as
// incomplete: parts of one that only shapes have.
func headless(folder string, entries []fs.DirEntry) (found []dataset) {
	seen := map[string]bool{}
	for _, e := range entries {
		if strings.EqualFold(filepath.Ext(e.Name()), ".shp") {
			seen[strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))] = true
		}
	}
	for _, e := range entries {
		stem := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
		if strings.EqualFold(filepath.Ext(e.Name()), ".shx") && !e.IsDir() && !seen[stem] {
			seen[stem] = true
			found = append(found, dataset{format: formatShapefile, path: filepath.Join(folder, stem+".shp"), name: stem + ".shp"})
		}
	}
	return found
}

func cantOpen(d dataset, err error) error {
	var worded *Problem
	if errors.As(err, &worded) {
		return err
	}
	if worded := wordReader(d, err); worded != nil {
		return worded
	}
	if d.format == formatCSV && strings.Contains(err.Error(), "No such file") { // GDAL sees no columns
		return problem(because(ErrDamaged, err),
			"%[1]s 的首行没有用半角逗号、分号或制表符分开的列名（全角逗号“，”不算）；请另存为标准 CSV",
			"the first line of %[1]s has no names of columns with a comma, semicolon or tab between (full-width commas don't count); save it as a standard CSV", d.name)
	}
	return problem(because(ErrDamaged, err),
		"%[1]s 无法作为 %[2]s 打开，文件可能不完整或已损坏；请重新导出。GDAL：%[3]s",
		"%[1]s can't be opened as %[2]s: it may be cut off or damaged; export it again. GDAL: %[3]s", d.name, d.format, d.said(err))
}

// said is what a reader said, without the folder that the file lies in.
func (d dataset) said(err error) string {
	return strings.ReplaceAll(err.Error(), filepath.Dir(d.path)+string(filepath.Separator), "")
}

// listSome joins names for a message, the first few of them.
func listSome(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(", … (%d)", len(names))
	}
	return strings.Join(names, ", ")
}

func plainName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func fieldNames(l gdal.Layer) []string {
	names := make([]string, len(l.Fields))
	for i, f := range l.Fields {
		names[i] = f.Name
	}
	return names
}
