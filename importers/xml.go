package importers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// largestKML bounds a KML, which its reader keeps in memory whole; larger data
// is delivered in another format.
const largestKML = 64 << 20

// checkXML looks an XML file through before GDAL reads it: a document type
// declaration could make entities of anything, and a network link would have
// the data elsewhere. Both are refused; nothing is ever fetched.
func checkXML(d dataset) error {
	f, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && d.format == formatKML && info.Size() > largestKML {
		return problem(ErrFormat,
			"KML 文件 %[1]s 超过 %[2]d MiB；请改用 GeoPackage、Shapefile 或 GeoJSON 交付",
			"the KML file %[1]s is larger than %[2]d MiB; deliver it as GeoPackage, Shapefile or GeoJSON", d.name, largestKML>>20)
	}
	r := bufio.NewReaderSize(f, 1<<20)
	head, _ := r.Peek(4)
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.IndexByte(head, 0) >= 0 {
		return problem(ErrFormat, "%[1]s 是 UTF-16/32 编码的 XML；请另存为 UTF-8", "%[1]s is XML in UTF-16 or UTF-32; save it as UTF-8", d.name)
	}
	forbidden := [][]byte{[]byte("<!doctype"), []byte("<!entity"), []byte("<networklink>"), []byte("<networklink "), []byte(":networklink>"), []byte(":networklink ")}
	if d.format == formatGML {
		forbidden = forbidden[:2]
	}
	const overlap = 16 // longer than any of them
	window := make([]byte, 1<<20)
	kept := 0
	for {
		n, err := r.Read(window[kept:])
		seen := bytes.ToLower(window[:kept+n])
		for i, word := range forbidden {
			if !bytes.Contains(seen, word) {
				continue
			}
			if i < 2 {
				return problem(ErrFormat,
					"%[1]s 含有 DOCTYPE（文档类型声明），出于安全不予读取；请去除后交付",
					"%[1]s has a DOCTYPE, which isn't read, for safety; deliver it without one", d.name)
			}
			return problem(ErrFormat,
				"%[1]s 含有网络链接（NetworkLink），所指的数据不在文件里，也不会下载；请在原软件中展开链接后另存",
				"%[1]s has a NetworkLink: the data isn't in the file and won't be fetched; open the link in its program and save what it shows", d.name)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("importers: %w", err)
		}
		kept = min(overlap, kept+n)
		copy(window, seen[len(seen)-kept:])
	}
}
