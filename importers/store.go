package importers

import (
	"context"
	"io"

	"github.com/jackc/pgx/v5"

	"onemap/layers"
)

// Store is what this package needs of [layers.Store]; see [Into].
type Store interface {
	// Definition returns a layer's definition, or a layers.ErrUnknownLayer.
	Definition(ctx context.Context, layer string) (layers.Definition, error)
	// Yardstick returns what a delivery of the layer is measured against.
	Yardstick(ctx context.Context, d layers.Definition) (layers.Yardstick, error)
	// BeginDraft starts a version of the layer.
	BeginDraft(ctx context.Context, layer string) (Draft, error)
}

// Draft is a version that is being loaded, in one transaction.
type Draft interface {
	// KeepExtra makes room for a value of JSON between the fields and geom.
	KeepExtra(ctx context.Context) error
	// CopyTuples loads rows of fid, the definition's fields, geom and geom_3857,
	// in the form of a binary COPY.
	CopyTuples(ctx context.Context, copy io.Reader) (int64, error)
	// Inspect lets check look at the rows that were loaded.
	Inspect(ctx context.Context, check func(ctx context.Context, tx pgx.Tx, table pgx.Identifier) error) error
	// Quarantine keeps rows that the draft doesn't take: row number, rule, field,
	// value, reason in Chinese and English, attributes as JSON and WKB.
	Quarantine(ctx context.Context, of layers.Delivery, rows pgx.CopyFromSource) error
	// Finish makes the rows a version, and publishes it if the summary says so.
	Finish(ctx context.Context, s layers.DraftSummary) (layers.Version, error)
	// Abandon takes everything back; after Finish it does nothing.
	Abandon(ctx context.Context)
}

// Into returns the store of the one map as an import needs it.
func Into(store *layers.Store) Store { return intoLayers{store} }

type intoLayers struct{ *layers.Store }

func (s intoLayers) BeginDraft(ctx context.Context, layer string) (Draft, error) {
	return s.Store.BeginDraft(ctx, layer)
}
