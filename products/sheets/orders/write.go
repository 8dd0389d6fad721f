package orders

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	"onemap/products/sheets"
	"onemap/styles/render"
)

// Write draws the sheets one after another into one file; see [Plan.Extension].
// done is told before each sheet how many there are, and what the next is called;
// it may be nil. What was written of a file that fails is of no use.
func (p *Plan) Write(ctx context.Context, w io.Writer, done func(count int, next string)) error {
	if done == nil {
		done = func(int, string) {}
	}
	format := p.request.format()
	if p.index == nil {
		done(0, p.sheets[0].Title)
		return p.desk.Studio.Write(ctx, w, format, p.sheets[0])
	}
	pages := p.all()
	if format == render.PDF {
		return p.book(ctx, w, pages, done)
	}
	z := zip.NewWriter(w)
	for i, s := range pages {
		done(i, s.Title)
		to, err := z.Create(fmt.Sprintf("%03d-%s.%s", i, fileName(s.Title), format))
		if err != nil {
			return fmt.Errorf("orders: writing the ZIP: %w", err)
		}
		if err := p.desk.Studio.Write(ctx, to, format, s); err != nil {
			return fmt.Errorf("%s: %w", s.Title, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("orders: writing the ZIP: %w", err)
	}
	return nil
}

func (p *Plan) book(ctx context.Context, w io.Writer, pages []*sheets.Sheet, done func(int, string)) error {
	book := p.desk.Studio.NewBook(w, p.Title())
	for i, s := range pages {
		if err := ctx.Err(); err != nil {
			return err
		}
		done(i, s.Title)
		paper, err := p.desk.Studio.Compose(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Title, err)
		}
		if err := book.Add(paper, s.Title); err != nil {
			return fmt.Errorf("%s: %w", s.Title, err)
		}
	}
	return book.Close()
}

// fileName keeps of a title what can stand in the name of a file.
func fileName(title string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return '_'
	}, title)
}

// FileName is what the order's file may be called.
func (p *Plan) FileName() string { return fileName(p.Title()) + "." + p.Extension() }
