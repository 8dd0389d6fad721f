package layers

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
)

var (
	//go:embed sql/catalogue_themes.sql
	catalogueThemesSQL string
	//go:embed sql/catalogue_layers.sql
	catalogueLayersSQL string
	//go:embed sql/catalogue_dictionaries.sql
	catalogueDictionariesSQL string
	//go:embed sql/catalogue_mark.sql
	catalogueMarkSQL string
)

// Layer is a defined layer and, if there is one, the version of it that everybody sees.
type Layer struct {
	Definition Definition
	Published  *Version   // nil while nothing is published; its Report is left out
	Columns    Definition // the definition that the published version was imported under

	// Until is the last edit of the version that is shown: features are as they were
	// after it, 0 being as they were delivered. nil shows all edits.
	Until *int64
}

// Table is the table of the published version; only for layers that have one.
func (l Layer) Table() pgx.Identifier {
	return Table(l.Definition.ID, l.Published.Number)
}

// Fields are the fields of the definition that the published version has too:
// a field that was defined after the import has no column yet.
func (l Layer) Fields() []Field {
	return l.stored(l.Definition.Fields)
}

// TileFields are the fields of the published version that vector tiles carry.
func (l Layer) TileFields() []Field {
	return l.stored(l.Definition.TileFields())
}

func (l Layer) stored(fields []Field) []Field {
	var found []Field
	for _, f := range fields {
		if column, ok := l.Columns.Field(f.Name); ok && column.Type == f.Type {
			found = append(found, f)
		}
	}
	return found
}

// Catalogue is an immutable picture of what is on the one map at a moment.
type Catalogue struct {
	Themes       []Theme
	Layers       []Layer // by theme, then as defined
	Dictionaries map[string]Dictionary
	byID         map[string]int
	mark         int64 // see catalogueMark
}

// Layer returns a defined layer, published or not; else an [ErrUnknownLayer].
func (c *Catalogue) Layer(id string) (Layer, error) {
	i, ok := c.byID[id]
	if !ok {
		return Layer{}, fmt.Errorf("%w: %s", ErrUnknownLayer, id)
	}
	return c.Layers[i], nil
}

// PublishedLayer returns a layer that has a published version; else an
// [ErrUnknownLayer] or an [ErrNotPublished].
func (c *Catalogue) PublishedLayer(id string) (Layer, error) {
	l, err := c.Layer(id)
	if err == nil && l.Published == nil {
		err = fmt.Errorf("%w: %s", ErrNotPublished, id)
	}
	return l, err
}

// Open returns a published layer that the context's principal may read. Beside
// the errors of [Catalogue.PublishedLayer] it returns those of [access.Require].
func (c *Catalogue) Open(ctx context.Context, id string) (Layer, error) {
	l, err := c.Layer(id)
	if err != nil {
		return Layer{}, err
	}
	if err := access.Require(ctx, l.Definition.ReadRight()); err != nil {
		return Layer{}, fmt.Errorf("layers: %s is not open: %w", id, err)
	}
	return c.PublishedLayer(id)
}

// Readable lists the layers that the context's principal may read, published or not.
func (c *Catalogue) Readable(ctx context.Context) []Layer {
	var open []Layer
	for _, l := range c.Layers {
		if access.Require(ctx, l.Definition.ReadRight()) == nil {
			open = append(open, l)
		}
	}
	return open
}

// Totals counts the published layers and their features.
func (c *Catalogue) Totals() (layers int, features int64) {
	for _, l := range c.Layers {
		if l.Published != nil {
			layers++
			features += l.Published.FeatureCount
		}
	}
	return layers, features
}

// Synthetic tells whether any published layer holds demonstration data.
func (c *Catalogue) Synthetic() bool {
	return slices.ContainsFunc(c.Layers, func(l Layer) bool { return l.Published != nil && l.Published.Synthetic })
}

// LoadCatalogue reads the catalogue as it is now.
func LoadCatalogue(ctx context.Context, db *pgxpool.Pool) (*Catalogue, error) {
	c := &Catalogue{Dictionaries: map[string]Dictionary{}, byID: map[string]int{}}
	err := pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) (err error) {
		if c.mark, err = catalogueMark(ctx, tx); err != nil {
			return err
		}
		if c.Themes, err = collect(ctx, tx, catalogueThemesSQL, pgx.RowToStructByPos[Theme]); err != nil {
			return err
		}
		if c.Layers, err = collect(ctx, tx, catalogueLayersSQL, scanLayer); err != nil {
			return err
		}
		dictionaries, err := collect(ctx, tx, catalogueDictionariesSQL, pgx.RowTo[Dictionary])
		for _, d := range dictionaries {
			c.Dictionaries[d.ID] = d
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("layers: reading the catalogue: %w", err)
	}
	for i, l := range c.Layers {
		c.byID[l.Definition.ID] = i
	}
	return c, nil
}

func collect[T any](ctx context.Context, db querier, sql string, scan pgx.RowToFunc[T]) ([]T, error) {
	rows, err := db.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

func scanLayer(row pgx.CollectableRow) (Layer, error) {
	var l Layer
	var columns *Definition
	var v *Version
	if err := row.Scan(&l.Definition, &columns, &v); err != nil {
		return Layer{}, err
	}
	if columns != nil {
		l.Columns, l.Published = *columns, v
	}
	return l, nil
}

// Watcher keeps a catalogue current. Readers take [Watcher.Catalogue] once a
// request and never wait; a publication or an edit anywhere replaces the picture
// within a moment, in this process and in every other one on the same database.
type Watcher struct {
	db      *pgxpool.Pool
	current atomic.Pointer[Catalogue]
	reading sync.Mutex  // an older picture must not come after a newer one
	changed func(error) // told after every reload and every failure

	mu      sync.Mutex
	waiting map[chan struct{}]bool
}

// NewWatcher loads the catalogue once. changed is told the outcome of every
// later reload, one at a time; it may be nil.
func NewWatcher(ctx context.Context, db *pgxpool.Pool, changed func(error)) (*Watcher, error) {
	if changed == nil {
		changed = func(error) {}
	}
	w := &Watcher{db: db, changed: changed}
	return w, w.Reload(ctx)
}

// Catalogue is the newest picture. It is never nil and never changes.
func (w *Watcher) Catalogue() *Catalogue { return w.current.Load() }

// Reload reads the catalogue now.
func (w *Watcher) Reload(ctx context.Context) error {
	w.reading.Lock()
	defer w.reading.Unlock()
	c, err := LoadCatalogue(ctx, w.db)
	if err != nil {
		return err
	}
	w.current.Store(c)
	w.mu.Lock()
	defer w.mu.Unlock()
	for one := range w.waiting {
		select {
		case one <- struct{}{}:
		default: // it has not yet looked at the picture before
		}
	}
	return nil
}

const (
	// breath is the least time between two readings of the catalogue: many edits in
	// a row are read together.
	breath = 200 * time.Millisecond
	// lookEvery is how often it is asked whether something has changed that was not
	// told, as when the connection that listens has died unnoticed.
	lookEvery = 700 * time.Millisecond
)

// Subscribe returns a channel that receives after reloads, several of which may
// be one receipt. stop ends it.
func (w *Watcher) Subscribe() (changes <-chan struct{}, stop func()) {
	one := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		w.waiting = map[chan struct{}]bool{}
	}
	w.waiting[one] = true
	return one, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.waiting, one)
	}
}

// Watch follows the database until ctx ends. While the database is away the
// last picture stays, and it tries again every second.
func (w *Watcher) Watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := w.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		w.changed(err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

func (w *Watcher) listen(ctx context.Context) error {
	config := w.db.Config().ConnConfig.Copy()
	// Waiting is not a query that could be cancelled: the end of ctx closes the connection.
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("layers: watching the catalogue: %w", err)
	}
	told := make(chan error, 1) // what is told while nobody reads is read with the next
	ended := make(chan struct{})
	waiting, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		<-ended
		_ = conn.Close(context.WithoutCancel(ctx)) // nothing is lost with it
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+Channel); err != nil {
		close(ended)
		return fmt.Errorf("layers: watching the catalogue: %w", err)
	}
	go func() {
		defer close(ended)
		for {
			_, err := conn.WaitForNotification(waiting)
			select {
			case told <- err:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return w.follow(ctx, told, ended)
}

// follow reads the catalogue whenever it has changed.
func (w *Watcher) follow(ctx context.Context, told <-chan error, ended <-chan struct{}) error {
	for {
		// First load, then wait: what happened before LISTEN is not missed.
		if err := w.Reload(ctx); err != nil {
			return err
		}
		w.changed(nil)
		select {
		case <-ctx.Done():
		case <-time.After(breath):
		}
		if err := w.untilChanged(ctx, told, ended); err != nil {
			return fmt.Errorf("layers: watching the catalogue: %w", err)
		}
	}
}

// untilChanged waits until it is told of a change, or sees one.
func (w *Watcher) untilChanged(ctx context.Context, told <-chan error, ended <-chan struct{}) error {
	for {
		select {
		case err := <-told:
			return err
		case <-ended:
			return errListening
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
		if w.missed(ctx) {
			return nil
		}
	}
}

// missed tells whether the database is further than the picture. That it does not
// answer soon is no reason to read all of it.
func (w *Watcher) missed(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	mark, err := catalogueMark(ctx, w.db)
	return err == nil && mark != w.Catalogue().mark
}

// errListening reports that the connection that listens has ended.
var errListening = errors.New("the connection has ended")

// catalogueMark changes with every publication and every edit.
func catalogueMark(ctx context.Context, db querier) (int64, error) {
	return oneRow(ctx, db, errListening, pgx.RowTo[int64], catalogueMarkSQL, nil)
}
