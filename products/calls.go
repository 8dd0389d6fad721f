package products

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"onemap/access"
)

//go:embed sql/add_calls.sql
var addCallsSQL string

// beijing is the time whose days calls are counted by.
var beijing = time.FixedZone("UTC+8", 8*60*60)

const (
	// flushEvery is how often counts are written.
	flushEvery = 10 * time.Second
	// flushTime is the longest that writing them may take.
	flushTime = 5 * time.Second
	// mostCounters bounds the memory while the database is away: some 2 MB. Calls of
	// callers beyond are counted without their names.
	mostCounters = 20_000
)

// Calls counts calls of products. Counting is a look into a map; what was counted is
// written every ten seconds, so that a service never waits for it and never fails
// because of it. A process that dies loses the counts of its last ten seconds.
type Calls struct {
	db  *pgxpool.Pool
	now func() time.Time

	mu     sync.Mutex
	counts map[counter]int64
}

// counter is what calls are counted by.
type counter struct {
	day                      string // in Beijing, as "2026-05-01"
	product, service, caller string
	kind                     string
}

// NewCalls counts calls into db.
func NewCalls(db *pgxpool.Pool) *Calls {
	return &Calls{db: db, now: time.Now, counts: map[counter]int64{}}
}

// Record counts a call of a service of a product, as "wmts", by whoever asks.
func (c *Calls) Record(product, service string, caller access.Principal) {
	one := counter{c.now().In(beijing).Format(time.DateOnly), product, service, caller.Name, kindOf(caller.Name)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.counts[one]; !known && len(c.counts) >= mostCounters {
		one.caller, one.kind = "", "anonymous"
	}
	c.counts[one]++
}

// kindOf tells people, programs and anybody apart by how access names them.
func kindOf(caller string) string {
	switch {
	case strings.HasPrefix(caller, "user:"):
		return "user"
	case caller == access.Anonymous().Name || caller == "":
		return "anonymous"
	}
	return "system"
}

// Flush writes what was counted. What can't be written is kept for the next time.
func (c *Calls) Flush(ctx context.Context) error {
	c.mu.Lock()
	counts := c.counts
	c.counts = map[counter]int64{}
	c.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	var days, productIDs, services, callers, kinds []string
	var numbers []int64
	for one, n := range counts {
		days, productIDs, services = append(days, one.day), append(productIDs, one.product), append(services, one.service)
		callers, kinds, numbers = append(callers, one.caller), append(kinds, one.kind), append(numbers, n)
	}
	_, err := c.db.Exec(ctx, addCallsSQL, pgx.StrictNamedArgs{
		"days": days, "products": productIDs, "services": services, "callers": callers, "kinds": kinds, "counts": numbers,
	})
	if err == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for one, n := range counts {
		c.counts[one] += n
	}
	return fmt.Errorf("products: writing calls: %w", err)
}

// Run writes counts until ctx ends, and once more then. told hears of failures.
func (c *Calls) Run(ctx context.Context, told func(error)) {
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		if err := c.Flush(limited); err != nil {
			told(err)
		}
		cancel()
	}
}
