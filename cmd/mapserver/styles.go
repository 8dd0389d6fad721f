package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"onemap/layers"
	"onemap/styles"
	"onemap/styles/versions"
)

// followStyles keeps the looks that are in force in memory until ctx ends.
func followStyles(ctx context.Context, d *database, watcher *layers.Watcher) (*versions.Store, *versions.Watcher, error) {
	store := versions.NewStore(d.pool)
	looks, err := versions.NewWatcher(ctx, store, watcher, func(err error) { slog.Warn("styles", "error", err) })
	if err != nil {
		return nil, nil, err
	}
	go looks.Run(ctx)
	return store, looks, nil
}

// lookFlags say how a map looks.
type lookFlags struct{ palette, theme *string }

// look adds the flags of a look.
func (o *options) look() lookFlags {
	return lookFlags{
		palette: o.String("palette", styles.Screen, "配色："+strings.Join(styles.PaletteIDs(), "、")+" / `palette` of colours"),
		theme:   o.String("theme", "", "专题，默认为整张图 / `theme`, the whole map without it"),
	}
}

// on is the look with the edits that are in force. Looks that can't be used are told.
func (f lookFlags) on(ctx context.Context, d *database, catalogue *layers.Catalogue) (styles.Look, error) {
	current, unusable, err := versions.NewStore(d.pool).Load(ctx, catalogue)
	if err != nil {
		return styles.Look{}, err
	}
	if unusable != nil {
		slog.Warn("styles", "error", unusable)
	}
	return styles.Look{Palette: *f.palette, Theme: *f.theme, Fragments: current.Fragments()}, nil
}

// asUsage marks the mistakes of whoever typed the command.
func asUsage(err error) error {
	for _, mistake := range []error{
		styles.ErrUnknownPalette, styles.ErrUnknownTheme, styles.ErrLayerList, styles.ErrRules, styles.ErrControl, styles.ErrInvalidFragment,
		versions.ErrUnknown, versions.ErrChanged, versions.ErrNote,
	} {
		if errors.Is(err, mistake) {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	}
	return err
}
