package layers

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/access"
)

// ErrUnknownRow reports a row that is not in quarantine.
var ErrUnknownRow = errors.New("layers: no such row in quarantine")

// ErrRowAccepted reports a row that a version has taken; it can't be changed any more.
var ErrRowAccepted = errors.New("layers: a version has taken the row")

// RowState is where a row in quarantine stands.
type RowState string

// The states of rows in quarantine.
const (
	RowOpen      RowState = "open"      // as it was delivered
	RowCorrected RowState = "corrected" // changed since, and not yet taken
	RowDiscarded RowState = "discarded" // given up
	RowAccepted  RowState = "accepted"  // in the version AcceptedIn
)

// QuarantinedRow is a row that a version didn't take, as it was delivered.
type QuarantinedRow struct {
	Delivery   int64           `db:"delivery" json:"-"`
	Row        int64           `db:"row" json:"row"`   // from 1, in the file's order
	Rule       string          `db:"rule" json:"rule"` // that refused it
	Field      string          `db:"field" json:"field,omitempty"`
	Value      string          `db:"value" json:"value,omitempty"`
	Reason     string          `db:"reason" json:"reason"` // Chinese
	ReasonEN   string          `db:"reason_en" json:"reason_en"`
	Attributes json.RawMessage `db:"attributes" json:"attributes"` // an object, by the file's names
	Geometry   []byte          `db:"geometry" json:"-"`            // WKB in the delivery's system; nil without geometry
	State      RowState        `db:"state" json:"state"`
	AcceptedIn *int            `db:"accepted_in" json:"accepted_in,omitempty"`
	ChangedAt  *time.Time      `db:"changed_at" json:"changed_at,omitempty"`
	ChangedBy  *string         `db:"changed_by" json:"changed_by,omitempty"`
}

// Delivery is what a version's rows in quarantine have in common.
type Delivery struct {
	ID        int64           `db:"id" json:"-"`
	SourceCRS string          `db:"source_crs" json:"crs"`
	Fields    json.RawMessage `db:"fields" json:"fields"` // what each field was filled from, as the report has it
}

// RowChange is a correction of a row; nil members stay as they are.
type RowChange struct {
	Attributes json.RawMessage // names it has replace those of the row; null takes one away
	Geometry   []byte          // WKB in the delivery's system
	State      RowState        // "" is corrected
}

var (
	//go:embed sql/insert_delivery.sql
	insertDeliverySQL string
	//go:embed sql/delivery.sql
	deliverySQL string
	//go:embed sql/quarantined.sql
	quarantinedSQL string
	//go:embed sql/count_quarantined.sql
	countQuarantinedSQL string
	//go:embed sql/correct_row.sql
	correctRowSQL string
	//go:embed sql/row_state.sql
	rowStateSQL string
	//go:embed sql/accept_row.sql
	acceptRowSQL string
	//go:embed sql/refuse_row.sql
	refuseRowSQL string
)

// Quarantine keeps rows that the draft doesn't take; they become visible with
// the version, and not at all if there will be none. It may be called once.
func (d *DraftTable) Quarantine(ctx context.Context, of Delivery, rows pgx.CopyFromSource) error {
	var id int64
	err := d.tx.QueryRow(ctx, insertDeliverySQL, pgx.StrictNamedArgs{
		"layer": d.definition.ID, "source_crs": of.SourceCRS, "fields": of.Fields,
	}).Scan(&id)
	if err != nil {
		return fmt.Errorf("layers: rows in quarantine of %s: %w", d.definition.ID, err)
	}
	d.delivery = &id
	_, err = d.tx.CopyFrom(ctx, pgx.Identifier{"quarantine", "rows"},
		[]string{"delivery", "row", "rule", "field", "value", "reason", "reason_en", "attributes", "geometry"}, withDelivery{rows, id})
	if err != nil {
		return fmt.Errorf("layers: rows in quarantine of %s: %w", d.definition.ID, err)
	}
	return nil
}

// withDelivery puts the delivery's number before every row.
type withDelivery struct {
	pgx.CopyFromSource
	id int64
}

func (w withDelivery) Values() ([]any, error) {
	values, err := w.CopyFromSource.Values()
	return append([]any{w.id}, values...), err
}

// keepQuarantine names the version that the rows belong to.
func (d *DraftTable) keepQuarantine(ctx context.Context, number int) error {
	if d.delivery != nil {
		if _, err := d.tx.Exec(ctx, "UPDATE quarantine.deliveries SET version = $1 WHERE id = $2", number, *d.delivery); err != nil {
			return err
		}
	}
	for _, row := range d.accepted {
		if _, err := d.tx.Exec(ctx, acceptRowSQL, pgx.StrictNamedArgs{"delivery": row.Delivery, "row": row.Row, "version": number, "by": access.From(ctx).Name}); err != nil {
			return err
		}
	}
	return nil
}

// Accept says that the draft has taken a row out of quarantine.
func (d *DraftTable) Accept(row QuarantinedRow) { d.accepted = append(d.accepted, row) }

// Refuse keeps the newest reason why a row stays in quarantine.
func (d *DraftTable) Refuse(ctx context.Context, row QuarantinedRow) error {
	_, err := d.tx.Exec(ctx, refuseRowSQL, pgx.StrictNamedArgs{
		"delivery": row.Delivery, "row": row.Row, "rule": row.Rule, "field": row.Field, "value": row.Value, "reason": row.Reason, "reason_en": row.ReasonEN,
	})
	return err
}

// Delivery returns what a version's rows in quarantine have in common; an
// [ErrUnknownRow] where it has none. It needs the right [access.Import], for
// such rows may hold anything.
func (s *Store) Delivery(ctx context.Context, layer string, number int) (Delivery, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return Delivery{}, err
	}
	missing := fmt.Errorf("%w: %s version %d has none", ErrUnknownRow, layer, number)
	one, err := oneRow(ctx, s.db, missing, pgx.RowToStructByName[Delivery], deliverySQL, pgx.StrictNamedArgs{"layer": layer, "version": number})
	if err != nil {
		return Delivery{}, fmt.Errorf("layers: quarantine of %s version %d: %w", layer, number, err)
	}
	return one, nil
}

// Quarantined returns rows in quarantine by number, from the one after `after`,
// at most limit. state "" is every state.
func (s *Store) Quarantined(ctx context.Context, of Delivery, state RowState, after int64, limit int) ([]QuarantinedRow, error) {
	if err := access.Require(ctx, access.Import); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, quarantinedSQL, pgx.StrictNamedArgs{"delivery": of.ID, "state": string(state), "after": after, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("layers: rows in quarantine: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[QuarantinedRow])
}

// CountQuarantined counts a delivery's rows in quarantine by state.
func (s *Store) CountQuarantined(ctx context.Context, of Delivery) (map[RowState]int64, error) {
	rows, err := s.db.Query(ctx, countQuarantinedSQL, pgx.StrictNamedArgs{"delivery": of.ID})
	if err != nil {
		return nil, fmt.Errorf("layers: rows in quarantine: %w", err)
	}
	counts := map[RowState]int64{}
	var state RowState
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		counts[state] = n
		return nil
	})
	return counts, err
}

// Correct changes a row in quarantine. It needs the right [access.Import]; the
// errors are [ErrUnknownRow] and [ErrRowAccepted].
func (s *Store) Correct(ctx context.Context, of Delivery, row int64, c RowChange) error {
	if err := access.Require(ctx, access.Import); err != nil {
		return err
	}
	if c.State == "" {
		c.State = RowCorrected
	}
	tag, err := s.db.Exec(ctx, correctRowSQL, pgx.StrictNamedArgs{
		"delivery": of.ID, "row": row, "attributes": c.Attributes, "geometry": c.Geometry, "state": string(c.State), "by": access.From(ctx).Name,
	})
	if err != nil {
		return fmt.Errorf("layers: correcting row %d: %w", row, err)
	}
	if tag.RowsAffected() == 1 {
		return nil
	}
	var state RowState
	err = s.db.QueryRow(ctx, rowStateSQL, pgx.StrictNamedArgs{"delivery": of.ID, "row": row}).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%w: row %d", ErrUnknownRow, row)
	case err != nil:
		return fmt.Errorf("layers: correcting row %d: %w", row, err)
	default:
		return fmt.Errorf("%w: row %d", ErrRowAccepted, row)
	}
}
