package layers

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

var (
	// ErrFeatureChanged reports a feature that is not any more as who edits it knows it.
	ErrFeatureChanged = errors.New("layers: feature has changed")
	// ErrKeyTaken reports a business key that another feature has.
	ErrKeyTaken = errors.New("layers: another feature has this key")
)

var (
	//go:embed sql/begin_edit.sql
	beginEditSQL string
	//go:embed sql/end_edit.sql
	endEditSQL string
	//go:embed sql/count_edit.sql
	countEditSQL string
	//go:embed sql/next_fid.sql
	nextFIDSQL string
	//go:embed sql/shape.sql
	shapeSQL string
	//go:embed sql/key_taken.sql
	keyTakenSQL string
	//go:embed sql/edits.sql
	editsSQL string
)

// KeyTakenError is an [ErrKeyTaken]: which key, and whose it is.
type KeyTakenError struct {
	Fields []string // of the business key
	FID    int64    // of the feature that has it
}

func (e *KeyTakenError) Error() string {
	return fmt.Sprintf("%v: %s is that of feature %d; choose another, or edit that feature", ErrKeyTaken, strings.Join(e.Fields, ", "), e.FID)
}

func (e *KeyTakenError) Unwrap() error { return ErrKeyTaken }

// Operation is what an edit does to a feature.
type Operation string

// The operations, after OGC API – Features Part 4.
const (
	Create  Operation = "create"
	Replace Operation = "replace" // all of it: what is not given is empty then
	Update  Operation = "update"  // what is given
	Delete  Operation = "delete"
)

// Edit is one that was made. Nothing changes or removes it.
type Edit struct {
	ID        int64           `db:"id" json:"id"` // grows with time within a layer
	Layer     string          `db:"layer" json:"layer"`
	Version   int             `db:"version" json:"version"` // that was published, and is changed
	FID       int64           `db:"fid" json:"fid"`
	Operation Operation       `db:"operation" json:"operation"`
	At        time.Time       `db:"at" json:"at"`
	By        string          `db:"by" json:"by"`
	Reason    string          `db:"reason" json:"reason"` // "" where none was given
	Before    json.RawMessage `db:"before" json:"before"` // GeoJSON, 9 decimals; null before it was created
	After     json.RawMessage `db:"after" json:"after"`   // null after it was deleted
}

// FeatureEdit is an edit that is asked for.
type FeatureEdit struct {
	Layer     string
	FID       int64 // 0 where the feature is to be created
	Operation Operation
	Reason    string
	// Match tells by its validator whether the feature may be changed as it is now;
	// nil is yes. See [Feature.ETag].
	Match func(etag string) bool
	// Make returns what is to be stored, given the layer and, where it is there
	// already, the feature. It is not asked about features that are deleted. While
	// it works other edits of the layer wait.
	Make func(ctx context.Context, l Layer, now *StoredFeature) (NewFeature, error)
}

// StoredFeature is a feature with its shape as it is stored.
type StoredFeature struct {
	Feature
	Shape []byte // WKB in EPSG:4490, longitude first, every digit
}

// NewFeature is what becomes of a feature.
type NewFeature struct {
	Values   map[string]any // of the fields that are set; others stay, or are empty in a new feature
	Geom     []byte         // EWKB, Multi…, EPSG:4490; nil stays
	Mercator []byte         // the same in EPSG:3857
}

// ETag is the strong validator of a feature of the layer, without quotes: it
// follows from the version and from what is shown of the feature.
func (f Feature) ETag(l Layer) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s@%d %d\n%s\n%s", l.Definition.ID, l.Published.Number, f.FID, f.Geometry, f.Properties)
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Edit changes a feature of the version that is published at the moment, in one
// transaction with its record. Edits of one layer, and its publications, wait for
// one another. It returns the layer and the feature as they are then; of a
// deleted one only the number. It needs the rights to read the layer and [access.Edit].
func (s *Store) Edit(ctx context.Context, e FeatureEdit) (Layer, Feature, error) {
	if err := access.Require(ctx, access.Edit); err != nil {
		return Layer{}, Feature{}, err
	}
	var l Layer
	var f Feature
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) (err error) {
		if l, err = lockPublished(ctx, tx, e.Layer); err != nil {
			return err
		}
		f, err = e.apply(ctx, tx, l)
		return err
	})
	if err != nil {
		return Layer{}, Feature{}, fmt.Errorf("layers: %s in %s: %w", e.Operation, e.Layer, err)
	}
	return l, f, nil
}

// lockPublished locks a layer's row and returns the layer as it is published.
func lockPublished(ctx context.Context, tx pgx.Tx, layer string) (Layer, error) {
	unknown := fmt.Errorf("%w: %s", ErrUnknownLayer, layer)
	if _, err := oneRow(ctx, tx, unknown, pgx.RowTo[int], lockLayerSQL, pgx.StrictNamedArgs{"layer": layer}); err != nil {
		return Layer{}, err
	}
	var l Layer
	var err error
	if l.Definition, err = oneRow(ctx, tx, unknown, pgx.RowTo[Definition], definitionSQL, pgx.StrictNamedArgs{"layer": layer}); err != nil {
		return l, err
	}
	if err := access.Require(ctx, l.Definition.ReadRight()); err != nil {
		return l, fmt.Errorf("layers: %s is not open: %w", layer, err)
	}
	var number *int
	if err := tx.QueryRow(ctx, publishedNumberSQL, pgx.StrictNamedArgs{"layer": layer}).Scan(&number); err != nil {
		return l, err
	}
	if number == nil {
		return l, fmt.Errorf("%w: %s", ErrNotPublished, layer)
	}
	if l.Columns, err = definitionOf(ctx, tx, layer, *number); err != nil {
		return l, err
	}
	v, err := readVersion(ctx, tx, layer, *number)
	l.Published = &v
	return l, err
}

// apply makes the edit inside a transaction that has locked the layer.
func (e FeatureEdit) apply(ctx context.Context, tx pgx.Tx, l Layer) (Feature, error) {
	now, err := e.now(ctx, tx, l)
	if err != nil {
		return Feature{}, err
	}
	var made NewFeature
	if e.Operation != Delete {
		if made, err = e.Make(ctx, l, now); err != nil {
			return Feature{}, err
		}
	}
	id, err := e.begin(ctx, tx, l)
	if err != nil {
		return Feature{}, err
	}
	if err := e.write(ctx, tx, l, made); err != nil {
		return Feature{}, err
	}
	after := Feature{FID: e.FID}
	if e.Operation != Delete {
		sql := fill(endEditSQL, "{table}", l.Table().Sanitize(), "{columns}", tableColumns(l))
		if _, err := tx.Exec(ctx, sql, pgx.StrictNamedArgs{"id": id}); err != nil {
			return Feature{}, err
		}
		if after, err = readFeature(ctx, tx, l, e.FID); err != nil {
			return Feature{}, err
		}
		if err := e.checkKey(ctx, tx, l, now, after); err != nil {
			return Feature{}, err
		}
	}
	if _, err := tx.Exec(ctx, countEditSQL, pgx.StrictNamedArgs{"id": id}); err != nil {
		return Feature{}, err
	}
	_, err = tx.Exec(ctx, "SELECT pg_notify($1, $2)", Channel, l.Definition.ID)
	return after, err
}

// now is the feature before the edit, nil where it is to be created, which gives
// it its number.
func (e *FeatureEdit) now(ctx context.Context, tx pgx.Tx, l Layer) (*StoredFeature, error) {
	table := l.Table().Sanitize()
	if e.Operation == Create {
		return nil, tx.QueryRow(ctx, fill(nextFIDSQL, "{table}", table), pgx.StrictNamedArgs{"layer": l.Definition.ID, "version": l.Published.Number}).Scan(&e.FID)
	}
	f, err := readFeature(ctx, tx, l, e.FID)
	if err != nil {
		return nil, err
	}
	if e.Match != nil && !e.Match(f.ETag(l)) {
		return nil, fmt.Errorf("%w: %s %d", ErrFeatureChanged, l.Definition.ID, e.FID)
	}
	stored := StoredFeature{Feature: f}
	err = tx.QueryRow(ctx, fill(shapeSQL, "{table}", table), pgx.StrictNamedArgs{"fid": e.FID}).Scan(&stored.Shape)
	return &stored, err
}

// begin records the edit with the feature as it was.
func (e FeatureEdit) begin(ctx context.Context, tx pgx.Tx, l Layer) (id int64, err error) {
	err = tx.QueryRow(ctx, fill(beginEditSQL, "{table}", l.Table().Sanitize(), "{columns}", tableColumns(l)), pgx.StrictNamedArgs{
		"layer": l.Definition.ID, "version": l.Published.Number, "fid": e.FID, "operation": e.Operation,
		"by": access.From(ctx).Name, "reason": e.Reason,
	}).Scan(&id)
	return id, err
}

// write changes the version's table.
func (e FeatureEdit) write(ctx context.Context, tx pgx.Tx, l Layer, made NewFeature) error {
	args := pgx.StrictNamedArgs{FIDColumn: e.FID}
	columns, values, sets := []string{FIDColumn}, []string{"@" + FIDColumn}, []string{}
	set := func(column string, value any) {
		name := fmt.Sprintf("v%d", len(args))
		args[name] = value
		quoted := pgx.Identifier{column}.Sanitize()
		columns, values, sets = append(columns, quoted), append(values, "@"+name), append(sets, quoted+" = @"+name)
	}
	for _, column := range slices.Sorted(maps.Keys(made.Values)) {
		set(column, made.Values[column])
	}
	if made.Geom != nil {
		set(GeomColumn, made.Geom)
		set(MercatorColumn, made.Mercator)
	}
	table := l.Table().Sanitize()
	var sql string
	switch {
	case e.Operation == Delete:
		sql = "DELETE FROM " + table + " WHERE fid = @fid"
	case e.Operation == Create:
		sql = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(values, ", "))
	case len(sets) == 0:
		return nil
	default:
		sql = fmt.Sprintf("UPDATE %s SET %s WHERE fid = @fid", table, strings.Join(sets, ", "))
	}
	_, err := tx.Exec(ctx, sql, args)
	return err
}

// checkKey refuses a business key that another feature has with a [KeyTakenError], unless the feature
// had it before: deliveries may have brought the same one twice.
func (e FeatureEdit) checkKey(ctx context.Context, tx pgx.Tx, l Layer, before *StoredFeature, after Feature) error {
	var parts, others []string
	same := before != nil
	for _, name := range l.Definition.Key {
		if _, ok := l.Columns.Field(name); !ok {
			return nil
		}
		same = same && before.property(name) == after.property(name)
		quoted := pgx.Identifier{name}.Sanitize()
		parts, others = append(parts, "f."+quoted), append(others, "other."+quoted)
	}
	if same {
		return nil
	}
	var other int64
	sql := fill(keyTakenSQL, "{table}", l.Table().Sanitize(), "{key}", strings.Join(parts, ", "), "{other_key}", strings.Join(others, ", "))
	err := tx.QueryRow(ctx, sql, pgx.StrictNamedArgs{"fid": e.FID}).Scan(&other)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return &KeyTakenError{l.Definition.Key, other}
}

// property is a property as JSON.
func (f Feature) property(name string) string {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(f.Properties, &all); err != nil {
		return ""
	}
	return string(all[name])
}

// tableColumns lists the columns of the version's table f beside number and shapes.
func tableColumns(l Layer) string { return listOf(l.columns(), "f") }

// EditQuery asks for a page of a layer's edits, newest first.
type EditQuery struct {
	FID     int64 // only those of this feature; 0 is all
	Version int   // only those of this version; 0 is all
	After   int64 // continue after this edit; 0 begins with the newest
	Limit   int   // most edits of the page, 1 or more
}

// Edits returns a page of a layer's edits, and the number to continue after, or 0
// when this was the last page. It needs the right [access.Edit].
func (s *Store) Edits(ctx context.Context, layer string, q EditQuery) ([]Edit, int64, error) {
	if err := access.Require(ctx, access.Edit); err != nil {
		return nil, 0, err
	}
	rows, err := s.db.Query(ctx, editsSQL, pgx.StrictNamedArgs{"layer": layer, "fid": q.FID, "version": q.Version, "after": q.After, "limit": q.Limit + 1})
	if err != nil {
		return nil, 0, fmt.Errorf("layers: edits of %s: %w", layer, err)
	}
	edits, err := pgx.CollectRows(rows, pgx.RowToStructByName[Edit])
	if err != nil {
		return nil, 0, fmt.Errorf("layers: edits of %s: %w", layer, err)
	}
	edits, next := cutPage(edits, q.Limit, func(e Edit) int64 { return e.ID })
	return edits, next, nil
}
