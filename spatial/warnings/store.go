package warnings

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"onemap/access"
	"onemap/layers"
)

// The mistakes in asking for a warning.
var (
	ErrUnknown   = errors.New("warnings: unknown warning")
	ErrCancelled = errors.New("warnings: the warning is cancelled")
	ErrChanged   = errors.New("warnings: the warning has changed meanwhile")
	ErrReference = errors.New("warnings: the message refers to none that is known")
)

// Channel is the PostgreSQL notification channel that tells of revisions; the
// payload is the newest one's seq.
const Channel = "onemap_warnings"

var (
	//go:embed sql/insert.sql
	insertSQL string
	//go:embed sql/divisions.sql
	divisionsSQL string
	//go:embed sql/select.sql
	selectSQL string
	//go:embed sql/list.sql
	listSQL string
	//go:embed sql/history.sql
	historySQL string
	//go:embed sql/by_message.sql
	byMessageSQL string
)

// Opener opens a layer as it is published; see [layers.Catalogue.Open].
type Opener func(ctx context.Context, layer string) (layers.Layer, error)

// Store keeps warnings in PostGIS.
type Store struct {
	db       *pgxpool.Pool
	register Register
	open     Opener
}

// NewStore keeps warnings in db. open finds the layers of divisions.
func NewStore(db *pgxpool.Pool, register Register, open Opener) *Store {
	return &Store{db, register, open}
}

// Register is the kinds and colours that the store takes.
func (s *Store) Register() Register { return s.register }

// Publish publishes a warning. m is the message that it came as; nil gives it one
// of ours. A message that is known already is not published again: created is
// false. It needs the right [access.Warn].
func (s *Store) Publish(ctx context.Context, c Content, m *Message) (w Warning, created bool, err error) {
	return s.add(ctx, 0, Publish, "", m, func(tx pgx.Tx, _ Warning) (Content, error) { return c, c.check(s.register, time.Now()) })
}

// Update adds a revision to a warning that is not cancelled, else an
// [ErrCancelled]. change returns what it says from now on, given what it said.
// Its errors are returned as they are.
func (s *Store) Update(ctx context.Context, id int64, reason string, m *Message, change func(Warning) (Content, error)) (Warning, error) {
	w, _, err := s.add(ctx, id, Update, reason, m, func(_ pgx.Tx, now Warning) (Content, error) {
		if now.Action == Cancel {
			return Content{}, fmt.Errorf("%w: %d", ErrCancelled, id)
		}
		c, err := change(now)
		if err == nil {
			err = c.check(s.register, time.Now())
		}
		return c, err
	})
	return w, err
}

// Cancel ends a warning; what it said is kept. Cancelling again changes nothing.
func (s *Store) Cancel(ctx context.Context, id int64, reason string, m *Message) (Warning, error) {
	w, _, err := s.add(ctx, id, Cancel, reason, m, func(_ pgx.Tx, now Warning) (Content, error) {
		if now.Action == Cancel {
			return Content{}, fmt.Errorf("%w: %d", ErrCancelled, id)
		}
		return now.Content, nil
	})
	if errors.Is(err, ErrCancelled) {
		return s.Get(ctx, id, time.Time{})
	}
	return w, err
}

// add adds a revision of a warning, of a new one if id is 0, in a transaction
// that no other addition runs beside.
func (s *Store) add(ctx context.Context, id int64, action Action, reason string, m *Message, content func(pgx.Tx, Warning) (Content, error)) (w Warning, created bool, err error) {
	if err := access.Require(ctx, access.Warn); err != nil {
		return w, false, err
	}
	if err := checkText("reason", reason, 0, 500); err != nil {
		return w, false, err
	}
	err = pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		// Numbers of revisions must rise in the order in which they become visible.
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('onemap warnings', 0))"); err != nil {
			return err
		}
		if m != nil {
			known, err := warningOf(ctx, tx, *m)
			if err == nil {
				id = known
				return nil // it has been said
			}
			if !errors.Is(err, ErrReference) {
				return err
			}
		}
		var now Warning
		if id == 0 {
			if err := tx.QueryRow(ctx, "INSERT INTO warnings.warnings DEFAULT VALUES RETURNING id").Scan(&id); err != nil {
				return err
			}
		} else if now, err = newest(ctx, tx, id, forever); err != nil {
			return err
		}
		c, err := content(tx, now)
		if err != nil {
			return err
		}
		created = true
		return s.insert(ctx, tx, Warning{ID: id, Number: now.Number + 1, Action: action, Reason: reason, Content: c}, m)
	})
	if err != nil {
		return w, false, fmt.Errorf("warnings: %s: %w", action, err)
	}
	w, err = s.Get(ctx, id, time.Time{})
	return w, created, err
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, w Warning, m *Message) error {
	shapes, names, err := s.shapes(ctx, tx, w.Divisions)
	if err != nil {
		return err
	}
	if w.AreaText == "" {
		w.AreaText = shorten(strings.Join(names, "、"))
	}
	var polygon []byte
	if len(w.Polygon) > 0 {
		if polygon, err = wkb.Marshal(w.Polygon); err != nil {
			return err
		}
		var reason string
		if err := tx.QueryRow(ctx, "SELECT ST_IsValidReason(ST_GeomFromWKB($1, 4490))", polygon).Scan(&reason); err != nil {
			return err
		}
		if reason != "Valid Geometry" {
			return &ContentError{"polygon", "面无效：" + reason, "it is not valid: " + reason}
		}
		shapes = append(shapes, polygon)
	}
	if m == nil {
		sent := time.Now().Truncate(time.Second)
		m = &Message{fmt.Sprintf("%s-%d-%d", sent.UTC().Format("20060102150405"), w.ID, w.Number), s.register.Sender, sent}
	}
	var seq int64
	err = tx.QueryRow(ctx, insertSQL, pgx.StrictNamedArgs{
		"warning": w.ID, "number": w.Number, "action": string(w.Action), "by": access.From(ctx).Name, "reason": w.Reason, "kind": w.Kind, "colour": w.Colour,
		"headline": w.Headline, "text": w.Text, "advice": w.Advice, "issuer": w.Issuer, "valid_from": w.ValidFrom.Truncate(time.Second), "valid_to": w.ValidTo.Truncate(time.Second),
		"divisions": append([]string{}, w.Divisions...), "area_text": w.AreaText, "shapes": shapes, "polygon": polygon,
		"identifier": m.Identifier, "sender": m.Sender, "sent": m.Sent,
	}).Scan(&seq)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "SELECT pg_notify($1, $2)", Channel, strconv.FormatInt(seq, 10))
	return err
}

// shorten keeps an area in words within what a warning may have.
func shorten(text string) string {
	if runes := []rune(text); len(runes) > 500 {
		return string(runes[:499]) + "…"
	}
	return text
}

// shapes finds divisions by their codes and returns their shapes and names.
func (s *Store) shapes(ctx context.Context, tx pgx.Tx, codes []string) (shapes [][]byte, names []string, err error) {
	short := make([]string, len(codes))
	for i, code := range codes {
		short[i] = strings.TrimRight(code, "0")
	}
	found := map[string]bool{}
	for _, id := range s.register.Divisions {
		if len(codes) == 0 {
			break
		}
		l, err := s.open(ctx, id)
		if errors.Is(err, layers.ErrNotPublished) || errors.Is(err, layers.ErrUnknownLayer) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		rows, err := tx.Query(ctx, strings.ReplaceAll(divisionsSQL, "{table}", l.Table().Sanitize()), pgx.StrictNamedArgs{"codes": short})
		if err != nil {
			return nil, nil, err
		}
		var code, name string
		var shape []byte
		if _, err := pgx.ForEachRow(rows, []any{&code, &name, &shape}, func() error {
			found[code] = true
			shapes, names = append(shapes, slices.Clone(shape)), append(names, name)
			return nil
		}); err != nil {
			return nil, nil, err
		}
	}
	for i, code := range short {
		if !found[code] {
			return nil, nil, &ContentError{"divisions", fmt.Sprintf("没有行政区 %s（或其图层尚未发布）", codes[i]), fmt.Sprintf("there is no division %s, or its layer is not published", codes[i])}
		}
	}
	return shapes, names, nil
}

// querier is what both a pool and a transaction can do.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// forever is later than all revisions.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// warningOf finds the warning that a message is a revision of; else an [ErrReference].
func warningOf(ctx context.Context, db querier, m Message) (id int64, err error) {
	err = db.QueryRow(ctx, byMessageSQL, pgx.StrictNamedArgs{"sender": m.Sender, "identifier": m.Identifier}).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("%w: %.100s of %.100s", ErrReference, m.Identifier, m.Sender)
	}
	return id, err
}

// Find returns the warning that a message is a revision of; else an [ErrReference].
func (s *Store) Find(ctx context.Context, m Message) (int64, error) {
	id, err := warningOf(ctx, s.db, m)
	if err != nil {
		return 0, fmt.Errorf("warnings: %w", err)
	}
	return id, nil
}

// record is a revision as it is stored.
type record struct {
	Seq           int64     `db:"seq"`
	Warning       int64     `db:"warning"`
	Number        int       `db:"number"`
	Action        string    `db:"action"`
	At            time.Time `db:"at"`
	By            string    `db:"by"`
	Reason        string    `db:"reason"`
	Kind          string    `db:"kind"`
	Colour        string    `db:"colour"`
	Headline      string    `db:"headline"`
	Text          string    `db:"text"`
	Advice        string    `db:"advice"`
	Issuer        string    `db:"issuer"`
	ValidFrom     time.Time `db:"valid_from"`
	ValidTo       time.Time `db:"valid_to"`
	Divisions     []string  `db:"divisions"`
	AreaText      string    `db:"area_text"`
	CAPIdentifier string    `db:"cap_identifier"`
	CAPSender     string    `db:"cap_sender"`
	CAPSent       time.Time `db:"cap_sent"`
	Area          []byte    `db:"area"`
	Polygon       []byte    `db:"polygon"`
}

func (r record) warning(at time.Time) (Warning, error) {
	w := Warning{
		Seq: r.Seq, ID: r.Warning, Number: r.Number, Action: Action(r.Action), At: r.At, By: r.By, Reason: r.Reason,
		Content: Content{Kind: r.Kind, Colour: r.Colour, Headline: r.Headline, Text: r.Text, Advice: r.Advice, Issuer: r.Issuer, ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Divisions: r.Divisions, AreaText: r.AreaText},
		CAP:     Message{r.CAPIdentifier, r.CAPSender, r.CAPSent},
	}
	w.State = w.stateAt(at)
	var err error
	if w.Area, err = polygons(r.Area); err == nil {
		w.Polygon, err = polygons(r.Polygon)
	}
	return w, err
}

func polygons(text []byte) (orb.MultiPolygon, error) {
	if text == nil {
		return nil, nil
	}
	g, err := wkb.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("warnings: reading an area: %w", err)
	}
	p, ok := g.(orb.MultiPolygon)
	if !ok {
		return nil, fmt.Errorf("warnings: an area is a %s", g.GeoJSONType())
	}
	return p, nil
}

func read(ctx context.Context, db querier, from string, at time.Time, args pgx.StrictNamedArgs) ([]Warning, error) {
	rows, err := db.Query(ctx, selectSQL+from, args)
	if err != nil {
		return nil, fmt.Errorf("warnings: %w", err)
	}
	records, err := pgx.CollectRows(rows, pgx.RowToStructByName[record])
	if err != nil {
		return nil, fmt.Errorf("warnings: %w", err)
	}
	all := make([]Warning, len(records))
	for i, r := range records {
		if all[i], err = r.warning(at); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func newest(ctx context.Context, db querier, id int64, at time.Time) (Warning, error) {
	found, err := read(ctx, db, listSQL, at, Query{Warning: id, At: at, Limit: 1, Shapes: true}.args())
	if err != nil {
		return Warning{}, err
	}
	if len(found) == 0 {
		return Warning{}, fmt.Errorf("%w: %d", ErrUnknown, id)
	}
	return found[0], nil
}
