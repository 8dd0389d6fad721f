package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"onemap/importers"
)

// uploadEndings are the endings that an uploaded file may keep; GDAL looks at
// them beside the content. Any other file arrives without one.
var uploadEndings = []string{".zip", ".gpkg", ".geojson", ".json", ".csv"}

// postImport answers POST /api/v1/layers/{layer}/imports: the body is the file
// as it is, filename= its name. The answer is the import's report. The request
// lasts as long as the import.
func (s *server) postImport(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "filename", "source_layer", "crs", "encoding", "publish", "dry_run")
	if err != nil {
		return err
	}
	o := importers.Options{
		Layer: mux.Vars(r)["layer"], SourceLayer: values.Get("source_layer"), CRS: values.Get("crs"), Encoding: values.Get("encoding"),
	}
	if o.Publish, err = flag(values, "publish"); err != nil {
		return err
	}
	if o.DryRun, err = flag(values, "dry_run"); err != nil {
		return err
	}
	if _, err := s.Catalogue.Catalogue().Layer(o.Layer); err != nil {
		return err // before the upload, not after it
	}
	dir, err := os.MkdirTemp(s.config.UploadDir, "onemap-upload-")
	if err != nil {
		return fmt.Errorf("web: receiving a file: %w", err)
	}
	defer os.RemoveAll(dir)
	if o.File, err = s.receive(w, r, dir, values.Get("filename")); err != nil {
		return err
	}
	report, err := s.Import(r.Context(), o)
	if err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusCreated, "application/json", report)
}

// receive writes the body to a file in dir. Of the name that the client gives
// nothing but a known ending is used.
func (s *server) receive(w http.ResponseWriter, r *http.Request, dir, name string) (string, error) {
	ending := strings.ToLower(filepath.Ext(name))
	if !slices.Contains(uploadEndings, ending) {
		ending = ""
	}
	path := filepath.Join(dir, "upload"+ending)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("web: receiving a file: %w", err)
	}
	_, err = io.Copy(file, http.MaxBytesReader(w, r.Body, s.config.MaxUploadBytes))
	err = errors.Join(err, file.Close())
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return "", fmt.Errorf("%w: more than %d bytes", errTooLarge, tooLarge.Limit)
	case err != nil:
		return "", fmt.Errorf("web: receiving a file: %w", err)
	}
	return path, nil
}
