package products

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
	"onemap/layers"
	"onemap/styles"
	"onemap/styles/versions"
)

var (
	//go:embed sql/select.sql
	selectSQL string
	//go:embed sql/newest.sql
	newestSQL string
	//go:embed sql/numbered.sql
	numberedSQL string
	//go:embed sql/list.sql
	listSQL string
	//go:embed sql/versions.sql
	versionsSQL string
	//go:embed sql/history.sql
	historySQL string
)

// Store keeps products in PostGIS.
type Store struct {
	db     *pgxpool.Pool
	layers *layers.Store

	looks lookSource // nil: layers look as they come

	mu   sync.Mutex
	kept map[composedAs]composition
}

// NewStore keeps products in db, which must be migrated.
func NewStore(db *pgxpool.Pool) *Store {
	return &Store{db: db, layers: layers.NewStore(db), kept: map[composedAs]composition{}}
}

// lookSource is what this package needs of [versions.Watcher].
type lookSource interface {
	Current() *versions.Current
}

// DrawWith has layers look as they were edited. It must be called before the store is used.
func (s *Store) DrawWith(looks lookSource) { s.looks = looks }

// material is what styles are composed of now, and the looks that it has.
func (s *Store) material(catalogue *layers.Catalogue) (material, *versions.Current) {
	from := material{dictionaries: styles.DictionariesOf(catalogue)}
	if s.looks == nil {
		return from, nil
	}
	current := s.looks.Current()
	from.fragments = current.Fragments()
	return from, current
}

// querier is what both a pool and a transaction can do.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// record is a product as it is stored.
type record struct {
	Product
	behind bool
}

func scanRecord(row pgx.CollectableRow) (r record, err error) {
	err = row.Scan(&r.ID, &r.State, &r.Revision, &r.Synthetic, &r.CreatedAt, &r.CreatedBy, &r.ChangedAt, &r.ChangedBy,
		&r.Number, &r.Content, &r.Cause, &r.Shows, &r.From, &r.Until, &r.MadeAt, &r.MadeBy, &r.Why, &r.behind)
	r.StateName = nameOf(r.State)
	return r, err
}

func query(ctx context.Context, db querier, rest string, args pgx.StrictNamedArgs) ([]record, error) {
	rows, err := db.Query(ctx, selectSQL+rest, args)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRecord)
}

// head reads a product with its newest version, which accounts for everything that
// was published, and holds who asks to the right to read it.
func (s *Store) head(ctx context.Context, id string) (Product, error) {
	found, err := query(ctx, s.db, newestSQL, pgx.StrictNamedArgs{"id": plainID(id)})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %.60s", ErrUnknown, id)
	}
	if err == nil && found[0].behind {
		if err = s.catchUp(ctx, id); err == nil {
			found, err = query(ctx, s.db, newestSQL, pgx.StrictNamedArgs{"id": id})
		}
	}
	if err != nil {
		return Product{}, fmt.Errorf("products: reading %.60s: %w", id, err)
	}
	if len(found) == 0 { // deleted meanwhile
		return Product{}, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return found[0].Product, mayRead(ctx, found[0].Product)
}

// plainID is an id that PostgreSQL takes; one that can't be is "", which none has.
func plainID(id string) string {
	if CheckID(id) != nil {
		return ""
	}
	return id
}

// earlier reads another version of a product than its newest.
func (s *Store) earlier(ctx context.Context, newest Product, number int) (Product, error) {
	found, err := query(ctx, s.db, numberedSQL, pgx.StrictNamedArgs{"id": newest.ID, "number": number})
	if err != nil {
		return Product{}, fmt.Errorf("products: reading version %d of %s: %w", number, newest.ID, err)
	}
	if len(found) == 0 || (found[0].From == nil && !worksOn(access.From(ctx))) {
		return Product{}, fmt.Errorf("%w: %s has no version %d", ErrUnknownVersion, newest.ID, number)
	}
	// What was less secret once is now as secret as the product.
	return found[0].Product, mayReadContent(ctx, newest.ID, found[0].Content)
}

// Get returns a product with its history. The mistakes are those of [Store.Open];
// its layers need not be there.
func (s *Store) Get(ctx context.Context, id string) (w Whole, err error) {
	if w.Product, err = s.head(ctx, id); err != nil {
		return w, err
	}
	w.History = []Step{}
	if worksOn(access.From(ctx)) {
		if w.History, err = history(ctx, s.db, id); err != nil {
			return w, err
		}
	}
	w.Next = from(w.State, access.From(ctx))
	return w, nil
}

func history(ctx context.Context, db querier, id string) ([]Step, error) {
	rows, err := db.Query(ctx, historySQL, pgx.StrictNamedArgs{"product": id})
	if err != nil {
		return nil, fmt.Errorf("products: history of %s: %w", id, err)
	}
	steps, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Step, err error) {
		return s, row.Scan(&s.Seq, &s.Revision, &s.Version, &s.From, &s.To, &s.At, &s.By, &s.Why)
	})
	if err != nil {
		return nil, fmt.Errorf("products: history of %s: %w", id, err)
	}
	return steps, nil
}

// Version returns a version of a product.
func (s *Store) Version(ctx context.Context, id string, number int) (Product, error) {
	newest, err := s.head(ctx, id)
	if err != nil || number == newest.Number {
		return newest, err
	}
	return s.earlier(ctx, newest, number)
}

// Versions returns versions of a product, the newest first, those below a number; 0
// begins with the newest. Versions that were never published, or that the context's
// principal may not read, are left out.
func (s *Store) Versions(ctx context.Context, id string, before, limit int) ([]Version, error) {
	if _, err := s.head(ctx, id); err != nil {
		return nil, err
	}
	found, err := query(ctx, s.db, versionsSQL, pgx.StrictNamedArgs{"id": id, "all": worksOn(access.From(ctx)), "before": before, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("products: versions of %s: %w", id, err)
	}
	versions := []Version{}
	for _, r := range found {
		if mayReadContent(ctx, id, r.Content) == nil {
			versions = append(versions, r.Version)
		}
	}
	return versions, nil
}

// Query asks for products; what is left out doesn't matter.
type Query struct {
	State             State // other than [Published] only for who works on products
	Theme, Department string
	Tag, Layer        string
	Text              string // in the titles or the text
}

// List returns a page of products that the context's principal may read, in the
// order of their ids, those after one; "" begins with the first.
func (s *Store) List(ctx context.Context, q Query, after string, limit int) ([]Product, error) {
	if err := s.CatchUp(ctx); err != nil {
		return nil, err
	}
	text := ""
	if q.Text != "" {
		text = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q.Text) + "%"
	}
	secrecy := []string{}
	if access.Require(ctx, access.ReadPublic) == nil {
		secrecy = append(secrecy, string(layers.Public))
	}
	if access.Require(ctx, access.ReadInternal) == nil {
		secrecy = append(secrecy, string(layers.Internal), string(layers.Sensitive))
	}
	found, err := query(ctx, s.db, listSQL, pgx.StrictNamedArgs{
		"after": after, "all": worksOn(access.From(ctx)), "secrecy": secrecy, "state": string(q.State), "theme": q.Theme, "department": q.Department,
		"tag": q.Tag, "layer": q.Layer, "text": text, "limit": limit,
	})
	if err != nil {
		return nil, fmt.Errorf("products: listing: %w", err)
	}
	all := make([]Product, len(found))
	for i, r := range found {
		all[i] = r.Product
	}
	return all, nil
}

// locked reads a product inside a transaction that changes it, and holds it to the
// revision that who changes it has seen.
func locked(ctx context.Context, tx pgx.Tx, id string, revision int) (Product, error) {
	found, err := query(ctx, tx, newestSQL+" FOR UPDATE OF p", pgx.StrictNamedArgs{"id": plainID(id)})
	switch {
	case err != nil:
		return Product{}, err
	case len(found) == 0:
		return Product{}, fmt.Errorf("%w: %.60s", ErrUnknown, id)
	}
	p := found[0].Product
	if err := mayRead(ctx, p); err != nil {
		return p, err
	}
	return p, p.at(revision)
}

// at tells whether a product is at the revision that somebody has seen.
func (p Product) at(revision int) error {
	if revision < 1 {
		return &ContentError{"revision", fmt.Sprint(revision), "必须给出所见产品的 revision（或以 If-Match 给出其 ETag）", "must be given: the revision of the product that you have seen, or its ETag as If-Match"}
	}
	if p.Revision != revision {
		return fmt.Errorf("%w: it is at revision %d, not %d", ErrChanged, p.Revision, revision)
	}
	return nil
}

// isNow is the time of the database, which dates all versions.
func isNow(ctx context.Context, db querier) (now time.Time, err error) {
	return now, db.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now)
}

// errNoRow tells that a row that must be there is not.
var errNoRow = errors.New("the row is not there")
