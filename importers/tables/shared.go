package tables

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
)

// sharedStrings are the texts that cells refer to by number. However many there
// are, they lie in files; of these a few blocks are kept in memory.
type sharedStrings struct {
	texts, ends blocks // the texts one behind the other, and where each ends: 8 bytes
	count       int64
}

// longestText bounds one text, in bytes; Excel's own have at most 32,767
// characters.
const longestText = 1 << 20

// readShared reads the part with the texts into files without names.
func (w *Workbook) readShared(f *zip.File, temp string) (_ *sharedStrings, err error) {
	s := &sharedStrings{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var files [2]*os.File
	for i := range files {
		if files[i], err = os.CreateTemp(temp, "onemap-texts-"); err != nil {
			return nil, fmt.Errorf("tables: %w", err)
		}
		_ = os.Remove(files[i].Name()) // it lives as long as it is open; where that can't be, it is left behind
		if i == 0 {
			s.texts.file = files[i]
		} else {
			s.ends.file = files[i]
		}
	}
	texts, ends := bufio.NewWriterSize(files[0], 1<<18), bufio.NewWriterSize(files[1], 1<<16)
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWorkbook, err)
	}
	defer r.Close()
	d := newCells(r)
	end := int64(0)
	var at [8]byte
	for {
		d.limit.left = longestText
		t, err := d.xml.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: sharedStrings.xml: %w", ErrWorkbook, err)
		}
		if t, is := t.(xml.StartElement); !is || t.Name.Local != "si" {
			continue
		}
		if err := d.text(); err != nil {
			return nil, fmt.Errorf("%w: sharedStrings.xml: %w", ErrWorkbook, err)
		}
		text := unescaped(d.buffer)
		end += int64(len(text))
		binary.LittleEndian.PutUint64(at[:], uint64(end))
		_, _ = texts.WriteString(text) // the writers keep their first error until Flush
		_, _ = ends.Write(at[:])
		s.count++
	}
	if err := errors.Join(texts.Flush(), ends.Flush()); err != nil {
		return nil, fmt.Errorf("tables: %w", err)
	}
	return s, nil
}

// get returns a text by its number.
func (s *sharedStrings) get(n int64) (string, error) {
	if s == nil || n < 0 || n >= s.count {
		return "", fmt.Errorf("%w: it has no shared text %d", ErrWorkbook, n)
	}
	var at [16]byte // where the text before it ends, and where it does itself
	from, into := 8*(n-1), at[:]
	if n == 0 {
		from, into = 0, at[8:]
	}
	if err := s.ends.read(into, from); err != nil {
		return "", err
	}
	start, end := binary.LittleEndian.Uint64(at[:]), binary.LittleEndian.Uint64(at[8:])
	text := make([]byte, end-start)
	err := s.texts.read(text, int64(start))
	return string(text), err
}

func (s *sharedStrings) close() {
	for _, f := range []*os.File{s.texts.file, s.ends.file} {
		if f != nil {
			_ = f.Close() // its content is not wanted any more
		}
	}
}

// blocks reads a file by blocks and keeps those last read: cells refer mostly to
// texts near the last one, and to a few at the beginning.
type blocks struct {
	file *os.File
	kept [64]struct {
		number int64 // from 1; 0 is none
		bytes  []byte
	}
}

const blockSize = 1 << 16

// read fills p from the file at an offset.
func (b *blocks) read(p []byte, at int64) error {
	for len(p) > 0 {
		number := at/blockSize + 1
		kept := &b.kept[number%int64(len(b.kept))]
		if kept.number != number {
			if kept.bytes == nil {
				kept.bytes = make([]byte, blockSize)
			}
			n, err := b.file.ReadAt(kept.bytes[:blockSize], (number-1)*blockSize)
			if err != nil && !errors.Is(err, io.EOF) {
				kept.number = 0
				return fmt.Errorf("tables: %w", err)
			}
			kept.number, kept.bytes = number, kept.bytes[:n]
		}
		offset := int(at % blockSize)
		if offset >= len(kept.bytes) {
			return fmt.Errorf("tables: shared texts: %w", io.ErrUnexpectedEOF)
		}
		n := copy(p, kept.bytes[offset:])
		p, at = p[n:], at+int64(n)
	}
	return nil
}
