package importers

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ManifestFile is the name of a delivery manifest, beside the files that it
// lists or with them in one ZIP.
const ManifestFile = "deliveries.json"

// Manifest lists the files of a delivery and which layers they are for.
type Manifest struct {
	Note       string     `json:"note,omitempty"`
	Deliveries []Delivery `json:"deliveries"`
}

// Delivery is one layer in one file, with what can't be told from the file.
type Delivery struct {
	File        string            `json:"file"`                   // relative to the manifest
	Layer       string            `json:"layer"`                  // id of the layer that it becomes a version of
	SourceLayer string            `json:"source_layer,omitempty"` // name of the layer within the file
	Format      string            `json:"format,omitempty"`       // for people: the content decides
	CRS         string            `json:"crs,omitempty"`          // only where the file does not carry it, as "EPSG:4490"
	Encoding    string            `json:"encoding,omitempty"`     // only where the file does not say it
	LonColumn   string            `json:"lon_column,omitempty"`   // of a table
	LatColumn   string            `json:"lat_column,omitempty"`
	Columns     string            `json:"columns,omitempty"` // of a table, as "x=东坐标,y=北坐标", in their place
	Map         map[string]string `json:"map,omitempty"`     // the file's field → the layer's
	KeepExtra   bool              `json:"keep_extra,omitempty"`
	SwapAxes    bool              `json:"swap_axes,omitempty"`
	OverrideCRS bool              `json:"override_crs,omitempty"`
	Skip        []string          `json:"skip,omitempty"` // ids of quality rules that are not checked
	Rows        int               `json:"rows"`           // how many there are; 0 is not said
}

// ErrManifest reports a manifest that can't be followed.
var ErrManifest = errors.New("importers: manifest can't be used")

// ReadManifest reads a manifest. Members that it doesn't know are passed over,
// so that a program may add its own. What is wrong is an [ErrManifest].
func ReadManifest(r io.Reader) (Manifest, error) {
	wrong := func(zh, en string, args ...any) (Manifest, error) {
		return Manifest{}, problem(ErrManifest, ManifestFile+"："+zh, ManifestFile+": "+en, args...)
	}
	text, err := io.ReadAll(io.LimitReader(r, 16<<20))
	if err != nil {
		return Manifest{}, fmt.Errorf("importers: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), &m); err != nil {
		return wrong("不是有效的 JSON（%[1]v）", "it is no valid JSON (%[1]v)", err)
	}
	return m, m.check(false)
}

// MostDeliveries is how many items a manifest may have.
const MostDeliveries = 500

// Check looks at a manifest that came with a request. File may be left out where
// the upload itself is meant, and no layer may be listed twice. What is wrong is
// an [ErrManifest].
func (m Manifest) Check() error {
	if err := m.check(true); err != nil {
		return err
	}
	return m.CheckLayers()
}

// CheckLayers refuses a manifest that has a layer twice, as an [ErrManifest].
func (m Manifest) CheckLayers() error {
	seen := map[string]bool{}
	for i, d := range m.Deliveries {
		if seen[d.Layer] {
			return problem(ErrManifest, "交付清单：第 %[1]d 项的图层 %[2]q 已在前面列出；每个图层只能列一次", "manifest: layer %[2]q of item %[1]d is listed before; each layer may be listed once", i+1, d.Layer)
		}
		seen[d.Layer] = true
	}
	return nil
}

// check looks at the items; whole says that one without a file means the upload itself.
func (m Manifest) check(whole bool) error {
	wrong := func(zh, en string, args ...any) error {
		return problem(ErrManifest, "交付清单："+zh, "manifest: "+en, args...)
	}
	switch n := len(m.Deliveries); {
	case n == 0:
		return wrong("没有列出任何文件（deliveries 为空）", "it lists no files (deliveries is empty)")
	case n > MostDeliveries:
		return wrong("列出 %[1]d 项，最多 %[2]d 项", "it lists %[1]d items, at most %[2]d", n, MostDeliveries)
	}
	for i, d := range m.Deliveries {
		switch {
		case d.Layer == "" || d.File == "" && !whole:
			return wrong("第 %[1]d 项缺少 file 或 layer", "item %[1]d lacks file or layer", i+1)
		case d.File != "" && !filepath.IsLocal(filepath.FromSlash(d.File)) || strings.Contains(d.File, `\`):
			return wrong("第 %[1]d 项的文件 %[2]q 不在清单所在的目录内", "file %[2]q of item %[1]d is not within the manifest's folder", i+1, d.File)
		case (d.LonColumn == "") != (d.LatColumn == ""):
			return wrong("第 %[1]d 项须同时给出 lon_column 和 lat_column", "item %[1]d must give both lon_column and lat_column", i+1)
		}
	}
	return nil
}

// Deliveries is an open manifest.
type Deliveries struct {
	Manifest
	Dir string // where its files are

	whole    string // the upload itself
	unpacked bool
}

// OpenManifest opens the manifest of a folder, a manifest itself, or a ZIP with a
// manifest and its files, which is unpacked. The caller closes it.
func OpenManifest(ctx context.Context, path, tempDir string, limits Limits) (*Deliveries, error) {
	if limits == (Limits{}) {
		limits = DefaultLimits()
	}
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, problem(because(ErrNoFile, err), "没有文件 %[1]s", "there is no file %[1]s", path)
		}
		return nil, fmt.Errorf("importers: %w", err)
	}
	d := &Deliveries{Dir: path, whole: path}
	if !info.IsDir() {
		head, err := readHead(path)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(head, []byte("PK")) {
			return d, d.read(path)
		}
		if err := d.unpack(ctx, tempDir, limits); err != nil {
			return nil, err
		}
	}
	if err := d.read(filepath.Join(d.Dir, ManifestFile)); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// OpenUpload opens a file that was uploaded with a manifest of its own: a ZIP
// whose members the manifest names, or one file with several layers. A ZIP is
// unpacked only where a member is named; an item without a file means the upload
// itself. The caller closes it.
func OpenUpload(ctx context.Context, path string, m Manifest, tempDir string, limits Limits) (*Deliveries, error) {
	if limits == (Limits{}) {
		limits = DefaultLimits()
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	head, err := readHead(path)
	if err != nil {
		return nil, err
	}
	d := &Deliveries{Manifest: m, Dir: filepath.Dir(path), whole: path}
	archived, members := bytes.HasPrefix(head, []byte("PK")), false
	for i, one := range m.Deliveries {
		if one.File == "" {
			continue
		}
		members = true
		if !archived && one.File != filepath.Base(path) {
			return nil, problem(ErrManifest, "交付清单：第 %[1]d 项的文件 %[2]q 不存在，上传的是单个文件 %[3]q；请省略 file",
				"manifest: there is no file %[2]q of item %[1]d, the upload is the one file %[3]q; leave file out", i+1, one.File, filepath.Base(path))
		}
	}
	if archived && members {
		if err := d.unpack(ctx, tempDir, limits); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// unpack unpacks the upload into a folder of its own.
func (d *Deliveries) unpack(ctx context.Context, tempDir string, limits Limits) (err error) {
	if d.Dir, err = os.MkdirTemp(tempDir, "onemap-deliveries-"); err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	d.unpacked = true
	if err := unpackAll(ctx, d.whole, d.Dir, limits); err != nil {
		d.Close()
		return err
	}
	return nil
}

func (d *Deliveries) read(file string) error {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return problem(because(ErrManifest, err), "没有交付清单 %[1]s", "there is no manifest %[1]s", ManifestFile)
	}
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	d.Dir = filepath.Dir(file)
	d.Manifest, err = ReadManifest(f)
	return err
}

// Close removes what was unpacked. It may be called more than once.
func (d *Deliveries) Close() {
	if d.unpacked {
		_ = os.RemoveAll(d.Dir) // a leftover in the temporary folder is no failure of the import
		d.unpacked = false
	}
}

// Options are the options of a delivery's import.
func (d *Deliveries) Options(one Delivery) Options {
	file := d.whole
	if one.File != "" {
		file = filepath.Join(d.Dir, filepath.FromSlash(one.File))
	}
	o := Options{
		File: file, Layer: one.Layer, SourceLayer: one.SourceLayer,
		CRS: one.CRS, Encoding: one.Encoding, Columns: one.Columns, Map: one.Map,
		KeepExtra: one.KeepExtra, SwapAxes: one.SwapAxes, OverrideCRS: one.OverrideCRS, Skip: one.Skip,
	}
	if o.Columns == "" && one.LonColumn != "" {
		o.Columns = "lon=" + one.LonColumn + ",lat=" + one.LatColumn
	}
	return o
}

// unpackAll unpacks a ZIP's members under their own names, by the same checks as
// any archive.
func unpackAll(ctx context.Context, file, dir string, limits Limits) error {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return problem(because(ErrArchive, err), "压缩包 %[1]s 不完整或已损坏", "the archive %[1]s is cut off or damaged", filepath.Base(file))
	}
	defer archive.Close()
	if _, _, err := listMembers(archive.File, limits); err != nil {
		return err
	}
	u := &unpacker{ctx: ctx, limits: limits, progress: func(int64) {}}
	for _, f := range archive.File {
		name := memberName(f)
		if strings.HasSuffix(name, "/") || !filepath.IsLocal(filepath.FromSlash(name)) {
			continue
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return fmt.Errorf("importers: %w", err)
		}
		if err := u.write(ctx, member{f, name}, to); err != nil {
			return err
		}
	}
	return nil
}
