package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"onemap/access"
	"onemap/incidents"
	"onemap/incidents/photos"
)

// mayReport tells whether who asks takes part in incidents at all.
func mayReport(ctx context.Context) bool { return access.From(ctx).May(access.Report) }

// mediaType is what a request calls its body, without parameters.
func mediaType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return strings.ToLower(r.Header.Get("Content-Type"))
	}
	return kind
}

// eachPart reads the parts of a form one after another, each of at most
// [photos.MaxBytes]; no more than one is in memory.
func (s *server) eachPart(w http.ResponseWriter, r *http.Request, take func(name string, content []byte) error) error {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // where it can't be set the server's own holds
	r.Body = http.MaxBytesReader(w, r.Body, (incidents.MaxPhotos+1)*photos.MaxBytes)
	wrong := func(err error) error {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return errTooLarge
		}
		return &paramError{"(body)", "", "不是完整的 multipart/form-data", fmt.Sprintf("is not whole multipart/form-data: %v", err)}
	}
	form, err := r.MultipartReader()
	if err != nil {
		return wrong(err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wrong(err)
		}
		content, err := io.ReadAll(io.LimitReader(part, photos.MaxBytes+1))
		if err != nil {
			return wrong(err)
		}
		if len(content) > photos.MaxBytes {
			return fmt.Errorf("%w: part %.40q has more than %d bytes", photos.ErrLarge, part.FormName(), photos.MaxBytes)
		}
		if err := take(part.FormName(), content); err != nil {
			return err
		}
	}
}

// postPhoto answers POST /api/v1/incidents/{incident}/photos: a picture, as it is,
// or as multipart/form-data with parts photo. A file that came before is answered
// 200 with the photo that there is.
func (s *server) postPhoto(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	if _, err := s.Incidents.Get(r.Context(), id); err != nil { // before any work is done for it
		return err
	}
	list, status := []incidents.PhotoInfo{}, http.StatusOK
	add := func(name string, content []byte) error {
		if name != "photo" {
			return &paramError{name, "", "未知的部分；可用：photo", "unknown part; known is: photo"}
		}
		p, err := s.darkroom.Prepare(r.Context(), content)
		if err != nil {
			return err
		}
		info, added, err := s.Incidents.AddPhoto(r.Context(), id, p)
		if added {
			status = http.StatusCreated
		}
		list = append(list, info)
		return err
	}
	if mediaType(r) == "multipart/form-data" {
		err = s.eachPart(w, r, add)
		if err == nil && len(list) == 0 {
			err = &paramError{"photo", "", "缺少此部分（图片文件）", "this part, a picture, is missing"}
		}
	} else {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // where it can't be set the server's own holds
		var content []byte
		if content, err = readBody(http.MaxBytesReader(w, r.Body, photos.MaxBytes)); errors.Is(err, errTooLarge) {
			err = fmt.Errorf("%w: more than %d bytes", photos.ErrLarge, photos.MaxBytes)
		}
		if err == nil {
			err = add("photo", content)
		}
	}
	if err != nil {
		return err
	}
	return writeFresh(w, r, status, map[string]any{"photos": list})
}

// getPhoto answers GET /api/v1/incidents/{incident}/photos/{photo}?size=: a JPEG.
func (s *server) getPhoto(w http.ResponseWriter, r *http.Request) error {
	values, err := query(r, "size")
	if err != nil {
		return err
	}
	size := values.Get("size")
	if size != "" && size != "whole" && size != "thumbnail" {
		return &paramError{"size", size, "应为 whole 或 thumbnail", "must be whole or thumbnail"}
	}
	id, err := incidentID(r)
	if err != nil {
		return err
	}
	photo, err := strconv.ParseInt(mux.Vars(r)["photo"], 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %.20s", incidents.ErrUnknownPhoto, mux.Vars(r)["photo"])
	}
	jpeg, err := s.Incidents.Photo(r.Context(), id, photo, size == "thumbnail")
	if err != nil {
		return err
	}
	h := w.Header()
	etag := fmt.Sprintf(`"p%d%.1s"`, photo, size) // a photo never changes; whether it may be seen does
	h.Set("ETag", etag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	if noneMatch(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="incident-%d-%d.jpg"`, id, photo))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(jpeg)))
	_, err = w.Write(jpeg)
	return ignoreGone(r, err)
}
