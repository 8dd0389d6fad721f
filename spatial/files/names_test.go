package files

import (
	"slices"
	"strings"
	"testing"
)

func TestShortNamesAreShortAndUnique(t *testing.T) {
	columns := func(names ...string) (all []Column) {
		for _, n := range names {
			all = append(all, Column{Name: n})
		}
		return all
	}
	got := ShortNames(columns("measured_area", "measured_a", "measured_area_before", "NAME", "name", "fid"))
	want := []string{"measured_1", "measured_a", "measured_2", "NAME", "name_1", "fid"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTextsFitTheirDBF(t *testing.T) {
	long := strings.Repeat("云", 200)
	for sentence, one := range map[string]struct {
		encoding            Encoding
		text, want          string
		shortened, replaced bool
	}{
		"a rare place name in GBK":       {GBK, "榃滨镇", "榃滨镇", false, false},
		"a character that GBK lacks":     {GBK, "𠮷x", "?x", false, true},
		"a long text in GBK":             {GBK, long, strings.Repeat("云", 127), true, false},
		"a long text in UTF-8":           {UTF8, long, strings.Repeat("云", 84), true, false},
		"a character of four bytes kept": {UTF8, "𠮷", "𠮷", false, false},
	} {
		got, shortened, replaced := one.encoding.fit(one.text)
		if got != one.want || shortened != one.shortened || replaced != one.replaced {
			t.Errorf("%s: %q, %v, %v", sentence, got, shortened, replaced)
		}
	}
}

func TestDrawingsEscapeWhatGBKLacks(t *testing.T) {
	if got := escape("𠮷\n1", 250); got != `\U+D842\U+DFB7 1` {
		t.Errorf("%q", got)
	}
	if got := escape("云云", 3); got != "\xd4\xc6" {
		t.Errorf("%q", got)
	}
}
