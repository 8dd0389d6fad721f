package importers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"onemap/importers/quality"
	"onemap/layers"
)

// ErrNoReport reports a version that was imported before versions were checked.
var ErrNoReport = errors.New("importers: the version has no quality report")

// Checked reads what a version's report says, for a page or a workbook; else an
// [ErrNoReport]. The version has its report with it.
func Checked(def layers.Definition, v layers.Version) (quality.Delivery, error) {
	var report Report
	if err := json.Unmarshal(v.Report, &report); err != nil {
		return quality.Delivery{}, fmt.Errorf("importers: report of %s version %d: %w", def.ID, v.Number, err)
	}
	if report.Quality == nil {
		return quality.Delivery{}, fmt.Errorf("%w: %s version %d", ErrNoReport, def.ID, v.Number)
	}
	return quality.Delivery{
		Layer: def, Version: v, Read: report.Read, Accepted: report.Accepted, Repaired: report.Repaired, Rejected: report.Rejected,
		CRSName: report.CRSName, Encoding: report.Encoding.Name, Report: report.Quality,
	}, nil
}

// rejectedPage is how many rows in quarantine are read at once.
const rejectedPage = 1000

// WriteWorkbook writes a version's report with its rows in quarantine as XLSX. It
// needs the right [access.Import].
func WriteWorkbook(ctx context.Context, store *layers.Store, d quality.Delivery, to io.Writer) error {
	rejected := func(context.Context, int64) ([]layers.QuarantinedRow, error) { return nil, nil }
	of, err := store.Delivery(ctx, d.Layer.ID, d.Version.Number)
	switch {
	case err == nil:
		rejected = func(ctx context.Context, after int64) ([]layers.QuarantinedRow, error) {
			return store.Quarantined(ctx, of, "", after, rejectedPage)
		}
	case !errors.Is(err, layers.ErrUnknownRow):
		return err
	}
	return d.WriteWorkbook(ctx, to, rejected)
}
