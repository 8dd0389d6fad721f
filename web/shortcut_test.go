package web

import "testing"

func TestATilePathIsRead(t *testing.T) {
	for sentence, one := range map[string]struct {
		path string
		want tilePath
		ok   bool
	}{
		"layers alone":            {"/tiles/dltb,road@2/14/13371/7122.mvt", tilePath{"", "dltb,road@2", "14", "13371", "7122"}, true},
		"a grid in front":         {"/tiles/CGCS2000Quad/dltb/3/6/1.mvt", tilePath{"CGCS2000Quad", "dltb", "3", "6", "1"}, true},
		"numbers may be wrong":    {"/tiles/dltb/x/-1/01.mvt", tilePath{"", "dltb", "x", "-1", "01"}, true},
		"another kind of answer":  {"/tiles/dltb/3/6/1.png", tilePath{}, false},
		"another place":           {"/api/dltb/3/6/1.mvt", tilePath{}, false},
		"too few parts":           {"/tiles/3/6/1.mvt", tilePath{}, false},
		"too many parts":          {"/tiles/a/b/dltb/3/6/1.mvt", tilePath{}, false},
		"an empty part":           {"/tiles//3/6/1.mvt", tilePath{}, false},
		"dots, which routers cut": {"/tiles/dltb/../6/1.mvt", tilePath{}, false},
		"nothing":                 {"", tilePath{}, false},
	} {
		if got, ok := parseTilePath(one.path); got != one.want || ok != one.ok {
			t.Errorf("%s: %s is %+v, %t", sentence, one.path, got, ok)
		}
	}
}

func TestEveryRequestHasANumberOfItsOwn(t *testing.T) {
	numbers, others, seen := newNumbers(), newNumbers(), map[string]bool{}
	for range 1000 {
		id := numbers.next()
		if len(id) != 16 || seen[id] {
			t.Fatalf("%q, which was there: %t", id, seen[id])
		}
		seen[id] = true
	}
	if id := others.next(); numbers.process != others.process && seen[id] {
		t.Errorf("two processes give %q", id)
	}
}
