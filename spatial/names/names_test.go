package names_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"onemap/data"
	"onemap/spatial/names"
)

func table(t testing.TB) *names.Table {
	t.Helper()
	table, err := names.NewTable(data.Files)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestFold(t *testing.T) {
	for sentence, c := range map[string]struct{ given, want string }{
		"wide letters are narrow":           {"ＡＢｃ１２", "abc12"},
		"traditional is simplified":         {"羅定縣雲浮", "罗定县云浮"},
		"blanks and apostrophes are gone":   {" xi'an　Shi ", "xianshi"},
		"letters lose their accents":        {"Lǜ Tán", "lutan"},
		"rare characters stay":              {"榃滨㙟", "榃滨㙟"},
		"wildcards are characters":          {`%_\.*[`, `%_\.*[`},
		"control characters are left out":   {"罗\x00定\x1b", "罗定"},
		"broken text is marked, not joined": {"罗\xff定", "罗\ufffd定"},
		"an emoji is a character":           {"🏔罗", "🏔罗"},
		"a lone surrogate is broken text":   {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		"nothing is nothing":                {"", ""},
	} {
		if got := string(table(t).Fold(c.given)); got != c.want {
			t.Errorf("%s: %q, want %q", sentence, got, c.want)
		}
	}
}

func TestRead(t *testing.T) {
	for r, want := range map[rune]string{
		'罗': "luo", '定': "ding", '榃': "tan", '㙟': "lang", '泷': "shuang", '重': "zhong", '女': "nv", 'a': "a", '7': "7",
	} {
		if got := table(t).Read(r); len(got) == 0 || got[0] != want {
			t.Errorf("%c reads %q, want %s first", r, got, want)
		}
	}
	for r, other := range map[rune]string{'泷': "long", '重': "chong", '女': "nu", '长': "zhang", '圳': "zhen"} {
		if got := table(t).Read(r); !slices.Contains(got, other) {
			t.Errorf("%c reads %q, want %s among them", r, got, other)
		}
	}
	for _, r := range "%🏔あ" {
		if got := table(t).Read(r); got != nil {
			t.Errorf("%c reads %q, want nothing", r, got)
		}
	}
}

// Every character of the names of Yunfu's divisions and towns can be typed.
func TestDivisionsCanBeRead(t *testing.T) {
	text, err := data.Files.ReadFile("city/yunfu_divisions.csv")
	if err != nil {
		t.Fatal(err)
	}
	all := table(t)
	for _, r := range string(text) {
		if unicode.Is(unicode.Han, r) && len(all.Read(r)) == 0 {
			t.Errorf("%c has no reading", r)
		}
	}
}

func TestTablesWithFaults(t *testing.T) {
	good := &fstest.MapFile{Data: []byte("羅\t罗\n")}
	for sentence, c := range map[string]struct{ traditional, local *fstest.MapFile }{
		"no file":                 {good, nil},
		"two characters":          {&fstest.MapFile{Data: []byte("羅羅\t罗\n")}, good},
		"no second column":        {&fstest.MapFile{Data: []byte("羅\n")}, good},
		"a reading with a tone":   {good, &fstest.MapFile{Data: []byte("榃\ttán\n")}},
		"a reading that is empty": {good, &fstest.MapFile{Data: []byte("榃\ttan,\n")}},
	} {
		files := fstest.MapFS{"readings/traditional.tsv": c.traditional}
		if c.local != nil {
			files["readings/local.tsv"] = c.local
		}
		if _, err := names.NewTable(files); err == nil || !strings.Contains(err.Error(), "names:") {
			t.Errorf("%s: %v, want an error", sentence, err)
		}
	}
}

// Folding what is folded changes nothing, and readings are syllables.
func FuzzFold(f *testing.F) {
	for _, one := range []string{"羅定市", "ＬＤＳ", "xi'an", "a\x00b", "\xff", "👨‍👩‍👧", "ﷺ", "İ"} {
		f.Add(one)
	}
	all := table(f)
	f.Fuzz(func(t *testing.T, text string) {
		folded, readings := all.FoldAndRead(text)
		if len(folded) != len(readings) {
			t.Fatalf("%d characters, %d readings", len(folded), len(readings))
		}
		if !utf8.ValidString(string(folded)) {
			t.Fatalf("%q is no text", folded)
		}
		if again := all.Fold(string(folded)); string(again) != string(folded) {
			t.Fatalf("%q folds to %q, then to %q", text, string(folded), string(again))
		}
		for _, r := range readings {
			for _, one := range r {
				if one == "" || len(one) > 6 {
					t.Fatalf("reading %q of %q", one, text)
				}
			}
		}
	})
}

func ExampleTable_Read() {
	t, err := names.NewTable(data.Files)
	if err != nil {
		panic(err)
	}
	fmt.Println(t.Read('泷'), t.Read('榃'), string(t.Fold("羅定市 榃濱鎮")))
	// Output: [shuang long] [tan] 罗定市榃滨镇
}
