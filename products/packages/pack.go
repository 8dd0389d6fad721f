package packages

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onemap/layers"
	"onemap/spatial/files"
)

// Approval is who allowed an export, and why.
type Approval struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Order is what a passport tells of an export beside its data.
type Order struct {
	Export   int64 // its number in the record; 0 is none
	By       string
	At       time.Time
	Approval *Approval // nil is that none was needed
}

// Progress is how far a package is.
type Progress struct {
	Layer    string
	Features int64 // written, or tiles
	Total    int64 // at most; 0 is not known
}

// Result is a finished package.
type Result struct {
	Path     string // a ZIP
	Bytes    int64
	SHA256   string // of the ZIP, hexadecimal
	Passport Passport
}

// checkEvery is how many features are written between looks at size and progress.
const checkEvery = 2000

// Pack makes the package of a plan in a folder of its own, which must be empty;
// what stands there besides the ZIP at the end is removed. tell may be nil. An
// export that exceeds the limits is an [ErrTooMany] or [ErrTooBig], one without any
// feature an [ErrEmpty].
func (k *Packer) Pack(ctx context.Context, catalogue *layers.Catalogue, p Plan, o Order, folder string, tell func(Progress)) (r Result, err error) {
	if tell == nil {
		tell = func(Progress) {}
	}
	work := filepath.Join(folder, "data")
	if err := os.Mkdir(work, 0o700); err != nil {
		return r, fmt.Errorf("packages: %w", err)
	}
	defer os.RemoveAll(work) //nolint:errcheck // the folder is removed with the export at the latest
	r.Passport = p.passport(ctx, o)
	if p.Request.Format == Tiles {
		err = k.packTiles(ctx, catalogue, p, work, &r.Passport, tell)
	} else {
		err = k.packFeatures(ctx, catalogue, p, work, &r.Passport, tell)
	}
	if err != nil {
		return r, err
	}
	if r.Passport.Features == 0 {
		return r, fmt.Errorf("%w: area %.30q, filter or extent leave nothing", ErrEmpty, p.Request.Area)
	}
	if err := r.Passport.write(work); err != nil {
		return r, err
	}
	r.Path = filepath.Join(folder, "package.zip")
	r.Bytes, r.SHA256, err = zipFolder(ctx, work, r.Path)
	return r, err
}

// packFeatures writes the features of all parts.
func (k *Packer) packFeatures(ctx context.Context, catalogue *layers.Catalogue, p Plan, work string, passport *Passport, tell func(Progress)) (err error) {
	encoding, err := files.ParseEncoding(p.Request.Encoding)
	if err != nil {
		return err
	}
	w, err := files.Create(work, p.base(), p.Request.Format, files.Options{
		EPSG: p.system.Code(), Degrees: p.system.Geographic(), Encoding: encoding, At: passport.DataAt,
	})
	if err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, w.Close())
		}
	}()
	total := p.total()
	for i, one := range p.parts {
		if err := w.Begin(p.fileLayer(one)); err != nil {
			return fmt.Errorf("packages: %w", err)
		}
		err := k.each(ctx, catalogue, p, one, func(r row) error {
			passport.Layers[i].Features++
			passport.Features++
			if passport.Features > k.limits.Features {
				return fmt.Errorf("%w: more than %d; choose an area or fewer layers", ErrTooMany, k.limits.Features)
			}
			if passport.Features%checkEvery == 0 {
				tell(Progress{one.layer.Definition.ID, passport.Features, total})
				if err := k.checkSize(work); err != nil {
					return err
				}
			}
			return w.Add(r.fid, r.shape, r.values)
		})
		if err != nil {
			return fmt.Errorf("packages: %s: %w", one.layer.Definition.ID, err)
		}
	}
	closed = true
	if err := w.Close(); err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	passport.Renamed, passport.Losses = w.Notes()
	tell(Progress{"", passport.Features, total})
	return k.checkSize(work)
}

// total is how many features there can be at most.
func (p Plan) total() (n int64) {
	for _, one := range p.parts {
		n += one.layer.Published.FeatureCount
	}
	return n
}

// base names the files that hold all layers.
func (p Plan) base() string {
	if p.Product != nil {
		return p.Product.ID
	}
	return p.parts[0].layer.Definition.ID
}

func (p Plan) fileLayer(one part) files.Layer {
	d := one.layer.Definition
	l := files.Layer{
		Name: d.ID, Title: one.title, LabelAt: -1,
		Kind: map[layers.GeometryKind]files.Kind{layers.Point: files.Points, layers.LineString: files.Lines, layers.Polygon: files.Polygons}[d.Geometry],
	}
	types := map[layers.FieldType]files.Type{
		layers.Text: files.Text, layers.Integer: files.Integer, layers.Real: files.Real, layers.Decimal: files.Real,
		layers.Date: files.Date, layers.Time: files.Moment, layers.Boolean: files.Boolean,
	}
	for i, f := range one.fields {
		c := files.Column{Name: f.Name, Label: f.Label, Type: types[f.Type], Length: f.Length, Scale: f.Scale}
		if f.Personal != "" {
			c.Length = 0 // masked texts are longer or shorter
		}
		if table, ok := p.dictionaries[f.Dictionary]; ok {
			c.Dictionary = map[string]string{}
			for _, e := range table.Entries {
				c.Dictionary[e.Code] = e.Name
			}
		}
		if f.Name == d.Label && f.Type == layers.Text {
			l.LabelAt = i
		}
		l.Columns = append(l.Columns, c)
	}
	return l
}

// checkSize holds what was written to the limit.
func (k *Packer) checkSize(work string) error {
	total := int64(0)
	err := filepath.WalkDir(work, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreMissing(err)
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return ignoreMissing(err)
	})
	if err != nil {
		return fmt.Errorf("packages: %w", err)
	}
	if total > k.limits.Bytes {
		return fmt.Errorf("%w: %d bytes before packing, at most %d; choose an area or fewer layers", ErrTooBig, total, k.limits.Bytes)
	}
	return nil
}

// ignoreMissing forgives files that a writer has taken away meanwhile.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// members lists the files of a folder by their paths, with slashes.
func members(folder string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	slices.Sort(names)
	return names, err
}

// packed are endings of files that packing makes no smaller.
var packed = []string{".pmtiles", ".xlsx"}

// zipFolder packs a folder. Names are in UTF-8 and say so; members have no times.
func zipFolder(ctx context.Context, folder, path string) (size int64, sum string, err error) {
	names, err := members(folder)
	if err != nil {
		return 0, "", fmt.Errorf("packages: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, "", fmt.Errorf("packages: %w", err)
	}
	hash := sha256.New()
	archive := zip.NewWriter(io.MultiWriter(file, hash))
	for _, name := range names {
		if err = addMember(ctx, archive, folder, name); err != nil {
			break
		}
	}
	err = errors.Join(err, archive.Close(), file.Close())
	if err != nil {
		return 0, "", fmt.Errorf("packages: packing: %w", errors.Join(err, os.Remove(path)))
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, "", fmt.Errorf("packages: %w", err)
	}
	return info.Size(), hex.EncodeToString(hash.Sum(nil)), nil
}

func addMember(ctx context.Context, archive *zip.Writer, folder, name string) error {
	method := zip.Deflate
	if slices.Contains(packed, strings.ToLower(filepath.Ext(name))) {
		method = zip.Store
	}
	// Flag 0x800 is UTF-8; the standard library sets it only where a name isn't ASCII.
	to, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: method, Flags: 0x800})
	if err != nil {
		return err
	}
	from, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	_, err = io.Copy(to, untilDone{ctx, from})
	return err
}

// untilDone reads until its context ends.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}

// fileSum is the SHA-256 and the size of a file.
func fileSum(path string) (sum string, size int64, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	hash := sha256.New()
	if size, err = io.Copy(hash, file); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), size, nil
}
