package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"onemap/layers"
)

// beijing is the time that a date without a time is meant in; it has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// moment is when the map is to be shown as of; the zero value is now.
type moment struct {
	at   time.Time
	text string // as it was asked for
}

// readMoment reads datetime=: an RFC 3339 instant, or a date, which means the
// end of that day in Beijing.
func readMoment(values url.Values) (moment, error) {
	text := values.Get("datetime")
	if text == "" {
		return moment{}, nil
	}
	if day, err := time.ParseInLocation(time.DateOnly, text, beijing); err == nil {
		return moment{day.AddDate(0, 0, 1).Add(-time.Microsecond), text}, nil
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(text))
	if err != nil {
		return moment{}, &paramError{
			"datetime", text, "应为 RFC 3339 时刻（如 2026-05-01T08:00:00+08:00，其中 + 写作 %2B）或日期（如 2026-05-01，指该日北京时间结束时）",
			"must be an RFC 3339 instant, as 2026-05-01T08:00:00%2B08:00, or a date, as 2026-05-01, which is the end of that day in Beijing",
		}
	}
	return moment{at, text}, nil
}

// open opens a layer as it is published at the moment. An id with a version, as
// "dltb@3", opens that one.
func (s *server) open(ctx context.Context, catalogue *layers.Catalogue, id string, m moment) (layers.Layer, error) {
	name, version, pinned := strings.Cut(id, "@")
	if !pinned && m.at.IsZero() {
		return catalogue.Open(ctx, id)
	}
	l, err := catalogue.Layer(name)
	if err != nil {
		return layers.Layer{}, err
	}
	if !pinned {
		return s.Store.OpenAt(ctx, l, m.at)
	}
	n, err := strconv.ParseUint(version, 10, 31)
	if err != nil || !m.at.IsZero() {
		return layers.Layer{}, &paramError{"layer", id, "版本应写作 图层@版本号，且不与 datetime 同用", "a version is written layer@number, and not together with datetime"}
	}
	return s.Store.OpenVersion(ctx, l, int(n))
}
