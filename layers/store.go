package layers

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrUnknownLayer reports a layer id that is not defined.
var ErrUnknownLayer = errors.New("layers: unknown layer")

// ErrUnknownVersion reports a version that the layer does not have.
var ErrUnknownVersion = errors.New("layers: unknown version")

// ErrNotPublished reports a layer of which no version is published.
var ErrNotPublished = errors.New("layers: layer has no published version")

// Channel is the PostgreSQL notification channel that tells servers of a
// published or rolled-back layer; the payload is the layer's id.
const Channel = "onemap_catalogue"

// State is where a version stands.
type State string

// The states of a version. Of each layer at most one version is published.
const (
	Draft     State = "draft"     // imported, not shown; a rule of level error objects to it
	Checked   State = "checked"   // imported, not shown; may be published
	Published State = "published" // the one that everybody sees
	Retired   State = "retired"   // was published once
)

// Version is one delivery of a layer, in a table of its own.
type Version struct {
	Layer        string          `db:"layer" json:"layer"`
	Number       int             `db:"number" json:"number"` // 1 is the layer's first
	State        State           `db:"state" json:"state"`
	FeatureCount int64           `db:"feature_count" json:"feature_count"`
	Bounds       []float64       `db:"bounds" json:"bounds"` // west, south, east, north in EPSG:4490 degrees; nil without features
	Synthetic    bool            `db:"synthetic" json:"synthetic"`
	SourceFile   string          `db:"source_file" json:"source_file"`
	SourceSHA256 string          `db:"source_sha256" json:"source_sha256"`
	SourceCRS    string          `db:"source_crs" json:"source_crs"`
	ContentHash  string          `db:"content_hash" json:"content_hash"`
	Report       json.RawMessage `db:"report" json:"report,omitempty"`
	ImportedAt   time.Time       `db:"imported_at" json:"imported_at"`
	ImportedBy   string          `db:"imported_by" json:"imported_by"`
	PublishedAt  *time.Time      `db:"published_at" json:"published_at"`

	// Edits change features of a version after its delivery; ContentHash stays that
	// of the delivery, FeatureCount and Bounds follow. Bounds only grow.
	Edited   int64      `db:"edited" json:"edited"` // number of the last edit; 0 is none
	EditedAt *time.Time `db:"edited_at" json:"edited_at"`
	Edits    int64      `db:"edits" json:"edits"` // how many there were
}

// Store keeps definitions, versions and features in PostGIS.
type Store struct {
	db *pgxpool.Pool
}

// NewStore keeps everything in db, which must be migrated.
func NewStore(db *pgxpool.Pool) *Store {
	return &Store{db}
}

var (
	//go:embed sql/upsert_theme.sql
	upsertThemeSQL string
	//go:embed sql/upsert_layer.sql
	upsertLayerSQL string
	//go:embed sql/upsert_dictionary.sql
	upsertDictionarySQL string
	//go:embed sql/drop_undefined.sql
	dropUndefinedSQL string
	//go:embed sql/definition.sql
	definitionSQL string
	//go:embed sql/versions.sql
	versionsSQL string
	//go:embed sql/version.sql
	versionSQL string
)

// Define makes the catalogue say what the definitions say, in one transaction.
// A layer that is no longer defined is removed unless it has versions: data is
// never dropped because a file went missing.
func (s *Store) Define(ctx context.Context, defs Definitions) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		themes, ids := make([]string, len(defs.Themes)), make([]string, len(defs.Layers))
		for i, t := range defs.Themes {
			themes[i] = t.ID
			batch.Queue(upsertThemeSQL, pgx.StrictNamedArgs{"id": t.ID, "name": t.Name, "name_en": t.NameEN, "position": i})
		}
		for _, d := range defs.Dictionaries {
			batch.Queue(upsertDictionarySQL, pgx.StrictNamedArgs{"id": d.ID, "content": d})
		}
		for i, l := range defs.Layers {
			ids[i] = l.ID
			batch.Queue(upsertLayerSQL, pgx.StrictNamedArgs{"id": l.ID, "theme": l.Theme, "position": i, "definition": l})
		}
		if len(defs.Outline) > 0 {
			batch.Queue(upsertOutlineSQL, pgx.StrictNamedArgs{"line": lineText(defs.Outline)})
		}
		batch.Queue(dropUndefinedSQL, pgx.StrictNamedArgs{"layers": ids})
		batch.Queue("SELECT pg_notify($1, '')", Channel)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return fmt.Errorf("layers: writing the definitions: %w", err)
	}
	return nil
}

// Definition returns the definition of a layer.
func (s *Store) Definition(ctx context.Context, layer string) (Definition, error) {
	var d Definition
	err := s.db.QueryRow(ctx, definitionSQL, pgx.StrictNamedArgs{"layer": layer}).Scan(&d)
	if errors.Is(err, pgx.ErrNoRows) {
		return Definition{}, fmt.Errorf("%w: %s", ErrUnknownLayer, layer)
	}
	if err != nil {
		return Definition{}, fmt.Errorf("layers: reading the definition of %s: %w", layer, err)
	}
	return d, nil
}

// Versions returns the versions of a layer, newest first, without their reports.
func (s *Store) Versions(ctx context.Context, layer string) ([]Version, error) {
	rows, err := s.db.Query(ctx, versionsSQL, pgx.StrictNamedArgs{"layer": layer})
	if err != nil {
		return nil, fmt.Errorf("layers: versions of %s: %w", layer, err)
	}
	versions, err := pgx.CollectRows(rows, pgx.RowToStructByName[Version])
	if err != nil {
		return nil, fmt.Errorf("layers: versions of %s: %w", layer, err)
	}
	return versions, nil
}

// Version returns one version with its report.
func (s *Store) Version(ctx context.Context, layer string, number int) (Version, error) {
	v, err := readVersion(ctx, s.db, layer, number)
	if err != nil {
		return Version{}, fmt.Errorf("layers: version %d of %s: %w", number, layer, err)
	}
	return v, nil
}

func readVersion(ctx context.Context, db querier, layer string, number int) (Version, error) {
	missing := fmt.Errorf("%w: %s has no version %d", ErrUnknownVersion, layer, number)
	return oneRow(ctx, db, missing, pgx.RowToStructByName[Version], versionSQL, pgx.StrictNamedArgs{"layer": layer, "number": number})
}

// Table is the table that holds a version's features.
func Table(layer string, version int) pgx.Identifier {
	return pgx.Identifier{"features", fmt.Sprintf("%s_v%d", layer, version)}
}

// fill puts identifiers, which come from the catalogue alone, into the text of
// a query: {table} and the like. Values are never put in; they are bound.
func fill(sql string, identifiers ...string) string {
	return strings.NewReplacer(identifiers...).Replace(sql)
}

// columnList is the fields' names, quoted and separated by commas, each after a comma.
func columnList(fields []Field) string {
	var list strings.Builder
	for _, f := range fields {
		list.WriteString(", ")
		list.WriteString(pgx.Identifier{f.Name}.Sanitize())
	}
	return list.String()
}

//go:embed sql/check.sql
var checkSQL string

// Check compares the catalogue with the tables and returns a sentence, Chinese
// and English, for everything that is not as it must be: a version without its
// table or its spatial index, a table that no version owns, a published layer
// without its view. A healthy store gives none.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, checkSQL)
	if err != nil {
		return nil, fmt.Errorf("layers: checking the store: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
