package incidents

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/spatial/cells"
)

// Channel is the PostgreSQL notification channel that tells of steps; the payload
// is the newest one's seq.
const Channel = "onemap_incidents"

var (
	//go:embed sql/select.sql
	selectSQL string
	//go:embed sql/one.sql
	oneSQL string
	//go:embed sql/by_client.sql
	byClientSQL string
	//go:embed sql/insert.sql
	insertSQL string
	//go:embed sql/step.sql
	stepSQL string
	//go:embed sql/history.sql
	historySQL string
	//go:embed sql/duplicates.sql
	duplicatesSQL string
	//go:embed sql/risks.sql
	risksSQL string
	//go:embed sql/photos.sql
	photosSQL string
)

// Store keeps incidents in PostGIS.
type Store struct {
	db    *pgxpool.Pool
	rules Rules
}

// NewStore keeps incidents in db, by these rules.
func NewStore(db *pgxpool.Pool, rules Rules) *Store { return &Store{db, rules} }

// Rules are what the store goes by.
func (s *Store) Rules() Rules { return s.rules }

// Report takes a report that was placed in the grid, with the dangers known near
// it; nil is not known. The same report with the same client id, sent again by the
// same reporter, is the incident that there is, and created is false; another
// report with it is an [ErrClientID]. It needs the right [access.Report].
func (s *Store) Report(ctx context.Context, d Draft, where *cells.Place, dangers []Danger) (id int64, created bool, err error) {
	if err := access.Require(ctx, access.Report); err != nil {
		return 0, false, err
	}
	d.tidy()
	content, err := d.hash()
	if err != nil {
		return 0, false, err
	}
	if id, err := s.find(ctx, s.db, d, content); err != nil || id != 0 {
		return id, false, err
	}
	now := time.Now()
	if err := d.check(s.rules, now); err != nil {
		return 0, false, err
	}
	if d.ReportedAt == nil {
		d.ReportedAt = &now
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		args, err := s.row(ctx, d, content, where, dangers)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, insertSQL, args).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) { // it arrived meanwhile by another way
			id, err = s.find(ctx, tx, d, content)
			return err
		}
		if err != nil {
			return err
		}
		created = true
		return add(ctx, tx, Step{Incident: id, Version: 1, To: Reported, Department: args["department"].(string), Role: args["role"].(string)})
	})
	if err != nil {
		return 0, false, fmt.Errorf("incidents: taking a report: %w", err)
	}
	return id, created, nil
}

// querier is what both a pool and a transaction can do.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// find returns the incident that a report has become; 0 is none.
func (s *Store) find(ctx context.Context, db querier, d Draft, content []byte) (id int64, err error) {
	var before []byte
	err = db.QueryRow(ctx, byClientSQL, pgx.StrictNamedArgs{"reporter": access.From(ctx).Name, "client_id": plain(d.ClientID)}).Scan(&id, &before)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("incidents: %w", err)
	case !slices.Equal(before, content):
		return 0, fmt.Errorf("%w: %.100s is that of incident %d", ErrClientID, d.ClientID, id)
	}
	return id, nil
}

// plain is a client id that PostgreSQL takes; one that can't be is "", which none has.
func plain(id string) string {
	if len(id) > maxClientID || !clientID.MatchString(id) {
		return ""
	}
	return id
}

func (s *Store) row(ctx context.Context, d Draft, content []byte, where *cells.Place, dangers []Danger) (pgx.StrictNamedArgs, error) {
	var risks []byte
	if dangers != nil {
		var err error
		if risks, err = json.Marshal(dangers); err != nil {
			return nil, err
		}
	}
	chain, tiers := []string{where.Cell.Code}, []string{where.Cell.Layer}
	for _, above := range where.Chain {
		chain, tiers = append(chain, above.Code), append(tiers, above.Layer)
	}
	department, role := s.rules.assign(d.Kind, where.Cell.Layer)
	return pgx.StrictNamedArgs{
		"reporter": access.From(ctx).Name, "client_id": d.ClientID, "content_sha256": content, "kind": d.Kind, "source": d.Source, "text": d.Text,
		"given_x": *d.Lon, "given_y": *d.Lat, "given_crs": d.CRS, "accuracy_m": d.AccuracyM, "lon": where.Position[0], "lat": where.Position[1],
		"cell": where.Cell.Code, "cell_name": where.Cell.Name, "chain": chain, "tiers": tiers, "beidou": where.BeiDou, "risks": risks,
		"reported_at": *d.ReportedAt, "received_at": nil, "state": string(Reported), "version": 1, "department": department, "role": role, "synthetic": false,
	}, nil
}

// add adds a step, who takes it being the context's principal.
func add(ctx context.Context, tx pgx.Tx, step Step) error {
	// Numbers must rise in the order in which they become visible: the lock is held until then.
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('onemap incidents', 0))"); err != nil {
		return err
	}
	var seq int64
	err := tx.QueryRow(ctx, stepSQL, pgx.StrictNamedArgs{
		"incident": step.Incident, "version": step.Version, "from": step.From, "to": string(step.To), "by": access.From(ctx).Name, "why": step.Why,
		"department": step.Department, "role": step.Role,
	}).Scan(&seq)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "SELECT pg_notify($1, $2)", Channel, strconv.FormatInt(seq, 10))
	return err
}

// seen are the arguments of what the context's principal may see.
func seen(ctx context.Context) pgx.StrictNamedArgs {
	p := access.From(ctx)
	return pgx.StrictNamedArgs{"all": p.May(access.Handle), "me": p.Name, "my_cell": p.Cell}
}

// record is an incident as it is stored.
type record struct {
	ID         int64     `db:"id"`
	ClientID   string    `db:"client_id"`
	Kind       string    `db:"kind"`
	Source     string    `db:"source"`
	Text       string    `db:"text"`
	Lon        float64   `db:"lon"`
	Lat        float64   `db:"lat"`
	GivenX     float64   `db:"given_x"`
	GivenY     float64   `db:"given_y"`
	GivenCRS   string    `db:"given_crs"`
	AccuracyM  *float64  `db:"accuracy_m"`
	Cell       string    `db:"cell"`
	CellName   string    `db:"cell_name"`
	Chain      []string  `db:"chain"`
	BeiDou     string    `db:"beidou"`
	ReportedAt time.Time `db:"reported_at"`
	ReceivedAt time.Time `db:"received_at"`
	Reporter   string    `db:"reporter"`
	State      State     `db:"state"`
	Version    int       `db:"version"`
	Department string    `db:"department"`
	Role       string    `db:"role"`
	Synthetic  bool      `db:"synthetic"`
}

func (s *Store) incident(r record) Incident {
	i := Incident{
		ID: r.ID, ClientID: r.ClientID, Kind: r.Kind, Source: r.Source, Text: r.Text, Position: orb.Point{r.Lon, r.Lat},
		Given: Given{r.GivenX, r.GivenY, r.GivenCRS}, AccuracyM: r.AccuracyM, Cell: r.Cell, CellName: r.CellName, Chain: r.Chain, BeiDou: r.BeiDou,
		ReportedAt: r.ReportedAt, ReceivedAt: r.ReceivedAt, Reporter: r.Reporter, State: r.State, Version: r.Version,
		Department: r.Department, Role: r.Role, Synthetic: r.Synthetic,
	}
	i.KindName, _ = nameOf(s.rules.Kinds, r.Kind)
	i.StateName, _ = nameOf(s.rules.States, string(r.State))
	return i
}

// read reads incidents that the context's principal may see.
func (s *Store) read(ctx context.Context, db querier, rest string, args pgx.StrictNamedArgs) ([]Incident, error) {
	for name, value := range seen(ctx) {
		args[name] = value
	}
	rows, err := db.Query(ctx, selectSQL+rest, args)
	if err != nil {
		return nil, fmt.Errorf("incidents: %w", err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowToStructByName[record])
	if err != nil {
		return nil, fmt.Errorf("incidents: %w", err)
	}
	all := make([]Incident, len(records))
	for i, r := range records {
		all[i] = s.incident(r)
	}
	return all, nil
}

// one reads an incident; one that the context's principal may not see is an [ErrUnknown] too.
func (s *Store) one(ctx context.Context, db querier, id int64, rest string) (Incident, error) {
	if err := access.Require(ctx, access.Report); err != nil {
		return Incident{}, err
	}
	found, err := s.read(ctx, db, oneSQL+rest, pgx.StrictNamedArgs{"id": id})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %d", ErrUnknown, id)
	}
	if err != nil {
		return Incident{}, err
	}
	return found[0], nil
}

// Get returns an incident with all that is known of it. One that the context's
// principal may not see is an [ErrUnknown].
func (s *Store) Get(ctx context.Context, id int64) (w Whole, err error) {
	if w.Incident, err = s.one(ctx, s.db, id, ""); err != nil {
		return w, err
	}
	args := pgx.StrictNamedArgs{"id": id}
	var risks []byte
	if err = s.db.QueryRow(ctx, risksSQL, args).Scan(&risks); err == nil && risks != nil {
		err = json.Unmarshal(risks, &w.Risks)
	}
	if err == nil {
		w.Duplicates, err = collect(ctx, s.db, duplicatesSQL, args, func(row pgx.CollectableRow) (d Duplicate, err error) {
			return d, row.Scan(&d.ID, &d.State, &d.ReportedAt, &d.DistanceM)
		})
	}
	if err == nil {
		w.Photos, err = collect(ctx, s.db, photosSQL, args, func(row pgx.CollectableRow) (p PhotoInfo, err error) {
			return p, row.Scan(&p.ID, &p.Width, &p.Height, &p.Bytes, &p.AddedAt, &p.AddedBy)
		})
	}
	if err == nil {
		w.History, err = collect(ctx, s.db, historySQL, args, scanStep)
	}
	if err != nil {
		return w, fmt.Errorf("incidents: reading %d: %w", id, err)
	}
	w.Next = s.rules.Next(access.From(ctx), w.Incident)
	return w, nil
}

func collect[T any](ctx context.Context, db querier, sql string, args pgx.StrictNamedArgs, scan pgx.RowToFunc[T]) ([]T, error) {
	rows, err := db.Query(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

func scanStep(row pgx.CollectableRow) (s Step, err error) {
	return s, row.Scan(&s.Seq, &s.Incident, &s.Version, &s.From, &s.To, &s.At, &s.By, &s.Why, &s.Department, &s.Role)
}
