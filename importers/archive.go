package importers

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Limits bound what an archive may unpack to.
type Limits struct {
	Entries int   // members
	Bytes   int64 // all members together, unpacked
	Ratio   int64 // unpacked to packed, once more than 64 MiB were unpacked
	Depth   int   // folders within folders
}

// DefaultLimits takes a province's delivery and refuses a bomb.
func DefaultLimits() Limits {
	return Limits{Entries: 10_000, Bytes: 20 << 30, Ratio: 200, Depth: 16}
}

const ratioFrom = 64 << 20 // bytes unpacked before the ratio counts: small tables of blanks pack well

// member is a file in an archive that an import can use.
type member struct {
	file *zip.File
	name string // as its author wrote it, with forward slashes
}

// unpacked is an archive's useful content under names that any tool can take.
type unpacked struct {
	datasets []dataset
	others   []string // members that no reader is for, for messages
}

// unpackZip checks an archive's members and unpacks the useful ones into dir.
// A member that could be written elsewhere, or too much of them, is an
// [ErrHostileArchive]; a broken archive an [ErrArchive].
func unpackZip(ctx context.Context, file, dir string, limits Limits, progress func(bytes int64)) (unpacked, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		if errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return unpacked{}, problem(because(ErrArchive, err),
				"压缩包 %[1]s 不完整或已损坏（没有有效的目录）；请重新压缩或重新传输",
				"the archive %[1]s is cut off or damaged (it has no valid directory); pack or transfer it again", filepath.Base(file))
		}
		return unpacked{}, fmt.Errorf("importers: opening %s: %w", filepath.Base(file), err)
	}
	defer archive.Close()
	archive.RegisterDecompressor(zip.Deflate, flate.NewReader)
	members, others, err := listMembers(archive.File, limits)
	if err != nil {
		return unpacked{}, err
	}
	u := unpacked{others: others}
	w := &unpacker{ctx: ctx, dir: dir, limits: limits, progress: progress}
	for _, g := range groupMembers(members) {
		d, err := w.unpack(g, len(u.datasets)+1)
		if err != nil {
			return unpacked{}, err
		}
		u.datasets = append(u.datasets, d)
	}
	return u, nil
}

func hostile(zh, en string, args ...any) error {
	return problem(ErrHostileArchive, "压缩包被拒绝："+zh, "the archive is refused: "+en, args...)
}

// listMembers checks every member and returns those that an import can use.
func listMembers(files []*zip.File, limits Limits) (members []member, others []string, err error) {
	if len(files) > limits.Entries {
		return nil, nil, hostile("文件数 %[1]d 超过上限 %[2]d", "%[1]d members, more than %[2]d", len(files), limits.Entries)
	}
	var total, packed uint64
	for _, f := range files {
		name := memberName(f)
		if err := checkMember(f, name, limits); err != nil {
			return nil, nil, err
		}
		if total += f.UncompressedSize64; total > uint64(limits.Bytes) || f.UncompressedSize64 > uint64(limits.Bytes) {
			return nil, nil, hostile("解压后超过 %[1]d 字节上限", "it unpacks to more than %[1]d bytes", limits.Bytes)
		}
		packed += f.CompressedSize64
		switch {
		case strings.HasSuffix(name, "/"), strings.HasPrefix(name, "__MACOSX/"), strings.HasPrefix(path.Base(name), "."):
		case isUseful(name):
			members = append(members, member{f, name})
		default:
			others = append(others, name)
		}
	}
	if total > ratioFrom && total/max(packed, 1) > uint64(limits.Ratio) {
		return nil, nil, hostile("压缩比超过 %[1]d 倍", "it unpacks to more than %[1]d times its size", limits.Ratio)
	}
	return members, others, nil
}

// memberName is the name as its author saw it. Chinese Windows writes GBK and
// says nothing; others write UTF-8 and forget to say so.
func memberName(f *zip.File) string {
	name := f.Name
	if f.NonUTF8 && !utf8.ValidString(name) {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			name = decoded
		}
	}
	return strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/")
}

func checkMember(f *zip.File, name string, limits Limits) error {
	switch {
	case strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':':
		return hostile("成员 %[1]q 是绝对路径", "member %[1]q has an absolute path", name)
	case strings.ContainsRune(name, 0) || hasDotDot(name):
		return hostile("成员 %[1]q 指向目录之外", "member %[1]q points outside", name)
	case f.Mode()&fs.ModeType != 0 && !f.Mode().IsDir():
		return hostile("成员 %[1]q 不是普通文件（如符号链接）", "member %[1]q is no regular file (a link, say)", name)
	case strings.Count(name, "/") > limits.Depth:
		return hostile("成员 %[1]q 的目录层数超过 %[2]d", "member %[1]q is more than %[2]d folders deep", name, limits.Depth)
	case f.Flags&1 != 0:
		return problem(ErrArchive, "压缩包有密码（成员 %[1]q）；请去除密码后交付", "the archive has a password (member %[1]q); deliver it without one", name)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return problem(ErrArchive,
			"成员 %[1]q 的压缩方法（%[2]d）不受支持；请用标准 ZIP（Deflate）重新压缩",
			"member %[1]q is packed by a method (%[2]d) that isn't supported; pack it again as a standard ZIP (Deflate)", name, f.Method)
	}
	return nil
}

func hasDotDot(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// group is the members that make one dataset.
type group struct {
	format  format
	name    string // as the author called it, without folders: "云浮县区界.shp"
	members []member
}

// groupMembers finds the datasets: a Shapefile's parts by folder and stem, a
// FileGDB's by folder, others one by one.
func groupMembers(members []member) []group {
	databases := map[string]bool{}
	for _, m := range members {
		if strings.EqualFold(path.Ext(m.name), ".gdbtable") {
			databases[path.Dir(m.name)] = true
		}
	}
	var order []string
	groups := map[string]*group{}
	add := func(key string, f format, name string, m member) {
		g, ok := groups[key]
		if !ok {
			g = &group{format: f, name: name}
			groups[key] = g
			order = append(order, key)
		}
		g.members = append(g.members, m)
	}
	for _, m := range members {
		stem := strings.TrimSuffix(m.name, path.Ext(m.name))
		f, _, ok := formatOf(m.name)
		switch {
		case databases[path.Dir(m.name)]:
			add("gdb:"+path.Dir(m.name), formatFileGDB, path.Base(path.Dir(m.name)), m)
		case !ok:
		case f == formatShapefile, f == formatTAB, f == formatMIF:
			add(string(f)+":"+strings.ToLower(stem), f, path.Base(stem)+f.extension(), m)
		default:
			add(m.name, f, path.Base(m.name), m)
		}
	}
	var found []group
	for _, key := range order {
		if g := *groups[key]; !g.isStray(len(order)) {
			found = append(found, g)
		}
	}
	return found
}

// isStray reports whether a group is no dataset but something beside one, of so
// many groups: a .dat or .id alone, or a table of codes, which is a .dbf without
// shapes. Shapes without their .shp are no stray: they are told as incomplete.
func (g group) isStray(groups int) bool {
	has := func(endings ...string) bool {
		return slices.ContainsFunc(g.members, func(m member) bool { return slices.Contains(endings, strings.ToLower(path.Ext(m.name))) })
	}
	switch g.format {
	case formatTAB, formatMIF:
		return !has(g.format.extension())
	case formatShapefile:
		return groups > 1 && !has(".shp", ".shx", ".prj")
	}
	return false
}

// isUseful reports whether a member is part of a format that is read. What a
// FileGDB's folder holds beside tables (indexes, locks) is left out but for
// what the reader needs.
func isUseful(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".gdbtable", ".gdbtablx", ".gdbindexes", ".spx", ".atx", ".freelist", ".horizon":
		return true
	case ".gdb":
		return false
	}
	_, _, ok := formatOf(name)
	return ok || path.Base(name) == "gdb" || path.Base(name) == "timestamps"
}

// unpacker writes members, several at a time, and keeps count.
type unpacker struct {
	ctx    context.Context
	dir    string
	limits Limits

	mutex    sync.Mutex
	progress func(bytes int64)
	written  int64
	packed   int64
}

// count adds what was written and refuses too much.
func (u *unpacker) count(written, packed int64) error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.written += written
	u.packed += packed
	switch {
	case u.written > u.limits.Bytes:
		return hostile("解压后超过 %[1]d 字节上限", "it unpacks to more than %[1]d bytes", u.limits.Bytes)
	case u.written > ratioFrom && u.written/max(u.packed, 1) > u.limits.Ratio:
		return hostile("压缩比超过 %[1]d 倍", "it unpacks to more than %[1]d times its size", u.limits.Ratio)
	}
	u.progress(u.written)
	return nil
}

// unpack writes a group under a name of ours, such as d1.shp.
func (u *unpacker) unpack(g group, number int) (dataset, error) {
	base := filepath.Join(u.dir, fmt.Sprintf("d%d", number))
	d := dataset{format: g.format, name: g.name, path: base + g.format.extension()}
	if g.format == formatFileGDB {
		if err := os.Mkdir(d.path, 0o700); err != nil {
			return dataset{}, err
		}
	}
	group, ctx := errgroup.WithContext(u.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, m := range g.members {
		to := base + strings.ToLower(path.Ext(m.name))
		if len(g.members) == 1 {
			to = d.path
		}
		if g.format == formatFileGDB {
			to = filepath.Join(d.path, safeName(path.Base(m.name)))
		}
		group.Go(func() error {
			if err := u.write(ctx, m, to); err != nil {
				return err
			}
			if g.format == formatShapefile && filepath.Ext(to) == ".dbf" {
				d.table = lookAtTable(to, d.name)
			}
			return nil
		})
	}
	err := group.Wait()
	return d, err
}

// safeName keeps the plain characters of a name; those of a FileGDB have no others.
func safeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '_'
	}, strings.TrimLeft(name, "."))
}

func (u *unpacker) write(ctx context.Context, m member, to string) (err error) {
	damaged := func(cause error) error {
		return problem(because(ErrArchive, cause),
			"压缩包成员 %[1]q 不完整或校验不符；请重新压缩或重新传输",
			"member %[1]q of the archive is cut off or fails its checksum; pack or transfer it again", m.name)
	}
	from, err := m.file.Open()
	if err != nil {
		return damaged(err)
	}
	defer from.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrExist) {
			return problem(ErrArchive, "压缩包里有重名成员 %[1]q", "the archive has member %[1]q twice", m.name)
		}
		return err
	}
	defer func() {
		if closed := out.Close(); err == nil {
			err = closed
		}
	}()
	packed := int64(m.file.CompressedSize64)
	buffer := make([]byte, 1<<18)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, readErr := from.Read(buffer)
		if err := u.count(int64(n), packed); err != nil {
			return err
		}
		packed = 0
		if _, err := out.Write(buffer[:n]); err != nil {
			return fmt.Errorf("importers: unpacking %s: %w", m.name, err)
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			var corrupt flate.CorruptInputError
			if errors.Is(readErr, zip.ErrChecksum) || errors.Is(readErr, io.ErrUnexpectedEOF) || errors.As(readErr, &corrupt) || errors.Is(readErr, zip.ErrFormat) {
				return damaged(readErr)
			}
			return fmt.Errorf("importers: unpacking %s: %w", m.name, readErr)
		}
	}
}
