package search

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"onemap/access"
	"onemap/data"
	"onemap/layers"
	"onemap/spatial/cells"
	"onemap/spatial/crs"
	"onemap/spatial/names"
)

func namesTable(t testing.TB) *names.Table {
	t.Helper()
	table, err := names.NewTable(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// one is a feature of a test: its label, its code and who owns it.
type one struct {
	label, code, owner string
	at                 orb.Point
}

func part(t testing.TB, id string, as layers.SearchKind, zoom int, all ...one) *Part {
	t.Helper()
	d := layers.Definition{ID: id, Key: []string{"code"}, Label: "name", SearchAs: as, MinZoom: zoom}
	b := newBuilder(namesTable(t), d, 1, []column{{name: "name"}, {name: "owner", right: access.ReadPersonal}})
	var areas []orb.MultiPolygon
	for i, o := range all {
		at := o.at
		if at == (orb.Point{}) {
			at = orb.Point{111.5 + float64(i)/100, 22.8}
		}
		box := at.Bound().Pad(0.001)
		if as == layers.DivisionKind { // squares round their points, of counties larger than of towns
			box = at.Bound().Pad(0.02 / float64(zoom))
			areas = append(areas, orb.MultiPolygon{box.ToPolygon()})
		}
		b.add(Item{FID: int64(i + 1), Code: o.code, Label: o.label, At: at, Box: box}, []string{o.label, o.owner})
	}
	p := b.done()
	if areas != nil {
		var err error
		if p.area, err = cells.NewCoverage(areas); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func testIndex(t testing.TB) *Index {
	return NewIndex(namesTable(t), []*Part{
		part(t, "county", layers.DivisionKind, 5, one{label: "罗定市", code: "445381"}, one{label: "云城区", code: "445302"}, one{label: "新兴县", code: "445321"}),
		part(t, "town", layers.DivisionKind, 7, one{label: "榃滨镇", code: "445381111"}, one{label: "罗平镇", code: "445381104"}, one{label: "㙟滨镇", code: "445381112"}, one{label: "车岗镇", code: "445321109"}),
		part(
			t, "place", layers.PlaceKind, 7, one{label: "罗定"}, one{label: "大罗定坪"}, one{label: "泷江"}, one{label: "Luoding Shi"}, one{label: "罗城街"},
			one{label: "大坪", at: orb.Point{111.2, 22.6}}, one{label: "大坪", at: orb.Point{112.3, 22.9}}, one{label: "100%坪"}, one{label: "重阳"}, one{label: "西安"}, one{label: "金银河水库"},
		),
		part(t, "parcel", layers.ParcelKind, 7, one{label: "", code: "4453811110001", owner: "陈志强"}, one{label: "", code: "A-12/7", owner: "罗定山"}),
	})
}

func anybody() context.Context { return access.With(context.Background(), access.Anonymous()) }

func labels(hits []Hit) (all []string) {
	for _, h := range hits {
		all = append(all, h.Item.Label+h.Item.Code)
	}
	return all
}

func find(t testing.TB, ctx context.Context, x *Index, question Question) []Hit {
	t.Helper()
	if question.Open == nil {
		question.Open = func(string) bool { return true }
	}
	hits, err := x.Find(ctx, question)
	if err != nil {
		t.Fatalf("%q: %v", question.Text, err)
	}
	return hits
}

func TestFind(t *testing.T) {
	x := testIndex(t)
	for sentence, c := range map[string]struct {
		text, want string // the first answer
		closeness  Closeness
		way        Way
	}{
		"the whole name":                       {"罗定市", "罗定市445381", Exact, Literal},
		"the beginning, of the most important": {"云城", "云城区445302", Prefix, Literal},
		"the whole is closer than more of it":  {"罗定", "罗定", Exact, Literal},
		"a part inside":                        {"银河", "金银河水库", Word, Literal},
		"traditional characters":               {"羅定市", "罗定市445381", Exact, Literal},
		"full pinyin":                          {"luodingshi", "罗定市445381", Exact, Pinyin},
		"wide letters with a blank":            {"ＬＵＯＤＩＮＧ ｓｈｉ", "罗定市445381", Exact, Pinyin},
		"pinyin, the last syllable begun":      {"yunche", "云城区445302", Prefix, Pinyin},
		"initials":                             {"lds", "罗定市445381", Exact, Initials},
		"initials of zh, ch, sh":               {"ldsh", "罗定市445381", Exact, Initials},
		"characters and pinyin":                {"luoding市", "罗定市445381", Exact, Mixed},
		"characters and initials":              {"罗ds", "罗定市445381", Exact, Mixed},
		"a syllable and initials":              {"luods", "罗定市445381", Exact, Mixed},
		"a rare character":                     {"榃滨", "榃滨镇445381111", Prefix, Literal},
		"a rare character's pinyin":            {"tanbin", "榃滨镇445381111", Prefix, Pinyin},
		"a rarer character's pinyin":           {"langbinzhen", "㙟滨镇445381112", Exact, Pinyin},
		"the local reading":                    {"shuangjiang", "泷江", Exact, Pinyin},
		"the reading of the dictionary":        {"longjiang", "泷江", Exact, Pinyin},
		"a second reading":                     {"jugang", "车岗镇445321109", Prefix, Pinyin},
		"the other reading of 重":               {"chongyang", "重阳", Exact, Pinyin},
		"an apostrophe":                        {"xi'an", "西安", Exact, Pinyin},
		"a letter exchanged":                   {"luodjngshi", "罗定市445381", Fuzzy, Pinyin},
		"a letter left out":                    {"luodngshi", "罗定市445381", Fuzzy, Pinyin},
		"a letter too many":                    {"luodiingshi", "罗定市445381", Fuzzy, Pinyin},
		"two letters turned round":             {"luodignshi", "罗定市445381", Fuzzy, Pinyin},
		"initials turned round":                {"lsd", "罗定市445381", Fuzzy, Initials},
		"a character exchanged":                {"罗丁市", "罗定市445381", Fuzzy, Literal},
		"characters turned round":              {"定罗市", "罗定市445381", Fuzzy, Literal},
		"a character too many":                 {"金银大河水库", "金银河水库", Fuzzy, Literal},
		"a character left out":                 {"金银水库", "金银河水库", Fuzzy, Literal},
		"a code":                               {"445381", "罗定市445381", Exact, Code},
		"the beginning of a code":              {"44538111100", "4453811110001", Prefix, Code},
		"a code with what parts its groups":    {"a12-7", "A-12/7", Exact, Code},
		"a wildcard is a character":            {"100%", "100%坪", Prefix, Literal},
	} {
		hits := find(t, anybody(), x, Question{Text: c.text})
		if len(hits) == 0 {
			t.Errorf("%s: nothing found for %q", sentence, c.text)
			continue
		}
		if h := hits[0]; labels(hits)[0] != c.want || h.Closeness != c.closeness || h.Way != c.way {
			t.Errorf("%s: %q gives %q, %s by %s; want %s, %s by %s", sentence, c.text, labels(hits), h.Closeness, h.Way, c.want, c.closeness, c.way)
		}
	}
}

func TestNothingIsFound(t *testing.T) {
	x := testIndex(t)
	for sentence, text := range map[string]string{
		"percent is no wildcard":       "罗%",
		"nor is underscore":            "罗_",
		"nor what patterns are of":     "罗.*坪县",
		"nor a backslash":              `罗\`,
		"two slips":                    "luodjngshj",
		"an emoji":                     "🏔",
		"no syllables":                 "罗uding",
		"a code that isn't there":      "445399",
		"an owner, without the right":  "陈志强",
		"an owner's pinyin, likewise":  "chenzhiqiang",
		"a name that's only like code": "zz",
	} {
		if hits := find(t, anybody(), x, Question{Text: text}); len(hits) > 0 {
			t.Errorf("%s: %q gives %q", sentence, text, labels(hits))
		}
	}
	for sentence, text := range map[string]string{
		"nothing": "", "blanks": " 　\t", "too long": strings.Repeat("罗", MaxQuery+1), "far too long": strings.Repeat("a", 10_000),
		"only control characters": "\x00", "broken text": "罗\xff", "a lone surrogate": "\xed\xa0\x80",
	} {
		if _, err := x.Find(anybody(), Question{Text: text, Open: func(string) bool { return true }}); !errors.Is(err, ErrQuery) {
			t.Errorf("%s: %v, want ErrQuery", sentence, err)
		}
	}
}

func TestRights(t *testing.T) {
	x := testIndex(t)
	clerk := access.With(context.Background(), access.Principal{Name: "clerk", Rights: []access.Right{access.ReadPublic, access.ReadPersonal}})
	if hits := find(t, clerk, x, Question{Text: "陈志强"}); len(hits) != 1 || hits[0].Kind != PersonKind || hits[0].Field != "owner" || hits[0].Text != "陈志强" {
		t.Errorf("the owner is not found with the right: %+v", hits)
	}
	if hits := find(t, clerk, x, Question{Text: "罗定", Kinds: []layers.SearchKind{PersonKind}}); len(hits) != 1 || hits[0].Item.Code != "A-12/7" {
		t.Errorf("only owners were asked for: %q", labels(hits))
	}
	shut := func(id string) bool { return id != "county" }
	for _, text := range []string{"罗定市", "lds", "luodignshi", "445381"} {
		hits := find(t, clerk, x, Question{Text: text, Open: shut, Limit: MaxLimit})
		if slices.ContainsFunc(hits, func(h Hit) bool { return h.Part.Definition.ID == "county" }) {
			t.Errorf("%s: a layer that isn't open is found: %q", text, labels(hits))
		}
	}
}

func TestAmong(t *testing.T) {
	x := testIndex(t)
	for _, near := range []orb.Point{{111.2, 22.6}, {112.3, 22.9}} {
		hits := find(t, anybody(), x, Question{Text: "大坪", Near: &near})
		if len(hits) != 2 || hits[0].Item.At != near || hits[0].Metres > 1 || hits[1].Metres < 50_000 {
			t.Errorf("near %v: %+v", near, hits)
		}
		box := near.Bound().Pad(0.1)
		if hits := find(t, anybody(), x, Question{Text: "大坪", Box: &box}); len(hits) != 1 || hits[0].Item.At != near {
			t.Errorf("within %v: %+v", box, hits)
		}
	}
	if hits := find(t, anybody(), x, Question{Text: "luoding", Kinds: []layers.SearchKind{layers.DivisionKind}}); len(hits) == 0 || slices.ContainsFunc(hits, func(h Hit) bool { return h.Kind != layers.DivisionKind }) {
		t.Errorf("only divisions were asked for: %q", labels(hits))
	}
	if hits := find(t, anybody(), x, Question{Text: "l", Limit: 2}); len(hits) != 2 {
		t.Errorf("two were asked for: %q", labels(hits))
	}
}

func TestPaths(t *testing.T) {
	at := orb.Point{111.5, 22.8} // in 罗定市 and 榃滨镇 of the test
	x := NewIndex(namesTable(t), append(testIndex(t).parts, part(t, "hamlet", layers.FeatureKind, 9, one{label: "大坪", at: at})))
	for _, text := range []string{"罗定市榃滨镇大坪", "罗定 大坪", "榃滨镇 daping", "羅定市大坪"} {
		hits := find(t, anybody(), x, Question{Text: text})
		if len(hits) == 0 || hits[0].Item.At != at || hits[0].Part.Definition.ID != "hamlet" {
			t.Errorf("%s: %q", text, labels(hits))
			continue
		}
		if got := x.Parents(hits[0], func(string) bool { return true }); len(got) != 2 || got[0].Name != "罗定市" || got[1].Name != "榃滨镇" {
			t.Errorf("%s is part of %v", text, got)
		}
	}
	if hits := find(t, anybody(), x, Question{Text: "车岗镇大坪"}); len(hits) > 0 {
		t.Errorf("another town's: %q", labels(hits))
	}
	if hits := find(t, anybody(), x, Question{Text: "榃滨镇"}); len(hits) == 0 || len(x.Parents(hits[0], func(string) bool { return true })) != 1 {
		t.Errorf("a town is part of its county alone: %v", hits)
	}
	if got := x.Above(at, func(id string) bool { return id != "town" }); len(got) != 1 {
		t.Errorf("layers that aren't open are named: %v", got)
	}
}

func TestReadPosition(t *testing.T) {
	for sentence, c := range map[string]struct {
		text string
		want orb.Point
		ok   bool
	}{
		"two numbers":               {"112.04, 22.92", orb.Point{112.04, 22.92}, true},
		"the latitude first":        {"22.92,112.04", orb.Point{112.04, 22.92}, true},
		"degrees, minutes, seconds": {`22°55′12″N 112°02′24″E`, orb.Point{112.04, 22.92}, true},
		"a name":                    {"罗定市", orb.Point{}, false},
		"a code of a division":      {"445381", orb.Point{}, false},
		"no place on earth":         {"500,500", orb.Point{}, false},
		"a long text":               {strings.Repeat("1", 1000) + ",2", orb.Point{}, false},
	} {
		got, ok := ReadPosition(crs.CGCS2000, c.text)
		if ok != c.ok || ok && (got.At[0]-c.want[0] > 1e-9 || got.At[1]-c.want[1] > 1e-9) {
			t.Errorf("%s: %v, %t; want %v, %t", sentence, got.At, ok, c.want, c.ok)
		}
	}
	if got, ok := ReadPosition(crs.CGCS2000, "n49f2a"); ok && got.Code != "N49F2A" {
		t.Errorf("a code: %+v", got)
	}
}

// slow is what match and fuzzy should agree with: each text looked at in full.
func (x *Index) slow(ctx context.Context, text string) map[string]bool {
	all := map[string]bool{}
	q := newQuery(x.table.Fold(text))
	for _, p := range x.parts {
		for i := range p.texts {
			if p.columns[p.texts[i].column].right != "" {
				continue
			}
			if _, ok := p.match(&q, &p.texts[i]); ok {
				all[p.Definition.ID+p.items[p.texts[i].item].Label] = true
			}
		}
	}
	return all
}

// What the lists of candidates leave out does not match either, whatever is typed.
func FuzzFind(f *testing.F) {
	for _, text := range []string{"lds", "罗定", "luoding市", "%_", "12", "shuangj", "xi'an", "🏔", "zzh", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "啊\x00", "l", "luodignshi"} {
		f.Add(text)
	}
	x := testIndex(f)
	f.Fuzz(func(t *testing.T, text string) {
		hits, err := x.Find(anybody(), Question{Text: text, Limit: MaxLimit, Open: func(string) bool { return true }})
		if err != nil {
			if !errors.Is(err, ErrQuery) {
				t.Fatal(err)
			}
			return
		}
		got := map[string]bool{}
		for _, h := range hits {
			if h.Score < 0 || h.Score > 1 {
				t.Fatalf("score %g", h.Score)
			}
			got[h.Part.Definition.ID+h.Item.Label] = true
		}
		for one := range x.slow(anybody(), text) {
			if !got[one] {
				t.Fatalf("%q: %s matches and was not found", text, one)
			}
		}
	})
}
