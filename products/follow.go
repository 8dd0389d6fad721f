package products

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"onemap/layers"
)

var (
	//go:embed sql/behind.sql
	behindSQL string
	//go:embed sql/publications.sql
	publicationsSQL string
	//go:embed sql/account.sql
	accountSQL string
	//go:embed sql/set_number.sql
	setNumberSQL string
)

// publication is a layer's version that came to be shown, or came back.
type publication struct {
	id      int64
	layer   string
	version int
	action  string
	at      time.Time
	by      string
}

// CatchUp makes the versions of all products that follow their layers, of what
// was published or rolled back since. It is also done for one product whenever that
// is read, so nothing is missed while no server runs: versions are made of the
// record of publications, each from its moment on.
func (s *Store) CatchUp(ctx context.Context) error {
	found, err := query(ctx, s.db, behindSQL, nil)
	if err != nil {
		return fmt.Errorf("products: which are behind: %w", err)
	}
	for _, r := range found {
		if !r.behind {
			continue
		}
		if err := s.catchUp(ctx, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// catchUp makes the versions that a product that follows its layers has come to.
func (s *Store) catchUp(ctx context.Context, id string) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		found, err := query(ctx, tx, newestSQL+" FOR UPDATE OF p", pgx.StrictNamedArgs{"id": id})
		if err != nil || len(found) == 0 || !found[0].behind {
			return err // somebody else has done it meanwhile
		}
		now := found[0].Product
		news, reached, err := publicationsSince(ctx, tx, now)
		if err != nil {
			return err
		}
		for len(news) > 0 {
			// what was published in one transaction was published together
			n := 1
			for n < len(news) && news[n].at.Equal(news[0].at) {
				n++
			}
			if err := follow(ctx, tx, &now, news[:n], reached); err != nil {
				return err
			}
			news = news[n:]
		}
		if _, err := tx.Exec(ctx, accountSQL, pgx.StrictNamedArgs{"product": id, "number": now.Number, "publication": reached}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, setNumberSQL, pgx.StrictNamedArgs{"id": id, "number": now.Number})
		return err
	})
	if err != nil {
		return fmt.Errorf("products: following the layers of %s: %w", id, err)
	}
	return nil
}

// publicationsSince are those of a product's layers that its newest version doesn't
// account for, in their order, and how far they go. What the record of publications
// can't tell, because two transactions ended in another order than they began, is
// told by the catalogue itself.
func publicationsSince(ctx context.Context, tx pgx.Tx, now Product) (news []publication, reached int64, err error) {
	var after int64
	if err := tx.QueryRow(ctx, "SELECT publication FROM products.versions WHERE product = $1 AND number = $2", now.ID, now.Number).Scan(&after); err != nil {
		return nil, 0, err
	}
	ids := slices.Sorted(maps.Keys(now.Shows))
	rows, err := tx.Query(ctx, publicationsSQL, pgx.StrictNamedArgs{"layers": ids, "after": after})
	if err != nil {
		return nil, 0, err
	}
	news, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (p publication, err error) {
		return p, row.Scan(&p.id, &p.layer, &p.version, &p.action, &p.at, &p.by)
	})
	if err != nil {
		return nil, 0, err
	}
	shown, reached, err := publishedNow(ctx, tx, now.Content)
	if err != nil {
		return nil, 0, err
	}
	told := maps.Clone(now.Shows)
	for _, p := range news {
		told[p.layer] = p.version
	}
	at, err := isNow(ctx, tx)
	for _, id := range ids {
		if number, ok := shown[id]; ok && number != told[id] {
			news = append(news, publication{layer: id, version: number, action: "publish", at: at, by: followed})
		}
	}
	return news, reached, err
}

// followed is who makes a version of which it isn't known who published the layer.
const followed = "system"

// follow adds the version that publications made at one moment lead to.
func follow(ctx context.Context, tx pgx.Tx, now *Product, news []publication, reached int64) error {
	shows, why := maps.Clone(now.Shows), []string{}
	for _, p := range news {
		shows[p.layer] = p.version
		word := "发布 / published"
		if p.action == "rollback" {
			word = "回滚 / rolled back"
		}
		why = append(why, fmt.Sprintf("%s@%d %s", p.layer, p.version, word))
	}
	if maps.Equal(shows, now.Shows) {
		return nil
	}
	at := news[0].at
	if now.From != nil && at.Before(*now.From) { // it was published a moment before the product
		at = *now.From
	}
	if err := endVersion(ctx, tx, now.ID, now.Number, at); err != nil {
		return err
	}
	now.Version = Version{
		Number: now.Number + 1, Content: now.Content, Cause: ByLayers, Shows: shows, From: &at, MadeBy: news[0].by, Why: strings.Join(why, "；"),
	}
	return insertVersion(ctx, tx, *now, reached)
}

// catalogueSource is what this package needs of [layers.Watcher].
type catalogueSource interface {
	Subscribe() (changes <-chan struct{}, stop func())
}

var _ catalogueSource = (*layers.Watcher)(nil)

// Run catches up whenever the catalogue has changed, until ctx ends. told hears of
// failures, after which it tries again with the next change, or when the product is read.
func (s *Store) Run(ctx context.Context, source catalogueSource, told func(error)) {
	changes, stop := source.Subscribe()
	defer stop()
	for {
		if err := s.CatchUp(ctx); err != nil && ctx.Err() == nil {
			told(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
		}
	}
}
