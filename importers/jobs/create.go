package jobs

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"onemap/access"
	"onemap/importers"
	"onemap/layers"
	"onemap/spatial/crs"
)

var (
	//go:embed sql/create.sql
	createSQL string
	//go:embed sql/by_key.sql
	byKeySQL string
)

// Request asks for an import. Without a layer the file is a delivery of several:
// the manifest says which, or else one within the file does.
type Request struct {
	Layer    string
	Manifest *importers.Manifest
	Filename string // as its author calls it; no path
	Size     int64  // bytes
	Options  Options
	Key      string // the same principal's same key gives the same import; "" is none

	// SevenParameters are kept beside the upload and go with it; no answer and no
	// table of the database has them.
	SevenParameters *crs.SevenParameters
}

// Create makes an import that awaits its bytes. Where the idempotency key was
// used before for the same request, that import is returned and created is
// false. It needs the right [access.Import], and [access.Publish] to publish.
func (q *Queue) Create(ctx context.Context, r Request) (one Import, created bool, err error) {
	if err := q.check(ctx, &r); err != nil {
		return Import{}, false, err
	}
	wanted := Import{Kind: OneFile, Layer: r.Layer, Filename: r.Filename, Size: r.Size, Options: r.Options, Manifest: r.Manifest}
	if r.Layer == "" {
		wanted.Kind = Delivery
		if r.Manifest != nil {
			wanted.Parts = partsOf(*r.Manifest)
		}
	}
	one, created, err = q.insert(ctx, wanted, r.Key)
	if created && err == nil {
		err = q.keepParameters(one.ID, r.SevenParameters)
	}
	return one, created, err
}

// insert makes the row of an import, or finds the one that the key stands for.
func (q *Queue) insert(ctx context.Context, wanted Import, key string) (one Import, created bool, err error) {
	var given *string
	if key != "" {
		given = &key
	}
	if wanted.Parts == nil {
		wanted.Parts = []Part{}
	}
	who := access.From(ctx)
	var id int64
	err = q.db.QueryRow(ctx, createSQL, pgx.StrictNamedArgs{
		"kind": wanted.Kind, "layer": wanted.Layer, "of_version": wanted.OfVersion, "manifest": wanted.Manifest, "parts": wanted.Parts,
		"filename": wanted.Filename, "size": wanted.Size, "options": wanted.Options, "by": who.Name, "rights": who.Rights, "key": given,
	}).Scan(&id)
	created = err == nil
	if errors.Is(err, pgx.ErrNoRows) {
		err = q.db.QueryRow(ctx, byKeySQL, pgx.StrictNamedArgs{"by": who.Name, "key": key}).Scan(&id)
	}
	if err == nil {
		one, err = q.read(ctx, id)
	}
	if err != nil {
		return Import{}, false, fmt.Errorf("jobs: making an import: %w", err)
	}
	if !one.asks(wanted) {
		return Import{}, false, fmt.Errorf("%w: %.64s, import %d", ErrKeyReused, key, one.ID)
	}
	return one, created, nil
}

// asks tells whether two imports were asked for in the same words.
func (one Import) asks(other Import) bool {
	a, err1 := json.Marshal([]any{one.Kind, one.Layer, one.OfVersion, one.Manifest, one.Filename, one.Size, one.Options})
	b, err2 := json.Marshal([]any{other.Kind, other.Layer, other.OfVersion, other.Manifest, other.Filename, other.Size, other.Options})
	return err1 == nil && err2 == nil && bytes.Equal(a, b)
}

func (q *Queue) check(ctx context.Context, r *Request) error {
	if err := access.Require(ctx, access.Import); err != nil {
		return err
	}
	if r.Options.Publish {
		if err := access.Require(ctx, access.Publish); err != nil {
			return err
		}
	}
	if len(r.Options.Map) == 0 {
		r.Options.Map = nil // as it comes back from the row
	}
	if len(r.Options.Skip) == 0 {
		r.Options.Skip = nil
	}
	if err := q.checkLayers(ctx, r); err != nil {
		return err
	}
	r.Filename = safeName(r.Filename)
	switch {
	case r.Size <= 0:
		return fmt.Errorf("%w: size is %d, it must be the file's bytes", ErrInvalid, r.Size)
	case r.Size > q.maxBytes:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, r.Size, q.maxBytes)
	case len(r.Key) > 200:
		return fmt.Errorf("%w: idempotency key is longer than 200 bytes", ErrInvalid)
	}
	return q.checkRoom(r.Size)
}

// checkLayers refuses layers that aren't there, and options that a delivery's
// manifest has for each layer.
func (q *Queue) checkLayers(ctx context.Context, r *Request) error {
	if r.Layer != "" {
		if r.Manifest != nil {
			return fmt.Errorf("%w: give a layer or a manifest, not both", ErrInvalid)
		}
		if len(r.Layer) > 64 {
			return fmt.Errorf("%w: %.64s…", layers.ErrUnknownLayer, r.Layer)
		}
		_, err := q.store.Definition(ctx, r.Layer)
		return err
	}
	all := Options{Publish: r.Options.Publish, Unchecked: r.Options.Unchecked, DryRun: r.Options.DryRun}
	if !reflect.DeepEqual(r.Options, all) {
		return fmt.Errorf("%w: without a layer the file is a delivery; its options are publish, accept_errors and dry_run, the others belong to the items of its manifest", ErrInvalid)
	}
	if r.Manifest == nil {
		return nil
	}
	if err := r.Manifest.Check(); err != nil {
		return err
	}
	for _, one := range r.Manifest.Deliveries {
		if _, err := q.store.Definition(ctx, one.Layer); err != nil {
			return err
		}
	}
	return nil
}

// safeName keeps of a file's name what can do no harm as one: letters of any
// script, digits and a few signs, the ending included.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._- ()（）", r) {
			return r
		}
		return '_'
	}, strings.ToValidUTF8(name, "_"))
	name = strings.Trim(name, ". ")
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[len(runes)-60:])
	}
	if name == "" {
		return "upload"
	}
	return name
}
