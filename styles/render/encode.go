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

// writePNG writes a PNG that says how large it is on paper. A map's rows are runs
// of one colour, which compress as they are: the filters that the standard library
// tries for each row take longer than all the rest and gain little.
func writePNG(w io.Writer, pixels *image.RGBA, dpi float64) error {
	width, height := pixels.Rect.Dx(), pixels.Rect.Dy()
	opaque := pixels.Opaque()
	out := bufio.NewWriterSize(w, 1<<16)
	out.WriteString("\x89PNG\r\n\x1a\n")
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	kind := byte(6) // red, green, blue, alpha
	if opaque {
		kind = 2
	}
	chunk(out, "IHDR", append(header, 8, kind, 0, 0, 0))
	perMetre := uint32(math.Round(dpi / 0.0254))
	chunk(out, "pHYs", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, perMetre), perMetre), 1))
	z, err := zlib.NewWriterLevel(&chunks{out}, zlib.BestSpeed)
	if err != nil {
		return fmt.Errorf("render: writing the PNG: %w", err)
	}
	row := make([]byte, 0, 1+width*4)
	for y := range height {
		row = append(row[:0], 0)
		from := pixels.Pix[y*pixels.Stride : y*pixels.Stride+width*4]
		for i := 0; i < len(from); i += 4 {
			if opaque {
				row = append(row, from[i], from[i+1], from[i+2])
			} else {
				row = append(row, straight(from[i:i+4:i+4])...)
			}
		}
		if _, err := z.Write(row); err != nil {
			return fmt.Errorf("render: writing the PNG: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("render: writing the PNG: %w", err)
	}
	chunk(out, "IEND", nil)
	if err := out.Flush(); err != nil {
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
