package layers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"onemap/access"
	"onemap/layers"
)

// What a field says of people is masked alike by PostgreSQL and by access, for all
// but those who have the right or bring the data.
func TestPersonalFieldsAreMasked(t *testing.T) {
	f := newFixture(t)
	f.load(t, 1, true)
	c, err := layers.LoadCatalogue(t.Context(), f.db)
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.PublishedLayer("pond")
	if err != nil {
		t.Fatal(err)
	}
	l.Definition.Fields = append([]layers.Field(nil), l.Definition.Fields...)
	for i := range l.Definition.Fields {
		if l.Definition.Fields[i].Name == "code" {
			l.Definition.Fields[i].Personal = layers.OnDuty
		}
	}
	shown := func(rights ...access.Right) string {
		t.Helper()
		feature, err := f.store.Feature(access.With(t.Context(), access.Principal{Name: "one", Rights: rights}), l, 1)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(feature.Properties, &all); err != nil {
			t.Fatal(err)
		}
		text, _ := all["code"].(string)
		return text
	}
	for sentence, value := range map[string]string{
		"a name": "张小明", "a mobile": "13812341234", "an extension": "8123456", "with its country": "+8613812341234", "nobody": "", "a name with blanks": " 欧阳 ",
	} {
		if _, err := f.db.Exec(f.ctx, "UPDATE "+l.Table().Sanitize()+" SET code = $1", value); err != nil {
			t.Fatal(err)
		}
		name, phone := access.MaskPerson(value, value)
		want := name
		if first := strings.TrimSpace(value); first != "" && first[0] < 0x80 {
			want = phone
		}
		if got := shown(access.ReadPublic, access.ReadInternal); got != want {
			t.Errorf("%s: %q is shown as %q, want %q", sentence, value, got, want)
		}
		for _, right := range []access.Right{access.ReadDuty, access.Import, access.Edit} {
			if got := shown(access.ReadPublic, right); got != value {
				t.Errorf("%s, with the right %s: %q", sentence, right, got)
			}
		}
	}
}
