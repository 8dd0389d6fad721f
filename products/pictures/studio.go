package pictures

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"onemap/spatial/crs"
	"onemap/styles/render"
	"onemap/tiles/flights"
)

// ErrBusy reports that so many pictures wait to be drawn that another would only
// wait to be given up. It is worth asking again some seconds later.
var ErrBusy = errors.New("pictures: too many pictures are waiting to be drawn")

// Limits are a studio's. The zero value of one means its default.
type Limits struct {
	AtOnce  int           // pictures that are drawn at the same time; default 2
	Waiting int           // pictures that may wait for their turn; default 64
	Time    time.Duration // that a picture may take, waiting included; default 15 s
	Bytes   int64         // of pictures that are kept; default 64 MiB
}

// Studio draws pictures. Many goroutines may use it at once.
type Studio struct {
	renderer *render.Renderer
	turns    chan struct{}
	waiting  atomic.Int64
	limits   Limits
	kept     memory
	drawings flights.Group[[]byte]

	mu     sync.Mutex
	styles map[[32]byte]*render.Style
}

// New makes a studio.
func New(renderer *render.Renderer, limits Limits) *Studio {
	if limits.AtOnce == 0 {
		limits.AtOnce = 2
	}
	if limits.Waiting == 0 {
		limits.Waiting = 64
	}
	if limits.Time == 0 {
		limits.Time = 15 * time.Second
	}
	if limits.Bytes == 0 {
		limits.Bytes = 64 << 20
	}
	return &Studio{renderer: renderer, turns: make(chan struct{}, limits.AtOnce), limits: limits, kept: memory{most: limits.Bytes}, styles: map[[32]byte]*render.Style{}}
}

// Picture is a picture that is asked for.
type Picture struct {
	Data   string // names what the source holds; it changes whenever that does. "" is not kept
	Style  []byte // style document
	Source render.Source
	Frame  render.Frame
	Format render.Format
}

// made is changed with the way that pictures are drawn, so that no client keeps an old one.
const made = "1"

// Key names the picture: the same key is the same bytes. Since the style and the
// data of who asks are in it, what one may see another may see too who has the key.
func (p Picture) Key() string {
	sum := sha256.New()
	style := sha256.Sum256(p.Style)
	f := p.Frame
	fmt.Fprintf(sum, "%s\n%s\n%x\n%s %v %d %d %v %v\n%s", made, p.Data, style, f.System, f.Extent, f.Width, f.Height, f.DPI, f.Tile, p.Format)
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// Draw draws a picture or finds it in memory; who asks for one that is being drawn
// gets that, and it is given up when the last of them has gone. Where too many wait it is
// [ErrBusy]; the other errors are those of [render.Renderer.Draw] and of the context. What
// of a frame in degrees or of Web Mercator lies beyond the world is left empty.
func (s *Studio) Draw(ctx context.Context, p Picture) ([]byte, error) {
	if p.Data == "" {
		return s.inTurn(ctx, p)
	}
	key := p.Key()
	if body, ok := s.kept.get(key); ok {
		return body, nil
	}
	return s.drawings.Do(ctx, key, func(ctx context.Context) ([]byte, error) {
		if body, ok := s.kept.get(key); ok { // since this one has looked
			return body, nil
		}
		body, err := s.inTurn(ctx, p)
		if err == nil {
			s.kept.put(key, body)
		}
		return body, err
	})
}

// inTurn waits for a turn and draws.
func (s *Studio) inTurn(ctx context.Context, p Picture) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.limits.Time)
	defer cancel()
	style, err := s.style(p.Style)
	if err != nil {
		return nil, err
	}
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer func() { <-s.turns }()
	return s.draw(ctx, p, style)
}

func (s *Studio) enter(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	default:
	}
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) > int64(s.limits.Waiting) {
		return ErrBusy
	}
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mostStyles are kept ready to draw, some 100 kB each.
const mostStyles = 256

func (s *Studio) style(document []byte) (*render.Style, error) {
	sum := sha256.Sum256(document)
	s.mu.Lock()
	style, ok := s.styles[sum]
	s.mu.Unlock()
	if ok {
		return style, nil
	}
	style, err := render.ParseStyle(document)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.styles) >= mostStyles {
		clear(s.styles)
	}
	s.styles[sum] = style
	return style, nil
}

func (s *Studio) draw(ctx context.Context, p Picture, style *render.Style) ([]byte, error) {
	within, left, top, whole := insideWorld(p.Frame)
	var b bytes.Buffer
	if whole || (p.Format != render.PNG && p.Format != render.JPEG) {
		err := s.renderer.Draw(ctx, &b, p.Format, style, p.Source, p.Frame)
		return b.Bytes(), err
	}
	canvas := image.NewNRGBA(image.Rect(0, 0, p.Frame.Width, p.Frame.Height))
	if p.Format == render.JPEG {
		draw.Draw(canvas, canvas.Rect, image.White, image.Point{}, draw.Src)
	}
	if within.Width > 0 && within.Height > 0 {
		if err := s.renderer.Draw(ctx, &b, render.PNG, style, p.Source, within); err != nil {
			return nil, err
		}
		part, err := png.Decode(&b)
		if err != nil {
			return nil, fmt.Errorf("pictures: reading a part of a picture: %w", err)
		}
		draw.Draw(canvas, part.Bounds().Add(image.Pt(left, top)), part, image.Point{}, draw.Over)
	}
	b.Reset()
	var err error
	if p.Format == render.JPEG {
		err = jpeg.Encode(&b, canvas, &jpeg.Options{Quality: 90})
	} else {
		err = png.Encode(&b, canvas)
	}
	if err != nil {
		return nil, fmt.Errorf("pictures: writing a picture: %w", err)
	}
	return b.Bytes(), nil
}

// insideWorld cuts a frame at the edges of the world, by whole pixels: the part, and
// where it stands in the frame. A frame inside the world is whole.
func insideWorld(f render.Frame) (part render.Frame, left, top int, whole bool) {
	var world orb.Bound
	const half = math.Pi * 6378137
	switch {
	case f.System == crs.WebMercator:
		world = orb.Bound{Min: orb.Point{-half, -half}, Max: orb.Point{half, half}}
	case f.System.Geographic():
		world = orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
	default:
		return f, 0, 0, true
	}
	// A hair beyond, as of rounding, is nothing.
	pixel := orb.Point{(f.Extent.Max[0] - f.Extent.Min[0]) / float64(f.Width), (f.Extent.Max[1] - f.Extent.Min[1]) / float64(f.Height)}
	if f.Extent.Min[0] >= world.Min[0]-pixel[0]/1e3 && f.Extent.Max[0] <= world.Max[0]+pixel[0]/1e3 && f.Extent.Min[1] >= world.Min[1]-pixel[1]/1e3 && f.Extent.Max[1] <= world.Max[1]+pixel[1]/1e3 {
		f.Extent = orb.Bound{
			Min: orb.Point{max(f.Extent.Min[0], world.Min[0]), max(f.Extent.Min[1], world.Min[1])},
			Max: orb.Point{min(f.Extent.Max[0], world.Max[0]), min(f.Extent.Max[1], world.Max[1])},
		}
		return f, 0, 0, true
	}
	clamp := func(v float64, most int) int { return int(min(max(v, 0), float64(most))) }
	left, right := clamp(math.Ceil((world.Min[0]-f.Extent.Min[0])/pixel[0]), f.Width), clamp(math.Floor((world.Max[0]-f.Extent.Min[0])/pixel[0]), f.Width)
	top, bottom := clamp(math.Ceil((f.Extent.Max[1]-world.Max[1])/pixel[1]), f.Height), clamp(math.Floor((f.Extent.Max[1]-world.Min[1])/pixel[1]), f.Height)
	part = f
	part.Width, part.Height = right-left, bottom-top
	part.Extent = orb.Bound{
		Min: orb.Point{f.Extent.Min[0] + float64(left)*pixel[0], f.Extent.Max[1] - float64(bottom)*pixel[1]},
		Max: orb.Point{f.Extent.Min[0] + float64(right)*pixel[0], f.Extent.Max[1] - float64(top)*pixel[1]},
	}
	return part, left, top, false
}
