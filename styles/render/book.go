package render

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zlib"
)

// Book writes papers as the pages of one PDF, each as soon as it is added: only
// the fonts wait for the end. One goroutine may use it at a time.
type Book struct {
	r        *Renderer
	document *document
	title    string
	faces    usedFaces
	catalog  int
	pages    int
	leaves   []int
	names    []string
}

// NewBook begins a PDF with a title, which viewers show; it may be "".
func (r *Renderer) NewBook(w io.Writer, title string) *Book {
	d := newDocument(w)
	return &Book{r: r, document: d, title: title, catalog: d.reserve(), pages: d.reserve()}
}

// Add writes a paper as the next page. Its name stands in the list of the pages;
// "" stands there not at all.
func (b *Book) Add(p *Paper, name string) error {
	if p.err != nil {
		return p.err
	}
	return b.add(&picture{frame: p.frame, layers: p.layers}, name)
}

func (b *Book) add(p *picture, name string) error {
	d := b.document
	page := &page{
		Renderer: b.r, document: d, frame: p.frame, faces: &b.faces, states: map[float64]string{}, patterns: map[string]string{},
		images: map[string]string{}, resources: map[string][]string{},
	}
	for i := range p.layers {
		page.layer(&p.layers[i])
	}
	wide, high := p.frame.Millimetres()
	content := d.stream("", page.out.Bytes())
	leaf := d.add(fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %.6f %.6f] /Resources %s /Contents %d 0 R /Group << /S /Transparency /CS /DeviceRGB >> >>",
		b.pages, wide/inch*72, high/inch*72, page.resourceText(), content))
	b.leaves, b.names = append(b.leaves, leaf), append(b.names, name)
	return d.err
}

// Close writes the fonts and the end of the document.
func (b *Book) Close() error {
	d := b.document
	if err := d.embedFonts(&b.faces); err != nil {
		return err
	}
	var kids strings.Builder
	for _, leaf := range b.leaves {
		fmt.Fprintf(&kids, "%d 0 R ", leaf)
	}
	d.set(b.pages, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", strings.TrimSpace(kids.String()), len(b.leaves)))
	d.set(b.catalog, fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R%s >>", b.pages, b.outlines()))
	info := ""
	if b.title != "" {
		info = fmt.Sprintf(" /Info %d 0 R", d.add(fmt.Sprintf("<< /Title <%s> >>", utf16Hex("\ufeff"+b.title))))
	}
	d.finish(b.catalog, info)
	if d.err != nil {
		return fmt.Errorf("render: writing the PDF: %w", d.err)
	}
	return nil
}

// outlines writes the list of the pages that have names, if any has.
func (b *Book) outlines() string {
	d := b.document
	var named []int
	for i, name := range b.names {
		if name != "" {
			named = append(named, i)
		}
	}
	if len(named) == 0 {
		return ""
	}
	root := d.reserve()
	items := make([]int, len(named))
	for i := range items {
		items[i] = d.reserve()
	}
	for i, page := range named {
		beside := ""
		if i > 0 {
			beside += fmt.Sprintf(" /Prev %d 0 R", items[i-1])
		}
		if i+1 < len(items) {
			beside += fmt.Sprintf(" /Next %d 0 R", items[i+1])
		}
		d.set(items[i], fmt.Sprintf("<< /Title <%s> /Parent %d 0 R%s /Dest [%d 0 R /Fit] >>", utf16Hex("\ufeff"+b.names[page]), root, beside, b.leaves[page]))
	}
	d.set(root, fmt.Sprintf("<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>", items[0], items[len(items)-1], len(items)))
	return fmt.Sprintf(" /Outlines %d 0 R /PageMode /UseOutlines", root)
}

// document writes the objects of a PDF, in whatever order they become known;
// object 1 is the first that was reserved.
type document struct {
	w      *bufio.Writer
	at     int64   // bytes so far
	places []int64 // of the objects
	err    error   // the first one
}

func newDocument(w io.Writer) *document {
	d := &document{w: bufio.NewWriterSize(w, 1<<16)}
	d.write([]byte("%PDF-1.7\n%\xe4\xe5\xe6\xe7\n"))
	return d
}

func (d *document) write(data []byte) {
	if d.err != nil {
		return
	}
	n, err := d.w.Write(data)
	d.at, d.err = d.at+int64(n), err
}

func (d *document) reserve() int {
	d.places = append(d.places, 0)
	return len(d.places)
}

func (d *document) set(n int, text string) { d.object(n, []byte(text)) }

func (d *document) object(n int, parts ...[]byte) {
	d.places[n-1] = d.at
	d.write(fmt.Appendf(nil, "%d 0 obj\n", n))
	for _, part := range parts {
		d.write(part)
	}
	d.write([]byte("\nendobj\n"))
}

func (d *document) add(text string) int {
	n := d.reserve()
	d.set(n, text)
	return n
}

// stream adds a compressed stream with more entries in its dictionary.
func (d *document) stream(entries string, data []byte) int {
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, 3) // a level that there is; numbers gain little beyond it
	_, _ = z.Write(data)                    // a buffer takes everything
	_ = z.Close()
	n := d.reserve()
	d.object(n, fmt.Appendf(nil, "<< %s /Filter /FlateDecode /Length %d >>\nstream\n", entries, packed.Len()), packed.Bytes(), []byte("\nendstream"))
	return n
}

// finish writes the table of the objects.
func (d *document) finish(catalog int, info string) {
	table := d.at
	d.write(fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(d.places)+1))
	for _, at := range d.places {
		d.write(fmt.Appendf(nil, "%010d 00000 n \n", at))
	}
	d.write(fmt.Appendf(nil, "trailer\n<< /Size %d /Root %d 0 R%s >>\nstartxref\n%d\n%%%%EOF\n", len(d.places)+1, catalog, info, table))
	if err := d.w.Flush(); d.err == nil {
		d.err = err
	}
}
