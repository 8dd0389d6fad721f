package importers

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// plainXML refuses XML in an encoding of two or four bytes a character.
func plainXML(d dataset, head []byte) error {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || bytes.IndexByte(head[:min(len(head), 4)], 0) >= 0 {
		return problem(ErrFormat, "%[1]s 是 UTF-16/32 编码的 XML；请另存为 UTF-8", "%[1]s is XML in UTF-16 or UTF-32; save it as UTF-8", d.name)
	}
	return nil
}

// checkGML looks a GML file through before GDAL reads it: a document type
// declaration, which could make entities of anything, is refused.
func checkGML(d dataset) error {
	f, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	head, _ := r.Peek(4) // a shorter file is no GML
	if err := plainXML(d, head); err != nil {
		return err
	}
	const overlap = 16 // longer than the words
	window := make([]byte, 1<<20)
	kept := 0
	for {
		n, err := r.Read(window[kept:])
		seen := bytes.ToLower(window[:kept+n])
		if bytes.Contains(seen, []byte("<!doctype")) || bytes.Contains(seen, []byte("<!entity")) {
			return problem(ErrFormat,
				"%[1]s 含有 DOCTYPE（文档类型声明），出于安全不予读取；请去除后交付",
				"%[1]s has a DOCTYPE, which isn't read, for safety; deliver it without one", d.name)
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
