package layers

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
)

var (
	//go:embed sql/queue_import.sql
	queueImportSQL string
	//go:embed sql/lock_layer.sql
	lockLayerSQL string
	//go:embed sql/summarise_table.sql
	summariseTableSQL string
	//go:embed sql/insert_version.sql
	insertVersionSQL string
)

// Columns that every feature table has beside its fields.
const (
	FIDColumn      = "fid"       // bigint: the feature's number in this version, from 1 in source order
	ExtraColumn    = "extra"     // jsonb: what the delivery had beyond the fields; only where it was kept
	GeomColumn     = "geom"      // geometry(Multi…, 4490): the truth, in degrees, x = longitude
	MercatorColumn = "geom_3857" // geometry(Multi…, 3857): the same for the screen, in metres
)

// SyntheticField is the field by which layers mark demonstration data.
const SyntheticField = "synthetic"

// DraftSummary is what an importer knows of a delivery once it was read.
type DraftSummary struct {
	SourceFile   string          // the file's name without its folder
	SourceSHA256 string          // of the file's bytes, hexadecimal
	SourceCRS    string          // as "EPSG:4525"
	ContentHash  string          // of the features as stored, hexadecimal
	Report       json.RawMessage // the import's report
	Quality      Quality         // what the rules found
	State        State           // Checked, or Draft where a rule of level error objects; "" is Checked
	Publish      bool            // publish in the same transaction
	Unchecked    bool            // publish also then
	Import       *int64          // the job that imports; a job makes at most one version. nil is none
	Extent       *Extent         // what was seen of all rows on their way in; nil is measured
}

// Extent is what a version's row says of its features together.
type Extent struct {
	Features  int64
	Bounds    [4]float64 // west, south, east, north: EPSG:4490 degrees
	Synthetic bool       // any of them is of demonstration data
}

// DraftTable is a version that is being loaded: a table in the schema staging,
// inside one transaction. Until [DraftTable.Finish] nobody sees any of it, and
// if the program or the database dies nothing of it is left.
type DraftTable struct {
	tx         pgx.Tx
	conn       *pgxpool.Conn
	definition Definition
	staging    string
	indexed    bool
	delivery   *int64           // of the rows in quarantine; nil while there are none
	accepted   []QuarantinedRow // that came out of quarantine
}

// BeginDraft starts loading a version of a layer. Where another import of the
// same layer is under way it waits for its end. The caller ends it by Finish or
// Abandon. It needs the right [access.Import].
func (s *Store) BeginDraft(ctx context.Context, layer string) (*DraftTable, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return nil, err
	}
	def, err := s.Definition(ctx, layer)
	if err != nil {
		return nil, err
	}
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("layers: starting a draft of %s: %w", layer, err)
	}
	d := &DraftTable{conn: conn, definition: def}
	if err := d.begin(ctx); err != nil {
		d.Abandon(ctx)
		return nil, fmt.Errorf("layers: starting a draft of %s: %w", layer, err)
	}
	return d, nil
}

func (d *DraftTable) begin(ctx context.Context) (err error) {
	if d.tx, err = d.conn.Begin(ctx); err != nil {
		return err
	}
	// An import may take long: the limits of short questions are not for it.
	// Its pages are brought to disk while more are made, not all at the commit.
	if _, err := d.tx.Exec(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL backend_flush_after = '1MB'", pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	if _, err := d.tx.Exec(ctx, queueImportSQL, pgx.StrictNamedArgs{"layer": d.definition.ID}); err != nil {
		return err
	}
	random := make([]byte, 6)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	d.staging = "import_" + hex.EncodeToString(random)
	_, err = d.tx.Exec(ctx, createTable(pgx.Identifier{"staging", d.staging}, d.definition))
	return err
}

// createTable is the statement that makes a feature table. Names and types come
// from the definition, which was checked when it was read.
func createTable(table pgx.Identifier, d Definition) string {
	columns := []string{FIDColumn + " bigint NOT NULL"}
	for _, f := range d.Fields {
		columns = append(columns, pgx.Identifier{f.Name}.Sanitize()+" "+columnType(f))
	}
	if d.KeepExtra {
		columns = append(columns, ExtraColumn+" jsonb")
	}
	kind := d.Geometry.PostGISType()
	columns = append(columns,
		fmt.Sprintf("%s geometry(%s, 4490) NOT NULL", GeomColumn, kind),
		fmt.Sprintf("%s geometry(%s, 3857) NOT NULL", MercatorColumn, kind))
	// Coordinates hardly compress, and to try costs more than writing them: a row
	// stays in its page up to half of that, and shapes that go elsewhere go as they are.
	return fmt.Sprintf("CREATE TABLE %[1]s (\n    %[2]s\n) WITH (toast_tuple_target = 4080);\n"+
		"ALTER TABLE %[1]s ALTER COLUMN %[3]s SET STORAGE EXTERNAL, ALTER COLUMN %[4]s SET STORAGE EXTERNAL",
		table.Sanitize(), strings.Join(columns, ",\n    "), GeomColumn, MercatorColumn)
}

func columnType(f Field) string {
	switch f.Type {
	case Integer:
		return "bigint"
	case Real:
		return "double precision"
	case Decimal:
		return fmt.Sprintf("numeric(18, %d)", f.Scale)
	case Date:
		return "date"
	case Time:
		return "timestamptz"
	case Boolean:
		return "boolean"
	default:
		return "text"
	}
}

// KeepExtra gives the version a column for what the delivery has beyond the
// definition's fields. It must come before the first row; where the definition
// asks for the column already, it does nothing.
func (d *DraftTable) KeepExtra(ctx context.Context) error {
	if d.definition.KeepExtra {
		return nil
	}
	d.definition.KeepExtra = true
	if _, err := d.tx.Exec(ctx, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s jsonb", pgx.Identifier{"staging", d.staging}.Sanitize(), ExtraColumn)); err != nil {
		return fmt.Errorf("layers: keeping further fields of %s: %w", d.definition.ID, err)
	}
	return nil
}

// Columns are the columns that rows for [DraftTable.CopyFrom] have, in order:
// fid, the definition's fields, extra where it is kept, geom and geom_3857 as EWKB.
func (d *DraftTable) Columns() []string {
	names := []string{FIDColumn}
	for _, f := range d.definition.Fields {
		names = append(names, f.Name)
	}
	if d.definition.KeepExtra {
		names = append(names, ExtraColumn)
	}
	return append(names, GeomColumn, MercatorColumn)
}

// CopyFrom appends rows by binary COPY and returns how many there were.
func (d *DraftTable) CopyFrom(ctx context.Context, rows pgx.CopyFromSource) (int64, error) {
	n, err := d.tx.CopyFrom(ctx, pgx.Identifier{"staging", d.staging}, d.Columns(), rows)
	if err != nil {
		return n, fmt.Errorf("layers: loading a draft of %s: %w", d.definition.ID, err)
	}
	return n, nil
}

// CopyTuples appends rows in the form of a binary COPY of [DraftTable.Columns],
// with its header and trailer, and returns how many there were. Their pages are
// written once: as nobody sees the table before the draft's end, its rows are
// marked at once as seen by all.
func (d *DraftTable) CopyTuples(ctx context.Context, tuples io.Reader) (int64, error) {
	columns := make([]string, 0, len(d.definition.Fields)+4)
	for _, name := range d.Columns() {
		columns = append(columns, pgx.Identifier{name}.Sanitize())
	}
	sql := fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary, FREEZE)", pgx.Identifier{"staging", d.staging}.Sanitize(), strings.Join(columns, ", "))
	gate := &gate{reader: tuples}
	defer gate.shut() // where the connection dies, pgx returns while it still reads
	tag, err := d.tx.Conn().PgConn().CopyFrom(ctx, gate, sql)
	if err != nil {
		return tag.RowsAffected(), fmt.Errorf("layers: loading a draft of %s: %w", d.definition.ID, err)
	}
	return tag.RowsAffected(), nil
}

// gate passes reads on until it is shut.
type gate struct {
	mutex  sync.Mutex
	reader io.Reader
	closed bool
}

func (g *gate) Read(p []byte) (int, error) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.closed {
		return 0, io.ErrClosedPipe
	}
	return g.reader.Read(p)
}

// shut waits for a read that is under way; the reader is not used afterwards.
func (g *gate) shut() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.closed = true
}

// Finish indexes and measures the table, makes it the layer's next version, and
// publishes that if asked to: all or nothing.
func (d *DraftTable) Finish(ctx context.Context, s DraftSummary) (Version, error) {
	v, err := d.finish(ctx, s)
	if err != nil {
		return Version{}, fmt.Errorf("layers: finishing a draft of %s: %w", d.definition.ID, err)
	}
	return v, nil
}

func (d *DraftTable) finish(ctx context.Context, s DraftSummary) (Version, error) {
	if s.Publish {
		if err := access.Require(ctx, access.Publish); err != nil {
			return Version{}, err
		}
	}
	if err := d.index(ctx); err != nil {
		return Version{}, err
	}
	count, bounds, isSynthetic, err := d.summarise(ctx, s.Extent)
	if err != nil {
		return Version{}, err
	}
	difference, err := d.compare(ctx)
	if err != nil {
		return Version{}, err
	}
	// Only from here on is the layer itself locked: for milliseconds, whatever the size.
	var number int
	if err := d.tx.QueryRow(ctx, lockLayerSQL, pgx.StrictNamedArgs{"layer": d.definition.ID}).Scan(&number); err != nil {
		return Version{}, err
	}
	if err := d.rename(ctx, number); err != nil {
		return Version{}, err
	}
	if s.State == "" {
		s.State = Checked
	}
	_, err = d.tx.Exec(ctx, insertVersionSQL, pgx.StrictNamedArgs{
		"layer": d.definition.ID, "number": number, "state": s.State, "import": s.Import, "definition": d.definition,
		"feature_count": count, "bounds": bounds, "synthetic": isSynthetic,
		"source_file": s.SourceFile, "source_sha256": s.SourceSHA256, "source_crs": s.SourceCRS,
		"content_hash": s.ContentHash, "report": s.Report, "imported_by": access.From(ctx).Name,
	})
	if err != nil {
		return Version{}, err
	}
	if difference != nil {
		if err := d.keepDifference(ctx, *difference, number); err != nil {
			return Version{}, err
		}
	}
	if err := recordQuality(ctx, d.tx, d.definition.ID, number, s.Quality); err != nil {
		return Version{}, err
	}
	if err := d.keepQuarantine(ctx, number); err != nil {
		return Version{}, err
	}
	if s.Publish && (s.State == Checked || s.Unchecked) {
		if err := publish(ctx, d.tx, d.definition.ID, number, publication{actionPublish, s.Unchecked}); err != nil {
			return Version{}, err
		}
	}
	v, err := readVersion(ctx, d.tx, d.definition.ID, number)
	if err != nil {
		return Version{}, err
	}
	if err := d.tx.Commit(ctx); err != nil {
		return Version{}, err
	}
	d.release()
	return v, nil
}

// summarise measures the rows, unless known says already what they are.
func (d *DraftTable) summarise(ctx context.Context, known *Extent) (count int64, bounds []float64, synthetic bool, err error) {
	if known != nil {
		return known.Features, known.Bounds[:], known.Synthetic, nil
	}
	marked := "false"
	if _, ok := d.definition.Field(SyntheticField); ok {
		marked = "coalesce(bool_or(synthetic), false)"
	}
	sql := fill(summariseTableSQL, "{table}", pgx.Identifier{"staging", d.staging}.Sanitize(), "{synthetic}", marked)
	err = d.tx.QueryRow(ctx, sql).Scan(&count, &bounds, &synthetic)
	return count, bounds, synthetic, err
}

func (d *DraftTable) indexes(staged string) []string {
	statements := []string{
		fmt.Sprintf("ALTER TABLE %s ADD PRIMARY KEY (fid)", staged),
		fmt.Sprintf("CREATE INDEX ON %s USING gist (geom)", staged),
		fmt.Sprintf("CREATE INDEX ON %s USING gist (geom_3857)", staged),
	}
	if len(d.definition.Key) > 0 {
		key := make([]string, len(d.definition.Key))
		for i, name := range d.definition.Key {
			key[i] = pgx.Identifier{name}.Sanitize()
		}
		statements = append(statements, fmt.Sprintf("CREATE INDEX ON %s (%s)", staged, strings.Join(key, ", ")))
	}
	// A sample of 15,000 rows tells as much as one of 30,000, in half the time.
	return append(statements, "SET LOCAL default_statistics_target = 50", "ANALYZE "+staged, "SET LOCAL default_statistics_target TO DEFAULT")
}

func (d *DraftTable) rename(ctx context.Context, number int) error {
	return d.move(ctx, d.staging, Table(d.definition.ID, number))
}

// move makes a staging table the one that it is to be.
func (d *DraftTable) move(ctx context.Context, staging string, table pgx.Identifier) error {
	for _, statement := range []string{
		fmt.Sprintf("ALTER TABLE %s SET SCHEMA %s", pgx.Identifier{"staging", staging}.Sanitize(), pgx.Identifier{table[0]}.Sanitize()),
		fmt.Sprintf("ALTER TABLE %s RENAME TO %s", pgx.Identifier{table[0], staging}.Sanitize(), pgx.Identifier{table[1]}.Sanitize()),
	} {
		if _, err := d.tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (d *DraftTable) stagedDifference() string { return d.staging + "_difference" }

// compare compares the draft with the published version; nil where there is none.
func (d *DraftTable) compare(ctx context.Context) (*Difference, error) {
	difference, err := compare(ctx, d.tx, d.definition, pgx.Identifier{"staging", d.staging}, pgx.Identifier{"staging", d.stagedDifference()})
	if errors.Is(err, ErrNoDifference) {
		return nil, nil
	}
	return &difference, err
}

func (d *DraftTable) keepDifference(ctx context.Context, difference Difference, number int) error {
	if err := d.move(ctx, d.stagedDifference(), DifferenceTable(d.definition.ID, number)); err != nil {
		return err
	}
	return difference.record(ctx, d.tx, number)
}

// Abandon drops everything that was loaded. After Finish it does nothing, so it can be deferred.
func (d *DraftTable) Abandon(ctx context.Context) {
	if d.conn == nil {
		return
	}
	if d.tx != nil {
		_ = d.tx.Rollback(context.WithoutCancel(ctx)) // if the connection is dead, the server rolls back by itself
	}
	d.release()
}

func (d *DraftTable) release() {
	d.conn.Release()
	d.conn = nil
}
