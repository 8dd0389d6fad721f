package importers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// checkUTF8 reads a file of a format that is UTF-8 by its standard and refuses
// one that is mostly something else; single damaged texts are refused row by
// row. GBK can't be read here: its bytes include those of quotes and escapes.
func checkUTF8(d dataset) error {
	f, err := os.Open(d.path)
	if err != nil {
		return fmt.Errorf("importers: %w", err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<18)
	good, bad := 0, 0
	for {
		b, err := r.Peek(utf8.UTFMax)
		if len(b) == 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("importers: %w", err)
			}
			break
		}
		ready, _ := r.Peek(max(r.Buffered(), 1)) // of what is there
		n := 0
		for n < len(ready) && ready[n] < utf8.RuneSelf {
			n++
		}
		if n == 0 {
			c, size := utf8.DecodeRune(b)
			if n = size; c == utf8.RuneError && size == 1 {
				bad++
			} else {
				good++
			}
		}
		_, _ = r.Discard(n) // it is in the buffer
	}
	if bad <= good {
		return nil
	}
	return problem(ErrEncoding,
		"%[1]s 的文字不是 UTF-8（多为 GBK），而 %[2]s 规定用 UTF-8；请以 UTF-8 重新导出",
		"the text of %[1]s is not UTF-8 (GBK, most likely), which %[2]s has to be; export it again in UTF-8", d.name, d.format)
}
