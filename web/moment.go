package web

import (
	"context"
	"errors"
	"net/url"
	"time"

	"onemap/layers"
)

// readMoment reads datetime=; the zero time is now.
func readMoment(values url.Values) (time.Time, error) {
	text := values.Get("datetime")
	if text == "" {
		return time.Time{}, nil
	}
	at, err := layers.ParseMoment(text)
	if err != nil {
		return at, &paramError{
			"datetime", text, "应为 RFC 3339 时刻（如 2026-05-01T08:00:00+08:00，其中 + 写作 %2B）或日期（如 2026-05-01，指该日北京时间结束时）",
			"must be an RFC 3339 instant, as 2026-05-01T08:00:00%2B08:00, or a date, as 2026-05-01, which is the end of that day in Beijing",
		}
	}
	return at, nil
}

// open opens a layer as it is published at a time, or, as "dltb@3", in a version.
func (s *server) open(ctx context.Context, catalogue *layers.Catalogue, id string, at time.Time) (layers.Layer, error) {
	l, err := s.Store.OpenNamed(ctx, catalogue, id, at)
	if errors.Is(err, layers.ErrLayerName) {
		return layers.Layer{}, &paramError{"layer", id, "版本应写作 图层@版本号，且不与 datetime 同用", "a version is written layer@number, and not together with datetime"}
	}
	return l, err
}
