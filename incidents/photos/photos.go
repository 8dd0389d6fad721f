package photos

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"
)

// The mistakes about pictures.
var (
	ErrKind   = errors.New("photos: not a JPEG, PNG or WebP picture")
	ErrLarge  = errors.New("photos: the file is too large")
	ErrPixels = errors.New("photos: the picture has too many pixels")
	ErrBroken = errors.New("photos: the picture can't be decoded")
)

// Limits of a picture that comes.
const (
	MaxBytes  = 10 << 20   // of the file
	MaxPixels = 50_000_000 // width times height, what phones take at most without stitching
	maxSide   = 20_000     // pixels
)

// What is made of it.
const (
	side             = 1600 // most pixels of a side
	thumbnailSide    = 320
	quality          = 80
	thumbnailQuality = 75
)

// Photo is a picture as it may be shown: a JPEG without metadata.
type Photo struct {
	OriginalSHA256 []byte // of the bytes that came
	Width, Height  int    // pixels
	JPEG           []byte
	Thumbnail      []byte // JPEG, at most 320 pixels a side
}

// Darkroom prepares pictures, so many at once that the pixels of all of them
// together are at most [MaxPixels].
type Darkroom struct{ pixels *semaphore.Weighted }

// NewDarkroom returns an empty one.
func NewDarkroom() *Darkroom { return &Darkroom{semaphore.NewWeighted(MaxPixels)} }

// Prepare makes a photo of a file's bytes. It is one of the errors of this package
// if it can't. It takes some 0.3 s for 12 megapixels, and four bytes of memory or
// more a pixel.
func (d *Darkroom) Prepare(ctx context.Context, file []byte) (Photo, error) {
	if len(file) > MaxBytes {
		return Photo{}, fmt.Errorf("%w: %d bytes, at most %d", ErrLarge, len(file), MaxBytes)
	}
	format, err := Sniff(file)
	if err != nil {
		return Photo{}, err
	}
	config, err := configOf(format, file)
	if err != nil {
		return Photo{}, err
	}
	pixels := int64(config.Width) * int64(config.Height)
	if err := d.pixels.Acquire(ctx, pixels); err != nil {
		return Photo{}, fmt.Errorf("photos: waiting for a place: %w", err)
	}
	defer d.pixels.Release(pixels)
	decoded, err := decode(format, file)
	if err != nil {
		return Photo{}, err
	}
	return develop(file, decoded, orientation(format, file))
}

// format is what a file is.
type format int

const (
	isJPEG format = iota
	isPNG
	isWebP
)

// Sniff tells by its first bytes what a file is; the name and what the sender
// calls it don't count. What it isn't is an [ErrKind] that says what it seems to be.
func Sniff(file []byte) (format, error) {
	begins := func(magic string) bool { return bytes.HasPrefix(file, []byte(magic)) }
	switch {
	case begins("\xff\xd8\xff"):
		return isJPEG, nil
	case begins("\x89PNG\r\n\x1a\n"):
		return isPNG, nil
	case begins("RIFF") && len(file) >= 12 && string(file[8:12]) == "WEBP":
		return isWebP, nil
	}
	return 0, fmt.Errorf("%w: %s", ErrKind, seems(file))
}

// seems names what pictures are often taken for photos.
func seems(file []byte) string {
	head := strings.ToLower(string(file[:min(len(file), 512)]))
	switch {
	case len(file) == 0:
		return "it is empty"
	case strings.HasPrefix(head, "gif8"):
		return "it is a GIF"
	case strings.HasPrefix(head, "%pdf"):
		return "it is a PDF"
	case strings.HasPrefix(head, "bm"):
		return "it is a BMP"
	case len(head) >= 12 && head[4:8] == "ftyp":
		return "it is an HEIC picture or a film; set the camera to the most compatible format, JPEG"
	case strings.Contains(head, "<svg") || strings.HasPrefix(strings.TrimSpace(head), "<"):
		return "it is SVG, HTML or XML"
	}
	return "it is of an unknown kind"
}

// configOf reads the size only, which costs no memory however large the picture is.
func configOf(f format, file []byte) (image.Config, error) {
	read := map[format]func(io.Reader) (image.Config, error){isJPEG: jpeg.DecodeConfig, isPNG: png.DecodeConfig, isWebP: webp.DecodeConfig}[f]
	config, err := safely(func() (image.Config, error) { return read(bytes.NewReader(file)) })
	if err != nil {
		return config, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if config.Width < 1 || config.Height < 1 {
		return config, fmt.Errorf("%w: it is %d × %d pixels", ErrBroken, config.Width, config.Height)
	}
	if config.Width > maxSide || config.Height > maxSide || config.Width*config.Height > MaxPixels {
		return config, fmt.Errorf("%w: it is %d × %d, at most %d million in all and %d a side", ErrPixels, config.Width, config.Height, MaxPixels/1_000_000, maxSide)
	}
	return config, nil
}

func decode(f format, file []byte) (image.Image, error) {
	read := map[format]func(io.Reader) (image.Image, error){isJPEG: jpeg.Decode, isPNG: png.Decode, isWebP: webp.Decode}[f]
	decoded, err := safely(func() (image.Image, error) { return read(bytes.NewReader(file)) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return decoded, nil
}

// safely makes an error of a decoder's panic, which bytes from outside must not cause.
func safely[T any](do func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	return do()
}

// develop makes the photo and its thumbnail. They are made smaller first and
// turned then, which is less work.
func develop(file []byte, decoded image.Image, turn int) (Photo, error) {
	whole := upright(fit(decoded, side), turn)
	sum := sha256.Sum256(file)
	p := Photo{OriginalSHA256: sum[:], Width: whole.Rect.Dx(), Height: whole.Rect.Dy()}
	var err error
	if p.JPEG, err = encode(whole, quality); err != nil {
		return p, err
	}
	p.Thumbnail, err = encode(fit(whole, thumbnailSide), thumbnailQuality)
	return p, err
}

// fit draws a picture on white, at most so many pixels a side.
func fit(from image.Image, most int) *image.RGBA {
	b := from.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > most {
		w, h = max(w*most/longest, 1), max(h*most/longest, 1)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(to, to.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	if w == b.Dx() && h == b.Dy() {
		draw.Draw(to, to.Rect, from, b.Min, draw.Over)
		return to
	}
	draw.BiLinear.Scale(to, to.Rect, from, b, draw.Over, nil)
	return to
}

func encode(picture image.Image, quality int) ([]byte, error) {
	var to bytes.Buffer
	if err := jpeg.Encode(&to, picture, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("photos: writing: %w", err)
	}
	return to.Bytes(), nil
}
