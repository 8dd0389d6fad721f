package render

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/tdewolff/font"
)

// fontName is the only name that text-font may have: it stands for the faces below.
const fontName = "Yunfu Sans"

// DefaultFontPath is where Debian's packages put fonts.
var defaultFontPath = []string{"/usr/share/fonts/truetype", "/usr/local/share/fonts"}

// faceFiles are the faces that a text is set in, each character in the first that
// has it. All are TrueType, which PDF can embed by the glyph.
var faceFiles = [...]struct{ file, pack string }{
	{"open-sans/OpenSans-Regular.ttf", "fonts-open-sans"},       // Latin, digits
	{"droid/DroidSansFallbackFull.ttf", "fonts-droid-fallback"}, // Chinese
	{"lxgw-wenkai/LXGWWenKai-Regular.ttf", "fonts-lxgw-wenkai"}, // characters that are rare, as in names of places
}

// fonts are the faces of one renderer. A face is read when a character needs it.
type fonts struct {
	path  []string
	faces [len(faceFiles)]struct {
		once sync.Once
		face *face
		err  error
	}
	mu    sync.RWMutex
	known map[rune]glyph
	masks maskCache
}

// glyph is where a character is.
type glyph struct {
	face    *face
	id      uint16
	advance float64 // ems
}

// face is one font file.
type face struct {
	index int
	data  []byte
	sfnt  *font.SFNT
	em    float64

	mu       sync.Mutex
	outlines map[uint16][]contour
}

func newFonts(path []string) *fonts {
	if path == nil {
		path = defaultFontPath
	}
	return &fonts{path: path, known: map[rune]glyph{}, masks: maskCache{masks: map[maskKey]*mask{}}}
}

// load reads a face; one that isn't installed is an [ErrMissingFont] that names the package.
func (f *fonts) load(i int) (*face, error) {
	slot := &f.faces[i]
	slot.once.Do(func() {
		wanted := faceFiles[i]
		for _, folder := range f.path {
			for _, name := range []string{filepath.Join(folder, wanted.file), filepath.Join(folder, filepath.Base(wanted.file))} {
				data, err := os.ReadFile(name)
				if err != nil {
					continue
				}
				sfnt, err := font.ParseSFNT(data, 0)
				if err != nil {
					slot.err = fmt.Errorf("render: %s: %w", name, err)
					return
				}
				slot.face = &face{index: i, data: data, sfnt: sfnt, em: float64(sfnt.Head.UnitsPerEm), outlines: map[uint16][]contour{}}
				return
			}
		}
		slot.err = fmt.Errorf("%w: %s is in none of %q; install the package %s", ErrMissingFont, filepath.Base(wanted.file), f.path, wanted.pack)
	})
	return slot.face, slot.err
}

// glyph finds a character. One that no face has is drawn as the Chinese face's
// sign for a missing one.
func (f *fonts) glyph(r rune) (glyph, error) {
	f.mu.RLock()
	g, ok := f.known[r]
	f.mu.RUnlock()
	if ok {
		return g, nil
	}
	for i := range faceFiles {
		one, err := f.load(i)
		if err != nil {
			return g, err
		}
		if g.id = one.sfnt.GlyphIndex(r); g.id != 0 || (i == 1 && g.face == nil) {
			g.face, g.advance = one, float64(one.sfnt.GlyphAdvance(g.id))/one.em
			if g.id != 0 {
				break
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) > 1<<17 {
		clear(f.known)
	}
	f.known[r] = g
	return g, nil
}

// contour is a closed outline of a glyph in ems, y upward, of straight pieces.
type contour []point

// outline returns a glyph's contours.
func (f *face) outline(id uint16) []contour {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.outlines[id]; ok {
		return known
	}
	t := &tracer{}
	// A broken glyph is drawn as far as it could be read.
	_ = f.sfnt.GlyphPath(t, id, 0, 0, 0, 1/f.em, font.NoHinting)
	t.Close()
	if len(f.outlines) > 1<<14 {
		clear(f.outlines)
	}
	f.outlines[id] = t.contours
	return t.contours
}

// tracer takes a glyph's path down as contours.
type tracer struct {
	contours []contour
	now      contour
}

func (t *tracer) MoveTo(x, y float64) {
	t.Close()
	t.now = contour{{x, y}}
}

func (t *tracer) LineTo(x, y float64) { t.now = append(t.now, point{x, y}) }

func (t *tracer) QuadTo(cx, cy, x, y float64) {
	if len(t.now) == 0 {
		return
	}
	a := t.now[len(t.now)-1]
	const steps = 5
	for i := 1; i <= steps; i++ {
		u := float64(i) / steps
		v := 1 - u
		t.LineTo(v*v*a.x+2*v*u*cx+u*u*x, v*v*a.y+2*v*u*cy+u*u*y)
	}
}

func (t *tracer) CubeTo(bx, by, cx, cy, x, y float64) {
	if len(t.now) == 0 {
		return
	}
	a := t.now[len(t.now)-1]
	const steps = 8
	for i := 1; i <= steps; i++ {
		u := float64(i) / steps
		v := 1 - u
		t.LineTo(v*v*v*a.x+3*v*v*u*bx+3*v*u*u*cx+u*u*u*x, v*v*v*a.y+3*v*v*u*by+3*v*u*u*cy+u*u*u*y)
	}
}

func (t *tracer) Close() {
	if len(t.now) > 2 {
		t.contours = append(t.contours, t.now)
	}
	t.now = nil
}
