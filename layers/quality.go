package layers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Level is how much breaking a rule matters.
type Level string

// The levels of rules.
const (
	Error   Level = "error"   // the row is refused, or the version can't be published without acceptance
	Warning Level = "warning" // the row is taken; somebody should look at it
	Remark  Level = "note"    // worth knowing
	Off     Level = "off"     // not checked
)

// Rule is one check of a layer's deliveries. Many rules follow from the
// definition itself, as that codes stand in their dictionary; a rule in the
// definition adds to them or, by the same id, changes one. docs/quality-rules.md
// describes the checks.
type Rule struct {
	ID        string   `json:"id"`                  // "" is the check and its field, as "codes.dlbm"
	Check     string   `json:"check"`               // what is checked: one of Checks
	Level     Level    `json:"level,omitempty"`     // "" is the check's own
	Field     string   `json:"field,omitempty"`     // the field it is about
	Name      string   `json:"name,omitempty"`      // code_name: the field with the code's name
	Fields    []string `json:"fields,omitempty"`    // sum: the fields that add up to Field
	Tolerance float64  `json:"tolerance,omitempty"` // largest difference, in the field's unit; outside, overlap, gap: metres
	Share     float64  `json:"share,omitempty"`     // largest difference as a share of the value: 0.01 is 1 %
	Minimum   float64  `json:"minimum,omitempty"`   // overlap, gap: smallest area, m²; year: first year; spike: shortest leg, m
	Maximum   float64  `json:"maximum,omitempty"`   // gap: largest area, m²; a larger one is meant. 0 is none
	Decimals  int      `json:"decimals,omitempty"`  // precision: decimal places of degrees that are too few; of metres it is five fewer
	Degrees   float64  `json:"degrees,omitempty"`   // spike: largest angle
}

// Title is the rule's id, given or made.
func (r Rule) Title() string {
	switch {
	case r.ID != "":
		return r.ID
	case r.Field != "":
		return r.Check + "." + r.Field
	default:
		return r.Check
	}
}

// Checks are the checks that a rule can name, with the members each may have
// beside id, check and level.
func Checks() map[string]string {
	return map[string]string{
		"required": "", "value": "", "position": "", "geometry": "", "repair": "", "self_touch": "", "mended_value": "",
		"codes": "field", "code_name": "field name", "sum": "field fields tolerance", "stated_area": "field tolerance share",
		"dates": "field minimum", "year": "field minimum", "outside": "tolerance", "precision": "decimals share", "spike": "degrees minimum",
		"duplicate_key": "", "duplicate_geometry": "", "overlap": "tolerance minimum", "gap": "tolerance minimum maximum",
		"count_change": "share", "area_change": "share",
	}
}

// checkRules refuses rules that can't be carried out.
func (d Definition) checkRules() error {
	seen := map[string]bool{}
	for _, r := range d.Rules {
		id := r.Title()
		if err := d.checkRule(r); err != nil {
			return fmt.Errorf("%w: layer %s: rule %s: %w", ErrInvalidDefinition, d.ID, id, err)
		}
		if seen[id] {
			return fmt.Errorf("%w: layer %s: rule %s is given twice", ErrInvalidDefinition, d.ID, id)
		}
		seen[id] = true
	}
	return nil
}

func (d Definition) checkRule(r Rule) error {
	members, known := Checks()[r.Check]
	if !known {
		return fmt.Errorf("there is no check %q", r.Check)
	}
	given := map[string]bool{
		"field": r.Field != "", "name": r.Name != "", "fields": len(r.Fields) > 0, "tolerance": r.Tolerance != 0, "share": r.Share != 0,
		"minimum": r.Minimum != 0, "maximum": r.Maximum != 0, "decimals": r.Decimals != 0, "degrees": r.Degrees != 0,
	}
	allowed := strings.Fields(members)
	for name, is := range given {
		if is && !slices.Contains(allowed, name) {
			return fmt.Errorf("check %s has no member %s", r.Check, name)
		}
	}
	if !slices.Contains([]Level{"", Error, Warning, Remark, Off}, r.Level) {
		return fmt.Errorf("level %q is none of error, warning, note, off", r.Level)
	}
	for _, n := range []float64{r.Tolerance, r.Share, r.Minimum, r.Maximum, r.Degrees, float64(r.Decimals)} {
		if n < 0 || math.IsNaN(n) || math.IsInf(n, 0) {
			return errors.New("a limit is negative")
		}
	}
	if slices.Contains([]string{"code_name", "sum", "stated_area", "year"}, r.Check) && r.Field == "" {
		return errors.New("field must be given")
	}
	if r.Check == "sum" && len(r.Fields) == 0 || r.Check == "code_name" && r.Name == "" {
		return errors.New("the fields it compares with must be given")
	}
	for _, name := range append([]string{r.Field, r.Name}, r.Fields...) {
		if _, ok := d.Field(name); name != "" && !ok {
			return fmt.Errorf("field %q is not among the fields", name)
		}
	}
	f, _ := d.Field(r.Field)
	if (r.Check == "codes" || r.Check == "code_name") && r.Field != "" && f.Dictionary == "" {
		return fmt.Errorf("field %s has no dictionary", r.Field)
	}
	if slices.Contains([]string{"stated_area", "overlap", "gap", "spike", "area_change"}, r.Check) && d.Geometry != Polygon {
		return errors.New("it is for polygons")
	}
	return nil
}

// CycleYears reads a layer's update cycle, as "每半年"; 0 is unknown.
func CycleYears(cycle string) float64 {
	return map[string]float64{"每年": 1, "每半年": 0.5, "每季度": 0.25, "每季": 0.25, "每月": 1.0 / 12, "每周": 7.0 / 365, "每日": 1.0 / 365, "实时": 1.0 / 365}[cycle]
}

// Scores say how good a version is, each from 0 to 100; nil was not measured.
type Scores struct {
	Completeness *float64 `json:"completeness" db:"completeness"`
	Validity     *float64 `json:"validity" db:"validity"`
	Consistency  *float64 `json:"consistency" db:"consistency"`
	Timeliness   *float64 `json:"timeliness" db:"timeliness"`
	Trust        *float64 `json:"trust" db:"trust"`
}

// Quality is what is kept of a version's quality beside its report.
type Quality struct {
	Scores
	Errors   int64    `json:"errors" db:"errors"` // in the version as a whole; refused rows are not in it
	Warnings int64    `json:"warnings" db:"warnings"`
	Notes    int64    `json:"notes" db:"notes"`
	AreaM2   *float64 `json:"area_m2" db:"area_m2"` // of all features, square metres on the ellipsoid
}

// Yardstick is what a delivery of a layer is measured against.
type Yardstick struct {
	Dictionaries map[string]Dictionary // that the layer's fields use
	Outline      []byte                // of the city: WKB, EPSG:4490; nil is not known
	Surveyed     bool                  // the outline is a published one, not the coarse one
	Published    *Measure              // the version that everybody sees; nil is none
}

// Measure is the size of a version.
type Measure struct {
	Number   int      `db:"number"`
	Features int64    `db:"feature_count"`
	AreaM2   *float64 `db:"area_m2"`
}

var (
	//go:embed sql/yardstick_outline.sql
	yardstickOutlineSQL string
	//go:embed sql/yardstick_published.sql
	yardstickPublishedSQL string
	//go:embed sql/insert_quality.sql
	insertQualitySQL string
	//go:embed sql/upsert_outline.sql
	upsertOutlineSQL string
	//go:embed sql/quality.sql
	qualitySQL string
)

// cityDivision is the layer whose published version is the city's outline.
const cityDivision = "division_city"

// Yardstick returns what a delivery of the layer is measured against.
func (s *Store) Yardstick(ctx context.Context, d Definition) (Yardstick, error) {
	y := Yardstick{Dictionaries: map[string]Dictionary{}}
	err := pgx.BeginTxFunc(ctx, s.db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		all, err := collect(ctx, tx, catalogueDictionariesSQL, pgx.RowTo[Dictionary])
		if err != nil {
			return err
		}
		for _, one := range all {
			if slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Dictionary == one.ID }) {
				y.Dictionaries[one.ID] = one
			}
		}
		if err := y.readOutline(ctx, tx); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, yardstickPublishedSQL, pgx.StrictNamedArgs{"layer": d.ID})
		if err != nil {
			return err
		}
		measures, err := pgx.CollectRows(rows, pgx.RowToStructByName[Measure])
		if err == nil && len(measures) == 1 {
			y.Published = &measures[0]
		}
		return err
	})
	if err != nil {
		return Yardstick{}, fmt.Errorf("layers: what %s is measured against: %w", d.ID, err)
	}
	return y, nil
}

func (y *Yardstick) readOutline(ctx context.Context, tx pgx.Tx) error {
	var number *int
	err := tx.QueryRow(ctx, "SELECT published FROM catalogue.layers WHERE id = $1", cityDivision).Scan(&number)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if number != nil {
		y.Surveyed = true
		sql := fmt.Sprintf("SELECT ST_AsBinary(ST_Multi(ST_Union(geom))) FROM %s", Table(cityDivision, *number).Sanitize())
		return tx.QueryRow(ctx, sql).Scan(&y.Outline)
	}
	err = tx.QueryRow(ctx, yardstickOutlineSQL).Scan(&y.Outline)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// Quality returns what is kept of a version's quality; nil where it was
// imported before versions were measured.
func (s *Store) Quality(ctx context.Context, layer string, number int) (*Quality, error) {
	rows, err := s.db.Query(ctx, qualitySQL, pgx.StrictNamedArgs{"layer": layer, "version": number})
	if err != nil {
		return nil, fmt.Errorf("layers: quality of %s version %d: %w", layer, number, err)
	}
	q, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Quality])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("layers: quality of %s version %d: %w", layer, number, err)
	}
	return q, nil
}

// recordQuality keeps a new version's quality.
func recordQuality(ctx context.Context, tx pgx.Tx, layer string, number int, q Quality) error {
	_, err := tx.Exec(ctx, insertQualitySQL, pgx.StrictNamedArgs{
		"layer": layer, "version": number, "errors": q.Errors, "warnings": q.Warnings, "notes": q.Notes,
		"completeness": q.Completeness, "validity": q.Validity, "consistency": q.Consistency, "timeliness": q.Timeliness, "trust": q.Trust,
		"area_m2": q.AreaM2,
	})
	return err
}

// Inspect lets check look at the rows that were loaded, in the draft's
// transaction; they have their indexes by then. What check can't do is undone
// and no harm to the draft.
func (d *DraftTable) Inspect(ctx context.Context, check func(ctx context.Context, tx pgx.Tx, table pgx.Identifier) error) error {
	if err := d.index(ctx); err != nil {
		return fmt.Errorf("layers: indexing a draft of %s: %w", d.definition.ID, err)
	}
	return pgx.BeginFunc(ctx, d.tx, func(nested pgx.Tx) error {
		return check(ctx, nested, pgx.Identifier{"staging", d.staging})
	})
}

// index builds the draft's indexes, once.
func (d *DraftTable) index(ctx context.Context) error {
	if d.indexed {
		return nil
	}
	for _, statement := range d.indexes(pgx.Identifier{"staging", d.staging}.Sanitize()) {
		if _, err := d.tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	d.indexed = true
	return nil
}

// CopyVersion loads the rows of an earlier version, with their numbers. Fields
// that the version hasn't stay empty.
func (d *DraftTable) CopyVersion(ctx context.Context, number int) (int64, error) {
	old, err := definitionOf(ctx, d.tx, d.definition.ID, number)
	if err != nil {
		return 0, err
	}
	var shared []string
	for _, f := range d.definition.Fields {
		if column, ok := old.Field(f.Name); ok && columnType(column) == columnType(f) {
			shared = append(shared, pgx.Identifier{f.Name}.Sanitize())
		}
	}
	if old.KeepExtra {
		if err := d.KeepExtra(ctx); err != nil {
			return 0, err
		}
		shared = append(shared, ExtraColumn)
	}
	shared = append(shared, FIDColumn, GeomColumn, MercatorColumn)
	list := strings.Join(shared, ", ")
	tag, err := d.tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s ORDER BY fid",
		pgx.Identifier{"staging", d.staging}.Sanitize(), list, list, Table(d.definition.ID, number).Sanitize()))
	if err != nil {
		return 0, fmt.Errorf("layers: taking over version %d of %s: %w", number, d.definition.ID, err)
	}
	return tag.RowsAffected(), nil
}
