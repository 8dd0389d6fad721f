package importers

import (
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
	"onemap/layers"
)

// format is a kind of file that is read.
type format string

const (
	formatShapefile  format = "Shapefile"
	formatFileGDB    format = "FileGDB"
	formatGeoPackage format = "GeoPackage"
	formatGeoJSON    format = "GeoJSON"
	formatCSV        format = "CSV"
)

// preference orders formats of one and the same data from the best kept: types
// and system first, then text.
var preference = []format{formatShapefile, formatFileGDB, formatGeoPackage, formatGeoJSON, formatCSV}

func (f format) extension() string {
	switch f {
	case formatShapefile:
		return ".shp"
	case formatFileGDB:
		return ".gdb"
	case formatGeoPackage:
		return ".gpkg"
	case formatGeoJSON:
		return ".geojson"
	default:
		return ".csv"
	}
}

// open opens a dataset of the format with GDAL. Texts of Shapefiles and CSV come
// as bytes; numbers and dates in texts are left to the importer.
func (f format) open(path string) (*gdal.Dataset, error) {
	switch f {
	case formatShapefile:
		return gdal.Open(path, "ESRI Shapefile", "ENCODING=")
	case formatFileGDB:
		return gdal.Open(path, "OpenFileGDB")
	case formatGeoPackage:
		return gdal.Open(path, "GPKG", "LIST_ALL_TABLES=NO")
	case formatGeoJSON:
		return gdal.Open(path, "GeoJSON", "DATE_AS_STRING=YES", "ARRAY_AS_STRING=YES")
	default:
		return gdal.Open("CSV:"+path, "CSV", "AUTODETECT_TYPE=NO", "KEEP_GEOM_COLUMNS=YES", "EMPTY_STRING_AS_NULL=YES")
	}
}

// dataset is a file or folder that GDAL can open.
type dataset struct {
	format format
	path   string
	name   string // as its author called it: "云浮县区界.shp"
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
	info, err := os.Stat(o.File)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, problem(because(ErrNoFile, err), "没有文件 %[1]s", "there is no file %[1]s", o.File)
		}
		return nil, fmt.Errorf("importers: %w", err)
	}
	if info.IsDir() {
		return openFolder(o.File)
	}
	head, err := readHead(o.File)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(head, []byte("PK")) {
		d, err := recognise(o.File, head)
		return &delivery{datasets: []dataset{d}}, err
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
	if len(d.datasets) == 0 {
		d.Close()
		return nil, nothingInside(d.others)
	}
	return d, nil
}

func nothingInside(others []string) error {
	for _, name := range others {
		switch ext := strings.ToLower(filepath.Ext(name)); ext {
		case ".zip", ".7z", ".rar":
			return problem(ErrFormat,
				"压缩包里还是压缩包（%[1]s）；请解开一层后交付",
				"the archive holds another archive (%[1]s); unpack one and deliver that", name)
		}
		if name == "[Content_Types].xml" {
			return problem(ErrFormat,
				"这是 Office 文档，暂不支持；请另存为带经度、纬度列的 CSV",
				"this is an Office document, which isn't read; save it as CSV with columns for longitude and latitude")
		}
	}
	return problem(ErrFormat,
		"压缩包里没有可导入的数据（需要 Shapefile、FileGDB、GeoPackage、GeoJSON 或 CSV）；其中有：%[1]s",
		"the archive holds nothing to import (Shapefile, FileGDB, GeoPackage, GeoJSON or CSV); it has: %[1]s", listSome(others))
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
func recognise(file string, head []byte) (dataset, error) {
	name := filepath.Base(file)
	ext := strings.ToLower(filepath.Ext(name))
	d := dataset{path: file, name: name}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
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
	case bytes.HasPrefix(head, []byte{0, 0, 0x27, 0x0a}) && ext == ".shp":
		d.format = formatShapefile
		return d, nil
	case bytes.HasPrefix(head, []byte{0, 0, 0x27, 0x0a}), shapefileParts[ext] && ext != ".shp":
		return d, problem(ErrFormat, "%[1]s 是 Shapefile 的附属文件；请指定同名的 .shp", "%[1]s is a side file of a Shapefile; name the .shp instead", name)
	case ext == ".shp":
		return d, problem(ErrDamaged, "%[1]s 不是有效的 .shp（文件头不对）；请重新导出", "%[1]s is no valid .shp (its header is wrong); export it again", name)
	case bytes.HasPrefix(text, []byte("{")):
		d.format = formatGeoJSON
		return d, nil
	case (ext == ".csv" || ext == ".txt") && !bytes.ContainsRune(head, 0):
		d.format = formatCSV
		return d, nil
	case ext == ".zip":
		return d, problem(ErrArchive, "%[1]s 不是有效的 ZIP；请重新压缩或重新传输", "%[1]s is no valid ZIP; pack or transfer it again", name)
	}
	return d, problem(ErrFormat,
		"不认识 %[1]s 的格式；支持 Shapefile（含 ZIP）、FileGDB、GeoPackage、GeoJSON，以及带经纬度列的 CSV",
		"the format of %[1]s is not known; Shapefile (zipped too), FileGDB, GeoPackage, GeoJSON and CSV with longitude and latitude are", name)
}

// openFolder takes a FileGDB, or a folder with one Shapefile or other dataset in it.
func openFolder(folder string) (*delivery, error) {
	name := filepath.Base(folder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("importers: %w", err)
	}
	d := &delivery{}
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
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".shp", ".gpkg", ".geojson", ".json", ".csv":
			head, err := readHead(path)
			if err != nil {
				return nil, err
			}
			one, err := recognise(path, head)
			if err != nil {
				return nil, err
			}
			d.datasets = append(d.datasets, one)
		case ".gdb":
			d.datasets = append(d.datasets, dataset{format: formatFileGDB, path: path, name: e.Name()})
		default:
			d.others = append(d.others, e.Name())
		}
	}
	if len(d.datasets) == 0 {
		return nil, problem(ErrFormat, "文件夹 %[1]s 里没有可导入的数据", "the folder %[1]s holds nothing to import", name)
	}
	return d, nil
}

// candidate is a layer of a dataset that an import might mean.
type candidate struct {
	dataset dataset
	name    string // of the layer as its author called it
	index   int    // within the dataset
}

// label names the candidate in a message.
func (c candidate) label() string {
	if c.name == c.dataset.stem() {
		return c.dataset.name
	}
	return c.name + "（" + c.dataset.name + "）"
}

// choose finds the one source layer that is meant: the named one; else the only
// one; else the only one that is called like the layer.
func choose(d *delivery, sourceLayer string, def layers.Definition) (candidate, error) {
	all, err := candidates(d)
	if err != nil {
		return candidate{}, err
	}
	if sourceLayer != "" {
		named := preferred(slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
			return !strings.EqualFold(c.name, sourceLayer) && !strings.EqualFold(c.dataset.name, sourceLayer)
		}))
		if len(named) == 1 {
			return named[0], nil
		}
		return candidate{}, problem(ErrSourceLayer,
			"文件里没有（或不止一个）名为 %[1]q 的图层；有：%[2]s",
			"the file has no layer, or more than one, called %[1]q; it has: %[2]s", sourceLayer, labels(all))
	}
	one := preferred(all)
	if len(one) > 1 {
		alike := slices.DeleteFunc(slices.Clone(one), func(c candidate) bool { return !isCalled(c.name, def) })
		if len(alike) == 1 {
			one = alike
		}
	}
	switch len(one) {
	case 1:
		return one[0], nil
	case 0:
		return candidate{}, problem(ErrSourceLayer, "文件里没有图形数据", "the file has no layer with geometry")
	default:
		return candidate{}, problem(ErrSourceLayer,
			"文件里有多个图层，请用 --source-layer 指定其一：%[1]s",
			"the file has several layers; name one with --source-layer: %[1]s", labels(one))
	}
}

func isCalled(name string, def layers.Definition) bool {
	for _, other := range append([]string{def.ID, def.Name, def.NameEN}, def.Aliases...) {
		if plainName(other) == plainName(name) {
			return true
		}
	}
	return false
}

func labels(all []candidate) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.label()
	}
	return listSome(names)
}

// candidates opens every dataset and lists its layers with geometry. A CSV next
// to other data counts only if it has coordinates.
func candidates(d *delivery) ([]candidate, error) {
	var all []candidate
	for _, ds := range d.datasets {
		if ds.format == formatShapefile || len(d.datasets) == 1 && ds.format != formatFileGDB && ds.format != formatGeoPackage {
			all = append(all, candidate{dataset: ds, name: ds.stem()})
			continue
		}
		file, err := ds.format.open(ds.path)
		if err != nil {
			if len(d.datasets) > 1 && !errors.Is(err, gdal.ErrRead) {
				continue // a stray .json or .csv beside the data
			}
			return nil, cantOpen(ds, err)
		}
		for i, l := range file.Layers() {
			switch ds.format {
			case formatCSV:
				if x, y := positionColumns(fieldNames(l)); x >= 0 && y >= 0 {
					all = append(all, candidate{dataset: ds, name: ds.stem(), index: i})
				}
			case formatGeoJSON:
				all = append(all, candidate{dataset: ds, name: ds.stem(), index: i})
			default:
				if l.HasGeometry {
					all = append(all, candidate{dataset: ds, name: l.Name, index: i})
				}
			}
		}
		file.Close()
	}
	return all, nil
}

// preferred keeps one format of data that is delivered in several under one name.
func preferred(all []candidate) []candidate {
	rank := func(c candidate) int { return slices.Index(preference, c.dataset.format) }
	return slices.DeleteFunc(slices.Clone(all), func(c candidate) bool {
		return slices.ContainsFunc(all, func(other candidate) bool {
			return strings.EqualFold(other.name, c.name) && rank(other) < rank(c)
		})
	})
}

func cantOpen(d dataset, err error) error {
	return problem(because(ErrDamaged, err),
		"%[1]s 无法作为 %[2]s 打开，文件可能不完整或已损坏；请重新导出。GDAL：%[3]v",
		"%[1]s can't be opened as %[2]s: it may be cut off or damaged; export it again. GDAL: %[3]v", d.name, d.format, err)
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
