package render

import (
	"errors"
	"io"
)

func (r *Renderer) writeSVG(w io.Writer, p *picture) error { return errors.New("x") }
func (r *Renderer) writePDF(w io.Writer, p *picture) error { return errors.New("x") }
