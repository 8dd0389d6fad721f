package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"onemap/access"
	"onemap/layers"
	"onemap/products/sheets"
	"onemap/products/sheets/orders"
	"onemap/styles/render"
)

// barAtlas is how long the city's towns may take, in seconds.
const barAtlas = 300.0

var parcelSheets = []string{"dltb"}

func (b *drawingBench) desk() *orders.Desk {
	return &orders.Desk{DB: b.db, Store: layers.NewStore(b.db), Archives: b.archives, Studio: sheets.NewStudio(render.New(render.Options{}))}
}

// composed measures whole sheets, with all that stands round the map: A3 of a
// county's parcels at 300 dpi, and A0 of the city.
func (b *drawingBench) composed(ctx context.Context) (results []result, err error) {
	ctx = access.With(ctx, access.Operator("bench"))
	desk := b.desk()
	for _, format := range []string{"png", "pdf"} {
		var times []float64
		for range 3 {
			took, _, err := b.order(ctx, desk, orders.Request{Layers: parcelSheets, Division: "445302", Scale: 100_000, Paper: "A3", DPI: 300, Format: format})
			if err != nil {
				return nil, err
			}
			times = append(times, took)
		}
		results = append(results, compareTimes("sheet A3 300 dpi "+format, "bar", "s", 1, times, []float64{barSheet}))
	}
	// A0 is eight times A3.
	took, _, err := b.order(ctx, desk, orders.Request{Layers: parcelSheets, Paper: "A0", DPI: 300, Format: "png"})
	if err != nil {
		return nil, err
	}
	return append(results, compareTimes("sheet A0 300 dpi png", "bar", "s", 1, []float64{took}, []float64{8 * barSheet})), nil
}

// atlases measures the atlas of all towns with its index.
func (b *drawingBench) atlases(ctx context.Context) (results []result, err error) {
	ctx = access.With(ctx, access.Operator("bench"))
	desk := b.desk()
	for _, format := range []string{"pdf", "png"} {
		took, pages, err := b.order(ctx, desk, orders.Request{Layers: parcelSheets, Series: &orders.SeriesAsk{By: "town"}, Paper: "A3", DPI: 300, Format: format})
		if err != nil {
			return nil, err
		}
		results = append(results, compareTimes(fmt.Sprintf("atlas of %d A3 sheets %s", pages-1, format), "bar", "s", 1, []float64{took}, []float64{barAtlas}))
	}
	return results, nil
}

// order plans and writes sheets; it returns the seconds and the pages.
func (b *drawingBench) order(ctx context.Context, desk *orders.Desk, r orders.Request) (seconds float64, pages int, err error) {
	start := time.Now()
	plan, err := desk.Plan(ctx, b.catalogue, r)
	if err != nil {
		return 0, 0, err
	}
	if err := plan.Write(ctx, io.Discard, nil); err != nil {
		return 0, 0, err
	}
	return time.Since(start).Seconds(), plan.Count(), nil
}
