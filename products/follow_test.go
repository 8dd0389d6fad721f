package products_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"onemap/layers"
	"onemap/products"
)

// Many read a product at once after a publication: it has one version more.
func TestManyReadersMakeOneVersion(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.release("land-use", landUse())
	c.publish("dltb", "0301")
	catalogue, ctx := c.catalogue(), c.as()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if o, err := c.products.Open(ctx, catalogue, "land-use", 0); err != nil || o.Product.Number != 2 {
				t.Errorf("opened version %d, %v", o.Product.Number, err)
			}
		})
	}
	all.Wait()
	if versions, err := c.products.Versions(ctx, "land-use", 0, 10); err != nil || len(versions) != 2 {
		t.Errorf("%d versions, %v; want 2", len(versions), err)
	}
}

func TestOfTwoStepsOneWins(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	ctx, catalogue := c.operator(), c.catalogue()
	if err := c.products.Create(ctx, catalogue, products.Input{ID: "land-use", Content: landUse()}); err != nil {
		t.Fatal(err)
	}
	var won, lost atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			switch err := c.products.Move(ctx, catalogue, "land-use", products.Move{To: products.Checked, Revision: 1}); {
			case err == nil:
				won.Add(1)
			case errors.Is(err, products.ErrChanged):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || lost.Load() != 5 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
}

// What is published in one transaction is one version of the product.
func TestLayersPublishedTogetherAreOneVersion(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.publish("stbhhx")
	content := landUse()
	content.Layers = append(content.Layers, products.Layer{ID: "stbhhx"})
	c.release("land-use", content)
	c.load("dltb", "0301")
	c.load("stbhhx")
	if err := c.layers.PublishTogether(c.operator(), map[string]int{"dltb": 2, "stbhhx": 2}, false); err != nil {
		t.Fatal(err)
	}
	w := c.get(c.as(), "land-use")
	if w.Number != 2 || !maps.Equal(w.Shows, map[string]int{"dltb": 2, "stbhhx": 2}) {
		t.Errorf("version %d shows %v", w.Number, w.Shows)
	}
	// Changing it afterwards begins where it was.
	content.Title = "土地与红线"
	if err := c.products.Update(c.operator(), c.catalogue(), "land-use", products.Input{Content: content, Revision: 4}); err != nil {
		t.Fatal(err)
	}
	c.publish("stbhhx")
	if w := c.get(c.as(), "land-use"); w.Number != 4 || w.Content.Title != content.Title || w.Shows["stbhhx"] != 3 || w.Shows["dltb"] != 2 {
		t.Errorf("version %d, %s, shows %v", w.Number, w.Content.Title, w.Shows)
	}
}

// A publication that the record has in another place than its time is not missed.
func TestACommitOutOfOrderIsNotMissed(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.release("land-use", landUse())
	c.publish("dltb", "0301")
	if _, err := c.db.Exec(t.Context(), "UPDATE products.versions SET publication = 1000000"); err != nil { // as if it were accounted for
		t.Fatal(err)
	}
	if w := c.get(c.as(), "land-use"); w.Number != 2 || w.Shows["dltb"] != 2 {
		t.Errorf("version %d shows %v", w.Number, w.Shows)
	}
}

func TestRunFollowsTheCatalogue(t *testing.T) {
	c := newCity(t)
	c.publish("dltb", "0101")
	c.release("land-use", landUse())
	watcher, err := layers.NewWatcher(c.operator(), c.db, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(c.operator())
	var running sync.WaitGroup
	running.Go(func() { watcher.Watch(ctx) })
	running.Go(func() { c.products.Run(ctx, watcher, func(err error) { t.Error(err) }) })
	defer func() { stop(); running.Wait() }()
	c.publish("dltb", "0301")
	deadline := time.After(time.Minute)
	for number := 0; number != 2; {
		select {
		case <-deadline:
			t.Fatal("the version was not made in a minute")
		case <-time.After(50 * time.Millisecond):
		}
		if err := c.db.QueryRow(t.Context(), "SELECT number FROM products.products").Scan(&number); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	c := newCity(b)
	c.publish("dltb", "0101")
	c.release("land-use", landUse())
	catalogue, ctx := c.catalogue(), c.as()
	for b.Loop() {
		if _, err := c.products.Open(ctx, catalogue, "land-use", 0); err != nil {
			b.Fatal(err)
		}
	}
}
