package web

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// The built viewer. A checkout that has not built it yet has only .keep there,
// and then the service runs without a page.
//
//go:embed all:ui/dist
var built embed.FS

// viewer serves the page and its files.
type viewer struct {
	files  fs.FS
	packed sync.Map // name to gzip bytes, made at the first request
}

func newViewer() (*viewer, error) {
	files, err := fs.Sub(built, "ui/dist")
	if err != nil {
		return nil, fmt.Errorf("web: the viewer: %w", err)
	}
	return &viewer{files: files}, nil
}

// get answers every address that no route has: a file of the viewer, or its
// page for an address that looks like one of the page's own.
func (v *viewer) get(w http.ResponseWriter, r *http.Request) error {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if r.URL.Path == "/m" { // the phone page's service worker answers for what lies below /m/
		http.Redirect(w, r, "/m/", http.StatusMovedPermanently)
		return nil
	}
	if name == "m" || strings.HasPrefix(name, "m/") && path.Ext(name) == "" {
		name = "m.html"
	}
	if name == "" || (path.Ext(name) == "" && !strings.HasPrefix(name, "api/") && !strings.HasPrefix(name, "tiles/")) {
		name = "index.html"
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errNoRoute
	}
	body, err := fs.ReadFile(v.files, name)
	if err != nil || strings.HasPrefix(path.Base(name), ".") {
		return fmt.Errorf("%w: %.200s", errNoRoute, r.URL.Path)
	}
	h := w.Header()
	contentType := mime.TypeByExtension(path.Ext(name))
	if strings.HasSuffix(name, ".woff2") {
		contentType = "font/woff2"
	}
	if strings.HasSuffix(name, ".webmanifest") {
		contentType = "application/manifest+json"
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	if !strings.HasPrefix(name, "assets/") { // only the names in assets/ carry a hash of the content
		return writeBody(w, r, http.StatusOK, contentType, body)
	}
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	if compressible(name) && acceptsGzip(r) {
		if body, err = v.pack(name, body); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err = w.Write(body)
	return ignoreGone(r, err)
}

func compressible(name string) bool {
	switch path.Ext(name) {
	case ".js", ".mjs", ".css", ".json", ".svg", ".html":
		return true
	}
	return false
}

// pack compresses a file once in the life of the process.
func (v *viewer) pack(name string, body []byte) ([]byte, error) {
	if packed, ok := v.packed.Load(name); ok {
		return packed.([]byte), nil
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	v.packed.Store(name, out.Bytes())
	return out.Bytes(), nil
}
