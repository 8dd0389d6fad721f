package versions_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/postgis/postgistest"
	"onemap/styles"
	"onemap/styles/versions"
)

// desk is a database with the real layers, the river's definition and its look.
type desk struct {
	ctx          context.Context
	store        *versions.Store
	catalogue    *layers.Catalogue
	river        layers.Definition
	dictionaries []layers.Dictionary
	look         styles.Fragment
}

// Catalogue lets a desk stand for a watcher.
func (d desk) Catalogue() *layers.Catalogue { return d.catalogue }

func newDesk(t *testing.T) desk {
	t.Helper()
	db := postgistest.DB(t)
	ctx := access.With(t.Context(), access.Operator("test"))
	defs, err := layers.ReadDefinitions(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := layers.NewStore(db).Define(ctx, defs); err != nil {
		t.Fatal(err)
	}
	catalogue, err := layers.LoadCatalogue(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := catalogue.Layer("river")
	if err != nil {
		t.Fatal(err)
	}
	look, err := styles.Shipped(l.Definition)
	if err != nil {
		t.Fatal(err)
	}
	return desk{ctx, versions.NewStore(db), catalogue, l.Definition, styles.DictionariesOf(catalogue), look}
}

func (d desk) save(c versions.Change) (versions.Version, error) {
	return d.store.Save(d.ctx, d.river, d.dictionaries, d.look, c)
}

func TestVersionsAreOnlyAdded(t *testing.T) {
	d := newDesk(t)
	none := 0
	if v, err := d.save(versions.Change{Note: " first ", BasedOn: &none}); err != nil || v.Number != 1 || v.Note != "first" || v.MadeBy != "operator:test" || v.MadeAt == nil {
		t.Fatalf("saved %+v, %v", v, err)
	}
	if _, err := d.save(versions.Change{BasedOn: &none}); !errors.Is(err, versions.ErrChanged) {
		t.Errorf("a change of what was changed meanwhile: %v, want ErrChanged", err)
	}
	if v, err := d.store.Restore(d.ctx, d.river, d.dictionaries, 0, versions.Change{}); err != nil || v.Number != 2 || v.Fragment != nil || v.Restored == nil || *v.Restored != 0 {
		t.Errorf("restored %+v, %v", v, err)
	}
	if v, err := d.store.Restore(d.ctx, d.river, d.dictionaries, 1, versions.Change{}); err != nil || v.Number != 3 || v.Fragment == nil {
		t.Errorf("restored %+v, %v", v, err)
	}
	if _, err := d.store.Restore(d.ctx, d.river, d.dictionaries, 7, versions.Change{}); !errors.Is(err, versions.ErrUnknown) {
		t.Errorf("a version that there isn't: %v, want ErrUnknown", err)
	}
	all, err := d.store.Versions(d.ctx, "river")
	if err != nil || len(all) != 4 || all[0].Number != 3 || all[3].Number != 0 {
		t.Errorf("versions %+v, %v", all, err)
	}
	if _, err := d.save(versions.Change{Note: strings.Repeat("长", 501)}); !errors.Is(err, versions.ErrNote) {
		t.Errorf("a long note: %v, want ErrNote", err)
	}
	other := access.With(d.ctx, access.Principal{Name: "reader", Rights: []access.Right{access.ReadPublic, access.Publish}})
	if _, err := d.store.Save(other, d.river, d.dictionaries, d.look, versions.Change{}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("without the right: %v, want ErrForbidden", err)
	}
}

// Of several who change one version at the same time, one succeeds.
func TestChangesAtOneTime(t *testing.T) {
	d := newDesk(t)
	none := 0
	results := make([]error, 6)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { _, results[i] = d.save(versions.Change{BasedOn: &none}) })
	}
	all.Wait()
	made := 0
	for _, err := range results {
		switch {
		case err == nil:
			made++
		case !errors.Is(err, versions.ErrChanged):
			t.Errorf("got %v, want ErrChanged", err)
		}
	}
	if made != 1 {
		t.Errorf("%d changes of one version were kept", made)
	}
}

// A look that the layer's definition left behind is not used, and told.
func TestALookThatCannotBeDrawnAnyMore(t *testing.T) {
	d := newDesk(t)
	if _, err := d.save(versions.Change{}); err != nil {
		t.Fatal(err)
	}
	current, unusable, err := d.store.Load(d.ctx, d.catalogue)
	if err != nil || unusable != nil || len(current.Fragments()) != 1 || current.Version("river").Number != 1 || current.Version("road").Number != 0 {
		t.Fatalf("loaded %v, %v, %v", current, unusable, err)
	}
	moved := *d.catalogue
	moved.Layers = append([]layers.Layer(nil), d.catalogue.Layers...)
	for i := range moved.Layers {
		if moved.Layers[i].Definition.ID == "river" {
			moved.Layers[i].Definition.MinZoom = 12 // its labels begin at 9.5
		}
	}
	current, unusable, err = d.store.Load(d.ctx, &moved)
	if err != nil || unusable == nil || len(current.Fragments()) != 0 {
		t.Errorf("loaded %v, %v, %v; want the look left out and told", current.Fragments(), unusable, err)
	}
	if _, err := current.Look(d.river); err != nil {
		t.Errorf("the look that the layer comes with: %v", err)
	}
}
