package layers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The mistakes in asking for a layer, a time or a rectangle in writing.
var (
	ErrLayerName = errors.New("layers: a version is written layer@number, and not together with a time")
	ErrMoment    = errors.New("layers: a time is an RFC 3339 instant, as 2026-05-01T08:00:00+08:00, or a date, as 2026-05-01, which is the end of that day in Beijing")
	ErrBounds    = errors.New("layers: a rectangle is west,south,east,north in degrees, with west not east of east and south not above north")
)

// beijing is the time that a date without a time is meant in; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// ParseMoment reads an RFC 3339 instant, or a date, which means the end of that
// day in Beijing; else an [ErrMoment].
func ParseMoment(text string) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, beijing); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Microsecond), nil
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %.50q", ErrMoment, text)
	}
	return at, nil
}

// ParseBounds reads "west,south,east,north" in EPSG:4490 degrees; else an [ErrBounds].
func ParseBounds(text string) (*Bounds, error) {
	wrong := fmt.Errorf("%w: %.100q", ErrBounds, text)
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return nil, wrong
	}
	var b Bounds
	for i, part := range parts {
		n, err := strconv.ParseFloat(part, 64)
		if err != nil || !(n >= -180 && n <= 180) {
			return nil, wrong
		}
		b[i] = n
	}
	if b[0] > b[2] || b[1] > b[3] || b[1] < -90 || b[3] > 90 {
		return nil, wrong
	}
	return &b, nil
}

// OpenNamed opens a layer of the catalogue as it was published at a time, the
// zero time being now. A name with a version, as "dltb@3", opens that one; one
// that is written otherwise is an [ErrLayerName]. The other errors are those of
// [Catalogue.Open], [Store.OpenAt] and [Store.OpenVersion].
func (s *Store) OpenNamed(ctx context.Context, catalogue *Catalogue, name string, at time.Time) (Layer, error) {
	id, version, pinned := strings.Cut(name, "@")
	if !pinned && at.IsZero() {
		return catalogue.Open(ctx, id)
	}
	l, err := catalogue.Layer(id)
	if err != nil {
		return Layer{}, err
	}
	if !pinned {
		return s.OpenAt(ctx, l, at)
	}
	n, err := strconv.ParseUint(version, 10, 31)
	if err != nil || !at.IsZero() {
		return Layer{}, fmt.Errorf("%w: %.80q", ErrLayerName, name)
	}
	return s.OpenVersion(ctx, l, int(n))
}
