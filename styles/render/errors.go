package render

import (
	"errors"
	"fmt"
)

// The mistakes of those who ask for a picture.
var (
	// ErrInvalidStyle reports a style document that can't be read.
	ErrInvalidStyle = errors.New("render: invalid style")
	// ErrInvalidFrame reports a frame that can't be drawn: its extent, its size or its system.
	ErrInvalidFrame = errors.New("render: invalid frame")
	// ErrMissingFont reports a font file that isn't installed.
	ErrMissingFont = errors.New("render: missing font")
	// ErrTooMuch reports a picture with more features than are drawn at once.
	ErrTooMuch = errors.New("render: too many features")
)

// UnsupportedError reports a part of the style specification that isn't drawn.
type UnsupportedError struct {
	Layer    string // id of the style layer, "" for the document itself
	Property string // as "line-width", "filter", "type"
	What     string // as `operator "heatmap-density"`
	Path     string // where in the document, as "layers[3].paint.line-width[2]"
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("render: style layer %q: %s: %s is not supported (%s)", e.Layer, e.Property, e.What, e.Path)
}

// where is a place in the document, for messages.
type where struct {
	layer, property string
	path            string
}

func (w where) at(i int) where {
	w.path = fmt.Sprintf("%s[%d]", w.path, i)
	return w
}

func (w where) invalid(format string, args ...any) error {
	return fmt.Errorf("%w: layer %q: %s: %s", ErrInvalidStyle, w.layer, w.path, fmt.Sprintf(format, args...))
}

func (w where) unsupported(format string, args ...any) error {
	return &UnsupportedError{w.layer, w.property, fmt.Sprintf(format, args...), w.path}
}
