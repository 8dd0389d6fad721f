package products_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"onemap/access"
	"onemap/products"
)

func TestCallsAreCounted(t *testing.T) {
	c := newCity(t)
	c.publish("dltb")
	c.release("land-use", landUse())
	calls := products.NewCalls(c.db)
	user, system := access.Principal{Name: "user:张"}, access.Principal{Name: "token:一网统管"}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				calls.Record("land-use", "wmts", user)
				calls.Record("land-use", "wms", system)
				calls.Record("land-use", "wmts", access.Anonymous())
			}
		})
	}
	all.Wait()
	calls.Record("another", "wms", system)
	if err := calls.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	calls.Record("land-use", "wmts", user) // of the same day, written later
	if err := calls.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.db.Exec(t.Context(), "INSERT INTO products.calls VALUES (current_date - 20, 'land-use', 'wms', 'user:李', 'user', 5)"); err != nil {
		t.Fatal(err)
	}
	got, err := c.products.Statistics(c.as(), "land-use", "", "")
	if err != nil {
		t.Fatal(err)
	}
	if got.Calls != 2406 || got.Users != 2 || got.Systems != 1 || len(got.Days) != 2 || got.Days[1].Calls != 2401 || got.Days[1].Users != 1 {
		t.Errorf("statistics %+v", got)
	}
	if len(got.Services) != 2 || got.Services[0] != (products.Service{Service: "wmts", Calls: 1601}) {
		t.Errorf("services %+v", got.Services)
	}
	today := time.Now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	if got, err := c.products.Statistics(c.as(), "land-use", today, today); err != nil || got.Calls != 2401 {
		t.Errorf("of today %+v, %v", got, err)
	}
	for _, days := range [][2]string{{"today", ""}, {"2026-05-02", "2026-05-01"}, {"1900-01-01", "2026-05-01"}} {
		if _, err := c.products.Statistics(c.as(), "land-use", days[0], days[1]); !errors.Is(err, products.ErrContent) {
			t.Errorf("%v: %v, want ErrContent", days, err)
		}
	}
}

func TestCallsOutliveTheDatabase(t *testing.T) {
	c := newCity(t)
	calls := products.NewCalls(c.db)
	calls.Record("land-use", "wmts", access.Anonymous())
	if _, err := c.db.Exec(t.Context(), "ALTER TABLE products.calls RENAME TO gone"); err != nil {
		t.Fatal(err)
	}
	if err := calls.Flush(t.Context()); err == nil {
		t.Fatal("written without a table")
	}
	calls.Record("land-use", "wmts", access.Anonymous())
	if _, err := c.db.Exec(t.Context(), "ALTER TABLE products.gone RENAME TO calls"); err != nil {
		t.Fatal(err)
	}
	if err := calls.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int64
	if err := c.db.QueryRow(t.Context(), "SELECT calls FROM products.calls").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d calls, %v; want 2", n, err)
	}
}

func BenchmarkRecord(b *testing.B) {
	calls := products.NewCalls(nil)
	who := access.Principal{Name: "token:一网统管"}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			calls.Record("land-use", "wmts", who)
		}
	})
}
