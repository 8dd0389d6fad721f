package kvp_test

import (
	"errors"
	"strings"
	"testing"

	"onemap/products/kvp"
)

func TestParse(t *testing.T) {
	for sentence, c := range map[string]struct {
		query, name, want string
		fails             bool
	}{
		"any case":                    {"SERVICE=WMTS&ReQuest=GetTile", "request", "GetTile", false},
		"blanks are cut":              {"LAYER=+a%20", "layer", "a", false},
		"twice the same":              {"layer=a&LAYER=a", "Layer", "a", false},
		"twice, but different":        {"layer=a&LAYER=b", "", "", true},
		"a broken escape":             {"layer=%zz", "", "", true},
		"a zero byte":                 {"layer=a%00b", "", "", true},
		"no UTF-8":                    {"layer=%ff", "", "", true},
		"a line break":                {"layer=a%0d%0ab", "", "", true},
		"a semicolon is no divider":   {"layer=a;b", "layer", "a;b", false},
		"no equals sign":              {"request~GetCapabilities!version~1.0.0", "request", "", false},
		"empty parts":                 {"&&a=1&", "a", "1", false},
		"too long":                    {strings.Repeat("a", kvp.MaxQuery+1), "", "", true},
		"many names":                  {strings.Repeat("&", 1) + manyNames(70), "", "", true},
		"ten thousand of one name":    {strings.Repeat("a=1&", 4000), "a", "1", false},
		"an equals sign in the value": {"tk=abc==", "tk", "abc==", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			p, err := kvp.Parse(c.query)
			if c.fails {
				if !errors.Is(err, kvp.ErrQuery) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || p.Get(c.name) != c.want {
				t.Errorf("got %q, %v", p.Get(c.name), err)
			}
		})
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("a" + strings.Repeat("x", i) + "=1&")
	}
	return b.String()
}

func TestList(t *testing.T) {
	p, err := kvp.Parse("layers=a,+b,&none=")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.List("layers", 3); err != nil || len(got) != 3 || got[1] != "b" || got[2] != "" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := p.List("none", 3); err != nil || got != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := p.List("layers", 2); !errors.Is(err, kvp.ErrQuery) {
		t.Errorf("three of at most two: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("SERVICE=WMTS&REQUEST=GetTile&LAYER=%E4%BA%91")
	f.Add("a=1&A=2&%00")
	f.Fuzz(func(t *testing.T, query string) {
		p, err := kvp.Parse(query)
		if err != nil {
			if !errors.Is(err, kvp.ErrQuery) {
				t.Errorf("%v", err)
			}
			return
		}
		if strings.ContainsAny(p.Get("a"), "\x00\r\n") {
			t.Errorf("control characters passed: %q", p.Get("a"))
		}
	})
}
