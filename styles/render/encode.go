package render

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"io"
	"math"

	"github.com/klauspost/compress/zlib"
)

// writePNG writes a PNG that says how large it is on paper.
func writePNG(w io.Writer, pixels *image.RGBA, dpi float64) error {
	e, err := newPNG(w, pixels.Rect.Dx(), pixels.Rect.Dy(), dpi, pixels.Opaque())
	if err != nil {
		return err
	}
	for y := range pixels.Rect.Dy() {
		if err := e.rows(pixels.Pix[y*pixels.Stride : y*pixels.Stride+pixels.Rect.Dx()*4]); err != nil {
			return err
		}
	}
	return e.close()
}

// pngWriter writes a PNG row by row. A map's rows are runs of one colour, which
// compress as they are: the filters that the standard library tries for each row
// take longer than all the rest and gain little.
type pngWriter struct {
	out    *bufio.Writer
	z      *zlib.Writer
	width  int
	opaque bool
	row    []byte
}

func newPNG(w io.Writer, width, height int, dpi float64, opaque bool) (*pngWriter, error) {
	e := &pngWriter{out: bufio.NewWriterSize(w, 1<<16), width: width, opaque: opaque, row: make([]byte, 0, 1+width*4)}
	e.out.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	kind := byte(6) // red, green, blue, alpha
	if opaque {
		kind = 2
	}
	chunk(e.out, "IHDR", append(header, 8, kind, 0, 0, 0))
	perMetre := uint32(math.Round(dpi / 0.0254))
	chunk(e.out, "pHYs", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, perMetre), perMetre), 1))
	var err error
	if e.z, err = zlib.NewWriterLevel(&chunks{e.out}, zlib.BestSpeed); err != nil {
		return nil, fmt.Errorf("render: writing the PNG: %w", err)
	}
	return e, nil
}

// rows writes whole rows, RGBA, premultiplied.
func (e *pngWriter) rows(pixels []uint8) error {
	for ; len(pixels) >= e.width*4; pixels = pixels[e.width*4:] {
		e.row = append(e.row[:0], 0)
		for i := 0; i < e.width*4; i += 4 {
			if e.opaque {
				e.row = append(e.row, pixels[i], pixels[i+1], pixels[i+2])
			} else {
				e.row = append(e.row, straight(pixels[i:i+4:i+4])...)
			}
		}
		if _, err := e.z.Write(e.row); err != nil {
			return fmt.Errorf("render: writing the PNG: %w", err)
		}
	}
	return nil
}

func (e *pngWriter) close() error {
	if err := e.z.Close(); err != nil {
		return fmt.Errorf("render: writing the PNG: %w", err)
	}
	chunk(e.out, "IEND", nil)
	if err := e.out.Flush(); err != nil {
		return fmt.Errorf("render: writing the PNG: %w", err)
	}
	return nil
}

// straight is a premultiplied pixel as PNG has it.
func straight(p []uint8) []uint8 {
	a := uint32(p[3])
	if a == 0 || a == 255 {
		return p
	}
	return []uint8{uint8(min(255, uint32(p[0])*255/a)), uint8(min(255, uint32(p[1])*255/a)), uint8(min(255, uint32(p[2])*255/a)), p[3]}
}

// chunk writes one part of a PNG. The writer keeps its first error for Flush.
func chunk(w *bufio.Writer, name string, data []byte) {
	sum := crc32.NewIEEE()
	_, _ = sum.Write([]byte(name))
	_, _ = sum.Write(data)
	_, _ = w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(data))))
	_, _ = w.WriteString(name)
	_, _ = w.Write(data)
	_, _ = w.Write(binary.BigEndian.AppendUint32(nil, sum.Sum32()))
}

// chunks makes a chunk of what the compressor writes at a time.
type chunks struct{ to *bufio.Writer }

func (c *chunks) Write(b []byte) (int, error) {
	chunk(c.to, "IDAT", b)
	return len(b), nil
}

// writeJPEG writes a JPEG on white: it has no transparency.
func writeJPEG(w io.Writer, pixels *image.RGBA) error {
	for i := 0; i < len(pixels.Pix); i += 4 {
		if a := pixels.Pix[i+3]; a != 255 {
			for k := range 3 {
				pixels.Pix[i+k] += 255 - a
			}
			pixels.Pix[i+3] = 255
		}
	}
	out := bufio.NewWriter(w)
	if err := jpeg.Encode(out, pixels, &jpeg.Options{Quality: 90}); err != nil {
		return fmt.Errorf("render: writing the JPEG: %w", err)
	}
	return out.Flush()
}
