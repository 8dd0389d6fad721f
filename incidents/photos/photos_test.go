package photos

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// arrow is a picture whose top left corner is red, its top right one green, its
// bottom left one blue.
func arrow(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			switch {
			case x < w/2 && y < h/2:
				c = color.RGBA{255, 0, 0, 255}
			case x >= w/2 && y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2:
				c = color.RGBA{0, 0, 255, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tiffOf is an Exif header that tells the orientation, and a secret.
func tiffOf(order binary.AppendByteOrder, turn int) []byte {
	b := []byte("MM\x00\x2a\x00\x00\x00\x08")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		b = []byte("II\x2a\x00\x08\x00\x00\x00")
	}
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(b, uint16(turn))
	b = append(b, 0, 0, 0, 0, 0, 0)
	return append(b, "GPS 112.04 22.93 secret"...)
}

func withExif(file, tiff []byte) []byte {
	body := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{file[:2], head, body, file[2:]}, nil)
}

func prepare(t *testing.T, file []byte) (Photo, image.Image) {
	t.Helper()
	p, err := NewDarkroom().Prepare(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil || m.Bounds().Dx() != p.Width || m.Bounds().Dy() != p.Height {
		t.Fatalf("%v, %d × %d", err, p.Width, p.Height)
	}
	return p, m
}

// corner names the colour of a corner.
func corner(m image.Image, right, bottom bool) string {
	b := m.Bounds()
	x, y := b.Min.X+b.Dx()/4, b.Min.Y+b.Dy()/4
	if right {
		x += b.Dx() / 2
	}
	if bottom {
		y += b.Dy() / 2
	}
	r, g, bl, _ := m.At(x, y).RGBA()
	name := ""
	for i, v := range []uint32{r, g, bl} {
		if v > 0x8000 {
			name += "rgb"[i : i+1]
		}
	}
	return name
}

func TestPhotosAreTurnedUpright(t *testing.T) {
	// what the corners are after each orientation: top left, top right, bottom left
	for turn, want := range map[int][3]string{
		1: {"r", "g", "b"}, 2: {"g", "r", "rgb"}, 3: {"rgb", "b", "g"}, 4: {"b", "rgb", "r"},
		5: {"r", "b", "g"}, 6: {"b", "r", "rgb"}, 7: {"rgb", "g", "b"}, 8: {"g", "rgb", "r"}, 9: {"r", "g", "b"},
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p, m := prepare(t, withExif(jpegOf(t, arrow(64, 32)), tiffOf(order, turn)))
			if got := [3]string{corner(m, false, false), corner(m, true, false), corner(m, false, true)}; got != want {
				t.Errorf("orientation %d: %v, want %v", turn, got, want)
			}
			if lying := turn >= 5 && turn <= 8; lying != (p.Height > p.Width) {
				t.Errorf("orientation %d: %d × %d", turn, p.Width, p.Height)
			}
		}
	}
}

func TestNothingOfTheFileIsLeft(t *testing.T) {
	file := withExif(jpegOf(t, arrow(640, 480)), tiffOf(binary.BigEndian, 1))
	p, _ := prepare(t, append(file, "<script>alert(1)</script>"...))
	for _, made := range [][]byte{p.JPEG, p.Thumbnail} {
		for _, trace := range []string{"Exif", "GPS", "secret", "<script>"} {
			if bytes.Contains(made, []byte(trace)) {
				t.Errorf("%q is left in what is shown", trace)
			}
		}
	}
}

func TestLargePhotosBecomeSmaller(t *testing.T) {
	p, _ := prepare(t, jpegOf(t, arrow(4000, 1000)))
	thumbnail, err := jpeg.DecodeConfig(bytes.NewReader(p.Thumbnail))
	if p.Width != 1600 || p.Height != 400 || err != nil || thumbnail.Width != 320 || thumbnail.Height != 80 {
		t.Errorf("%d × %d, thumbnail %d × %d, %v", p.Width, p.Height, thumbnail.Width, thumbnail.Height, err)
	}
	if p, _ := prepare(t, jpegOf(t, arrow(5000, 1))); p.Height != 1 {
		t.Errorf("a line became %d × %d", p.Width, p.Height)
	}
	transparent := image.NewNRGBA(image.Rect(0, 0, 10, 10))
	if _, m := prepare(t, pngOf(t, transparent)); corner(m, false, false) != "rgb" {
		t.Error("what is transparent is not white")
	}
}

// bomb is a PNG that says to be so large, with no more than its header.
func bomb(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	head = append(head, 8, 6, 0, 0, 0)
	b = append(b, head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

// tinyWebP is a lossless WebP of one pixel.
const tinyWebP = "RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"

func TestWhatIsRefused(t *testing.T) {
	whole := jpegOf(t, arrow(640, 480))
	var moving bytes.Buffer
	if err := gif.Encode(&moving, arrow(8, 8), nil); err != nil {
		t.Fatal(err)
	}
	for sentence, c := range map[string]struct {
		file []byte
		want error
		says string
	}{
		"nothing":                       {nil, ErrKind, "empty"},
		"a GIF, whatever it is called":  {moving.Bytes(), ErrKind, "GIF"},
		"an SVG with a script":          {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrKind, "SVG"},
		"a page":                        {[]byte("  <html><body onload=x>"), ErrKind, "HTML"},
		"a photo of an iPhone":          {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), ErrKind, "HEIC"},
		"20 MB":                         {append(bytes.Clone(whole), make([]byte, 20<<20)...), ErrLarge, "10485760"},
		"a PNG of 50,000 × 50,000":      {bomb(50_000, 50_000), ErrPixels, "50000 × 50000"},
		"a PNG a pixel high, very long": {bomb(20_001, 1), ErrPixels, "20001"},
		"a PNG of no size":              {bomb(0, 4), ErrBroken, ""},
		"a PNG of more than there is":   {bomb(1<<31, 1), ErrBroken, ""},
		"half a JPEG":                   {whole[:len(whole)/2], ErrBroken, ""},
		"the first bytes of a JPEG":     {[]byte("\xff\xd8\xff"), ErrBroken, ""},
		"a JPEG with a hole":            {append(append(bytes.Clone(whole[:400]), "\xff\xff\xff\xff"...), whole[420:500]...), ErrBroken, ""},
		"half a WebP":                   {[]byte(tinyWebP[:24]), ErrBroken, ""},
		"a text that begins as a WebP":  {[]byte("RIFFxxxxWEBPtext"), ErrBroken, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := NewDarkroom().Prepare(t.Context(), c.file)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v that says %q", err, c.want, c.says)
			}
		})
	}
	if p, err := NewDarkroom().Prepare(t.Context(), []byte(tinyWebP)); err != nil || p.Width != 1 {
		t.Errorf("a WebP: %v", err)
	}
	gone, stop := context.WithCancel(t.Context())
	stop()
	busy := NewDarkroom()
	busy.pixels.TryAcquire(MaxPixels)
	if _, err := busy.Prepare(gone, whole); !errors.Is(err, context.Canceled) {
		t.Errorf("when all places are taken and the sender goes: %v", err)
	}
}

// Whatever comes, it is a photo or one of the package's errors.
func FuzzPrepare(f *testing.F) {
	whole := jpegOf(f, arrow(24, 16))
	f.Add(whole)
	f.Add(withExif(whole, tiffOf(binary.LittleEndian, 6)))
	f.Add(pngOf(f, arrow(9, 7)))
	f.Add([]byte(tinyWebP))
	f.Add(bomb(1000, 1000))
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPEXIF\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if format, err := Sniff(file); err == nil {
			if turn := orientation(format, file); turn < 1 || turn > 8 {
				t.Fatalf("orientation %d", turn)
			}
			if c, err := configOf(format, file); err == nil && c.Width*c.Height > 1<<20 {
				return // right, and slow
			}
		}
		p, err := NewDarkroom().Prepare(t.Context(), file)
		for _, known := range []error{ErrKind, ErrLarge, ErrPixels, ErrBroken} {
			if errors.Is(err, known) {
				return
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(p.JPEG)); err != nil || len(p.OriginalSHA256) != 32 {
			t.Fatal(err)
		}
	})
}
