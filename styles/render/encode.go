package render

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"sync"
)

// pngBuffers lets encoders use their buffers again.
type pngBuffers struct{ pool sync.Pool }

func (b *pngBuffers) Get() *png.EncoderBuffer {
	buffer, _ := b.pool.Get().(*png.EncoderBuffer)
	return buffer
}

func (b *pngBuffers) Put(buffer *png.EncoderBuffer) { b.pool.Put(buffer) }

// writePNG writes a PNG that says how large it is on paper.
func writePNG(w io.Writer, pixels *image.RGBA, dpi float64, buffers *pngBuffers) error {
	out := &physical{to: w, dpi: dpi}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: buffers}
	if err := encoder.Encode(out, pixels); err != nil {
		return fmt.Errorf("render: writing the PNG: %w", err)
	}
	return nil
}

// physical puts the chunk pHYs behind the header of a PNG.
type physical struct {
	to      io.Writer
	dpi     float64
	written int
}

const pngHeader = 8 + 25 // signature, IHDR

func (p *physical) Write(b []byte) (int, error) {
	n := 0
	if p.written < pngHeader {
		n = min(len(b), pngHeader-p.written)
		if _, err := p.to.Write(b[:n]); err != nil {
			return 0, err
		}
		if p.written += n; p.written == pngHeader {
			chunk := binary.BigEndian.AppendUint32(nil, 9)
			chunk = append(chunk, "pHYs"...)
			perMetre := uint32(math.Round(p.dpi / 0.0254))
			chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
			chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
			chunk = append(chunk, 1)
			chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
			if _, err := p.to.Write(chunk); err != nil {
				return n, err
			}
		}
	}
	more, err := p.to.Write(b[n:])
	return n + more, err
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
